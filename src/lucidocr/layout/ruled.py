"""From ruled tables to blocks: which line stands in which cell."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from lucidocr.layout.boxes import Box, Turn
from lucidocr.layout.join import join_lines
from lucidocr.layout.rules import RuledCell, RuledTable, ruled_tables
from lucidocr.types import Block, Cell, ImageArray, Line

_LEAST_FILLED: Final = 2
"""Cells of a table that hold text: a frame around one text is no table."""

_MOST_CUT: Final = 0.5
"""Part of the lines in a table that may reach beyond their cells: the frame of a page cuts through its text."""

_SLACK: Final = 0.5
"""How far a line may do so before it counts, in line heights."""

_MAX_WARP: Final = 30_000
"""OpenCV cannot warp pictures of 32,767 pixels or more; on those that are not level no rules are looked for."""


def ruled_blocks(lines: Sequence[Line], boxes: Sequence[Box], grey: ImageArray, turn: Turn) -> list[Block]:
    """The tables of a page whose cells are parted by rules.

    Args:
        lines: the lines of the page in reading order.
        boxes: the bounds of each on the page turned upright, in the same order.
        grey: uint8 [H, W], the page.
        turn: how it is turned upright.
    """
    if turn.is_level:  # rules are sharpest as they are
        upright, origin, turn = grey, (0.0, 0.0), Turn(np.eye(2))
        boxes = turn.boxes([np.array(line.box, dtype=np.float32) for line in lines])
    else:
        upright, origin = _turned(grey, turn)
    tables = ruled_tables(upright, float(np.median([box.height for box in boxes])))
    blocks = [_block(_moved(table, origin), lines, boxes, turn) for table in tables]
    return [block for block in blocks if _is_table(block, boxes, turn)]


def _turned(grey: ImageArray, turn: Turn) -> tuple[ImageArray, tuple[float, float]]:
    """A page turned upright, and where its top left corner lies on the upright page."""
    height, width = grey.shape
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)]) @ turn.matrix.T
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    size = (max(1, round(right - left)), max(1, round(bottom - top)))
    if max(height, width, *size) > _MAX_WARP:
        return grey[:1, :1], (0.0, 0.0)
    half = turn.matrix @ (0.5, 0.5) - (left, top) - 0.5  # a pixel's centre is at .5 here and at 0 in OpenCV
    matrix = np.column_stack([turn.matrix, half])
    pixels = cv2.warpAffine(grey, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(pixels, dtype=np.uint8), (float(left), float(top))


def _moved(table: RuledTable, origin: tuple[float, float]) -> RuledTable:
    columns, rows = (
        tuple(place + start for place in places)
        for places, start in zip((table.columns, table.rows), origin, strict=True)
    )
    return replace(table, columns=columns, rows=rows)


def _is_table(block: Block, boxes: Sequence[Box], turn: Turn) -> bool:
    """Whether rules part text into cells, rather than run around it or through it."""
    filled = sum(bool(cell.lines) for cell in block.cells)
    cut = sum(_is_cut(boxes[number], cell, turn) for cell in block.cells for number in cell.lines)
    return filled >= _LEAST_FILLED and cut <= _MOST_CUT * len(block.lines)


def _is_cut(box: Box, cell: Cell, turn: Turn) -> bool:
    """Whether a line reaches beyond the sides of its cell."""
    (left, _), (right, _) = (turn.matrix @ cell.box[corner] for corner in (0, 1))
    slack = _SLACK * box.height
    return bool(box.left < left - slack or box.right > right + slack)


def _block(table: RuledTable, lines: Sequence[Line], boxes: Sequence[Box], turn: Turn) -> Block:
    held: dict[RuledCell, list[int]] = {cell: [] for cell in table.cells}
    owners = {
        (row, column): cell
        for cell in table.cells
        for row in range(cell.row, cell.row + cell.row_span)
        for column in range(cell.column, cell.column + cell.column_span)
    }
    for box in boxes:
        place = (
            bisect_right(table.rows, box.middle) - 1,
            bisect_right(table.columns, (box.left + box.right) / 2) - 1,
        )
        if place in owners:
            held[owners[place]].append(box.number)
    cells = tuple(_cell(table, cell, numbers, lines, turn) for cell, numbers in held.items())
    around = turn.quad(table.columns[0], table.rows[0], table.columns[-1], table.rows[-1])
    return Block("table", tuple(number for numbers in held.values() for number in numbers), around, cells=cells)


def _cell(table: RuledTable, cell: RuledCell, numbers: Sequence[int], lines: Sequence[Line], turn: Turn) -> Cell:
    right, bottom = cell.column + cell.column_span, cell.row + cell.row_span
    return Cell(
        cell.row,
        cell.column,
        join_lines(lines[number].text for number in numbers),
        tuple(numbers),
        turn.quad(table.columns[cell.column], table.rows[cell.row], table.columns[right], table.rows[bottom]),
        cell.row_span,
        cell.column_span,
    )
