"""Sheets photographed in perspective: laid flat before they are read, and everything put back afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lucidocr.sheet import find_sheet
from lucidocr.types import Block, Cell, FloatArray, Page, PageImage

_AROUND: Final = 0.5
"""How much of the ground around a sheet is kept at most on every side, in widths and heights of the sheet."""

_MOST: Final = 50_000_000
"""Pixels of a flat page, which has no more than its picture either."""

_MOST_SIDE: Final = 30_000
"""OpenCV cannot warp pictures of 32,767 pixels or more."""

Quad = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, eq=False)
class FlatPage:
    """A page laid flat.

    Attributes:
        image: the sheet as a rectangle, with the ground around it.
        to_picture: float64 [3, 3], homography from its pixels to those of the picture as given.
    """

    image: PageImage
    to_picture: NDArray[np.float64]

    def restore(self, page: Page, picture: PageImage) -> Page:
        """Put a reading of the flat page in its place on the picture."""
        lines = [replace(line, box=self._quad(line.box), quads=self._quads(line.quads)) for line in page.lines]
        blocks = [replace(block, box=self._quad(block.box), cells=self._cells(block)) for block in page.blocks]
        return replace(page, lines=tuple(lines), blocks=tuple(blocks), width=picture.width, height=picture.height)

    def _cells(self, block: Block) -> tuple[Cell, ...]:
        return tuple(replace(cell, box=self._quad(cell.box)) for cell in block.cells)

    def _quads(self, quads: Sequence[Quad]) -> tuple[Quad, ...]:
        return tuple(self._quad(quad) for quad in quads)

    def _quad(self, quad: Quad) -> Quad:
        mapped = apply(self.to_picture, np.array(quad))
        return tuple((float(x), float(y)) for x, y in mapped)


def flatten(page: PageImage) -> FlatPage | None:
    """Lay the sheet on a page flat.

    Args:
        page: a photograph.

    Returns:
        The flat page; None where no sheet is seen in perspective (see :func:`lucidocr.sheet.find_sheet`).
    """
    if max(page.width, page.height) > _MOST_SIDE:
        return None
    corners = find_sheet(page.pixels)
    return None if corners is None else flatten_sheet(page, corners)


def flatten_sheet(page: PageImage, corners: FloatArray) -> FlatPage:
    """Lay a sheet flat.

    Args:
        page: a photograph.
        corners: float32 [4, 2], of the sheet in pixels of the page, clockwise from its top left.
    """
    width, height = _sides(corners, page.width, page.height)
    sheet = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float32)
    to_picture = np.asarray(cv2.getPerspectiveTransform(sheet, corners.astype(np.float32)), dtype=np.float64)
    left, top, right, bottom = _bounds(to_picture, page, width, height)
    most = min(_MOST, page.width * page.height)
    scale = min(1.0, (most / ((right - left) * (bottom - top))) ** 0.5, _MOST_SIDE / max(right - left, bottom - top))
    size = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
    to_picture = to_picture @ np.array([(1 / scale, 0, left), (0, 1 / scale, top), (0, 0, 1)])
    half = np.array([(1, 0, 0.5), (0, 1, 0.5), (0, 0, 1)])  # a pixel's centre is at .5 here and at 0 in OpenCV
    centres = np.linalg.inv(half) @ to_picture @ half
    pixels = cv2.warpPerspective(
        page.pixels, centres, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )
    image = PageImage(np.asarray(pixels, dtype=np.uint8), page.source, page.number, page.dpi)
    return FlatPage(image, to_picture)


def apply(homography: NDArray[np.float64], points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Map points, [n, 2] -> float64 [n, 2]."""
    mapped = np.column_stack([points, np.ones(len(points))]) @ homography.T
    return np.asarray(mapped[:, :2] / mapped[:, 2:], dtype=np.float64)


def _sides(corners: FloatArray, page_width: int, page_height: int) -> tuple[float, float]:
    """Width and height of the flat sheet, pixels: as large as it is seen at its nearest side, in its true proportions.

    The proportions follow from the perspective where the camera looks at the middle of the picture and its pixels are
    squares (Zhang and He 2007, eq. 20); the lengths of the sides stand in where it is too weak to tell.
    """
    top, right, bottom, left = (float(np.linalg.norm(corners[(n + 1) % 4] - corners[n])) for n in range(4))
    width, height = max(top, bottom), max(left, right)
    ratio = _proportions(corners.astype(np.float64) - (page_width / 2, page_height / 2))
    if ratio is None or not 0.5 < ratio * height / width < 2:
        return width, height
    return (max(width, height * ratio), max(height, width / ratio))


def _proportions(corners: NDArray[np.float64]) -> float | None:
    """Width by height of the rectangle that is seen as these corners, measured from the middle of the picture."""
    unit = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], dtype=np.float32)
    (ax, bx, _), (ay, by, _), (aw, bw, _) = cv2.getPerspectiveTransform(unit, corners.astype(np.float32))
    if abs(aw * bw) < 1e-3:
        return None
    focal = -(ax * bx + ay * by) / (aw * bw)  # squared
    if not 0.3 < focal / (corners**2).sum(axis=1).max() < 100:
        return None
    return float(np.sqrt((ax**2 + ay**2 + focal * aw**2) / (bx**2 + by**2 + focal * bw**2)))


def _bounds(
    to_picture: NDArray[np.float64], page: PageImage, width: float, height: float
) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what the picture shows, pixels of the flat sheet, not too far around it."""
    low, high = np.array([-_AROUND * width, -_AROUND * height]), np.array([1 + _AROUND] * 2) * (width, height)
    steps = np.linspace(0, 1, 33)
    rim = np.concatenate([[(s, 0), (s, 1), (0, s), (1, s)] for s in steps]) * (page.width, page.height)
    seen = np.column_stack([rim, np.ones(len(rim))]) @ np.linalg.inv(to_picture).T
    before = seen[:, 2] > 1e-9  # the rest lies beyond the horizon
    points = np.where(before[:, None], seen[:, :2] / np.where(before, seen[:, 2], 1)[:, None], [width, height])
    reach = np.concatenate([points, [(0, 0), (width, height)]])
    if not before.all():
        reach = np.concatenate([reach, [low, high]])
    (left, top), (right, bottom) = np.maximum(reach.min(axis=0), low), np.minimum(reach.max(axis=0), high)
    return float(left), float(top), float(right), float(bottom)
