"""How closely a page must be looked at for its lines to be found (docs/adr/0017).

Lines are lost where their text is fewer than some fourteen pixels high as looked at; from twenty on, looking closer
costs time and gains nothing. The usual size suits most pages; those whose text turns out to be too small, and those
that are small themselves, are looked at again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from lucidocr.errors import ImageSizeError
from lucidocr.tiles import framed
from lucidocr.types import FloatArray, PageImage

USUAL_AREA: Final = 1_200_000
"""Most pixels that a page is brought to for a first look."""

MOST_AREA: Final = 100_000_000
"""Most pixels that a page is brought to."""

WANTED: Final = 20.0
"""Height of text, pixels as looked at, that a page is brought to when it is looked at again."""

ENOUGH: Final = 0.65
"""Part of that height from which a look need not be repeated."""

SMALL: Final = 0.25
"""Part of a page's text, by its length, that may be smaller than the height that counts."""

_SWOLLEN: Final = 4.0
"""How much higher than its text a quad is, pixels as looked at."""

GOOD_SIDE: Final = 960
"""Length of the long side, pixels, below which a page is enlarged, at most twofold."""

GOOD_AREA: Final = 400_000
"""Pixels that a smaller page is brought to when it is looked at again, whatever its text: there that takes no time."""

_ENLARGED: Final = 3.0
"""Most that a page is enlarged where it, or its text, is small."""

_ENLARGED_AREA: Final = 4_800_000
"""Pixels that no page is enlarged beyond."""

_MUCH_SHRUNK: Final = 0.5
"""Scale from which on a page without text is not looked at again."""

_SAMPLE_SIDE: Final = 512
_SAMPLES: Final = 4
_CELL: Final = 32
"""Pixels that the side of a sample is shrunk to when detail is looked for."""

_MAX_FRAMED: Final = 2 * USUAL_AREA
"""Most pixels of a page with its border; a thin strip, which is mostly border, is shrunk further."""

_LEAST_SIDE: Final = 4
"""Pixels that must remain of the short side of a strip that is shrunk for its border."""


def next_scale(page: tuple[int, int], scale: float, quads: Sequence[FloatArray], *, seen_at: float) -> float | None:
    """How much a page is to be enlarged or shrunk when it is looked at again.

    Args:
        page: its width and height, pixels.
        scale: by which it was brought to the size that it was looked at.
        quads: that were found then, or on parts of the page, page pixels.
        seen_at: the scale that they were found at.

    Returns:
        None where that look was close enough, or another cannot be closer.
    """
    if not quads:
        return None
    area = math.prod(page)
    wanted = max(wanted_scale(seen_at, quads), min(_ENLARGED, math.sqrt(GOOD_AREA / area)))
    most = max(1.0, min(_ENLARGED, math.sqrt(_ENLARGED_AREA / area)))
    closer = min(wanted, most, math.sqrt(MOST_AREA / area))
    return closer if scale < ENOUGH * wanted and scale < closer else None


def together(closer: Sequence[FloatArray], before: Sequence[FloatArray]) -> list[FloatArray]:
    """What a closer look shows, and what an earlier one showed where the closer one shows nothing.

    Args:
        closer: quads, page pixels.
        before: quads of the earlier look; those that hold the middle of a closer one, or whose middle one holds, are
            left out.
    """
    if not closer or not before:
        return [*closer, *before]
    (low, high, middle), (old_low, old_high, old_middle) = _extents(closer), _extents(before)
    within = (old_middle[:, None] > low) & (old_middle[:, None] < high)
    around = (middle > old_low[:, None]) & (middle < old_high[:, None])
    known = np.any(np.all(within, axis=2) | np.all(around, axis=2), axis=1)
    fresh = [quad for quad, twice in zip(before, known.tolist(), strict=True) if not twice]
    return [*closer, *fresh]


def samples(page: PageImage, scale: float) -> list[PageImage]:
    """Parts of a page, in its own pixels, that tell how high its text is where nothing was found on it.

    Args:
        page: the page.
        scale: by which it was brought to the size that it was looked at.

    Returns:
        The squares with most detail; none where the page was not shrunk much.
    """
    if scale > _MUCH_SHRUNK or min(page.width, page.height) < _SAMPLE_SIDE:
        return []
    size = (page.width // _SAMPLE_SIDE * _CELL, page.height // _SAMPLE_SIDE * _CELL)
    grey = cv2.cvtColor(cv2.resize(page.pixels, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    cells = grey.reshape(size[1] // _CELL, _CELL, size[0] // _CELL, _CELL).swapaxes(1, 2)
    detail = cells.reshape(*cells.shape[:2], -1).std(axis=2)
    found = []
    for place in np.argsort(detail, axis=None)[::-1][:_SAMPLES]:
        row, column = np.unravel_index(place, detail.shape)
        top, left = (
            int(n) * side // count
            for n, side, count in zip((row, column), (page.height, page.width), detail.shape, strict=True)
        )
        found.append(PageImage(page.pixels[top : top + _SAMPLE_SIDE, left : left + _SAMPLE_SIDE]))
    return found


def _extents(quads: Sequence[FloatArray]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Upper left and lower right corners of the bounds of quads, and their middles: float32 [n, 2] each."""
    corners = np.stack(quads)
    return corners.min(axis=1), corners.max(axis=1), corners.mean(axis=1)


def wanted_scale(scale: float, quads: Sequence[FloatArray]) -> float:
    """The scale that brings the text of a page to the height at which it is found best.

    Args:
        scale: at which it was looked at.
        quads: that were found, page pixels.
    """
    sides = np.array([[np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[1])] for quad in quads])
    heights, lengths = sides.min(axis=1), sides.max(axis=1)
    order = np.argsort(heights)
    passed = np.cumsum(lengths[order])
    small = float(heights[order][np.searchsorted(passed, SMALL * passed[-1])])
    return scale * WANTED / max(small * scale - _SWOLLEN, 0.5 * small * scale, 1.0)


def first_scale(width: int, height: int) -> float:
    """How much a page is enlarged or shrunk before it is looked at.

    Raises:
        ImageSizeError: the page is so long and thin that nothing would be left of its short side.
    """
    enlarged = min(2.0, max(1.0, GOOD_SIDE / max(width, height)))
    scale = min(enlarged, math.sqrt(USUAL_AREA / (width * height)))
    if _framed_area(width, height, scale) <= _MAX_FRAMED:
        return scale
    while _framed_area(width, height, scale) > _MAX_FRAMED:
        scale *= 0.95
    if min(width, height) * scale < _LEAST_SIDE:
        raise ImageSizeError(
            f"the page of {width} x {height} pixels is too long and thin to look for lines in it",
            remedy="Cut it into shorter parts.",
        )
    return scale


def _framed_area(width: int, height: int, scale: float) -> int:
    """Pixels of a page at this scale with its border."""
    return math.prod(framed(max(1, round(side * scale))) for side in (width, height))
