"""How closely pages are looked at."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from lucidocr import looking
from lucidocr.errors import ImageSizeError
from lucidocr.looking import ENOUGH, USUAL_AREA, WANTED, first_scale, next_scale, samples, together, wanted_scale
from lucidocr.tiles import framed
from lucidocr.types import FloatArray, PageImage


def lines(height: float, *, count: int = 5, length: float = 200) -> list[FloatArray]:
    quad = np.array([(0, 0), (length, 0), (length, height), (0, height)], np.float32)
    return [quad + np.float32([0, 3 * height * number]) for number in range(count)]


def test_the_first_look_keeps_pages_within_bounds() -> None:
    assert first_scale(1000, 1000) == 1.0
    assert first_scale(600, 300) == pytest.approx(1.6)
    assert first_scale(100, 50) == 2.0
    for size in [(8000, 6000), (40_000, 40), (700, 30_000)]:
        assert size[0] * size[1] * first_scale(*size) ** 2 <= USUAL_AREA * 1.001


@pytest.mark.parametrize("size", [(1, 400_000), (400_000, 1), (3, 1_000_000), (1, 40_000_000)])
def test_a_page_too_thin_to_look_at_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ImageSizeError, match=r"too long and thin.*shorter parts"):
        first_scale(*size)


@pytest.mark.parametrize("size", [(40_000, 40), (40, 200_000), (60_000, 12), (30_000, 1), (1, 1), (1100, 1090)])
def test_the_border_does_not_make_the_input_large(size: tuple[int, int]) -> None:
    scale = first_scale(*size)
    assert math.prod(framed(max(1, round(side * scale))) for side in size) <= 2 * USUAL_AREA
    assert min(size) * scale >= min(4, *size)


def test_text_that_is_large_enough_is_looked_at_once() -> None:
    assert next_scale((2000, 3000), 0.4, lines((WANTED + 5) / 0.4), seen_at=0.4) is None
    assert next_scale((2000, 3000), 0.4, lines((ENOUGH * WANTED + 5) / 0.4), seen_at=0.4) is None
    assert next_scale((2000, 3000), 0.4, [], seen_at=0.4) is None


def test_small_text_is_brought_to_the_height_wanted() -> None:
    scale = next_scale((9000, 9000), 0.13, lines(12 / 0.13), seen_at=0.13)
    assert scale == pytest.approx(0.13 * WANTED / 8)
    found_on_parts = next_scale((9000, 9000), 0.13, lines(24), seen_at=1.0)
    assert found_on_parts == pytest.approx(1.0)


def test_a_page_is_neither_enlarged_nor_looked_at_without_end() -> None:
    assert next_scale((300, 200), 2.0, lines(2), seen_at=2.0) == 3.0
    assert next_scale((300, 200), 3.0, lines(2), seen_at=3.0) is None
    assert next_scale((4000, 3000), 0.3, lines(9), seen_at=1.0) == 1.0
    huge = (20_000, 10_000)
    assert next_scale(huge, 0.1, lines(9), seen_at=1.0) == pytest.approx(math.sqrt(looking.MOST_AREA / 2e8))


def test_a_small_page_is_looked_at_closely_whatever_its_text() -> None:
    flat = (1110, 57)
    closer = next_scale(flat, first_scale(*flat), lines(30), seen_at=first_scale(*flat))
    assert closer == pytest.approx(math.sqrt(looking.GOOD_AREA / (1110 * 57)))
    assert next_scale(flat, closer, lines(30), seen_at=closer) is None
    assert next_scale((1000, 600), first_scale(1000, 600), lines(30), seen_at=1.0) is None


def test_what_only_the_earlier_look_shows_is_kept() -> None:
    before = [*lines(20, count=3), *lines(90, count=1)]
    before[3] = before[3] + np.float32([400, 0])
    joined, alone = before[3], lines(20, count=1)[0] + np.float32([800, 0])
    parts = [lines(20, count=2)[number] + np.float32([400, 8]) for number in (0, 1)]
    closer = [before[0] + np.float32([2, 1]), before[2], *parts]
    found = together(closer, [*before, alone])
    assert found[:4] == closer
    assert [quad.tolist() for quad in found[4:]] == [before[1].tolist(), alone.tolist()]
    assert joined.tolist() not in [quad.tolist() for quad in found]
    assert together([], before) == before
    assert together(closer, []) == closer


def test_a_few_small_lines_do_not_count() -> None:
    assert wanted_scale(1.0, [*lines(40), *lines(10, count=1)]) == wanted_scale(1.0, lines(40))
    assert wanted_scale(1.0, [*lines(40), *lines(10)]) > wanted_scale(1.0, lines(40))


def test_samples_are_where_the_writing_is() -> None:
    pixels = np.full((4096, 5120, 3), 250, np.uint8)
    for y in range(2600, 3000, 30):
        cv2.putText(pixels, "tiny words", (3100, y), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1)
    parts = samples(PageImage(pixels), 0.2)
    assert {part.pixels.shape for part in parts} == {(512, 512, 3)}
    assert parts[0].pixels.min() == 0
    assert samples(PageImage(pixels), 0.6) == []
    assert samples(PageImage(pixels[:300]), 0.2) == []
