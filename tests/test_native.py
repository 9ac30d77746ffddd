"""A PDF's own text is taken where readings bear it out."""

from __future__ import annotations

from dataclasses import replace

from lucidocr import Reader
from lucidocr.charset import Charset
from lucidocr.native import SAMPLE, is_alike, lines_to_compare
from lucidocr.types import PageImage
from tests.fakes import line_of
from tests.test_pipeline import page_of_lines

KNOWN = Charset("abcdefgh 发票")


def test_long_lines_that_the_model_knows_are_compared() -> None:
    lines = [
        line_of(text) for text in ("abc", "abcdefgh", "привет, мир", "a much longer line: unknown letters", "发票发票")
    ]
    assert lines_to_compare(lines, KNOWN) == [1, 4]
    assert lines_to_compare([replace(lines[1], vertical=True)], KNOWN) == []
    assert len(lines_to_compare(lines[1:2] * 50, KNOWN)) == SAMPLE
    assert lines_to_compare([], KNOWN) == []


def test_readings_with_errors_bear_a_text_out() -> None:
    assert is_alike(["营业收入 2026", "Total Assets"], ["营业收人2026", "total assets"])
    assert is_alike([], [])


def test_readings_of_another_text_do_not() -> None:
    assert not is_alike(["wklv lv d whvw"], ["this is a test"])
    assert not is_alike(["abcd", "efgh"], ["", ""])


def page_image(texts: dict[str, str]) -> PageImage:
    """A page that shows ``texts`` (keys) and holds others as its own (values)."""
    pixels, known = page_of_lines()
    lines = []
    for (x, y), own in zip(((40, 300), (300, 306), (40, 100)), texts.values(), strict=True):
        quad = next(quad for quad in known.quads if abs(quad[0, 0] - x) < 3 and abs(quad[0, 1] - y) < 3)
        lines.append(replace(line_of(own, 1.0), box=tuple((float(a), float(b)) for a, b in quad)))
    return PageImage(pixels.repeat(3).reshape(*pixels.shape, 3), "a.pdf", number=4, dpi=200.0, native=tuple(lines))


def test_a_pages_own_text_is_taken_in_reading_order(toy_reader: Reader) -> None:
    image = page_image({"abc": "abca", "hag": "haga", "bed face": "bed face"})
    page = toy_reader.read(image)
    assert (page.mode, page.number, page.dpi, page.confidence) == ("native", 4, 200.0, 1.0)
    assert [line.text for line in page.lines] == ["bed face", "abca", "haga"]


def test_garbage_is_read_from_the_picture(toy_model: object) -> None:
    reader = Reader(toy_model, threads=1, detector=page_of_lines()[1])  # type: ignore[arg-type]
    page = reader.read(page_image({"abc": "defg", "hag": "bcde", "bed face": "haggadah"}))
    assert (page.mode, [line.text for line in page.lines]) == ("page", ["bed face", "abc", "hag"])


def test_a_picture_taken_as_one_line_has_no_text_of_its_own(toy_reader: Reader) -> None:
    image = page_image({"abc": "abca", "hag": "haga", "bed face": "bed face"})
    assert toy_reader.read(image, mode="line").mode == "line"
