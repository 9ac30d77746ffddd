"""From arrays and strips of pixels to uint8 [H, W, 3] RGB."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lucidocr.errors import ImageSizeError, InputError
from lucidocr.types import ImageArray

MAX_PIXELS: Final = 200_000_000
"""Most pixels that are decoded; 600 MB in colour. Width and height have no limit of their own."""

_STRIP: Final = 1 << 18
"""Pixels that are converted at once: what is computed on the way takes several times their memory."""

_LIGHT: Final = 170
"""Mean luma, 0..255, from which on what can be seen of a transparent picture would be lost on white paper."""

Rows = Callable[[int, int], NDArray[Any]]
"""From a first row and one past the last to these rows of a picture."""


def check_size(width: int, height: int, max_pixels: int) -> None:
    """Raise :class:`ImageSizeError` for a picture without pixels, or with too many."""
    if width < 1 or height < 1:
        raise ImageSizeError(f"the picture has no pixels ({width} x {height})", remedy="Give a picture with content.")
    if width * height > max_pixels:
        raise ImageSizeError(f"the picture has {width} x {height} pixels, more than {max_pixels:,}")


def strips(width: int, height: int) -> Iterator[tuple[int, int]]:
    """First row and one past the last of the strips that a picture is converted in."""
    step = max(1, _STRIP // width)
    return ((top, min(top + step, height)) for top in range(0, height, step))


def from_array(array: NDArray[Any], max_pixels: int) -> ImageArray:
    """A copy of an array in RGB; later changes to it do not reach the copy.

    Args:
        array: uint8, uint16 or bool; [H, W] grey, [H, W, 1], [H, W, 3] RGB or [H, W, 4] RGBA.
        max_pixels: most pixels to take.

    Raises:
        InputError: an array of another shape or type.
        ImageSizeError: no pixels, or more than ``max_pixels``.
    """
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise InputError(
            f"an array of shape {array.shape} is not a picture",
            remedy="Give [H, W] grey, [H, W, 3] RGB or [H, W, 4] RGBA.",
        )
    height, width = array.shape[:2]
    check_size(width, height, max_pixels)
    out = np.empty((height, width, 3), np.uint8)
    if array.ndim == 3 and array.shape[2] == 4:
        over_paper(lambda top, bottom: _narrow(array[top:bottom]), out)
        return out
    grey = array[:, :, None] if array.ndim == 2 else array
    for top, bottom in strips(width, height):
        out[top:bottom] = _narrow(grey[top:bottom])  # one channel spreads to three
    return out


def over_paper(rows: Rows, out: ImageArray) -> None:
    """Lay RGBA over white, or over black where only light strokes can be seen.

    Args:
        rows: gives uint8 [n, W, 4].
        out: uint8 [H, W, 3], filled with the result.
    """
    height, width = out.shape[:2]
    paper = np.uint16(0 if _is_light(rows(*strip) for strip in strips(width, height)) else 255)
    for top, bottom in strips(width, height):
        strip = rows(top, bottom)
        alpha = strip[:, :, 3:].astype(np.uint16)
        out[top:bottom] = (strip[:, :, :3] * alpha + paper * (np.uint16(255) - alpha) + np.uint16(127)) // 255


def to_eight_bits(values: NDArray[np.uint16]) -> ImageArray:
    """0..65535 to 0..255, rounded."""
    wide = values.astype(np.uint32)
    wide += 128
    wide //= 257
    return wide.astype(np.uint8)


def _narrow(array: NDArray[Any]) -> ImageArray:
    """Values of any type whose range is known, in 8 bits."""
    if array.dtype.kind == "u" and array.dtype.itemsize == 2:
        return to_eight_bits(array)
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype == np.uint8:
        return array
    raise InputError(
        f"an array of {array.dtype} is not a picture: the range of its values is unknown",
        remedy="Scale it to 0..255 and convert it to uint8, or to 0..65535 and uint16.",
    )


def _is_light(parts: Iterator[ImageArray]) -> bool:
    """Whether what can be seen is light and covers less than half: strokes without a ground of their own."""
    area, ink, light = 0, 0.0, 0.0
    for part in parts:
        alpha = part[:, :, 3].ravel().astype(np.float32)
        area += alpha.size
        ink += float(alpha.sum())
        light += float(alpha @ part[:, :, :3].reshape(-1, 3).astype(np.float32) @ (0.299, 0.587, 0.114))
    return ink < 255 * area / 2 and light > _LIGHT * ink
