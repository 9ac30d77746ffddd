"""The four corners of a sheet of paper in a photograph.

A sheet is looked for in three ways: as what is bright, as what is unlike the picture's edge, and as what edges enclose.
Each side is then fitted to the edge itself. What remains counts only if every side shows a step from paper to ground
along most of its length, and if the sheet is clearly no rectangle: lines of a page that is only turned are turned by
their own angle anyway.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lucidocr.types import FloatArray, ImageArray

LOOKED_AT: Final = 320
"""Longer side, pixels, of the copy in which a sheet is looked for."""

FITTED_AT: Final = 1000
"""Longer side, pixels, of the copy in which the edges of its sides are looked for."""

_NARROWEST: Final = 0.125
"""Shorter side by longer side below which a picture is taken to show no sheet."""

LEAST_PART: Final = 0.2
"""Part of the picture that a sheet must cover."""

SLANTED: Final = 2.0
"""Degrees by which a corner must be off a right angle."""

SUPPORT: Final = 0.8
"""Part of every side along which paper and ground must differ."""

STEP: Final = 14.0
"""How much brighter than the ground the paper must be there, 0..255."""

_FULL: Final = 0.9
"""Part of its hull that a region, and of the quadrilateral that the hull, must fill."""

_WRITING: Final = 0.02
"""Strokes up to this width are not looked at, as part of the longer side."""

_CANDIDATES: Final = 2
"""Regions of each way that are tried: the largest."""

_SAMPLES: Final = 60
"""Places along a side at which its edge is looked for."""

_REACH: Final = (14.0, 6.0, 3.0)
"""How far to both sides of a side its edge is looked for, pixels of the copy, one time after the other."""

_BESIDE: Final = 5.0
"""How far from a side paper and ground are compared, pixels of the copy."""

Corners = NDArray[np.float64]
"""float64 [4, 2], clockwise from the top left."""


def find_sheet(pixels: ImageArray) -> FloatArray | None:
    """Find the sheet that a picture shows in perspective.

    Args:
        pixels: uint8 [H, W, 3], RGB.

    Returns:
        float32 [4, 2], its corners in pixels of the picture, clockwise from the top left one; None without a sheet
        whose four corners are seen, and for one that is a rectangle.
    """
    height, width = pixels.shape[:2]
    if min(height, width) < _NARROWEST * max(height, width):
        return None
    copy = _shrunk(pixels, FITTED_AT)
    small = _shrunk(copy, LOOKED_AT)
    roughs = [rough for mask in _masks(small) for rough in _quadrilaterals(mask)]
    if not roughs:
        return None
    level = cv2.GaussianBlur(cv2.cvtColor(copy, cv2.COLOR_RGB2GRAY), (0, 0), 1.5).astype(np.float32)
    size = np.array([copy.shape[1], copy.shape[0]])
    for rough in roughs:
        corners = _fitted(level, rough * size / (small.shape[1], small.shape[0]))
        if corners is not None and _is_slanted(corners) and _stands_out(level, corners):
            return np.asarray(corners * (width, height) / size, dtype=np.float32)
    return None


def _shrunk(pixels: ImageArray, longer: int) -> ImageArray:
    scale = min(1.0, longer / max(pixels.shape[:2]))
    size = tuple(max(1, round(side * scale)) for side in pixels.shape[1::-1])
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _masks(small: ImageArray) -> Iterator[NDArray[np.uint8]]:
    """What might be paper, 0 or 1, in three ways."""
    side = max(3, round(_WRITING * max(small.shape[:2])) | 1)
    clean = cv2.medianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8)), 5)
    grey = cv2.cvtColor(clean, cv2.COLOR_RGB2GRAY)
    yield _parted(np.asarray(grey, dtype=np.uint8))
    colours = cv2.cvtColor(clean, cv2.COLOR_RGB2LAB).astype(np.float32)
    rim = np.concatenate([colours[:2].reshape(-1, 3), colours[-2:].reshape(-1, 3), colours[:, :2].reshape(-1, 3)])
    unlike = np.linalg.norm(colours - np.median(rim, axis=0), axis=2)
    yield _parted(np.clip(unlike, 0, 255).astype(np.uint8))
    edges = cv2.dilate(cv2.Canny(grey, 20, 60), np.ones((3, 3), np.uint8))
    edges[[0, -1]] = edges[:, [0, -1]] = 0
    outlines, _ = cv2.findContours(edges, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    yield np.asarray(cv2.drawContours(np.zeros_like(edges), outlines, -1, 1, cv2.FILLED), dtype=np.uint8)


def _parted(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What lies above Otsu's threshold."""
    _, mask = cv2.threshold(values, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)), dtype=np.uint8)


def _quadrilaterals(mask: NDArray[np.uint8]) -> Iterator[Corners]:
    """Large regions that fill a quadrilateral, the largest first."""
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for outline in sorted(outlines, key=cv2.contourArea, reverse=True)[:_CANDIDATES]:
        hull = cv2.convexHull(outline)
        area = cv2.contourArea(hull)
        if area < LEAST_PART * mask.size or cv2.contourArea(outline) < _FULL * area:
            continue
        corners = _four_corners(np.asarray(hull, dtype=np.int32))
        if corners is not None and area >= _FULL * cv2.contourArea(corners.astype(np.float32)):
            yield corners


