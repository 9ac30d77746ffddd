"""Size and value normalisation of a line image: the one place where a picture becomes a network's input."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from lucidocr.preprocess.band import trim
from lucidocr.types import STRIDE, FloatArray, ImageArray, IntArray

LINE_HEIGHT = 32
"""Height of a normalised line, pixels."""

MIN_WIDTH = 2 * STRIDE
"""Narrowest normalised line, pixels."""


def to_grey(pixels: ImageArray) -> ImageArray:
    """Luma of an RGB picture (ITU-R BT.601); a grey one is returned as it is.

    Args:
        pixels: uint8 [h, w, 3] RGB or [h, w] grey.

    Returns:
        uint8 [h, w].
    """
    return pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def normalised_width(height: int, width: int) -> int:
    """Width of a line once it is 32 pixels high, rounded up to whole frames. Long lines stay long."""
    scaled = max(round(width * LINE_HEIGHT / height), MIN_WIDTH)
    return -(-scaled // STRIDE) * STRIDE


def normalise_line(pixels: ImageArray) -> ImageArray:
    """Scale a grey line image to 32 pixels in height, its aspect kept to within a frame.

    Text that is small in its picture is first freed of the empty rows above and below (:func:`trim`); no column is ever
    cut off.

    Args:
        pixels: uint8 [h, w].

    Returns:
        uint8 [32, W], W a multiple of the stride.
    """
    pixels = trim(pixels)
    height, width = pixels.shape
    target = normalised_width(height, width)
    if (height, width) == (LINE_HEIGHT, target):
        return pixels
    shrinking = height > LINE_HEIGHT
    method = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, (target, LINE_HEIGHT), interpolation=method), dtype=np.uint8)


def to_batch(lines: Sequence[ImageArray]) -> tuple[FloatArray, IntArray]:
    """Stack normalised lines into the network's input.

    Padding is zero, which is mid-grey, and never reaches a reading: the network masks its features by ``widths``.

    Args:
        lines: uint8 [32, W_i] each, W_i a multiple of the stride.

    Returns:
        images: float32 [B, 1, 32, max W_i] in [-1, 1], black = -1, white = 1.
        widths: int64 [B], the W_i.
    """
    widths = np.array([line.shape[1] for line in lines], dtype=np.int64)
    images = np.zeros((len(lines), 1, LINE_HEIGHT, int(widths.max(initial=STRIDE))), dtype=np.float32)
    for image, line in zip(images, lines, strict=True):
        np.multiply(line, np.float32(2 / 255), out=image[0, :, : line.shape[1]])
        image[0, :, : line.shape[1]] -= 1.0
    return images, widths
