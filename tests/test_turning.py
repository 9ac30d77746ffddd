"""What tells upright pages from turned ones, observed with eyes that know."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from benchmarks import page_tables
from benchmarks.turning import SAMPLES, Observation, observe, standing, summary, turned
from lucidocr.detect import cut_line
from lucidocr.types import FloatArray, ImageArray, PageImage, Recognition, Span

BOXES = [(20, 20 + 40 * number, 220, 40 + 40 * number) for number in range(5)]


def page() -> PageImage:
    """Five lines whose upper half is dark."""
    pixels = np.full((240, 300, 3), 255, np.uint8)
    for left, top, right, _ in BOXES:
        pixels[top : top + 10, left:right] = 0
        pixels[top + 10 : top + 20, left:right] = 120
    return PageImage(pixels)


class Finder:
    """Knows where the lines are on the page turned by some quarters clockwise."""

    def __init__(self, quarters: int) -> None:
        self.quarters = quarters

    def find(self, page: PageImage) -> list[FloatArray]:
        return [self._turned(*box) for box in BOXES]

    def _turned(self, left: float, top: float, right: float, bottom: float) -> FloatArray:
        height, width = 240, 300
        for _ in range(self.quarters):
            left, top, right, bottom = height - bottom, left, height - top, right
            height, width = width, height
        return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)


def read(images: Sequence[ImageArray]) -> list[Recognition]:
    """One character a line, sure where its upper half is dark."""
    halves = [(image[: len(image) // 2].mean(), image[len(image) // 2 :].mean()) for image in images]
    confidences = [0.9 if upper < lower else 0.3 for upper, lower in halves]
    return [Recognition("a", -1.0, own, (Span("a", 0, 1, 0, 1, own),)) for own in confidences]


@pytest.mark.parametrize(
    ("quarters", "confidence", "gain"), [(0, 0.9, 1 / 3), (1, 0.9, 1 / 3), (2, 0.3, 3), (3, 0.3, 3)]
)
def test_a_page_on_its_head_gains(quarters: int, confidence: float, gain: float) -> None:
    seen, gains, columns = observe(turned(page(), quarters), Finder(quarters), read)
    assert seen == pytest.approx(confidence)
    assert gains == pytest.approx((gain,) * len(SAMPLES))
    assert (columns is None) == (quarters in (0, 2))


def test_standing_compares_columns_with_the_same_lines_on_their_sides() -> None:
    cuts = [cut_line(page(), Finder(0).find(page())[0])]

    def prefer_rows(images: Sequence[ImageArray]) -> list[Recognition]:
        own = 0.8 if images[0].shape == cuts[0].pixels.shape else 0.2
        return [Recognition("a", -1.0, own, (Span("a", 0, 1, 0, 1, own),))]

    assert standing(cuts, prefer_rows) == pytest.approx(0.25)


def test_the_summary_keeps_the_extremes() -> None:
    found = [
        Observation("sroie", "1.png", 0, 0.95, (0.5,) * 7, None),
        Observation("sroie", "1.png", 1, 0.9, (0.9,) * 7, 0.4),
        Observation("sroie", "1.png", 2, 0.5, (2.0,) * 7, None),
        Observation("sroie", "1.png", 3, 0.6, (1.5,) * 7, 0.8),
    ]
    result = summary(found)
    assert (result["pages"], result["least_confidence_upright"], result["greatest_confidence_inverted"]) == (
        1,
        0.9,
        0.6,
    )
    table = page_tables.turning({"summary": result}).splitlines()
    assert table[2:9] == [f"| {count} | 0.90 | 1.50 |" for count in SAMPLES]
    assert "at least 0.900 upright, at most 0.600 on their heads" in table[-1]
    assert table[-1].endswith("at most 0.80 as columns.")
