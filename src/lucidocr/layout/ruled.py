"""From ruled tables to blocks: which line stands in which cell."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

import numpy as np

from lucidocr.layout.boxes import Box, Quad
from lucidocr.layout.join import join_lines
from lucidocr.layout.rules import RuledCell, RuledTable, ruled_tables
from lucidocr.types import Block, Cell, ImageArray, Line

_LEAST_FILLED: Final = 2
"""Cells of a table that hold text: a frame around one text is no table."""

_MOST_CUT: Final = 0.5
"""Part of the lines in a table that may reach beyond their cells: the frame of a page cuts through its text."""

_SLACK: Final = 0.5
"""How far a line may do so before it counts, in line heights."""


def ruled_blocks(lines: Sequence[Line], boxes: Sequence[Box], grey: ImageArray) -> list[Block]:
    """The tables of a level page whose cells are parted by rules.

    Args:
        lines: the lines of the page in reading order.
        boxes: the bounds of each, in the same order.
        grey: uint8 [H, W], the page.
    """
    tables = ruled_tables(grey, float(np.median([box.height for box in boxes])))
    blocks = [_block(table, lines) for table in tables]
    return [block for block in blocks if _is_table(block, lines)]


def _is_table(block: Block, lines: Sequence[Line]) -> bool:
    """Whether rules part text into cells, rather than run around it or through it."""
    filled = sum(bool(cell.lines) for cell in block.cells)
    cut = sum(_is_cut(lines[number], cell) for cell in block.cells for number in cell.lines)
    return filled >= _LEAST_FILLED and cut <= _MOST_CUT * len(block.lines)


def _is_cut(line: Line, cell: Cell) -> bool:
    """Whether a line reaches beyond the sides of its cell."""
    (left, top), (right, bottom) = np.min(line.box, axis=0), np.max(line.box, axis=0)
    slack = _SLACK * (bottom - top)
    return bool(left < cell.box[0][0] - slack or right > cell.box[1][0] + slack)


def _block(table: RuledTable, lines: Sequence[Line]) -> Block:
    held: dict[RuledCell, list[int]] = {cell: [] for cell in table.cells}
    owners = {
        (row, column): cell
        for cell in table.cells
        for row in range(cell.row, cell.row + cell.row_span)
        for column in range(cell.column, cell.column + cell.column_span)
    }
    for number, line in enumerate(lines):
        x, y = np.mean(line.box, axis=0)
        place = (bisect_right(table.rows, float(y)) - 1, bisect_right(table.columns, float(x)) - 1)
        if place in owners:
            held[owners[place]].append(number)
    cells = tuple(_cell(table, cell, numbers, lines) for cell, numbers in held.items())
    around = _rectangle(table.columns[0], table.rows[0], table.columns[-1], table.rows[-1])
    return Block("table", tuple(number for numbers in held.values() for number in numbers), around, cells=cells)


def _cell(table: RuledTable, cell: RuledCell, numbers: Sequence[int], lines: Sequence[Line]) -> Cell:
    right, bottom = cell.column + cell.column_span, cell.row + cell.row_span
    return Cell(
        cell.row,
        cell.column,
        join_lines(lines[number].text for number in numbers),
        tuple(numbers),
        _rectangle(table.columns[cell.column], table.rows[cell.row], table.columns[right], table.rows[bottom]),
        cell.row_span,
        cell.column_span,
    )


def _rectangle(left: float, top: float, right: float, bottom: float) -> Quad:
    return ((left, top), (right, top), (right, bottom), (left, bottom))
