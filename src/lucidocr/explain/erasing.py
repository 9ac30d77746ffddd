"""A line without its ink: what is left where strokes are erased, so that a smooth patch does not tell where one was.

Everything here works on a normalised line (uint8 [32, W], grey): what the network sees.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lucidocr.preprocess import LINE_HEIGHT
from lucidocr.types import ImageArray

Mask = NDArray[np.bool_]

HALO: Final = 2
"""Pixels around a stroke that are erased with it: scaling and compression smear its edge so far."""

_FAINTEST: Final = 12
"""Least difference from the background that counts as ink, grey levels."""

_NORMAL: Final = 1.4826
"""Standard deviation of a normal distribution whose median absolute deviation is one."""


def background(line: ImageArray) -> ImageArray:
    """How bright a line's background is at each pixel.

    The median of a window as wide as two line heights; rows beyond the picture repeat its edge, which is background
    far more often than ink is, so that bold strokes do not win the vote.

    Args:
        line: uint8 [h, w].
    """
    height = line.shape[0]
    padded = cv2.copyMakeBorder(line, height // 2, height // 2, height, height, cv2.BORDER_REPLICATE)
    smooth = cv2.medianBlur(padded, 2 * height - 1)
    return np.asarray(smooth[height // 2 : height // 2 + height, height:-height], dtype=np.uint8)


def ink_mask(line: ImageArray) -> Mask:
    """Which pixels are ink: those whose difference from the background is on the upper side of Otsu's threshold.

    Args:
        line: uint8 [h, w].

    Returns:
        bool [h, w]; all false for an even picture.
    """
    difference = cv2.absdiff(line, background(line))
    threshold, _ = cv2.threshold(difference, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return np.asarray(difference > max(0.7 * threshold, _FAINTEST))


def erased(line: ImageArray, ink: Mask) -> ImageArray:
    """A line without its ink: the mean of the background nearby, with the background's own grain.

    Means are Gaussian, over background pixels only (normalised convolution, Knutsson and Westin 1993), from the
    narrowest window that holds enough of them. The grain is normal noise as strong as the median difference of the
    background from its own mean, so that a smooth patch does not tell where a stroke was (Rong et al. 2022, section 4:
    a mask's shape must not leak the class). It is the same at every call.

    Args:
        line: uint8 [h, w].
        ink: bool [h, w].
    """
    known = ~_grown(ink, HALO + 1)
    if known.mean() < 0.02:
        known = ~ink
    if not known.any():
        return np.full_like(line, round(float(np.median(line))))
    smooth = _background_mean(line, known)
    deviation = _NORMAL * float(np.median(np.abs(line[known] - smooth[known])))
    grain = np.random.default_rng(0).normal(0.0, deviation, line.shape)
    return np.clip(np.round(smooth + grain), 0, 255).astype(np.uint8)


def _background_mean(line: ImageArray, known: Mask) -> NDArray[np.float32]:
    """float32 [h, w], mean of the known pixels around each pixel."""
    weights = known.astype(np.float32)
    values = line * weights
    result = np.full(line.shape, values.sum() / weights.sum(), dtype=np.float32)
    for sigma in (LINE_HEIGHT, LINE_HEIGHT / 4, LINE_HEIGHT / 12):  # narrow windows overrule wide ones
        mass = cv2.GaussianBlur(weights, (0, 0), sigma)
        mean = cv2.GaussianBlur(values, (0, 0), sigma) / np.maximum(mass, 1e-6)
        result = np.where(mass > 0.1, mean, result)
    return result


def _grown(mask: Mask, reach: int) -> Mask:
    kernel = np.ones((2 * reach + 1, 2 * reach + 1), dtype=np.uint8)
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel) > 0)
