"""The table for a terminal."""

from __future__ import annotations

import re
from unicodedata import east_asian_width

import pytest

from lucidocr.export.explanation import Detail, explanation_record
from lucidocr.export.explanation_text import explanation_text
from lucidocr.types import ExplainedPage
from tests.evidence import explained_line, explanation_of, page_of


def table(*texts: str, methods: tuple[str, ...] = (), attention: bool = False) -> list[str]:
    page = page_of(*texts, methods=methods, attention=attention)
    return explanation_text(explanation_record(page)).splitlines()


def columns(text: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def test_a_row_for_every_character() -> None:
    assert table("元a ") == [
        "元a ",
        "right as a whole: 80.0 %, check",
        "or: 元az (10.0 %)",
        "",
        "step  character  confidence  alternatives                       region",
        "   2  元             97.0 %  x 1.5 %  y 0.8 %  < 0.4 %          x 12-32 y 0-32",
        "   8  a              75.0 %  x 12.5 %  y 6.2 %  < 3.1 %         x 36-56 y 0-32",
        "  14  ␣              40.0 %  nothing 30.0 %  y 15.0 %  < 7.5 %  x 60-80 y 0-32",
    ]


def test_columns_stand_below_each_other_in_a_terminal() -> None:
    heading, *rows = table("元aBc", attention=True, methods=("hirescam",))[4:]
    for name, pattern in (("character", r"[元aBc]  "), ("region", r"x \d+-"), ("HiResCAM", r"\d+,\d+$")):
        places = {columns(row[: re.search(pattern, row).start()]) for row in rows}  # type: ignore[union-attr]
        assert places == {columns(heading[: heading.index(name)])}


def test_attention_says_where_it_looks_and_what_it_reads() -> None:
    heading, row = table("a", attention=True)[4:]
    assert heading.split()[-3:] == ["region", "attention", "reads"]
    assert row.endswith("x 14-30 y 8-24  a")


def test_peaks_of_the_methods_that_were_asked_for_and_what_is_held_against_them() -> None:
    heading, row, warning = table("a", methods=("hirescam", "gradcam"))[4:]
    assert heading.endswith("HiResCAM peak  Grad-CAM peak")
    assert row.endswith("20,14          20,14")
    assert warning.startswith("Grad-CAM fails a sanity check.")


def test_verdicts() -> None:
    page = ExplainedPage((explained_line(explanation_of("a", attention=False, faithfulness=True)),), 9, 9)
    heading, row, _ = explanation_text(explanation_record(page)).splitlines()[4:]
    assert "HiResCAM erased, elsewhere" in heading
    assert "2.50, 0.50" in row
    assert row.endswith("0.25, 0.50")


def test_maps_may_be_left_out() -> None:
    page = page_of("a", attention=False)
    assert explanation_text(explanation_record(page, Detail(maps="none"))).splitlines()[5].endswith("-")


def test_a_given_text_is_told_from_the_reading() -> None:
    page = ExplainedPage((explained_line(explanation_of("ab", reading="xy")),), 9, 9)
    lines = explanation_text(explanation_record(page)).splitlines()
    assert lines[2:5] == ["given; the picture reads: xy (77.9 %)", "or: xy (80.0 %)", "or: xz (10.0 %)"]


def test_lines_are_parted_and_a_page_without_text_is_empty() -> None:
    assert table("a", "b").count("") == 3
    assert explanation_text(explanation_record(ExplainedPage((), 5, 6))) == ""


@pytest.mark.parametrize("text", ["e\u0301", "字" * 201])
def test_any_text_has_a_table(text: str) -> None:
    assert len(table(text)) == 5 + len(text)
