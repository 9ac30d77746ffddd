"""From the lines of a page to what they make up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import TypeVar

import numpy as np

from lucidocr.layout.boxes import Box, Turn, bounds, rows_of, turn_of
from lucidocr.layout.forms import Entry, form_at
from lucidocr.layout.join import join_lines
from lucidocr.layout.paragraphs import heading_levels, paragraphs
from lucidocr.layout.ruled import ruled_blocks
from lucidocr.layout.tables import Grid, table_at
from lucidocr.types import Block, Cell, FloatArray, ImageArray, Line

Part = TypeVar("Part", Block, Cell)

Found = Block | list[Box]
"""A block, or lines of running text."""


def blocks_of(lines: Sequence[Line], grey: ImageArray | None = None) -> tuple[Block, ...]:
    """What lines make up: tables, forms, headings and paragraphs.

    Args:
        lines: the lines of a page in reading order.
        grey: uint8 [H, W], its picture, in which the rules of tables are looked for; without it none are.

    Returns:
        Blocks in reading order; every line belongs to one of them.
    """
    quads = [_reading_quad(line) for line in lines]
    turn = turn_of(quads)
    boxes = turn.boxes(quads)
    ruled = ruled_blocks(lines, boxes, grey, turn) if boxes and grey is not None else []
    owners = {number: place for place, block in enumerate(ruled) for number in block.lines}
    found: list[Found] = []
    for place, group in groupby(boxes, key=lambda box: owners.get(box.number)):
        if place is None:
            found += _unruled(rows_of(group), lines, turn)
        elif not any(part is ruled[place] for part in found):
            found.append(ruled[place])
    return _with_text(found, lines, turn)


def in_block_order(lines: Sequence[Line], blocks: Sequence[Block]) -> tuple[tuple[Line, ...], tuple[Block, ...]]:
    """Lines in the order of their blocks, ruled tables cell by cell, and the blocks with the lines' new numbers."""
    order = [number for block in blocks for number in block.lines]
    places = {number: place for place, number in enumerate(order)}

    def renumbered(part: Part) -> Part:
        return replace(part, lines=tuple(places[number] for number in part.lines))

    moved = (replace(renumbered(block), cells=tuple(renumbered(cell) for cell in block.cells)) for block in blocks)
    return tuple(lines[number] for number in order), tuple(moved)


def _unruled(rows: Sequence[Sequence[Box]], lines: Sequence[Line], turn: Turn) -> list[Found]:
    """Forms, tables by the places of their lines, and running text."""
    found: list[Found] = []
    start = 0
    while start < len(rows):
        count, entries = form_at(rows[start:], lines)
        grid = None if entries else table_at(rows[start:])
        if entries:
            found.append(_form(rows[start : start + count], entries, lines, turn))
        elif grid is not None:
            count = len(grid.rows) - 1
            found.append(_table(rows[start : start + count], grid, lines, turn))
        else:
            count = 1
            last = found[-1] if found else None
            if isinstance(last, list):
                last += rows[start]
            else:
                found.append([*rows[start]])
        start += count
    return found


def _reading_quad(line: Line) -> FloatArray:
    """A line's corners from the start of its reading direction on: a column runs as a line of a turned page does."""
    quad = np.array(line.box, dtype=np.float32)
    return np.roll(quad, -1, axis=0) if line.vertical else quad


def _with_text(found: Sequence[Found], lines: Sequence[Line], turn: Turn) -> tuple[Block, ...]:
    """Blocks in their order, running text as paragraphs and headings."""
    parted = [part if isinstance(part, Block) else paragraphs(part, lines) for part in found]
    text = [paragraph for part in parted if not isinstance(part, Block) for paragraph in part]
    levels = iter(heading_levels(text, lines))
    blocks: list[Block] = []
    for part in parted:
        if isinstance(part, Block):
            blocks.append(part)
        else:
            blocks += [_text(paragraph, next(levels), turn) for paragraph in part]
    return tuple(blocks)


def _text(boxes: Sequence[Box], level: int, turn: Turn) -> Block:
    return Block("heading" if level else "paragraph", _numbers(boxes), turn.quad(*bounds(boxes)), level)


def _table(rows: Sequence[Sequence[Box]], grid: Grid, lines: Sequence[Line], turn: Turn) -> Block:
    boxes = [box for row in rows for box in row]
    return Block("table", _numbers(boxes), turn.quad(*bounds(boxes)), cells=tuple(_cells(grid, lines, turn)))


def _cells(grid: Grid, lines: Sequence[Line], turn: Turn) -> list[Cell]:
    """All cells of a table, the empty ones too, but those that one over several columns covers."""
    cells = []
    for row in range(len(grid.rows) - 1):
        column = 0
        while column < len(grid.columns) - 1:
            held = grid.cells.get((row, column), ())
            span = grid.spans.get((row, column), 1)
            while any((row, column + step) in grid.cells for step in range(1, span)):
                span -= 1  # the next cell begins earlier than this one ends
            cells.append(
                Cell(
                    row,
                    column,
                    join_lines(lines[box.number].text for box in held),
                    _numbers(held),
                    turn.quad(grid.columns[column], grid.rows[row], grid.columns[column + span], grid.rows[row + 1]),
                    column_span=span,
                )
            )
            column += span
    return cells


def _form(rows: Sequence[Sequence[Box]], entries: Sequence[Entry], lines: Sequence[Line], turn: Turn) -> Block:
    boxes = {box.number: box for row in rows for box in row}
    cells = []
    for number, entry in enumerate(entries):
        cells.append(Cell(number, 0, entry.label, (entry.label_line,), lines[entry.label_line].box))
        if entry.value:
            around = turn.quad(*bounds(boxes[line] for line in entry.value_lines))
            cells.append(Cell(number, 1, entry.value, entry.value_lines, around))
    return Block("form", _numbers(list(boxes.values())), turn.quad(*bounds(boxes.values())), cells=tuple(cells))


def _numbers(boxes: Sequence[Box]) -> tuple[int, ...]:
    return tuple(box.number for box in boxes)
