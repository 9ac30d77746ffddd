"""A line cut into pieces that can be erased one by one: strokes, gaps and long straight lines.

Everything here works on a normalised line (uint8 [32, W], grey): what the network sees.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lucidocr.explain.erasing import HALO, Mask, erased, ink_mask
from lucidocr.types import ImageArray

Extent = tuple[float, float]

MOST_PIECES: Final = 6
"""Pieces that the ink of one character is cut into at most."""

_LARGEST_PIECE: Final = 0.35
"""Part of a character's ink above which one of its pieces is cut in two, as long as there may be more pieces."""

_SMALLEST_PIECE: Final = 6
"""Pixels below which a piece is joined to its neighbour: dust is no stroke."""

_LONG: Final = 2.5
"""Length from which a horizontal stroke is a line and no part of a character, in heights of the text line."""

_THIN: Final = 0.2
"""Mean thickness up to which it is a line, likewise; blurred text is thicker."""

_TALL: Final = 0.9
"""Part of the height from which a vertical stroke outside of every character is a border."""

_UNCHANGED: Final = 2
"""A piece whose erasure changes no pixel by more grey levels than this is left out: it cannot have an effect."""


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """What can be erased from a line, and what is left then.

    Attributes:
        line: uint8 [h, w], the line.
        blank: uint8 [h, w], the line with everything erased: background only.
        pieces: int32 [h, w], number of the piece that a pixel belongs to; -1 where nothing is ever erased.
        places: float64 [N], where along the text a piece lies: k for ink of character k, k + 1/2 for the gap after it,
            -1/2 for the space before the text, NaN for a long line, which runs along all of it.
    """

    line: ImageArray
    blank: ImageArray
    pieces: NDArray[np.int32]
    places: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.places)

    def areas(self) -> NDArray[np.int64]:
        """int64 [N], pixels of each piece."""
        return np.bincount(self.pieces[self.pieces >= 0], minlength=len(self))

    def near(self, position: int) -> NDArray[np.int64]:
        """Numbers of the pieces of a character, of its neighbours, of the gaps beside it and of long lines."""
        return np.flatnonzero(np.isnan(self.places) | (np.abs(self.places - position) <= 1))

    def erase(self, kept: Mask) -> ImageArray:
        """Pictures of the line with some of its pieces only.

        Args:
            kept: bool [m, N], whether a piece stays.

        Returns:
            uint8 [m, h, w].
        """
        always = np.ones((len(kept), 1), dtype=bool)
        stays = np.concatenate([kept, always], axis=1)[:, self.pieces]  # piece -1 is the last column
        return np.where(stays, self.line, self.blank)

    def paint(self, values: NDArray[np.float64]) -> NDArray[np.float32]:
        """Spread each piece's value evenly over its pixels, so that the map's sum is the sum of the values.

        Args:
            values: float64 [N].

        Returns:
            float32 [h, w].
        """
        density = np.append(values / np.maximum(self.areas(), 1), 0.0)
        return density[self.pieces].astype(np.float32)


def long_lines(ink: Mask, spans: Sequence[Extent]) -> NDArray[np.int32]:
    """Underlines and borders: horizontal strokes longer than any character, vertical ones outside of all of them.

    Args:
        ink: bool [h, w].
        spans: left and right edge of every character, columns.

    Returns:
        int32 [h, w], number of the line from 1 on, 0 elsewhere.
    """
    height = ink.shape[0]
    pixels = ink.astype(np.uint8)
    thick = cv2.dilate(pixels, np.ones((3, 1), np.uint8))  # a line that is not quite level climbs by single pixels
    kernel = np.ones((1, round(_LONG * height)), np.uint8)
    runs = np.asarray(cv2.morphologyEx(thick, cv2.MORPH_OPEN, kernel), dtype=np.uint8)
    outside = np.ones(ink.shape[1], dtype=bool)
    for left, right in spans:
        outside[max(int(left), 0) : int(np.ceil(right))] = False
    walls = ink & outside & (ink.sum(axis=0) >= _TALL * height)
    found = ((_thin(runs) & ink) | walls).astype(np.uint8)
    return np.asarray(cv2.connectedComponents(found, connectivity=8)[1], dtype=np.int32)


def _thin(runs: ImageArray) -> Mask:
    """Those of the horizontal runs that are no thicker than a line is."""
    _, numbers, figures, _ = cv2.connectedComponentsWithStats(runs, connectivity=8)
    thickness = figures[:, cv2.CC_STAT_AREA] / figures[:, cv2.CC_STAT_WIDTH]
    thin = thickness <= _THIN * runs.shape[0] + 2  # the two rows that made it thick
    thin[0] = False
    return np.asarray(thin[numbers])


def cut(line: ImageArray, spans: Sequence[Extent]) -> Segments:
    """Cut a line into pieces.

    Args:
        line: uint8 [32, W], normalised.
        spans: left and right edge of every character in columns of ``line``, from left to right.

    Returns:
        The pieces whose erasure changes something; none for an even picture.
    """
    ink = ink_mask(line)
    lines = long_lines(ink, spans)
    blank = erased(line, ink)
    pieces = np.full(line.shape, -1, dtype=np.int32)
    places: list[float] = []
    for mask, place in _pieces(ink & (lines == 0), lines, spans):
        pieces[mask] = len(places)
        places.append(place)
    return _without_idle(line, blank, _with_halo(pieces), np.array(places, dtype=np.float64))


