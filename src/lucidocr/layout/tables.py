"""Tables: rows of lines whose places agree on columns."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lucidocr.layout.boxes import Box, bounds

Rows = Sequence[Sequence[Box]]
Gutters = Sequence[tuple[float, float]]

_LEAST_ROWS: Final = 3
"""Fewest rows of a table of two columns; one of more columns may have two."""

_LEAST_FILL: Final = 0.4
"""Part of a table's cells that hold something."""

_MOST_PROSE: Final = 14.0
"""Median width of lines, in line heights, from which on two columns are text that runs side by side."""

_WIDEST_GAP: Final = 2.5
"""Gap between two rows of a table, in line heights."""

_MOST_SINGLE: Final = 2
"""Most rows of one cell between two of more."""

_OVERLAP: Final = 0.3
"""How far lines overlap in width, in line heights, before they count as one above the other."""

_LEAST_GUTTER: Final = 0.25
"""Width of the empty stretch between two columns, in line heights."""

_SAME_GUTTER: Final = 0.5
"""Part of the narrower of two such stretches that both must share to be one."""

_HEAD: Final = 3
"""Rows that may be a table's head, whose cells may be over several columns of the rows below."""

_SUPPORT: Final = 0.2
"""Part of the other rows in which a cell must lie over two others to count as one over several columns."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table's rows, columns and what stands where; lengths in pixels of the upright page.

    Attributes:
        columns: edges of the columns, from left to right, one more than there are columns.
        rows: edges of the rows, from top to bottom, one more than there are rows.
        cells: lines of a cell, from left to right, by the row and the column of its left side.
        spans: columns that a cell covers, where those are several.
    """

    columns: tuple[float, ...]
    rows: tuple[float, ...]
    cells: dict[tuple[int, int], tuple[Box, ...]]
    spans: dict[tuple[int, int], int]


def table_at(rows: Rows) -> Grid | None:
    """The table that begins with the first of some rows, if one does.

    Args:
        rows: in reading order, each from left to right.
    """
    run = rows[: _run(rows)]
    if len(run) < 2:
        return None
    run = _grown(_before_other_columns(run))
    gutters = _gutters(run)
    return _grid(run, gutters) if _is_table(run, gutters) else None


def _run(rows: Rows) -> int:
    """How many rows may make up a table: of several cells, with few of one between them, none far from the next."""
    if len(rows[0]) < 2:
        return 0
    last = 0
    for number in range(1, len(rows)):
        height = _height(rows[number - 1 : number + 1])
        gap = bounds(rows[number])[1] - bounds(rows[number - 1])[3]
        if not -height < gap <= _WIDEST_GAP * height or number - last > _MOST_SINGLE + 1:
            break
        if len(rows[number]) > 1:
            last = number
    return last + 1


def _before_other_columns(rows: Rows) -> Rows:
    """Rows up to the first row of one cell after which the columns are others: two tables, and what parts them."""
    single = [number for number, row in enumerate(rows) if len(row) == 1]
    for number, stop in pairwise([*single, len(rows)]):
        before, after = _without_tail(rows[:number]), rows[number + 1 : stop]
        if len(after) > 1 and not _agree(_gutters(before), _gutters(after)):
            return before
    return rows


def _agree(first: Gutters, second: Gutters) -> bool:
    """Whether two parts of a table have the same columns."""
    return len(first) == len(second) and all(
        min(a[1], b[1]) - max(a[0], b[0]) >= _SAME_GUTTER * min(a[1] - a[0], b[1] - b[0])
        for a, b in zip(first, second, strict=True)
    )


def _grown(rows: Rows) -> Rows:
    """Rows up to the first that lies across the columns of those before it, or leaves less than half of the columns."""
    gutters: Gutters = []
    most = 0
    for count, row in enumerate(rows):
        across = sum(_columns(box, gutters)[1] > 1 for box in row)
        gutters = _gutters(rows[: count + 1])
        most = max(most, len(gutters))
        if 2 * across > len(row) > (1 if count < _HEAD else 0) or 2 * len(gutters) < most:
            return _without_tail(rows[:count])
    return rows


def _without_tail(rows: Rows) -> Rows:
    """Rows up to the last of several cells."""
    last = max((number for number, row in enumerate(rows) if len(row) > 1), default=-1)
    return rows[: last + 1]


def _height(rows: Rows) -> float:
    return float(np.median([box.height for row in rows for box in row]))


def _gutters(rows: Rows) -> list[tuple[float, float]]:
    """Left and right edges of the stretches that no cell touches but those over several columns."""
    if not rows:
        return []
    height = _height(rows)
    boxes = [box for row in rows for box in row]
    edges = np.array([(box.left, box.right) for box in boxes])
    edges = edges[~_spanning(edges, np.repeat(range(len(rows)), [len(row) for row in rows]), _OVERLAP * height)]
    edges = edges[np.argsort(edges[:, 0])]
    reached = np.maximum.accumulate(edges[:, 1])
    empty = np.flatnonzero(edges[1:, 0] - reached[:-1] >= _LEAST_GUTTER * height)
    return [(float(reached[number]), float(edges[number + 1, 0])) for number in empty]


def _spanning(edges: NDArray[np.float64], rows: NDArray[np.int64], least: float) -> NDArray[np.bool_]:
    """Which lines lie over two cells of many other rows.

    Args:
        edges: float64 [n, 2], left and right of every line.
        rows: int64 [n], the row of each.
        least: overlap that counts, pixels.
    """
    overlaps = np.minimum(edges[:, None, 1], edges[:, 1]) - np.maximum(edges[:, None, 0], edges[:, 0]) > least
    count = int(rows[-1]) + 1
    in_row = overlaps.astype(np.int64) @ (rows[:, None] == np.arange(count))
    found: NDArray[np.bool_] = (in_row > 1).sum(axis=1) >= max(1.0, _SUPPORT * (count - 1))
    return found & ~found.all()


def _columns(box: Box, gutters: Gutters) -> tuple[int, int]:
    """The first column that a line stands in, and how many it covers."""
    middles = [(left + right) / 2 for left, right in gutters]
    slack = min(_OVERLAP * box.height, box.width / 3)
    first, last = bisect_right(middles, box.left + slack), bisect_right(middles, box.right - slack)
    return first, last - first + 1


def _is_table(rows: Rows, gutters: Gutters) -> bool:
    columns = len(gutters) + 1
    if columns < 2 or len(rows) < (_LEAST_ROWS if columns == 2 else 2):
        return False
    filled = sum(len({_columns(box, gutters)[0] for box in row}) for row in rows)
    wide = float(np.median([box.width / max(box.height, 1.0) for row in rows for box in row]))
    return filled >= _LEAST_FILL * columns * len(rows) and wide < _MOST_PROSE


def _grid(rows: Rows, gutters: Gutters) -> Grid:
    left, top, right, bottom = bounds(box for row in rows for box in row)
    limits = [bounds(row) for row in rows]
    cells: dict[tuple[int, int], tuple[Box, ...]] = {}
    spans: dict[tuple[int, int], int] = {}
    for number, row in enumerate(rows):
        for box in row:
            column, span = _columns(box, gutters)
            key = (number, column)
            cells[key] = (*cells.get(key, ()), box)
            spans[key] = max(span, spans.get(key, 1))
    return Grid(
        (left, *((a + b) / 2 for a, b in gutters), right),
        (top, *((upper[3] + lower[1]) / 2 for upper, lower in pairwise(limits)), bottom),
        cells,
        spans,
    )
