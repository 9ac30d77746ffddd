"""Where the characters of a line are, and how probable its text is: CTC's sums over alignments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from lucidocr.types import Frames, ImageArray

_LogArray = NDArray[np.float64]

_INK_CONTRAST = 0.25
"""Part of a line's whole contrast by which a column must differ from the background to hold ink."""


@dataclass(frozen=True, slots=True)
class Extent:
    """A stretch of a line image from left to right, pixels."""

    left: float
    right: float


def log_probability(frames: Frames, labels: Sequence[int], *, margin: int | None = None) -> float:
    """Natural log of P(labels | picture), summed over all CTC paths (Graves 2006, eq. 3, 6 and 7).

    The forward pass runs over the states blank, l1, blank, ... lK, blank, in log space and float64. A run of frames
    that are not active emits blanks only: one step takes it whole, which is exact.

    Args:
        frames: what the network says.
        labels: K classes of the charset; none for the probability that there is no text.
        margin: a class, usually the space, that may also stand before the first and after the last label any number
            of times: the probability is then that of reading ``labels`` once such margins are dropped.

    Returns:
        A number <= 0; minus infinity when no path gives the labels.
    """
    wanted = np.asarray(labels, dtype=np.int64)
    blanks = np.full(len(wanted) + 1, -np.inf)
    blanks[0] = 0.0
    chars = np.full(len(wanted), -np.inf)
    repeats = np.zeros(len(wanted), dtype=bool)
    repeats[1:] = wanted[1:] == wanted[:-1]
    log_blank = frames.log_blank.astype(np.float64)
    log_other = frames.log_other.astype(np.float64)[frames.active]
    emitted = log_other[:, None] + frames.log_chars[:, wanted]
    outer = log_other + frames.log_chars[:, margin] if margin is not None else np.full(len(log_other), -np.inf)
    done = 0
    for row, frame in enumerate(frames.active):
        if frame > done:
            blanks, chars = _quiet_step(blanks, chars, log_blank[done:frame].sum())
        blanks, chars = _step(blanks, chars, emitted[row], repeats, (log_blank[frame], outer[row]))
        done = int(frame) + 1
    if done < len(frames):
        blanks, chars = _quiet_step(blanks, chars, log_blank[done:].sum())
    total = np.logaddexp(blanks[-1], chars[-1]) if len(wanted) else blanks[0]
    return min(float(total), 0.0)


def _entering_blanks(blanks: _LogArray, chars: _LogArray) -> _LogArray:
    """Log of the mass that may emit each blank state next: from itself and from the character before it."""
    entering = blanks.copy()
    entering[1:] = np.logaddexp(blanks[1:], chars)
    return entering


def _quiet_step(blanks: _LogArray, chars: _LogArray, log_blank: float) -> tuple[_LogArray, _LogArray]:
    """Pass over frames that emit blanks only, whose log P(blank) add up to ``log_blank``."""
    return _entering_blanks(blanks, chars) + log_blank, np.full(len(chars), -np.inf)


def _step(
    blanks: _LogArray,
    chars: _LogArray,
    emitted: _LogArray,
    repeats: NDArray[np.bool_],
    emitted_blank: tuple[float, float],
) -> tuple[_LogArray, _LogArray]:
    """Pass over an active frame.

    Args:
        blanks: float64 [K + 1], log of the mass in the blank states.
        chars: float64 [K], log of the mass in the character states.
        emitted: float64 [K], log P of each label at this frame.
        repeats: bool [K], whether a label equals the one before it, so that a blank must stand between them.
        emitted_blank: log P of blank, and of the margin's class, at this frame.
    """
    after = np.logaddexp(chars, blanks[:-1])
    after[1:] = np.logaddexp(after[1:], np.where(repeats[1:], -np.inf, chars[:-1]))
    log_blank, log_margin = emitted_blank
    emitted_blanks = np.full(len(blanks), log_blank)
    emitted_blanks[[0, -1]] = np.logaddexp(log_blank, log_margin)
    return _entering_blanks(blanks, chars) + emitted_blanks, after + emitted


def ink_extent(pixels: ImageArray) -> Extent:
    """Where a line's ink begins and ends.

    A column holds ink when a pixel of it differs from the background, the picture's median, by a quarter of the
    picture's largest such difference.

    Args:
        pixels: uint8 [h, w] grey.

    Returns:
        The edges of the first and the last column with ink; the whole width for an even picture.
    """
    background = float(np.median(pixels))
    difference = cv2.absdiff(pixels, np.full_like(pixels, round(background))).max(axis=0)
    strongest = int(difference.max(initial=0))
    if strongest == 0:
        return Extent(0.0, float(pixels.shape[1]))
    columns = np.flatnonzero(difference >= _INK_CONTRAST * strongest)
    return Extent(float(columns[0]), float(columns[-1] + 1))


def boundaries(centres: Sequence[float], ink: Extent) -> list[Extent]:
    """Left and right edges of characters from where their centres are.

    Two neighbours meet midway between their centres. The outer edges of the line lie as far from the outer centres as
    the inner edges do on the other side, but not outside of the ink; a single character takes all the ink.

    Args:
        centres: of the characters, pixels, from left to right.
        ink: where the line's ink is, pixels.

    Returns:
        One extent per character, adjoining, none of negative width.
    """
    if not centres:
        return []
    inner = [(a + b) / 2 for a, b in pairwise(centres)]
    first, last = ink.left, ink.right
    if inner:
        first = max(first, 2 * centres[0] - inner[0])
        last = min(last, 2 * centres[-1] - inner[-1])
    edges = [min(first, centres[0]), *inner, max(last, centres[-1])]
    return [Extent(left, right) for left, right in pairwise(edges)]
