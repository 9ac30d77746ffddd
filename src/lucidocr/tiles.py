"""Large pages, looked at piece by piece: what a network says of tiles becomes one map.

Tiles overlap, and of each only the middle is kept, so a line that runs over an edge is whole in the map.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lucidocr.types import FloatArray, ImageArray

BORDER: Final = 16
"""Pixels put around the page, so that text at its very edge is found; the rest up to a multiple of 32 is added too."""

MOST_AT_ONCE: Final = 1_400_000
"""Pixels of a page that are looked at in one piece; it bounds memory."""

_CONTEXT: Final = 64
"""How far a tile reaches beyond what is kept of it, pixels as looked at."""

_MULTIPLE: Final = 32

_WIDEST: Final = 2_800
"""Width of a tile, pixels as looked at; narrower pages are parted into strips across."""

_BLANK: Final = 12
"""Difference of the lightest and darkest pixel of a tile, 0..255, up to which nothing stands on it."""

Run = Callable[[FloatArray], FloatArray]
"""From float32 [1, 3, H, W], BGR in [-1, 1], H and W multiples of 32, to float32 [H, W], 0..1: where text is."""


@dataclass(frozen=True, slots=True)
class _Span:
    """Part of one side of a page, pixels as looked at: what is kept, and what is looked at for it."""

    start: int
    stop: int
    first: int
    last: int


def map_of(pixels: ImageArray, scale: float, run: Run) -> NDArray[np.uint8]:
    """Ask where the text of a page is.

    Args:
        pixels: uint8 [H, W, 3], RGB.
        scale: by which the page is enlarged or shrunk before it is looked at.
        run: the network.

    Returns:
        uint8 [round(H scale), round(W scale)], at least one each; 255 is certain.
    """
    height, width = (max(1, round(side * scale)) for side in pixels.shape[:2])
    rows, columns = _parts(height, width)
    if len(rows) == len(columns) == 1:
        return _look(pixels, (height, width), rows[0], columns[0], run)
    whole = np.zeros((height, width), np.uint8)
    for row in rows:
        for column in columns:
            found = _look(pixels, (height, width), row, column, run)
            whole[row.start : row.stop, column.start : column.stop] = found
    return whole


def framed(side: int) -> int:
    """A side with its border, rounded up to a multiple of 32."""
    return -(-(side + 2 * BORDER) // _MULTIPLE) * _MULTIPLE


def _parts(height: int, width: int) -> tuple[list[_Span], list[_Span]]:
    """How a page is parted from top to bottom and from left to right."""
    if height * width <= MOST_AT_ONCE or min(height, width) <= 4 * _CONTEXT:
        return list(_spans(height, 1)), list(_spans(width, 1))
    across = math.ceil(width / _WIDEST)
    at_once = max(MOST_AT_ONCE // (width // across + 2 * _CONTEXT * (across > 1)) - 2 * _CONTEXT, 4 * _CONTEXT)
    return list(_spans(height, math.ceil(height / at_once))), list(_spans(width, across))


def _spans(side: int, count: int) -> Iterator[_Span]:
    for number in range(count):
        start, stop = side * number // count, side * (number + 1) // count
        yield _Span(start, stop, max(0, start - _CONTEXT), min(side, stop + _CONTEXT))


def _look(pixels: ImageArray, size: tuple[int, int], row: _Span, column: _Span, run: Run) -> NDArray[np.uint8]:
    """The map of one tile, without what surrounds it."""
    top, bottom = (round(place * pixels.shape[0] / size[0]) for place in (row.first, row.last))
    left, right = (round(place * pixels.shape[1] / size[1]) for place in (column.first, column.last))
    part = pixels[top : max(bottom, top + 1), left : max(right, left + 1)]
    height, width = row.last - row.first, column.last - column.first
    kept = tuple(slice(side.start - side.first, side.stop - side.first) for side in (row, column))
    shrunk = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA if height < len(part) else cv2.INTER_LINEAR)
    if int(shrunk.max()) - int(shrunk.min()) <= _BLANK:
        return np.zeros((row.stop - row.start, column.stop - column.start), np.uint8)
    text = run(_network_input(np.asarray(shrunk, dtype=np.uint8)))[BORDER : BORDER + height, BORDER : BORDER + width]
    return np.asarray(np.rint(text[kept] * np.float32(255)), dtype=np.uint8)


def _network_input(pixels: ImageArray) -> FloatArray:
    """Frame and normalise."""
    bottom, right = (framed(side) - side - BORDER for side in pixels.shape[:2])
    around = cv2.copyMakeBorder(pixels, BORDER, bottom, BORDER, right, cv2.BORDER_REPLICATE)
    planes = around[:, :, ::-1].transpose(2, 0, 1)[None].astype(np.float32)
    planes *= np.float32(2 / 255)
    planes -= np.float32(1)
    return planes
