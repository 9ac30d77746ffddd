"""Columns of upright characters, as Chinese is written from top to bottom: cut apart and laid side by side.

The recogniser reads rows. Turned on its side a column is a row of characters that lie down, which no row of its
training looked like; so a column is cut between its characters, and the pieces make a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lucidocr.types import FloatArray, ImageArray, LineImage, Span

_EM: Final = 12
"""Width of a character, pixels, at which cuts are looked for."""

_PITCHES: Final = (1.0, 1.1, 1.2, 1.35, 1.5, 1.65)
"""Steps from one character to the next that are tried, in ems: solid to widely spaced."""

_SHORTEST: Final = 0.5
_LONGEST: Final = 1.5
"""Least and greatest height of a piece, as a multiple of the step."""

_INK_COST: Final = 2.0
"""What it costs to cut through a row that is all ink; being a whole em off the step costs one."""

_LEAST_INK: Final = 0.3
"""Ink of a piece, in full rows of the scaled column, below which it holds no character; that costs one too."""

_FAINT: Final = 16
"""Difference from the ground, 0..255, below which nothing is ink."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column laid out as a row.

    Attributes:
        pixels: uint8 [h, n w], grey, the pieces side by side.
        box: float32 [4, 2], the column's corners in page pixels, clockwise from its top left.
        to_page: float64 [3, 3], homography from pixels of the upright column to those of the page.
        edges: upper edges of the pieces and the lower one of the last, pixels of the upright column.
        width: of a piece, pixels.
    """

    pixels: ImageArray
    box: FloatArray
    to_page: NDArray[np.float64]
    edges: tuple[int, ...]
    width: int

    def quad(self, span: Span) -> tuple[Point, ...]:
        """Corners in page pixels, clockwise from the top left, of the pieces that a character was read from."""
        last = len(self.edges) - 2
        first = min(int((span.left + 0.25 * self.width) // self.width), last)
        stop = min(max(first, int((span.right - 0.25 * self.width) // self.width)), last) + 1
        top, bottom = self.edges[first], self.edges[stop]
        corners = [(0, top), (self.width, top), (self.width, bottom), (0, bottom)]
        mapped = np.array([(x, y, 1.0) for x, y in corners]) @ self.to_page.T
        return tuple((float(x / w), float(y / w)) for x, y, w in mapped)


def lay_out(sideways: LineImage) -> Column:
    """Stand a column up, cut it between its characters and lay the pieces side by side.

    Args:
        sideways: the column, cut out as a line that runs downwards is; see :func:`lucidocr.detect.turn_tall`.
    """
    upright = np.rot90(sideways.pixels, -1)
    ink, ground = _ink(upright)
    edges = _edges(ink)
    pieces = [upright[top:bottom] for top, bottom in pairwise(edges)]
    height = max(len(piece) for piece in pieces)
    width = upright.shape[1]
    row = np.full((height, width * len(pieces)), ground, np.uint8)
    for number, piece in enumerate(pieces):
        top = (height - len(piece)) // 2
        row[top : top + len(piece), number * width : (number + 1) * width] = piece
    lie_down = np.array([(0.0, 1.0, 0.0), (-1.0, 0.0, width), (0.0, 0.0, 1.0)])
    box = np.roll(sideways.box, 1, axis=0)
    return Column(row, box, sideways.to_page @ lie_down, tuple(edges), width)


def _ink(grey: ImageArray) -> tuple[NDArray[np.bool_], int]:
    """Pixels that differ from the ground, and the ground's level: that of both sides."""
    ground = int(np.median(grey[:, [0, 1, -2, -1]] if grey.shape[1] > 1 else grey))
    difference = cv2.absdiff(np.ascontiguousarray(grey), np.full(grey.shape, ground, np.uint8))
    threshold, _ = cv2.threshold(difference, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    ink: NDArray[np.bool_] = difference > max(threshold, _FAINT)
    return ink, ground


def _edges(ink: NDArray[np.bool_]) -> list[int]:
    """Rows at which a column is cut: its first and last row with ink, and between its characters."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return [0, len(ink)]
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    em = int(columns[-1]) + 1 - int(columns[0])
    scale = min(_EM / em, 1.0)
    profile = ink[top:bottom].mean(axis=1) * ink.shape[1] / em
    size = (1, max(1, round(len(profile) * scale)))
    small = cv2.resize(profile[:, None].astype(np.float32), size, interpolation=cv2.INTER_AREA)[:, 0]
    cuts = min((_cuts(small, em * scale, pitch) for pitch in _PITCHES), key=lambda found: found[0])[1]
    inner = [top + round(cut * (bottom - top) / len(small)) for cut in cuts[1:-1]]
    return [0, *inner, len(ink)]


def _cuts(profile: NDArray[np.float32], em: float, pitch: float) -> tuple[float, list[int]]:
    """The cheapest way to cut a column into pieces of about one step each, by dynamic programming.

    Args:
        profile: float32 [n], part of each row that is ink.
        em: width of a character, rows.
        pitch: step from one character to the next, ems.

    Returns:
        Mean cost of a piece, and the rows of the cuts, the first 0 and the last n.
    """
    count = len(profile)
    shortest, longest = max(1, round(_SHORTEST * pitch * em)), max(2, round(_LONGEST * pitch * em))
    lengths = np.arange(shortest, longest + 1)
    shape = (lengths / em - pitch) ** 2
    at_cut = np.append(profile, 0.0) * _INK_COST
    above = np.concatenate([[0.0], np.cumsum(profile)])
    cost = np.full(count + 1, np.inf)
    pieces = np.zeros(count + 1, np.int64)
    before = np.zeros(count + 1, np.int64)
    cost[0] = 0.0
    for row in range(1, count + 1):
        known = lengths[: np.searchsorted(lengths, row, side="right")]
        if len(known):
            empty = above[row] - above[row - known] < _LEAST_INK
            sums = cost[row - known] + shape[: len(known)] + empty
            best = int(np.argmin(sums))
            before[row] = row - known[best]
            cost[row] = sums[best] + at_cut[row]
            pieces[row] = pieces[before[row]] + 1
    if not np.isfinite(cost[count]):
        return float((count / em - pitch) ** 2), [0, count]
    cuts = [count]
    while cuts[-1]:
        cuts.append(int(before[cuts[-1]]))
    return float(cost[count] / pieces[count]), cuts[::-1]
