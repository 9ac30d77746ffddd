from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lucidocr.single_line import is_single_line

Grey = NDArray[np.uint8]


def written(*rows: str, scale: float = 1.0, margin: int = 4, spacing: int = 12) -> Grey:
    """Dark text on white, tightly cropped."""
    font, thick = cv2.FONT_HERSHEY_SIMPLEX, max(1, round(2 * scale))
    sizes = [cv2.getTextSize(row, font, scale, thick)[0] for row in rows]
    step = max(height for _, height in sizes) + round(spacing * scale)
    picture = np.full((step * len(rows) + 2 * margin, max(w for w, _ in sizes) + 2 * margin), 240, np.uint8)
    for number, row in enumerate(rows):
        cv2.putText(picture, row, (margin, margin + step * (number + 1) - round(8 * scale)), font, scale, 20, thick)
    return picture


@pytest.mark.parametrize("size", [(24, 94), (64, 64), (20, 15), (32, 40_000), (1, 1), (1, 500), (30, 8)])
def test_low_pictures_are_lines_whatever_their_shape(size: tuple[int, int]) -> None:
    assert is_single_line(np.random.default_rng(0).integers(0, 255, size, np.uint8))


@pytest.mark.parametrize("scale", [0.6, 1.0, 2.0, 4.0])
@pytest.mark.parametrize("text", ["Hello 2024", "No. 7", "The quick brown fox jumps over it"])
def test_tight_lines_of_any_size(text: str, scale: float) -> None:
    line = written(text, scale=scale)
    assert is_single_line(line)
    assert is_single_line(255 - line)


@pytest.mark.parametrize("scale", [1.5, 2.5])
def test_several_rows_are_a_page(scale: float) -> None:
    assert not is_single_line(written("Hello 2024", "second row", scale=scale))
    assert not is_single_line(written("one", "two rows", "three rows", scale=scale))


def test_a_line_in_an_open_field_is_a_page() -> None:
    page = np.full((240, 500), 255, np.uint8)
    line = written("small print")
    page[100 : 100 + line.shape[0], 50 : 50 + line.shape[1]] = line
    assert not is_single_line(page)


@pytest.mark.parametrize("size", [(1200, 800), (600, 600), (300, 1000)])
def test_large_pictures_are_pages(size: tuple[int, int]) -> None:
    assert not is_single_line(np.full(size, 255, np.uint8))


def test_a_flat_table_is_a_page() -> None:
    table = np.full((48, 900), 230, np.uint8)
    for y in (0, 24, 47):
        cv2.line(table, (0, y), (899, y), 0, 1)
    for x in range(0, 900, 149):
        cv2.line(table, (x, 0), (x, 47), 0, 1)
        cv2.putText(table, "12.5", (x + 30, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 0, 1)
    assert not is_single_line(table)
