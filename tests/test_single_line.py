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


@pytest.mark.parametrize("height", [40, 52, 64])
@pytest.mark.parametrize(
    "rows", [("Hello 2024", "second row"), ("one line of it", "then two rows", "and even three rows")]
)
def test_several_rows_in_a_low_picture_are_a_page(rows: tuple[str, ...], height: int) -> None:
    rendered = written(*rows, scale=1.0, spacing=16)
    width = round(rendered.shape[1] * height / rendered.shape[0])
    small = cv2.resize(rendered, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8)
    assert not is_single_line(small)
    assert not is_single_line(255 - small)


@pytest.mark.parametrize("height", [30, 44, 64])
def test_feet_of_the_line_above_do_not_make_a_page(height: int) -> None:
    two = written("lower line of text", "lower line of text", scale=2.0)
    crop = two[two.shape[0] // 2 - 22 :]
    size = (round(crop.shape[1] * height / crop.shape[0]), height)
    assert is_single_line(cv2.resize(crop, size, interpolation=cv2.INTER_AREA).astype(np.uint8))


@pytest.mark.parametrize("size", [(64, 50), (50, 60), (64, 20)])
def test_a_large_character_in_two_parts_is_a_line(size: tuple[int, int]) -> None:
    picture = np.full(size, 255, np.uint8)
    for part in (picture[6 : size[0] // 2 - 4, 4:-4], picture[size[0] // 2 + 4 : -6, 4:-4]):
        part[::4], part[1::4] = 0, 0
    assert is_single_line(picture)


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
