"""Tables whose cells are parted by rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from lucidocr.layout.blocks import blocks_of, in_block_order
from lucidocr.layout.rules import RuledCell, ruled_tables
from lucidocr.types import ImageArray, Line
from tests.export.pages import line_at

HEIGHT = 20.0
XS, YS = (40, 160, 300, 420), (50, 90, 130, 170, 210)


def paper(height: int = 300, width: int = 500) -> ImageArray:
    return np.full((height, width), 250, np.uint8)


def draw(grey: ImageArray, *, skip: Sequence[tuple[str, int, int]] = (), step: int = 1, thick: int = 2) -> ImageArray:
    """Draw the grid of XS and YS without the stretches ("level" or "upright", rule, number along it) to skip."""
    for rule, y in enumerate(YS):
        for part in range(len(XS) - 1):
            if ("level", rule, part) not in skip:
                grey[y : y + thick, XS[part] : XS[part + 1] + thick : step] = 40
    for rule, x in enumerate(XS):
        for part in range(len(YS) - 1):
            if ("upright", rule, part) not in skip:
                grey[YS[part] : YS[part + 1] + thick : step, x : x + thick] = 40
    return grey


def test_rules_make_a_grid() -> None:
    (table,) = ruled_tables(draw(paper()), HEIGHT)
    assert table.columns == pytest.approx([x + 1 for x in XS], abs=2)
    assert table.rows == pytest.approx([y + 1 for y in YS], abs=2)
    assert table.cells == tuple(RuledCell(row, column, 1, 1) for row in range(4) for column in range(3))


@pytest.mark.parametrize("thick", [1, 4])
def test_thin_and_thick_rules(thick: int) -> None:
    assert len(ruled_tables(draw(paper(), thick=thick), HEIGHT)[0].cells) == 12


def test_dotted_rules() -> None:
    assert len(ruled_tables(draw(paper(), step=2), HEIGHT)[0].cells) == 12


def test_cells_without_a_rule_between_them_are_one() -> None:
    grey = draw(paper(), skip=[("upright", 2, 0), ("level", 2, 0)])
    (table,) = ruled_tables(grey, HEIGHT)
    assert RuledCell(0, 1, 1, 2) in table.cells
    assert RuledCell(1, 0, 2, 1) in table.cells
    assert len(table.cells) == 10


def test_what_makes_no_rectangle_stays_apart() -> None:
    grey = draw(paper(), skip=[("upright", 1, 0), ("level", 1, 0)])
    (table,) = ruled_tables(grey, HEIGHT)
    area = sum(cell.row_span * cell.column_span for cell in table.cells)
    assert area == 12


def test_a_table_that_is_open_at_its_sides() -> None:
    sides = [("upright", rule, part) for rule in (0, 3) for part in range(4)]
    (table,) = ruled_tables(draw(paper(), skip=sides), HEIGHT)
    assert len(table.cells) == 12
    assert table.columns[0] == pytest.approx(XS[0], abs=3)
    assert table.columns[-1] == pytest.approx(XS[-1], abs=5)


def test_a_slightly_skewed_table() -> None:
    turn = cv2.getRotationMatrix2D((250.0, 150.0), 0.4, 1.0)
    turned = cv2.warpAffine(draw(paper(), thick=3), turn, (500, 300), flags=cv2.INTER_CUBIC, borderValue=(250.0,))
    (table,) = ruled_tables(np.asarray(turned, dtype=np.uint8), HEIGHT)
    assert len(table.cells) == 12


def test_a_large_page_is_looked_at_smaller() -> None:
    grey = cv2.resize(draw(paper()), None, fx=8, fy=8, interpolation=cv2.INTER_NEAREST)
    (table,) = ruled_tables(np.asarray(grey, dtype=np.uint8), 8 * HEIGHT)
    assert table.columns == pytest.approx([8 * (x + 1) for x in XS], abs=16)
    assert len(table.cells) == 12


def test_what_is_no_table() -> None:
    assert ruled_tables(paper(), HEIGHT) == []
    line = paper()
    line[100:102, 20:480] = 30
    assert ruled_tables(line, HEIGHT) == []
    frame = paper()
    cv2.rectangle(frame, (20, 20), (480, 280), (30.0,), 2)
    assert ruled_tables(frame, HEIGHT) == []


def cell_texts(*texts: tuple[str, int, int]) -> list[Line]:
    """Lines that begin a little inside of the cells with these rows and columns."""
    return [replace(line_at(text, XS[column] + 8, YS[row] + 9, size=8), confidence=0.9) for text, row, column in texts]


def test_lines_stand_in_the_cells_that_are_drawn_around_them() -> None:
    grey = draw(paper(), skip=[("level", 2, 0)])
    lines = cell_texts(("Name", 0, 0), ("Sum", 0, 1), ("two", 1, 0), ("7", 1, 1), ("lines", 2, 0), ("8", 2, 1))
    (block,) = blocks_of(lines, grey)
    assert (block.kind, block.lines, len(block.cells)) == ("table", (0, 1, 2, 4, 3, 5), 11)
    merged = next(cell for cell in block.cells if cell.row_span == 2)
    assert (merged.text, merged.lines, merged.row, merged.column) == ("two lines", (2, 4), 1, 0)
    assert merged.box == pytest.approx(np.array(((41, 91), (161, 91), (161, 171), (41, 171))), abs=2)


def test_lines_are_put_in_the_order_of_the_cells() -> None:
    grey = draw(paper(), skip=[("level", 2, 0)])
    lines = cell_texts(("Name", 0, 0), ("Sum", 0, 1), ("two", 1, 0), ("7", 1, 1), ("lines", 2, 0), ("8", 2, 1))
    ordered, (block,) = in_block_order(lines, blocks_of(lines, grey))
    assert [line.text for line in ordered] == ["Name", "Sum", "two", "lines", "7", "8"]
    assert block.lines == (0, 1, 2, 3, 4, 5)
    for cell in block.cells:
        assert " ".join(ordered[number].text for number in cell.lines) == cell.text


def test_lines_around_a_table_stay_outside() -> None:
    above, below = line_at("above the table", 40, 10, size=10), line_at("below", 40, 240, size=10)
    lines = [above, *cell_texts(("a", 0, 0), ("b", 1, 1), ("c", 3, 2)), below]
    blocks = blocks_of(lines, draw(paper()))
    assert [(block.kind, block.lines) for block in blocks] == [
        ("paragraph", (0,)),
        ("table", (1, 2, 3)),
        ("paragraph", (4,)),
    ]


def test_a_frame_around_one_text_is_no_table() -> None:
    lines = cell_texts(("a", 1, 1))
    assert [block.kind for block in blocks_of(lines, draw(paper()))] == ["paragraph"]


def test_rules_that_do_not_hang_together_make_no_table() -> None:
    grey = paper()
    grey[4:6, 4:496] = grey[294:296, 4:496] = 40  # the dark edge of a scan
    grey[4:296, 4:6] = grey[4:296, 494:496] = 40
    for y in (100, 200):
        grey[y : y + 2, 60:440] = 40
    grey[100:202, 250:252] = 40
    assert ruled_tables(grey, HEIGHT) == []


def test_rules_that_end_just_before_the_frame_belong_to_it() -> None:
    grey = draw(paper())
    for y in YS[1:-1]:
        grey[y : y + 2, XS[0] + 2 : XS[0] + 4] = 250
    assert len(ruled_tables(grey, HEIGHT)[0].cells) == 12


def test_rules_through_text_make_no_table() -> None:
    texts = [line_at("a line of running text", 60, y, size=14) for y in (102, 142, 182)]
    cells = [line_at(text, x, y, size=14) for text, x, y in [("a", 60, 102), ("b", 200, 102), ("c", 60, 142)]]
    assert {block.kind for block in blocks_of(texts, draw(paper()))} == {"paragraph"}
    assert [block.kind for block in blocks_of(cells, draw(paper()))] == ["table"]


@pytest.mark.parametrize("degrees", [0.6, -3, 7, -15, 90, 183])
def test_rules_of_skewed_and_turned_pages(degrees: float) -> None:
    """Cells are those of the level page, and their boxes lie where they are on the page."""
    grey = draw(paper(), thick=3, skip=[("upright", 2, 0)])
    turn = cv2.getRotationMatrix2D((250.0, 150.0), -degrees, 1.0)
    turn[:, 2] += 150
    turned = cv2.warpAffine(grey, turn, (800, 600), flags=cv2.INTER_CUBIC, borderValue=(250.0,))
    level = cell_texts(("ab", 0, 0), ("wide", 0, 1), ("cd", 1, 1), ("ef", 3, 2))
    lines = [replace(line, box=placed(turn, line.box)) for line in level]
    (block,) = blocks_of(lines, np.asarray(turned, dtype=np.uint8))
    (wanted,) = blocks_of(level, grey)
    assert block.kind == wanted.kind == "table"
    for cell, other in zip(block.cells, wanted.cells, strict=True):
        assert (cell.row, cell.column, cell.column_span, cell.text) == (
            other.row,
            other.column,
            other.column_span,
            other.text,
        )
        np.testing.assert_allclose(cell.box, placed(turn, other.box), atol=4)


def placed(turn: np.ndarray, box: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y in np.array(box) @ turn[:, :2].T + turn[:, 2])
