"""Whether a picture is one tight line of text, or a page whose lines must be looked for.

A detector does harm on a tight line: it enlarges the strip, splits it and drops characters at its ends. So only a
picture that shows more than one line, or a line with much around it, goes through one.
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lucidocr.types import ImageArray

LEAST_ROWS_HEIGHT: Final = 28
"""A picture as low as this, pixels, has no room for two rows: it is a line whatever its shape, tables excepted."""

FLAT_HEIGHT: Final = 64
"""A picture as low as this, pixels, is a line unless it clearly shows several rows or a table."""

ROWS_ASPECT: Final = 1.25
"""A low picture narrower than this, width over height, is a line: gaps in it part strokes of one large character."""

FLAT_ASPECT: Final = 8.0
"""A picture as many times as wide as high is a line, unless it shows several rows or a table."""

CROP_HEIGHT: Final = 256
"""A picture up to this height, pixels, is a line when one band of ink fills it."""

_LOOK_HEIGHT: Final = 64
"""Height at which ink is looked at, pixels; larger pictures are shrunk to it."""

_BAND: Final = 0.4
"""Part of the picture's height that a line's ink must span."""

_ROW: Final = 0.1
"""Part of the picture's height that each of two rows must fill."""

_CUT_ROW: Final = 0.13
"""The same in low pictures whose ink reaches the upper or lower edge: it may be the feet of a line that is cut off."""

_TABLE_ASPECT: Final = 8.0
"""Below it the strokes of a few large letters pass for the rules of a table."""

_TABLE_RULES: Final = 3
_TABLE_RULE_LENGTH: Final = 0.25


def is_single_line(grey: ImageArray) -> bool:
    """Whether a picture should be read as one line image.

    Args:
        grey: uint8 [h, w].
    """
    height, width = grey.shape
    aspect = width / height
    small = _shrink(grey)
    if aspect >= _TABLE_ASPECT and _is_ruled(small):
        return False
    low = height <= FLAT_HEIGHT
    if height <= LEAST_ROWS_HEIGHT or (low and aspect < ROWS_ASPECT):
        return True
    if aspect < FLAT_ASPECT and height > CROP_HEIGHT:
        return False
    profile = _ink(small).sum(axis=1)
    cut = low and (profile[0] > 0 or profile[-1] > 0)
    if _has_gap(profile, row_part=_CUT_ROW if cut else _ROW):
        return False
    return low or aspect >= FLAT_ASPECT or _span(profile) >= _BAND * len(profile)


def _shrink(grey: ImageArray) -> ImageArray:
    height, width = grey.shape
    if height <= _LOOK_HEIGHT:
        return grey
    size = (max(1, round(width * _LOOK_HEIGHT / height)), _LOOK_HEIGHT)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _ink(grey: ImageArray) -> NDArray[np.uint8]:
    """Pixels that differ clearly from their surroundings, 0 or 1, long rules taken out; of either polarity."""
    height, width = grey.shape
    window = min(height, 31) // 2 * 2 + 1
    difference = cv2.absdiff(grey, cv2.medianBlur(grey, window))
    threshold, _ = cv2.threshold(difference, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    ink = (difference > max(threshold, 16)).astype(np.uint8)
    upright = _opened(ink, width=1, height=max(3, int(0.75 * height)))
    level = _opened(ink, width=min(width, max(2 * height, 40)), height=1)
    for rules, around in ((upright, (1, 3)), (level, (3, 1))):
        ink[cv2.dilate(rules, np.ones(around, np.uint8)) > 0] = 0
    return np.asarray(ink, dtype=np.uint8)


def _is_ruled(grey: ImageArray) -> bool:
    """Whether dark rules divide the picture: several from top to bottom, and a long one from left to right."""
    height, width = grey.shape
    dark = cv2.adaptiveThreshold(grey, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 15, 8)
    level = _opened(dark, width=max(24, height), height=1)
    if int(level.sum(axis=1).max()) <= _TABLE_RULE_LENGTH * width:
        return False
    upright = _opened(dark, width=1, height=max(8, int(0.4 * height)))
    columns = np.flatnonzero(upright.sum(axis=0) >= 0.85 * height)
    return len(columns) > 0 and 1 + int((np.diff(columns) > 3).sum()) >= _TABLE_RULES


def _opened(binary: NDArray[Any], *, width: int, height: int) -> NDArray[np.uint8]:
    """What remains of a 0/1 picture of strokes at least as long as a bar of this size."""
    return np.asarray(cv2.morphologyEx(binary, cv2.MORPH_OPEN, np.ones((height, width), np.uint8)), dtype=np.uint8)


def _has_gap(profile: NDArray[Any], *, row_part: float) -> bool:
    """Whether an empty row parts two bands of text.

    Args:
        profile: [h], ink of every row.
        row_part: part of the height that each band must fill.
    """
    height = len(profile)
    for row in range(height // 5, height - height // 5):
        above, below = profile[:row], profile[row + 1 :]
        peaks = sorted((int(above.max(initial=0)), int(below.max(initial=0))))
        if profile[row] > 0.02 * peaks[0] or peaks[0] < 0.35 * peaks[1] or peaks[0] == 0:
            continue
        thick = min(int((band > 0.25 * band.max()).sum()) for band in (above, below))
        if thick >= row_part * height:
            return True
    return False


def _span(profile: NDArray[Any]) -> int:
    """Rows from the first to the last with a tenth of the strongest row's ink."""
    rows = np.flatnonzero(profile > 0.1 * profile.max(initial=0))
    return int(rows[-1] - rows[0] + 1) if len(rows) else 0
