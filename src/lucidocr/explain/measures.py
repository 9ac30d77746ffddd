"""How a heat map compares with where a character is, and with other maps: pure functions.

Maps are compared on the pixels of the normalised line (:meth:`lucidocr.explain.seen.Seen.heat`), and only heat that
speaks for the character counts.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lucidocr.explain.erasing import Mask
from lucidocr.explain.seen import Box
from lucidocr.types import FloatArray

TOLERANCE: Final = 2.0
"""Pixels of the normalised line by which a peak may miss a box: half a cell of the coarsest maps."""


def pointing(values: FloatArray, box: Box, *, tolerance: float = TOLERANCE) -> bool:
    """Pointing game (Zhang et al. 2018, section 4.1): whether the highest value lies in a box.

    Args:
        values: float32 [h, w], a map on the pixels of the normalised line.
        box: left, top, right and bottom of the character, in the same pixels.
        tolerance: how far the peak may lie outside, pixels.

    Returns:
        False for a map without any heat for the character.
    """
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    x, y = float(column) + 0.5, float(row) + 0.5
    near = box[0] - tolerance <= x <= box[2] + tolerance and box[1] - tolerance <= y <= box[3] + tolerance
    return bool(near and values[row, column] > 0)


def energy(values: FloatArray, box: Box) -> float:
    """Energy-based pointing game (Wang et al. 2020, section 4.3): the share of all heat that lies in a box.

    Args:
        values: float32 [h, w], a map on the pixels of the normalised line.
        box: left, top, right and bottom of the character, in the same pixels; a pixel counts by its middle.

    Returns:
        In [0, 1]; 0 for a map without any heat for the character.
    """
    heat = np.maximum(values, 0)
    total = float(heat.sum(dtype=np.float64))
    return float((heat * inside(box, values.shape)).sum(dtype=np.float64)) / total if total > 0 else 0.0


def inside(box: Box, shape: tuple[int, ...]) -> Mask:
    """Which pixels' middles lie in a box: bool [h, w]."""
    x, y = np.arange(shape[1]) + 0.5, np.arange(shape[0]) + 0.5
    return ((y >= box[1]) & (y < box[3]))[:, None] & ((x >= box[0]) & (x < box[2]))[None]


def interval_iou(found: tuple[float, float], true: tuple[float, float]) -> float:
    """Intersection of two intervals over their union, in [0, 1]; 0 where both are empty."""
    union = max(found[1], true[1]) - min(found[0], true[0])
    shared = min(found[1], true[1]) - max(found[0], true[0])
    return max(shared, 0.0) / union if union > 0 else 0.0


def rank_correlation(first: FloatArray, second: FloatArray) -> float:
    """Spearman's rank correlation of the heat of two maps of one shape, equal values sharing their mean rank.

    Used for maps of a network with randomised weights (Adebayo et al. 2018, section 3) and of a shifted picture.

    Returns:
        In [-1, 1]; 0 where one of the maps is even, because it tells nothing then.
    """
    ranks = [_ranks(np.maximum(values, 0).ravel()) for values in (first, second)]
    centred = [one - one.mean() for one in ranks]
    norms = [float(np.linalg.norm(one)) for one in centred]
    return float(centred[0] @ centred[1]) / (norms[0] * norms[1]) if min(norms) > 0 else 0.0


def _ranks(values: FloatArray) -> NDArray[np.float64]:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[places], dtype=np.float64)


def blurred(values: FloatArray, sigma: float) -> FloatArray:
    """A map's heat made smooth, as a control: blur alone must not look like faithfulness.

    Args:
        values: float32 [h, w].
        sigma: standard deviation of the Gaussian, pixels.
    """
    return np.asarray(cv2.GaussianBlur(np.maximum(values, 0), (0, 0), sigma), dtype=np.float32)


def gaussian(centre: tuple[float, float], spread: tuple[float, float], shape: tuple[int, ...]) -> FloatArray:
    """A map that knows only where the character is, as a control.

    Args:
        centre: x and y, pixels of the normalised line.
        spread: standard deviations along x and y, pixels.
        shape: height and width.
    """
    x = (np.arange(shape[1]) + 0.5 - centre[0]) / max(spread[0], 1e-6)
    y = (np.arange(shape[0]) + 0.5 - centre[1]) / max(spread[1], 1e-6)
    return np.asarray(np.exp(-(y[:, None] ** 2 + x[None] ** 2) / 2), dtype=np.float32)
