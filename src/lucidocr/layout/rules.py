"""Tables whose cells are parted by drawn rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lucidocr.types import ImageArray

_LONG: Final = 2.5
"""Length of a level rule, in heights of the text; strokes of large characters are shorter."""

_TALL: Final = 1.5
"""The same of an upright rule, which may be as short as a row is high."""

_DARKER: Final = 10
"""How much darker than its surroundings a rule is, 0..255."""

_SURROUNDINGS: Final = 15
"""Side of the square that is looked at around a pixel."""

_DOTS: Final = 3
"""Gap between dots of a dotted rule that is closed, pixels, less one."""

_BORDER: Final = 0.8
"""How far rules may reach beyond the last one across them, in heights of the text, before a border is missing there."""

_DRAWN: Final = 0.5
"""Part of a cell's side along which a rule must run to part it from the next cell."""

_REACH: Final = 3
"""Pixels that a rule may lie beside its place, or end before the rule that it runs up to."""

_MOST_LOOKED_AT: Final = 8_000_000
"""Pixels of a page above which rules are looked for on a smaller copy."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RuledCell:
    """A cell: its first row and column, and how many of each it covers."""

    row: int
    column: int
    row_span: int
    column_span: int


@dataclass(frozen=True, slots=True)
class RuledTable:
    """A table as it is drawn.

    Attributes:
        columns: places of the upright rules from left to right, page pixels; one more than there are columns.
        rows: places of the level rules from top to bottom, page pixels; one more than there are rows.
        cells: row by row; they cover the whole table.
    """

    columns: tuple[float, ...]
    rows: tuple[float, ...]
    cells: tuple[RuledCell, ...]


def ruled_tables(grey: ImageArray, text_height: float) -> list[RuledTable]:
    """Find tables by their rules, which must be level and upright to within about a degree.

    Args:
        grey: uint8 [H, W], the page, upright.
        text_height: usual height of its lines, pixels.

    Returns:
        Tables of at least two rows and two columns, from top to bottom. Cells without a rule between them are one,
        where together they make a rectangle.
    """
    scale = min(1.0, (_MOST_LOOKED_AT / grey.size) ** 0.5)
    if scale < 1:
        grey = np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    height = text_height * scale
    level, upright = _rules(grey, height)
    return [
        RuledTable(
            tuple(column / scale for column in columns), tuple(row / scale for row in rows), tuple(_cells(parted))
        )
        for columns, rows, parted in _grids(level, upright, height)
    ]


def _rules(grey: ImageArray, height: float) -> tuple[Mask, Mask]:
    """Pixels of level and of upright rules."""
    dark = cv2.adaptiveThreshold(
        grey, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, _SURROUNDINGS, float(_DARKER)
    )

    def runs(width: int, length: int) -> Mask:
        dots = np.ones((min(length, _DOTS), min(width, _DOTS)), np.uint8)
        closed = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, dots)
        return np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((length, width), np.uint8)) > 0)

    return runs(max(2, round(_LONG * height)), 1), runs(1, max(2, round(_TALL * height)))


Parted = tuple[Mask, Mask]
"""Whether a rule parts each cell from the next: bool [rows, columns - 1] beside, bool [rows - 1, columns] below."""


def _grids(level: Mask, upright: Mask, height: float) -> Iterator[tuple[list[float], list[float], Parted]]:
    """The places of rules that hang together, and what they part."""
    for left, top, along, down in _networks(level, upright):
        tall, width = along.shape
        columns = _places(down.sum(axis=0), _TALL * height, width, _BORDER * height)
        rows = _places(along.sum(axis=1), _LONG * height, tall, _BORDER * height)
        if len(columns) > 2 and len(rows) > 2:
            parted = (_parted(down.T, columns, rows), _parted(along, rows, columns).T)
            yield [left + column for column in columns], [top + row for row in rows], (parted[0].T, parted[1].T)


def _networks(level: Mask, upright: Mask) -> Iterator[tuple[int, int, Mask, Mask]]:
    """Rules that hang together, from top to bottom, without others that lie within their bounds.

    Yields:
        Left and top of their bounds, and the level and the upright ones among them, bool [height, width].
    """
    drawn = (level | upright).astype(np.uint8)
    near = np.ones((2 * _REACH + 1, 2 * _REACH + 1), np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(drawn, near))
    for number in sorted(range(1, count), key=lambda number: (stats[number, 1], stats[number, 0])):
        left, top, width, tall = stats[number, :4].tolist()
        own = labels[top : top + tall, left : left + width] == number
        x, y, width, tall = cv2.boundingRect(drawn[top : top + tall, left : left + width] * own)
        part = (slice(top + y, top + y + tall), slice(left + x, left + x + width))
        own = own[y : y + tall, x : x + width]
        yield left + x, top + y, level[part] & own, upright[part] & own


def _places(lengths: NDArray[np.int64], least: float, size: int, border: float) -> list[float]:
    """Where rules lie along one direction: middles of runs of pixels that hold enough of them, and missing borders."""
    held = np.flatnonzero(lengths >= least)
    runs = np.split(held, np.flatnonzero(np.diff(held) > 2 * _REACH) + 1) if len(held) else []
    places = [float(run.mean()) + 0.5 for run in runs]
    if places and places[0] > border:
        places.insert(0, 0.0)
    if places and size - places[-1] > border:
        places.append(float(size))
    return places


def _parted(rules: Mask, across: list[float], along: list[float]) -> Mask:
    """Which stretches of inner rules are drawn.

    Args:
        rules: bool [n, m], rules run along the second axis.
        across: places of the rules on the first axis, the borders among them.
        along: places on the second axis between which stretches lie.

    Returns:
        bool [len(across) - 2, len(along) - 1].
    """
    drawn = np.zeros((len(across) - 2, len(along) - 1), np.bool_)
    for number, stretch in product(range(drawn.shape[0]), range(drawn.shape[1])):
        place = round(across[number + 1])
        first, stop = round(along[stretch]), max(round(along[stretch + 1]), round(along[stretch]) + 1)
        band = rules[max(0, place - _REACH) : place + _REACH + 1, first:stop]
        drawn[number, stretch] = band.any(axis=0).mean() >= _DRAWN
    return drawn


def _cells(parted: Parted) -> Iterator[RuledCell]:
    """Cells, row by row; each grows to the right and then downwards while no rule parts it from what it takes in."""
    beside, below = parted
    rows, columns = beside.shape[0], below.shape[1]
    taken = np.zeros((rows, columns), np.bool_)
    for row, column in product(range(rows), range(columns)):
        if taken[row, column]:
            continue
        stop = column + 1
        while stop < columns and not beside[row, stop - 1] and not taken[row, stop]:
            stop += 1
        end = row + 1
        while (
            end < rows
            and not below[end - 1, column:stop].any()
            and not beside[end, column : stop - 1].any()
            and not taken[end, column:stop].any()
        ):
            end += 1
        taken[row:end, column:stop] = True
        yield RuledCell(row, column, end - row, stop - column)