def _pieces(ink: Mask, lines: NDArray[np.int32], spans: Sequence[Extent]) -> Iterator[tuple[Mask, float]]:
    """Every piece's pixels and place; a later piece takes a pixel from an earlier one."""
    edges = _edges(spans, ink.shape[1])
    for position, left in enumerate(edges[:-1]):
        column = slice(left, edges[position + 1])
        for part in _parts(ink[:, column]):
            mask = np.zeros_like(ink)
            mask[:, column] = part
            yield mask, float(position)
    for columns, place in _gaps(ink, edges):
        mask = np.zeros_like(ink)
        mask[:, columns] = lines[:, columns] == 0
        yield mask, place
    for number in range(1, int(lines.max(initial=0)) + 1):
        yield lines == number, np.nan


def _edges(spans: Sequence[Extent], width: int) -> list[int]:
    """Columns between which each character's ink lies: K + 1 of them, never falling; the outer ones are the line's."""
    if not spans:
        return [0]
    middles = [(before[1] + after[0]) / 2 for before, after in pairwise(spans)]
    rising = np.maximum.accumulate(np.clip(np.round([0.0, *middles]), 0, width)).astype(int)
    return [*rising.tolist(), width]


def _gaps(ink: Mask, edges: Sequence[int]) -> Iterator[tuple[slice, float]]:
    """Columns without ink before, between and after characters, and their places."""
    columns: NDArray[np.bool_] = np.asarray(ink.any(axis=0))
    extents = []
    for position, (left, right) in enumerate(pairwise(edges)):
        inked = np.flatnonzero(columns[left:right])
        if len(inked):
            extents.append((position, left + int(inked[0]), left + int(inked[-1]) + 1))
    start, place = 0, -0.5
    for position, first, last in extents:
        if first - HALO > start:
            yield slice(start, first - HALO), place
        start, place = last + HALO, position + 0.5
    if start < len(columns):
        yield slice(start, len(columns)), place


def _parts(ink: Mask) -> list[Mask]:
    """A character's ink in at most :data:`MOST_PIECES` parts.

    They are its connected components, small ones joined to a neighbour, large ones cut.
    """
    if not ink.any():
        return []
    _, numbers, figures, centres = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    owners = _joined(figures[1:, cv2.CC_STAT_AREA].astype(np.int64), centres[1:].astype(np.float64))
    parts: list[Mask] = [np.isin(numbers, np.flatnonzero(owners == owner) + 1) for owner in np.unique(owners)]
    total = int(ink.sum())
    while len(parts) < MOST_PIECES:
        sizes = [int(part.sum()) for part in parts]
        largest = int(np.argmax(sizes))
        if sizes[largest] <= _LARGEST_PIECE * total or sizes[largest] < 2 * _SMALLEST_PIECE:
            break
        parts += _halves(parts.pop(largest))
    return parts


def _joined(areas: NDArray[np.int64], centres: NDArray[np.float64]) -> NDArray[np.int64]:
    """For every component the one that it is joined to, itself mostly; the smallest are joined to the nearest left."""
    owners = np.arange(len(areas))
    sizes = areas.copy()
    left = set(range(len(areas)))
    while len(left) > 1:
        smallest = min(left, key=lambda number: int(sizes[number]))
        if len(left) <= MOST_PIECES and sizes[smallest] >= _SMALLEST_PIECE:
            break
        left.remove(smallest)
        others = np.array(sorted(left))
        nearest = int(others[np.argmin(np.linalg.norm(centres[others] - centres[smallest], axis=1))])
        owners[owners == smallest] = nearest
        sizes[nearest] += sizes[smallest]
    return owners


def _halves(part: Mask) -> list[Mask]:
    """A part cut in two halves of about equal area across its longer side."""
    rows, columns = np.nonzero(part)
    along = rows if np.ptp(rows) >= np.ptp(columns) else columns
    later = along >= max(np.median(along), along.min() + 1)
    second = np.zeros_like(part)
    second[rows[later], columns[later]] = True
    return [part & ~second, second]


def _with_halo(pieces: NDArray[np.int32]) -> NDArray[np.int32]:
    """Give the pixels around every piece to it; they take nothing from another piece but its outermost pixels."""
    kernel = np.ones((3, 3), dtype=np.uint8)
    result = pieces
    for _ in range(HALO):
        grown = cv2.dilate(result.astype(np.float32), kernel).astype(np.int32)
        result = np.where(result < 0, grown, result)
    return result


def _without_idle(
    line: ImageArray, blank: ImageArray, pieces: NDArray[np.int32], places: NDArray[np.float64]
) -> Segments:
    """Number the pieces anew that change the picture when they are erased."""
    changed = (cv2.absdiff(line, blank) > _UNCHANGED) & (pieces >= 0)
    useful = np.unique(pieces[changed])
    numbers = np.full(len(places) + 1, -1, dtype=np.int32)
    numbers[useful] = np.arange(len(useful))
    return Segments(line, blank, numbers[pieces], places[useful])
