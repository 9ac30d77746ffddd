"""Where the ink of a line is: which columns hold some, and which pieces of it hang together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lucidocr.types import ImageArray, IntArray

_HEIGHT: Final = 48
"""Rows that a line is scaled to: all sizes below are in these."""

_BLUR: Final = 0.7
"""Standard deviation that takes off noise, pixels."""

_WINDOW: Final = 49
"""Side of the square that every stroke must be narrower than: what is brightest in it is background."""

_STRONG: Final = 0.98
"""Quantile of the pixels' depth that stands for ink at its darkest."""

_SHARE: Final = 0.27
"""Part of that depth from which a pixel is ink."""

_FAINTEST: Final = 8
"""Least depth that stands for ink, grey levels."""

_DUST: Final = 20
"""Pixels below which a piece is no ink."""


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """The ink of a line image.

    Attributes:
        columns: float64 [W], part of each column that is ink.
        pieces: int64 [N, 2], first column and one past the last of each connected piece.
        scale: columns for each pixel of the line image.
    """

    columns: NDArray[np.float64]
    pieces: IntArray
    scale: float


def find_ink(pixels: ImageArray) -> Ink:
    """Look for strokes: what is darker than all background around it, or lighter where most of the line is dark.

    Args:
        pixels: uint8 [h, w] grey.

    Returns:
        The ink; none for an even picture.
    """
    mask = ink_mask(pixels)
    _, pieces, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    kept = boxes[:, cv2.CC_STAT_AREA] >= _DUST
    kept[0] = False  # the background
    left = boxes[kept, cv2.CC_STAT_LEFT].astype(np.int64)
    extents = np.stack([left, left + boxes[kept, cv2.CC_STAT_WIDTH]], axis=1)
    return Ink(kept.astype(np.uint8)[pieces].mean(axis=0), extents, mask.shape[1] / pixels.shape[1])


def ink_mask(pixels: ImageArray) -> NDArray[np.bool_]:
    """Which pixels are part of strokes.

    Args:
        pixels: uint8 [h, w] grey.

    Returns:
        bool [48, W]; the picture is scaled to that height.
    """
    height, width = pixels.shape
    columns = max(1, round(width * _HEIGHT / height))
    method = cv2.INTER_AREA if height > _HEIGHT else cv2.INTER_LINEAR
    dark = _dark_on_light(np.asarray(cv2.resize(pixels, (columns, _HEIGHT), interpolation=method), dtype=np.uint8))
    square = np.ones((_WINDOW, _WINDOW), dtype=np.uint8)
    background = cv2.morphologyEx(cv2.GaussianBlur(dark, (0, 0), _BLUR), cv2.MORPH_CLOSE, square)
    depth = np.asarray(cv2.subtract(background, dark), dtype=np.uint8)
    strong = max(_quantile(depth, _STRONG), _FAINTEST)
    return np.asarray(depth > _SHARE * strong)


def _dark_on_light(pixels: ImageArray) -> ImageArray:
    """The picture, or its negative where most of it is nearer to its darkest than to its lightest value."""
    midst = (int(pixels.min()) + int(pixels.max())) / 2
    return pixels if _quantile(pixels, 0.5) >= midst else np.asarray(255 - pixels, dtype=np.uint8)


def _quantile(pixels: ImageArray, share: float) -> int:
    """The value that this share of the pixels does not exceed."""
    counts = np.bincount(pixels.ravel(), minlength=256)
    return int(np.searchsorted(np.cumsum(counts), share * pixels.size))
