"""Characters to lines, and which of them are believed."""

from __future__ import annotations

import numpy as np
import pytest

from lucidocr.io.glyphs import Glyph, is_garbage, lines_of, meaning


def glyph(text: str, x: float, y: float = 50, em: float = 20, **more: bool) -> Glyph:
    corners = np.array([(x, y - em), (x + em, y - em), (x + em, y), (x, y)], dtype=np.float64)
    return Glyph(meaning(text), corners, np.array([x, y], dtype=np.float64), 0.0, em, **more)


def row(text: str, *, em: float = 20, y: float = 50) -> list[Glyph]:
    return [glyph(char, 10 + n * em, y, em) for n, char in enumerate(text)]


def texts(glyphs: list[Glyph]) -> list[str]:
    return [line.text for line in lines_of(glyphs, 1000, 1000)]


def test_neighbours_make_a_line() -> None:
    assert texts(row("abc") + row("def", y=90)) == ["abc", "def"]
    assert texts([]) == []


def test_an_index_belongs_to_its_line() -> None:
    assert texts([*row("x"), glyph("2", 30, 42, 12), glyph("+", 42)]) == ["x2+"]


def test_letters_of_one_size_and_a_smaller_one_on_the_same_baseline() -> None:
    assert texts([*row('"M"'), glyph(",", 72, 54, 8)]) == ['"M",']


def test_spaces_stand_between_words_and_not_between_chinese_characters() -> None:
    assert texts([*row("ab"), glyph("c", 56, spaced=True)]) == ["ab c"]
    assert texts([*row("中文"), glyph("字", 56, spaced=True)]) == ["中文字"]
    assert texts([*row("中文"), glyph("字", 70, spaced=True)]) == ["中文 字"]


def test_the_box_of_a_space_is_the_gap() -> None:
    (line,) = lines_of([glyph("a", 10), glyph("b", 40, spaced=True)], 100, 100)
    assert [(span.left, span.right) for span in line.spans] == [(0, 20), (20, 30), (30, 50)]


def test_a_ligature_is_taken_apart() -> None:
    (line,) = lines_of([glyph("\ufb01", 10), glyph("n", 30)], 100, 100)
    assert line.text == "fin"
    assert [(span.left, span.right) for span in line.spans] == [(0, 10), (10, 20), (20, 40)]


def test_radicals_become_the_characters_that_they_stand_for() -> None:
    assert texts(row("\u2f6c的")) == ["目的"]
    assert meaning("①") == "①"


def test_a_column_ends_where_the_next_begins() -> None:
    first = [glyph(char, 400, 100 + 21 * n) for n, char in enumerate("春眠不觉晓")]
    second = [glyph(char, 360, 100 + 21 * n) for n, char in enumerate("处处闻")]
    lines = lines_of(first + second, 1000, 1000)
    assert [(line.text, line.vertical) for line in lines] == [("春眠不觉晓", True), ("处处闻", True)]


def test_lines_of_one_letter_each_are_not_believed() -> None:
    assert texts([glyph(char, 400, 100 + 40 * n) for n, char in enumerate("abcdefghijkl")]) == []


@pytest.mark.parametrize("bad", ["\ufffd", "\ue000", "\x01", "\U000e0fff"])
def test_characters_without_a_meaning_spoil_a_page(bad: str) -> None:
    assert is_garbage(row(bad * 2 + "plain text"))
    assert not is_garbage(row(bad + "a" * 99))


def test_unmapped_characters_spoil_a_page() -> None:
    assert is_garbage([glyph("a", 10 * n, sound=False) for n in range(9)])


def test_chinese_bytes_taken_for_western_ones_spoil_a_page() -> None:
    mojibake = "中文文档".encode("gb18030").decode("latin-1")
    assert is_garbage(row(mojibake))
    assert not is_garbage(row("Théâtre français à l’été"))


def test_what_lies_outside_of_the_page_does_not_count() -> None:
    assert texts([glyph("a", 10), glyph("b", 5000)]) == ["a"]
    assert lines_of([glyph("b", 5000)], 100, 100) == ()
