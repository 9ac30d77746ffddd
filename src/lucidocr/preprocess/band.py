"""Where the text of a line image lies between top and bottom, so that small text in a tall cell is not lost."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lucidocr.types import ImageArray

LOOSE: Final = 0.45
"""Part of a picture's height below which its text is too small for it and the picture is trimmed."""

FILLED: Final = 0.6
"""Part of the trimmed picture's height that the text takes."""

SMALLEST: Final = 0.3
"""Part of a picture's height that always remains: a lone dash or dot is not blown up to a letter."""

_CONTRAST: Final = 0.2
"""Part of the strongest difference from the background by which a pixel must differ to be ink."""

_FAINTEST: Final = 10
"""Least such difference, grey levels."""

_EDGE: Final = 0.2
"""Part of the picture, at each of its sides, in which a cell's border may lie."""

_BORDER: Final = 0.9
"""Part of an edge's row or column that is ink where it is a border."""


def _is_border(ink: NDArray[np.bool_], axis: int) -> NDArray[np.bool_]:
    """Flags of the rows (axis 1) or columns (axis 0) near the sides that are borders, and of their neighbours."""
    flags: NDArray[np.bool_] = ink.mean(axis=axis) > _BORDER
    edge = max(1, round(_EDGE * len(flags)))
    flags[edge:-edge] = False
    wide = flags.copy()
    wide[:-1] |= flags[1:]
    wide[1:] |= flags[:-1]
    return wide


def text_band(pixels: ImageArray) -> tuple[int, int]:
    """First row of a line's ink and one past its last; borders of a cell do not count.

    Args:
        pixels: uint8 [h, w] grey.

    Returns:
        The whole height for a picture that is even. Whatever differs from the background counts as ink, so that a
        restless background gives the whole height too.
    """
    difference = np.abs(pixels.astype(np.int16) - round(float(np.median(pixels))))
    ink = difference > max(_CONTRAST * int(difference.max()), _FAINTEST)
    columns, rows = _is_border(ink, 0), _is_border(ink, 1)
    difference[:, columns] = 0
    difference[rows] = 0
    ink = difference > max(_CONTRAST * int(difference.max()), _FAINTEST)
    found = np.flatnonzero(ink.any(axis=1))
    return (int(found[0]), int(found[-1]) + 1) if len(found) else (0, len(pixels))


def kept_rows(pixels: ImageArray) -> tuple[int, int]:
    """First row that remains once empty rows above and below small text are cut off, and one past the last.

    Args:
        pixels: uint8 [h, w] grey.

    Returns:
        The whole height when the text fills at least ``LOOSE`` of it.
    """
    height = pixels.shape[0]
    top, bottom = text_band(pixels)
    if bottom - top >= LOOSE * height:
        return 0, height
    wanted = max((bottom - top) / FILLED, SMALLEST * height)
    first = max(0, round((top + bottom - wanted) / 2))
    last = min(height, round((top + bottom + wanted) / 2))
    return first, max(last, first + 1)


def trim(pixels: ImageArray) -> ImageArray:
    """The rows of a grey line image that remain; columns stay (see :func:`kept_rows`)."""
    first, last = kept_rows(pixels)
    return pixels if (first, last) == (0, len(pixels)) else pixels[first:last]