def _four_corners(hull: NDArray[np.int32]) -> Corners | None:
    """A hull as four corners; None where it is not much like that."""
    around = cv2.arcLength(hull, closed=True)
    for part in np.arange(0.01, 0.08, 0.005):
        corners = cv2.approxPolyDP(hull, part * around, closed=True)[:, 0].astype(np.float64)
        if len(corners) <= 4:
            return _in_order(corners) if len(corners) == 4 else None
    return None


def _in_order(corners: Corners) -> Corners:
    """Clockwise from the corner that is nearest to the top left."""
    if cv2.contourArea(corners.astype(np.float32), oriented=True) < 0:
        corners = corners[::-1]
    return np.roll(corners, -int(corners.sum(axis=1).argmin()), axis=0)


def _fitted(level: FloatArray, corners: Corners) -> Corners | None:
    """The corners where straight lines through the edges of the four sides meet."""
    for reach in _REACH:
        sides = [_fitted_side(level, corners[number], corners[(number + 1) % 4], reach) for number in range(4)]
        meetings = [_meeting(sides[number - 1], sides[number]) for number in range(4)]
        moved = [place for place in meetings if place is not None]
        if len(moved) < 4 or np.abs(np.array(moved) - corners).max() > 3 * reach:
            return None
        corners = np.array(moved)
    height, width = level.shape
    seen = bool((corners >= 0).all() and (corners <= (width, height)).all())
    return corners if seen and cv2.isContourConvex(corners.astype(np.float32)) else None


def _fitted_side(level: FloatArray, start: Corners, end: Corners, reach: float) -> tuple[Corners, Corners]:
    """A point on a side and its direction, from where the picture darkens most across it."""
    offsets = np.arange(-reach, reach + 0.25, 0.5)
    values = _across(level, start, end, offsets)
    falls = values[:, :-2] - values[:, 2:]
    best = falls.argmax(axis=1)
    places, outwards = _along(start, end)
    points = (places + offsets[1:-1][best][:, None] * outwards)[falls.max(axis=1) > STEP / 4]
    if len(points) < _SAMPLES / 3:
        return start, end - start
    x, y, dx, dy = 0.0, 0.0, 0.0, 0.0
    for _ in range(3):
        dx, dy, x, y = np.ravel(cv2.fitLine(points.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01)).tolist()
        off = np.abs((points[:, 0] - x) * dy - (points[:, 1] - y) * dx)
        near = off <= max(1.0, 2 * float(np.median(off)))
        if near.sum() < _SAMPLES / 4:
            break
        points = points[near]
    return np.array([x, y]), np.array([dx, dy])


def _along(start: Corners, end: Corners) -> tuple[Corners, Corners]:
    """Places along a side, its ends left out, and the direction that points away from the sheet."""
    places = start + np.linspace(0.06, 0.94, _SAMPLES)[:, None] * (end - start)
    along = (end - start) / max(float(np.linalg.norm(end - start)), 1.0)
    return places, np.array([along[1], -along[0]])


def _across(level: FloatArray, start: Corners, end: Corners, offsets: NDArray[np.float64]) -> FloatArray:
    """Levels across a side, from the sheet outwards: float32 [places, offsets]; the picture's edge repeats."""
    places, outwards = _along(start, end)
    x, y = np.moveaxis((places[:, None] + offsets[:, None] * outwards).astype(np.float32), 2, 0)
    found = cv2.remap(level, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, dtype=np.float32)


def _meeting(first: tuple[Corners, Corners], second: tuple[Corners, Corners]) -> Corners | None:
    """Where two lines meet; None when they hardly do."""
    directions = np.stack([first[1], -second[1]], axis=1)
    directions = directions / np.linalg.norm(directions, axis=0)
    if abs(float(np.linalg.det(directions))) < 0.3:
        return None
    unit = first[1] / np.linalg.norm(first[1])
    return np.asarray(first[0] + np.linalg.solve(directions, second[0] - first[0])[0] * unit, dtype=np.float64)


def _is_slanted(corners: Corners) -> bool:
    """Whether a corner is clearly no right angle."""
    before, after = np.roll(corners, 1, axis=0) - corners, np.roll(corners, -1, axis=0) - corners
    cosines = (before * after).sum(axis=1) / (np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1))
    return bool(np.degrees(np.abs(np.arcsin(np.clip(cosines, -1, 1)))).max() > SLANTED)


def _stands_out(level: FloatArray, corners: Corners) -> bool:
    """Whether paper is brighter than the ground along most of every side, which must not be the picture's edge."""
    height, width = level.shape
    if cv2.contourArea(corners.astype(np.float32)) < LEAST_PART * level.size:
        return False
    for number in range(4):
        start, end = corners[number], corners[(number + 1) % 4]
        places, outwards = _along(start, end)
        outside = places + _BESIDE * outwards
        within = ((outside >= 0) & (outside < (width, height))).all(axis=1)
        paper, ground = _across(level, start, end, np.array([-_BESIDE, _BESIDE])).T
        if ((paper - ground > STEP) & within).mean() < SUPPORT:
            return False
    return True
