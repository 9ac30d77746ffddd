"""From a map of where text is to the quads of its lines (Liao et al. 2020, sec. 3.4: differentiable binarisation).

The map shows each line shrunk. So a region of it is taken for a rectangle, and that is grown by its area over its
perimeter.
"""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lucidocr.types import FloatArray

TEXT: Final = round(0.3 * 255)
"""Value of the map above which a pixel is text."""

SURE: Final = 0.5 * 255
"""Mean value of the map within a region from which it is a line."""

GROWTH: Final = 1.6
"""How far a side is moved outwards, in areas by perimeter; with TEXT and SURE what RapidOCR runs this graph with."""

_LEAST_SIDE: Final = 3.0
"""Pixels of the map that the short side of a region must have."""

_LONG: Final = 2.0
"""Length over breadth of a rectangle from which it clearly runs along its length."""

_LEANING: Final = math.cos(math.radians(30))
"""Cosine of how far off level the short side of such a rectangle is where it no longer runs downwards."""

_JOIN: Final = np.ones((2, 2), np.uint8)
"""Closes cracks of a pixel; and corners of pixels, which contours run through, become those of the region."""


def quads_of(text_map: NDArray[np.uint8]) -> list[FloatArray]:
    """Find the lines in a map.

    Args:
        text_map: uint8 [H, W], 255 is certain.

    Returns:
        float32 [4, 2] each, pixels of the map with the origin at the corner of the first, clockwise from the top left
        corner; they may reach beyond the map. In no order.
    """
    _, mask = cv2.threshold(text_map, TEXT, 1, cv2.THRESH_BINARY)
    mask = cv2.dilate(mask, _JOIN, dst=mask)
    contours, nesting = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    outer = [contour for contour, place in zip(contours, nesting[0], strict=True) if place[3] < 0] if contours else []
    found = []
    for contour in outer:
        centre, size, angle = cv2.minAreaRect(contour)
        if min(size) < _LEAST_SIDE:
            continue
        if _mean_within(text_map, np.asarray(cv2.boxPoints((centre, size, angle)))) < SURE:
            continue
        grown = GROWTH * size[0] * size[1] / (size[0] + size[1])  # twice the area by the perimeter, for both sides
        corners = cv2.boxPoints((centre, (size[0] + grown, size[1] + grown), angle))
        found.append(_from_upper_left(np.asarray(corners, dtype=np.float32)))
    return found


def _mean_within(text_map: NDArray[np.uint8], corners: NDArray[np.floating]) -> float:
    """Mean of the map within a quad."""
    height, width = text_map.shape
    low, high = np.floor(corners.min(axis=0)).astype(int), np.ceil(corners.max(axis=0)).astype(int)
    left, top = np.clip(low, 0, (width - 1, height - 1))
    right, bottom = np.clip(high, 0, (width - 1, height - 1))
    inside = np.zeros((bottom - top + 1, right - left + 1), np.uint8)
    cv2.fillConvexPoly(inside, (corners - (left, top)).astype(np.int32), 1)
    return float(cv2.mean(text_map[top : bottom + 1, left : right + 1], inside)[0])


def _from_upper_left(corners: FloatArray) -> FloatArray:
    """Clockwise corners of a rectangle, from its upper left one on: its first side is the one nearest to level.

    Only where that is the short side of a long rectangle that leans far, it runs along the long side: a line that is
    tilted is likelier there than a column.
    """
    sides = np.roll(corners, -1, axis=0) - corners
    lengths = np.maximum(np.linalg.norm(sides, axis=1), np.finfo(np.float32).tiny)
    rightwards = sides[:, 0] / lengths
    first = int(np.argmax(rightwards))
    if lengths[first - 1] > _LONG * lengths[first] and rightwards[first] < _LEANING:
        first = max((first - 1) % 4, (first + 1) % 4, key=lambda side: float(rightwards[side]))
    return np.roll(corners, -first, axis=0)
