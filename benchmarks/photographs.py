"""Pages laid on grounds and photographed from aside, with everything known (see :mod:`benchmarks.flattening`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from lucidocr.types import FloatArray, ImageArray

Ground = Literal["wood", "cloth", "stone", "tiles"]
GROUNDS: Final[tuple[Ground, ...]] = get_args(Ground)

_MARGIN: Final = 0.06
"""Least room between a corner of the sheet and the picture's edge, as part of its side."""


@dataclass(frozen=True, slots=True, eq=False)
class Photograph:
    """A sheet on a ground.

    Attributes:
        pixels: uint8 [H, W, 3], RGB.
        corners: float32 [4, 2], of the sheet, clockwise from its top left.
        to_picture: float64 [3, 3], homography from pixels of the page to those of the photograph.
    """

    pixels: ImageArray
    corners: FloatArray
    to_picture: NDArray[np.float64]


def photograph(page: ImageArray, ground: Ground, *, slant: float, chance: np.random.Generator) -> Photograph:
    """Lay a page on a ground and take a picture of it.

    Args:
        page: uint8 [H, W, 3].
        ground: kind of the ground.
        slant: how far corners are moved inwards at most, as part of the picture's sides; 0 leaves a rectangle.
        chance: for the ground, the corners, the light and the noise.
    """
    height, width = page.shape[:2]
    size = (round(width * 1.25), round(height * 1.25))
    frame = np.array([(_MARGIN, _MARGIN), (1 - _MARGIN, _MARGIN), (1 - _MARGIN, 1 - _MARGIN), (_MARGIN, 1 - _MARGIN)])
    inwards = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)]) * chance.uniform(0, slant, (4, 2))
    if slant:  # the far side of a sheet is the shorter one
        inwards[[0, 1], 0] = np.array([1, -1]) * chance.uniform(slant / 2, slant)
    corners = ((frame + inwards) * size).astype(np.float32)
    flat = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float32)
    to_picture = cv2.getPerspectiveTransform(flat, corners)
    laid = cv2.warpPerspective(page, to_picture, size, flags=cv2.INTER_AREA)
    inside = cv2.warpPerspective(np.ones(page.shape[:2], np.float32), to_picture, size)
    shadow = cv2.GaussianBlur(np.roll(inside, (6, 9), axis=(0, 1)), (0, 0), 7)[..., None]
    under = draw_ground(ground, size, chance) * (1 - 0.35 * shadow)
    light = 1 - chance.uniform(0.1, 0.35) * np.linspace(0, 1, size[0])[None, :, None] ** chance.uniform(0.5, 2)
    picture = (under * (1 - inside[..., None]) + laid * inside[..., None]) * light
    picture = cv2.GaussianBlur(picture, (0, 0), 0.7) + chance.normal(0, 3, picture.shape)
    return Photograph(np.clip(picture, 0, 255).astype(np.uint8), corners, np.asarray(to_picture, dtype=np.float64))


def draw_ground(ground: Ground, size: tuple[int, int], chance: np.random.Generator) -> NDArray[np.float64]:
    """A ground, float64 [H, W, 3], 0..255."""
    width, height = size
    if ground == "wood":
        grain = cv2.GaussianBlur(chance.normal(0, 1, (height, width)), (0, 0), sigmaX=60, sigmaY=1.5)
        shade = 1 + 0.25 * grain / max(float(np.abs(grain).max()), 1e-9)
        return np.asarray(shade[..., None] * (150.0, 105.0, 65.0), dtype=np.float64)
    if ground == "cloth":
        weave = np.add.outer(np.sin(np.arange(height) * 1.1), np.sin(np.arange(width) * 1.3))
        cloth = np.clip(45 + 10 * weave + chance.normal(0, 8, (height, width)), 0, 255)
        return np.asarray(cloth[..., None] * (1.0, 1.0, 1.0), dtype=np.float64)
    if ground == "stone":
        coarse, fine = (cv2.GaussianBlur(chance.normal(0, 1, (height, width)), (0, 0), s) * s for s in (25, 4))
        stone = np.clip(160 + 18 * coarse + 14 * fine, 90, 200)
        return np.asarray(stone[..., None] * (1.0, 0.99, 0.96), dtype=np.float64)
    side = max(width, height) // 9
    rows, columns = np.arange(height) // side, np.arange(width) // side
    chequered = np.add.outer(rows, columns) % 2
    joints = np.minimum.outer(np.arange(height) % side, np.arange(width) % side) < 4
    tiles = np.where(joints, 60.0, 120.0 + 50.0 * chequered)
    return np.asarray(tiles[..., None] * (1.0, 0.96, 0.9), dtype=np.float64)
