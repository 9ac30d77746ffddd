"""What the lines of a page make up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from lucidocr.layout import join_lines
from lucidocr.layout.blocks import blocks_of
from lucidocr.types import Block, Line
from tests.export.pages import column_at, line_at

Texts = Sequence[Sequence[str]]

ACCOUNTS = [["Age", "End", "Begin"], ["1 year", "59,071", "2,430"], ["2 years", "", "264"], ["Sum", "59,071", "2,694"]]
COLUMNS = (0, 300, 500)


def table(rows: Texts, *, top: float = 0, columns: Sequence[float] = COLUMNS) -> list[Line]:
    """Lines of cells, ten pixels a character and twenty high, left aligned in their columns."""
    return [
        replace(line_at(text, x, top + 40 * n), box=_box(x, top + 40 * n, 10 * len(text)))
        for n, row in enumerate(rows)
        for text, x in zip(row, columns, strict=False)
        if text
    ]


def text(*rows: str, top: float = 0, left: float = 0, gap: float = 28, size: float = 20) -> list[Line]:
    return [
        replace(line_at(row, left, top), box=_box(left, top + gap * n, 0.5 * size * len(row), size))
        for n, row in enumerate(rows)
    ]


def _box(x: float, y: float, width: float, height: float = 20) -> tuple[tuple[float, float], ...]:
    return ((x, y), (x + width, y), (x + width, y + height), (x, y + height))


def cells_of(block: Block) -> list[list[str]]:
    rows = 1 + max(cell.row for cell in block.cells)
    return [[cell.text for cell in block.cells if cell.row == row] for row in range(rows)]


def kinds(lines: Sequence[Line]) -> list[tuple[str, int]]:
    return [(block.kind, len(block.lines)) for block in blocks_of(lines)]


def assert_partition(lines: Sequence[Line]) -> None:
    assert [number for block in blocks_of(lines) for number in block.lines] == list(range(len(lines)))


LONG = "Lines of running text are long and end near the right margin"
SHORT = "and here it ends."


def test_nothing() -> None:
    assert blocks_of([]) == ()


def test_a_paragraph_ends_with_a_short_line_a_gap_or_an_indent() -> None:
    assert kinds(text(LONG, LONG, SHORT, LONG, SHORT)) == [("paragraph", 3), ("paragraph", 2)]
    assert kinds([*text(LONG, LONG), *text(LONG, LONG, top=120)]) == [("paragraph", 2), ("paragraph", 2)]
    assert kinds([*text(LONG, LONG), *text(LONG, top=56, left=40), *text(LONG, top=84)]) == [
        ("paragraph", 2),
        ("paragraph", 2),
    ]


def test_lines_that_all_stand_far_apart_are_still_a_paragraph() -> None:
    assert kinds(text(LONG, LONG, LONG, SHORT, gap=46)) == [("paragraph", 4)]


@pytest.mark.parametrize("item", ["1. one", "（2）二", "• three", "三、三", "(a) four"])
def test_items_of_a_list_are_paragraphs_of_their_own(item: str) -> None:
    assert kinds(text(LONG, item + LONG, item + LONG)) == [("paragraph", 1)] * 3


def test_larger_lines_are_headings_by_their_size() -> None:
    lines = [
        *text("Title", size=48),
        *text("Part", top=80, size=32),
        *text(LONG, LONG, top=140),
        *text("Part", top=240, size=32),
        *text(LONG, LONG, top=300),
    ]
    assert [(block.kind, block.level) for block in blocks_of(lines)] == [
        ("heading", 1),
        ("heading", 2),
        ("paragraph", 0),
        ("heading", 2),
        ("paragraph", 0),
    ]


def test_a_large_number_is_no_heading() -> None:
    assert kinds([*text("42", size=48), *text(LONG, LONG, top=80)])[0] == ("paragraph", 1)


def test_a_table_is_found_between_paragraphs() -> None:
    lines = [*text(LONG), *table(ACCOUNTS, top=60), *text(LONG, top=240)]
    first, found, last = blocks_of(lines)
    assert (first.kind, found.kind, last.kind) == ("paragraph", "table", "paragraph")
    assert cells_of(found) == ACCOUNTS
    assert_partition(lines)


def test_cells_share_edges_and_say_where_their_lines_are() -> None:
    lines = table(ACCOUNTS)
    (found,) = blocks_of(lines)
    assert found.box == _box(0, 0, 550, 140)
    by_place = {(cell.row, cell.column): cell for cell in found.cells}
    assert len(by_place) == 12
    for (row, column), cell in by_place.items():
        if column < 2:
            assert cell.box[1] == by_place[row, column + 1].box[0]
        if row < 3:
            assert cell.box[3] == by_place[row + 1, column].box[0]
        assert [lines[number].text for number in cell.lines] == ([cell.text] if cell.text else [])


def test_a_head_over_two_columns() -> None:
    rows = [["a", "1", "2", "3"], ["b", "4", "5", "6"], ["c", "7", "8", "9"]]
    wide = replace(line_at("Amounts in 1,000 yuan", 200, 0), box=_box(200, 0, 210))
    (found,) = blocks_of([*table([["Name"]]), wide, *table(rows, top=40, columns=(0, 200, 300, 400))])
    assert [(cell.text, cell.column, cell.column_span) for cell in found.cells if cell.row == 0] == [
        ("Name", 0, 1),
        ("Amounts in 1,000 yuan", 1, 3),
    ]
    assert cells_of(found)[1:] == rows


def test_two_tables_under_each_other_with_other_columns() -> None:
    second = [["Kind", "Sum"], ["Deposits", "12"], ["Loans", "7"], ["All", "19"]]
    lines = [*table(ACCOUNTS), *table([["By kind"]], top=160), *table(second, top=200, columns=(0, 420))]
    assert kinds(lines) == [("table", 11), ("paragraph", 1), ("table", 8)]


def test_a_line_across_the_columns_ends_a_table() -> None:
    lines = [*table(ACCOUNTS), *text(LONG, top=160), *table(ACCOUNTS, top=200)]
    assert kinds(lines) == [("table", 11), ("paragraph", 1), ("table", 11)]


def test_rows_of_one_cell_may_stand_in_a_table() -> None:
    rows = [*ACCOUNTS[:2], ["of which:"], *ACCOUNTS[2:]]
    (found,) = blocks_of(table(rows))
    assert cells_of(found)[2] == ["of which:", "", ""]


def test_text_side_by_side_is_no_table() -> None:
    lines = [line for n in range(6) for line in (*text(LONG, top=40 * n), *text(LONG, top=40 * n, left=700))]
    assert {kind for kind, _ in kinds(lines)} == {"paragraph"}


def test_two_lines_beside_each_other_are_no_table() -> None:
    assert {kind for kind, _ in kinds(table([["Left", "Right"]]))} == {"paragraph"}


def test_labels_and_values_are_a_form() -> None:
    lines = [
        *text("Name: Li Lei"),
        *table([["地址：", "北京市"]], top=40),
        *table([["Tel:", "Fax: 42"]], top=80),
        *text(LONG, top=160),
    ]
    form, _ = blocks_of(lines)
    assert (form.kind, form.lines) == ("form", (0, 1, 2, 3, 4))
    assert cells_of(form) == [["Name", "Li Lei"], ["地址", "北京市"], ["Tel"], ["Fax", "42"]]
    assert [cell.column for cell in form.cells] == [0, 1, 0, 1, 0, 0, 1]
    assert_partition(lines)


@pytest.mark.parametrize("row", ["at 12:30 we", "see http://a.b", "If so, then: no", "x = {a: 1}", ": none"])
def test_a_colon_alone_makes_no_label(row: str) -> None:
    assert {kind for kind, _ in kinds(text(row, row, row))} == {"paragraph"}


def test_values_may_be_numbers_and_times() -> None:
    (form,) = blocks_of(text("Tel:03-3362 4395", "Time: 12:30", "No.7: 8", "合计：42.00"))
    assert [cell.text for cell in form.cells if cell.column] == ["03-3362 4395", "12:30", "8", "42.00"]


def test_one_label_is_no_form() -> None:
    assert kinds(text("Note: read this", LONG)) == [("paragraph", 2)]


@pytest.mark.parametrize("degrees", [-5.0, 5.0, 90.0, 180.0])
def test_a_turned_page_has_the_same_blocks(degrees: float) -> None:
    lines = [*text("Title", size=48, top=-100), *table(ACCOUNTS), *text(LONG, SHORT, top=240)]
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))

    def turned(box: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
        return tuple((float(cos * x - sin * y), float(sin * x + cos * y)) for x, y in box)

    straight = blocks_of(lines)
    found = blocks_of([replace(line, box=turned(line.box)) for line in lines])
    assert [(block.kind, block.lines, block.level) for block in found] == [
        (block.kind, block.lines, block.level) for block in straight
    ]
    for block, other in zip(found, straight, strict=True):
        assert np.allclose(block.box, turned(other.box), atol=0.1)


def test_columns_of_chinese_are_a_paragraph() -> None:
    lines = [column_at("春眠不觉晓处处闻啼鸟", 300 - 28 * n, 20) for n in range(3)]
    assert kinds(lines) == [("paragraph", 3)]


def test_lines_without_a_width() -> None:
    line = replace(line_at("a", 0, 0), box=((5.0, 5.0),) * 4)
    assert_partition([line] * 9)


def test_joining_lines() -> None:
    assert join_lines(["first", "second line"]) == "first second line"
    assert join_lines(["中文", "字"]) == "中文字"
    assert join_lines(["an exam-", "ple"]) == "an example"
    assert join_lines(["Anglo-", "Saxon", "", "2-", "x"]) == "Anglo- Saxon 2- x"
