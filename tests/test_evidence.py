"""Which lines are explained; what the evidence looks like is the matter of tests/export."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lucidocr import Reader, io
from lucidocr.errors import AlignmentError, MissingPartError, OptionError
from lucidocr.evidence import MAX_CHARACTERS, Question, explain_page
from lucidocr.export.explanation import explanation_record
from lucidocr.types import Correction, ExplainedPage, Explanation, ImageArray, Page, PageImage
from tests.fakes import FakeReader, picture_of

PAGE = io.load(picture_of("hello"))
QUAD = np.array([(10, 4), (140, 4), (140, 40), (10, 40)], dtype=np.float32)


def texts(page: ExplainedPage) -> list[str]:
    return [line.explanation.alignment.text for line in page.lines]


def test_all_lines_of_a_page() -> None:
    reader = FakeReader()
    page = explain_page(reader, PAGE, Question(methods=("hirescam", "ink")))
    assert texts(page) == list(reader.texts)
    assert (page.width, page.height, page.mode) == (320, 48, "page")
    assert {heat.method for heat in page.lines[0].explanation.maps} == {"hirescam", "ink"}


def test_a_line_keeps_its_place_on_the_page() -> None:
    (line,) = explain_page(FakeReader(), PAGE, Question(quad=QUAD)).lines
    assert line.cut.box.tolist() == QUAD.tolist()
    x, y, _ = line.cut.to_page @ (0, 0, 1)
    assert x < 10
    assert y < 4


COLUMN = np.array([(10, 4), (40, 4), (40, 94), (10, 94)], dtype=np.float32)


@pytest.fixture
def column() -> PageImage:
    """Three dark squares below each other."""
    pixels = np.full((100, 320, 3), 250, np.uint8)
    for top in (6, 38, 70):
        pixels[top : top + 24, 13:37] = 20
    return io.load(pixels)


def test_a_column_is_explained_as_it_is_read(column: PageImage) -> None:
    (line,) = explain_page(FakeReader(texts=("abc",)), column, Question(quad=COLUMN, vertical=True)).lines
    assert line.cut.box.tolist() == COLUMN.tolist()
    assert len(line.edges) == 4
    height, width = line.cut.pixels.shape
    assert width > 2 * height
    x, y, _ = line.cut.to_page @ (0, 0, 1)
    assert (x, y) == pytest.approx((10, 4), abs=6)


def test_columns_are_known_by_the_reading(column: PageImage) -> None:
    class Upright(FakeReader):
        def read(self, source: PageImage, *, mode: str = "auto"):  # type: ignore[no-untyped-def]
            page = super().read(source, mode=mode)
            box = tuple((float(x), float(y)) for x, y in COLUMN)
            return replace(page, lines=(replace(page.lines[0], box=box, vertical=True),))

    (line,) = explain_page(Upright(), column, Question()).lines
    assert len(line.edges) == 4


@pytest.mark.parametrize("quad", [[(5, 5), (7, 5), (7, 90), (5, 90)], [(5, 5), (300, 5), (300, 8), (5, 8)]])
def test_a_column_may_have_any_shape(column: PageImage, quad: list[tuple[int, int]]) -> None:
    question = Question(quad=np.array(quad, dtype=np.float32), vertical=True)
    (line,) = explain_page(FakeReader(texts=("abc",)), column, question).lines
    assert len(line.edges) >= 2


def test_maps_are_made_only_where_they_are_asked_for() -> None:
    reader = FakeReader(texts=("ab",))
    (line,) = explain_page(reader, PAGE, Question(methods=())).lines
    assert reader.explained == [(None, (), False)]
    assert len(line.explanation.characters) == 2


@pytest.mark.parametrize("count", [MAX_CHARACTERS, MAX_CHARACTERS + 1])
def test_too_many_characters_for_maps(count: int) -> None:
    (line,) = explain_page(FakeReader(texts=("a" * count,)), PAGE, Question(attention=True)).lines
    assert bool(line.notice) == (count > MAX_CHARACTERS)
    assert bool(line.explanation.maps) == bool(line.explanation.glances) == (count <= MAX_CHARACTERS)
    assert len(line.explanation.characters) == count


def test_attention_where_the_model_has_it() -> None:
    for has in (True, False):
        (line,) = explain_page(
            FakeReader(texts=("ab",), has_attention=has), PAGE, Question(attention=None, methods=())
        ).lines
        assert bool(line.explanation.glances) == has
    with pytest.raises(MissingPartError):
        explain_page(FakeReader(texts=("ab",), has_attention=False), PAGE, Question(attention=True))


def test_attention_that_may_be_missing_costs_no_maps_twice() -> None:
    for has in (True, False):
        reader = FakeReader(texts=("ab",), has_attention=has)
        (line,) = explain_page(reader, PAGE, Question(attention=None)).lines
        assert [methods for _, methods, _ in reader.explained if methods] == [("hirescam",)]
        assert (bool(line.explanation.maps), bool(line.explanation.glances)) == (True, has)


def test_maps_are_judged_when_that_is_asked_for() -> None:
    for judged in (True, False):
        (line,) = explain_page(FakeReader(texts=("ab",)), PAGE, Question(faithfulness=judged)).lines
        assert bool(line.explanation.faithfulness) == judged


def test_a_given_text_needs_no_search_for_lines() -> None:
    reader = FakeReader()
    page = explain_page(reader, PAGE, Question(text="xyz"))
    assert (texts(page), page.mode, reader.modes) == (["xyz"], "line", [])


def test_no_text_no_evidence() -> None:
    assert explain_page(FakeReader(texts=()), PAGE, Question()).lines == ()
    assert explain_page(FakeReader(texts=("",)), PAGE, Question(quad=QUAD)).lines == ()


def test_a_line_that_is_not_there() -> None:
    with pytest.raises(OptionError, match="no line 2"):
        explain_page(FakeReader(), PAGE, Question(line=2))


def test_more_lines_than_may_be() -> None:
    with pytest.raises(OptionError, match="2 lines"):
        explain_page(FakeReader(), PAGE, Question(), max_lines=1)
    assert len(explain_page(FakeReader(), PAGE, Question(), max_lines=2).lines) == 2


@pytest.mark.parametrize(
    "arguments",
    [{"line": 0, "quad": QUAD}, {"vertical": True}, {"text": ""}, {"text": " "}, {"text": "a", "mode": "page"}],
    ids=["line and box", "column without box", "empty text", "only a space", "text of a page"],
)
def test_questions_that_contradict_themselves(arguments: dict[str, object]) -> None:
    with pytest.raises(OptionError):
        Question(**arguments)  # type: ignore[arg-type]


def test_the_cut_of_one_line_is_the_picture() -> None:
    class OneLine(FakeReader):
        def read(self, source: PageImage, *, mode: str = "auto"):  # type: ignore[no-untyped-def]
            page = super().read(source, mode=mode)
            return type(page)(page.lines[:1], page.width, page.height, page.source, "line")

    (line,) = explain_page(OneLine(), PAGE, Question()).lines
    assert line.cut.pixels.shape == (48, 320)


def test_the_bundled_model_explains_what_it_reads(reader: Reader) -> None:
    picture = io.load(picture_of("INVOICE 2026", size=(300, 48)))
    page = explain_page(reader, picture, Question(attention=None))
    assert texts(page) == [reader.read(picture).text] == ["INVOICE 2026"]
    (line,) = explanation_record(page)["lines"]
    assert line["candidates"][0]["text"] == "INVOICE 2026"
    assert all("hirescam" in character["maps"] for character in line["characters"])
    six = line["characters"][-1]
    x, y = six["maps"]["hirescam"]["peak"]
    assert six["span"][0] < x < six["span"][1]  # the other letters are told from their small ones by their neighbours
    assert 0 < y < 48


class Corrected(FakeReader):
    """Its first line was corrected; explains only texts of letters, as a recogniser with a small alphabet does."""

    def read(self, source: PageImage, *, mode: str = "auto") -> Page:
        page = super().read(source, mode=mode)  # type: ignore[arg-type]
        correction = Correction("hellp", page.lines[0].text, 0.4, 0.9, ())
        return replace(page, lines=(replace(page.lines[0], correction=correction), *page.lines[1:]))

    def explain(self, line: ImageArray, *, text: str | None = None, **options: Any) -> Explanation:
        if text is not None and not text.isascii():
            raise AlignmentError("the model does not know it")
        return super().explain(line, text=text, **options)


def test_a_corrected_line_is_explained_as_corrected() -> None:
    reader = Corrected(texts=("hello", "world"))
    assert texts(explain_page(reader, PAGE, Question(methods=())))[0] == "hello"
    assert [text for text, _, _ in reader.explained] == ["hello", None]


def test_a_correction_that_the_recogniser_cannot_read_is_named() -> None:
    reader = Corrected(texts=("h世llo", "world"))
    first, second = explain_page(reader, PAGE, Question(methods=())).lines
    assert "h世llo" in first.notice
    assert second.notice == ""
    with pytest.raises(AlignmentError):
        explain_page(reader, PAGE, Question(methods=(), text="世", line=0))
