"""The order in which the lines of a page are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lucidocr.types import FloatArray

_ROW_OVERLAP = 0.5
"""Part of the lower of two lines' heights that they must share to stand in one row."""

_MIN_LINES = 4
"""Fewest lines of a column of running text."""

_MIN_LENGTH = 8.0
"""Median length of a column's lines, in line heights: prices and table cells are shorter and are read row by row."""

_MIN_FILL = 0.6
"""Median length of a column's lines as part of the column's width."""


@dataclass(frozen=True, slots=True)
class _Box:
    """A line's bounds once the page's skew is taken out."""

    number: int
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


def reading_order(quads: Sequence[FloatArray]) -> list[int]:
    """Numbers of the lines in reading order: rows from top to bottom, each from left to right.

    Where two columns of running text stand side by side, the left one is read first; lines across both (titles)
    divide the page into sections. Short lines side by side, as in forms, tables and receipts, are rows.

    Args:
        quads: float32 [4, 2] each, page pixels, clockwise from the top left.

    Returns:
        A permutation of the numbers of ``quads``.
    """
    boxes = _upright(quads)
    gutter = _gutter(boxes)
    if gutter is None:
        return [box.number for box in _rows(boxes)]
    ordered: list[_Box] = []
    section: list[_Box] = []
    for box in sorted(boxes, key=lambda box: box.middle):
        if box.left < gutter < box.right:
            ordered += [*_columns(section, gutter), box]
            section = []
        else:
            section.append(box)
    return [box.number for box in [*ordered, *_columns(section, gutter)]]


def _upright(quads: Sequence[FloatArray]) -> list[_Box]:
    """Bounds of the quads, turned back by the median slope of their upper edges."""
    if not quads:
        return []
    edges = np.array([quad[1] - quad[0] for quad in quads], dtype=np.float64)
    angle = float(np.median(np.arctan2(edges[:, 1], np.maximum(edges[:, 0], 1e-9))))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turned = [quad @ turn.T for quad in quads]
    return [
        _Box(number, *map(float, (*corners.min(axis=0), *corners.max(axis=0)))) for number, corners in enumerate(turned)
    ]


def _rows(boxes: Sequence[_Box]) -> list[_Box]:
    """Group by vertical overlap with the row's last member; rows by height, each from left to right."""
    rows: list[list[_Box]] = []
    for box in sorted(boxes, key=lambda box: (box.middle, box.left)):
        if rows and _share_row(rows[-1], box):
            rows[-1].append(box)
        else:
            rows.append([box])
    return [box for row in rows for box in sorted(row, key=lambda box: box.left)]


def _share_row(row: Sequence[_Box], box: _Box) -> bool:
    """Whether a line belongs to a row: it overlaps the row's nearest member in height, and none in width."""
    nearest = min(row, key=lambda other: max(other.left - box.right, box.left - other.right))
    shared = min(nearest.bottom, box.bottom) - max(nearest.top, box.top)
    stacked = min(nearest.right, box.right) - max(nearest.left, box.left)
    narrower = min(nearest.right - nearest.left, box.right - box.left)
    return shared >= _ROW_OVERLAP * min(nearest.height, box.height) and stacked <= _ROW_OVERLAP * narrower


def _gutter(boxes: Sequence[_Box]) -> float | None:
    """Middle of the free stretch that parts two columns of running text, or None.

    It is looked for in the middle half of the page, where the fewest lines cross.
    """
    if len(boxes) < 2 * _MIN_LINES:
        return None
    left, right = min(box.left for box in boxes), max(box.right for box in boxes)
    places = np.linspace(left + (right - left) / 4, right - (right - left) / 4, 201)
    crossing = np.array([sum(box.left < place < box.right for box in boxes) for place in places])
    fewest = np.flatnonzero(crossing == crossing.min())
    stretches = np.split(fewest, np.flatnonzero(np.diff(fewest) > 1) + 1)
    place = float(places[max(stretches, key=len)].mean())
    sides = [box for box in boxes if box.right <= place], [box for box in boxes if box.left >= place]
    return place if all(_is_column(side) for side in sides) else None


def _is_column(boxes: Sequence[_Box]) -> bool:
    """Whether lines make a column of running text."""
    if len(boxes) < _MIN_LINES:
        return False
    length = float(np.median([box.right - box.left for box in boxes]))
    height = float(np.median([box.height for box in boxes]))
    width = max(box.right for box in boxes) - min(box.left for box in boxes)
    return length >= _MIN_LENGTH * height and length >= _MIN_FILL * width


def _columns(boxes: Sequence[_Box], gutter: float) -> list[_Box]:
    """A section's lines: the left column, then the right one."""
    left = [box for box in boxes if box.right <= gutter]
    right = [box for box in boxes if box.right > gutter]
    return [*_rows(left), *_rows(right)]
