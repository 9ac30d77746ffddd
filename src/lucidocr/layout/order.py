"""The order in which the lines of a page are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lucidocr.layout.boxes import Box, rows_of, turn_of
from lucidocr.types import FloatArray

_MIN_LINES = 4
"""Fewest lines of a column of running text."""

_MIN_LENGTH = 8.0
"""Median length of a column's lines, in line heights: prices and table cells are shorter and are read row by row."""

_MIN_FILL = 0.6
"""Median length of a column's lines as part of the column's width."""


@dataclass(frozen=True, slots=True)
class _Split:
    """Where columns of running text are parted, and how each side is parted again (None: it is one column)."""

    place: float
    left: _Split | None
    right: _Split | None


def reading_order(quads: Sequence[FloatArray]) -> list[int]:
    """Numbers of the lines in reading order: rows from top to bottom, each from left to right.

    Where columns of running text stand side by side, they are read one after the other from the left; lines across
    them (titles) divide them into sections. Short lines side by side, as in forms, tables and receipts, are rows.

    Args:
        quads: float32 [4, 2] each, page pixels, clockwise from the text's top left; on a page turned by 90 degrees
            clockwise that is the top right.

    Returns:
        A permutation of the numbers of ``quads``.
    """
    boxes = turn_of(quads).boxes(quads)
    return [box.number for box in _ordered(boxes, _split(boxes))]


def _rows(boxes: Sequence[Box]) -> list[Box]:
    """Rows by height, each from left to right; a line joins the last row where it overlaps that in height."""
    rows = rows_of(sorted(boxes, key=lambda box: (box.middle, box.left)))
    return [box for row in rows for box in sorted(row, key=lambda box: box.left)]


def _split(boxes: Sequence[Box]) -> _Split | None:
    """How lines part into columns of running text; None when they are rows.

    Both sides must be a column, or part into columns themselves.
    """
    if len(boxes) < 2 * _MIN_LINES:
        return None
    place = _gutter(boxes)
    left = [box for box in boxes if box.right <= place]
    right = [box for box in boxes if box.left >= place and box.right > place]
    if min(len(left), len(right)) < _MIN_LINES:
        return None
    inner: list[_Split | None] = []
    for side in (left, right):
        column = _is_column(side)
        parts = None if column else _split(side)
        if parts is None and not column:
            return None
        inner.append(parts)
    return _Split(place, *inner)


def _gutter(boxes: Sequence[Box]) -> float:
    """Middle of the widest stretch that the fewest lines cross, in the middle half of the page."""
    left, right = min(box.left for box in boxes), max(box.right for box in boxes)
    places = np.linspace(left + (right - left) / 4, right - (right - left) / 4, 201)
    crossing = np.array([sum(box.left < place < box.right for box in boxes) for place in places])
    fewest = np.flatnonzero(crossing == crossing.min())
    stretches = np.split(fewest, np.flatnonzero(np.diff(fewest) > 1) + 1)
    return float(places[max(stretches, key=len)].mean())


def _is_column(boxes: Sequence[Box]) -> bool:
    """Whether lines make a column of running text."""
    if len(boxes) < _MIN_LINES:
        return False
    length = float(np.median([box.width for box in boxes]))
    height = float(np.median([box.height for box in boxes]))
    width = max(box.right for box in boxes) - min(box.left for box in boxes)
    return length >= _MIN_LENGTH * height and length >= _MIN_FILL * width


def _ordered(boxes: Sequence[Box], split: _Split | None) -> list[Box]:
    """Lines in reading order: section by section, in each the left side and then the right one."""
    if split is None:
        return _rows(boxes)
    ordered: list[Box] = []
    section: list[Box] = []
    for box in sorted(boxes, key=lambda box: box.middle):
        if box.left < split.place < box.right:
            ordered += [*_sides(section, split), box]
            section = []
        else:
            section.append(box)
    return [*ordered, *_sides(section, split)]


def _sides(boxes: Sequence[Box], split: _Split) -> list[Box]:
    """A section's lines: the left side, then the right one."""
    left = [box for box in boxes if box.right <= split.place]
    right = [box for box in boxes if box.right > split.place]
    return [*_ordered(left, split.left), *_ordered(right, split.right)]
