"""Which way the lines of a page run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from lucidocr.columns import Column
from lucidocr.orientation import DOUBTFUL, MIDDLES, SAMPLE, read_page
from lucidocr.types import FloatArray, ImageArray, PageImage, Recognition, Span

DARK, MIDDLE, LIGHT = 0, 120, 255


@dataclass
class Eyes:
    """Reads lines whose upper half is dark with confidence, and the same upside down with less of it."""

    right: float = 0.95
    wrong: float = 0.5
    counts: list[int] = field(default_factory=list)

    def __call__(self, images: Sequence[ImageArray]) -> list[Recognition]:
        self.counts.append(len(images))
        return [self._reading(image) for image in images]

    def _reading(self, image: ImageArray) -> Recognition:
        half = image.shape[0] // 2
        upright = image[:half].mean() < image[half:].mean()
        confidence = self.right if upright else self.wrong
        return Recognition("ab" if upright else "??", -1.0, confidence, (Span("a", 0, 1, 0, 1, confidence),) * 2)


def page_of(count: int = 9, *, upside_down: bool = False) -> tuple[PageImage, list[FloatArray]]:
    """Lines below each other, their upper halves dark; and where they are."""
    pixels = np.full((40 * count + 20, 300, 3), LIGHT, np.uint8)
    quads = []
    for number in range(count):
        top = 20 + 40 * number
        pixels[top : top + 10, 20:260] = DARK
        pixels[top + 10 : top + 20, 20:260] = MIDDLE
        quads.append(np.array([(20, top), (260, top), (260, top + 20), (20, top + 20)], np.float32))
    if upside_down:
        pixels = np.ascontiguousarray(pixels[::-1, ::-1])
        size = np.array([pixels.shape[1], pixels.shape[0]], np.float32)
        quads = [np.roll(size - quad, 2, axis=0) for quad in quads]  # a detector begins with the picture's top left
    return PageImage(pixels), quads


def test_an_upright_page_is_read_once() -> None:
    eyes = Eyes()
    found = read_page(*page_of(), eyes)
    assert [reading.text for _, reading in found] == ["ab"] * 9
    assert [cut.box[0].tolist() for cut, _ in found] == [[20, 20 + 40 * n] for n in range(9)]
    assert eyes.counts == [9]


def test_a_page_on_its_head_is_turned_round() -> None:
    eyes = Eyes()
    page, quads = page_of(upside_down=True)
    found = read_page(page, quads, eyes)
    assert [reading.text for _, reading in found] == ["ab"] * 9
    first = found[0][0].box
    assert first[0].tolist() == [page.width - 20, page.height - 20]  # the text's own top left
    assert first[0, 1] > first[3, 1]
    assert eyes.counts == [9, SAMPLE, 9]


def test_a_page_that_reads_fairly_on_its_head_is_turned_round_too() -> None:
    eyes = Eyes(right=0.95, wrong=DOUBTFUL - 0.01)
    assert [reading.text for _, reading in read_page(*page_of(upside_down=True), eyes)] == ["ab"] * 9
    surer = Eyes(right=0.99, wrong=DOUBTFUL + 0.01)
    assert [reading.text for _, reading in read_page(*page_of(upside_down=True), surer)] == ["??"] * 9


@pytest.mark.parametrize("upside_down", [False, True])
def test_a_page_that_reads_badly_both_ways_stays(upside_down: bool) -> None:
    eyes = Eyes(right=0.3, wrong=0.3)
    page, quads = page_of(upside_down=upside_down)
    found = read_page(page, quads, eyes)
    assert sorted(cut.box[0, 1] for cut, _ in found) == sorted(quad[0, 1] for quad in quads)
    assert eyes.counts == [9, SAMPLE]


def column_page() -> tuple[PageImage, list[FloatArray]]:
    """Three columns of eight squares."""
    pixels = np.full((330, 300, 3), LIGHT, np.uint8)
    quads = []
    for left in (40, 130, 220):
        for number in range(8):
            pixels[20 + 36 * number : 50 + 36 * number, left : left + 30] = DARK
        quads.append(np.array([(left, 20), (left + 30, 20), (left + 30, 302), (left, 302)], np.float32))
    return PageImage(pixels), quads


@dataclass
class SquareReader:
    """Reads rows of squares: as well as it is told where they are laid out, and otherwise."""

    laid_out: float
    lying: float

    def __call__(self, images: Sequence[ImageArray]) -> list[Recognition]:
        return [self._reading(image, self.laid_out if image.shape[1] % 8 == 0 else self.lying) for image in images]

    def _reading(self, image: ImageArray, confidence: float) -> Recognition:
        width = image.shape[1] / 8
        spans = tuple(Span("口", n, n + 1, n * width, (n + 1) * width, confidence) for n in range(8))
        return Recognition("口" * 8, -1.0, confidence, spans)


def test_columns_of_upright_characters_are_laid_out_and_read_from_the_right() -> None:
    page, quads = column_page()
    found = read_page(page, quads, SquareReader(0.9, 0.3))
    assert [float(cut.box[0, 0]) for cut, _ in found] == [220, 130, 40]
    for cut, reading in found:
        assert isinstance(cut, Column)
        for number, span in enumerate(reading.spans):
            middle = np.mean(cut.quad(span), axis=0)
            assert middle == pytest.approx((cut.box[0, 0] + 15, 35 + 36 * number), abs=4)


def test_lines_of_a_turned_page_stay_on_their_sides() -> None:
    page, quads = column_page()
    found = read_page(page, quads, SquareReader(0.3, 0.9))
    assert not any(isinstance(cut, Column) for cut, _ in found)
    assert found[0][0].box[0].tolist() == [250, 20]


def page_of_one(width: int, height: int) -> tuple[PageImage, list[FloatArray]]:
    """A dark rectangle on a light page, and a quad around it."""
    pixels = np.full((height + 60, width + 60, 3), LIGHT, np.uint8)
    pixels[30 : 30 + height, 30 : 30 + width] = DARK
    quad = np.array([(30, 30), (30 + width, 30), (30 + width, 30 + height), (30, 30 + height)], np.float32)
    return PageImage(pixels), [quad]


def recognition(text: str, confidence: float) -> Recognition:
    spans = tuple(Span(char, n, n + 1, n, n + 1, confidence) for n, char in enumerate(text))
    return Recognition(text, -1.0, confidence, spans)


@dataclass
class ShapeReader:
    """Reads what is wider than high as one text, and what is not as another, with a confidence for each."""

    wide: tuple[str, float]
    other: tuple[str, float]
    counts: list[int] = field(default_factory=list)

    def __call__(self, images: Sequence[ImageArray]) -> list[Recognition]:
        self.counts.append(len(images))
        return [recognition(*(self.wide if image.shape[1] > image.shape[0] else self.other)) for image in images]


def test_a_short_column_that_reads_as_nothing_is_laid_out() -> None:
    page, quads = page_of_one(100, 220)
    pixels = page.pixels.copy()
    pixels[130:150] = LIGHT
    ((cut, reading),) = read_page(PageImage(pixels), quads, ShapeReader(("招牌", 0.8), ("", 0.0)))
    assert isinstance(cut, Column)
    assert reading.text == "招牌"
    assert cut.box[0].tolist() == [30, 30]


@pytest.mark.parametrize(("text", "accepted"), [("12", False), ("1", False), ("1)", False), ("口口", True)])
def test_pieces_of_a_brace_are_no_column(text: str, accepted: bool) -> None:
    """However surely they are read as digits; the second reading is of the page upside down."""
    answers = [("}", 0.6), ("", 0.0), *[(text, 0.95)] * len(MIDDLES), ("", 0.0), ("", 0.0)]

    def read(images: Sequence[ImageArray]) -> list[Recognition]:
        return [recognition(*answers.pop(0)) for _ in images]

    ((cut, reading),) = read_page(*page_of_one(12, 30), read)
    assert (reading.text, isinstance(cut, Column)) == ((text, True) if accepted else ("}", False))
    assert not answers


@pytest.mark.parametrize(("turn", "corner"), [(-1, (130, 30)), (1, (30, 250))])
def test_a_lone_line_on_its_side_is_read_along_it(turn: int, corner: tuple[int, int]) -> None:
    """Downwards, then upwards, after it was read as a column."""
    answers = [("", 0.0)] * (2 + len(MIDDLES)) + [("ab", 0.9) if side == turn else ("", 0.0) for side in (-1, 1)]
    found = read_page(*page_of_one(100, 220), lambda images: [recognition(*answers.pop(0)) for _ in images])
    ((cut, reading),) = found
    assert (reading.text, isinstance(cut, Column)) == ("ab", False)
    assert tuple(cut.box[0].tolist()) == corner


def test_a_line_that_reads_well_is_read_once_whatever_its_shape() -> None:
    eyes = ShapeReader(("招牌", 0.99), ("I", 0.95))
    ((_, reading),) = read_page(*page_of_one(100, 220), eyes)
    assert reading.text == "I"
    assert eyes.counts == [1]


def test_lines_of_a_turned_page_are_not_doubted_one_by_one() -> None:
    page = PageImage(np.full((300, 500, 3), LIGHT, np.uint8))
    quad = np.array([(10, 10), (30, 10), (30, 250), (10, 250)], np.float32)
    quads = [quad + np.float32([40 * number, 0]) for number in range(SAMPLE + 1)]
    eyes = ShapeReader(("ab", 0.5), ("ab", 0.5))
    assert len(read_page(page, quads, eyes)) == SAMPLE + 1
    assert eyes.counts == [SAMPLE, SAMPLE, SAMPLE + 1, SAMPLE]  # lying, standing, all, upside down


def test_a_page_without_lines() -> None:
    assert read_page(page_of()[0], [], lambda images: []) == []
