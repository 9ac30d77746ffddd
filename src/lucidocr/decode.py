"""From frames to a reading. Pure functions of arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lucidocr.align import SPACE, Stay, make_spans, margin_of
from lucidocr.calibration import IDENTITY, Calibration
from lucidocr.charset import Charset
from lucidocr.ink import find_ink
from lucidocr.places import weigh_places
from lucidocr.trellis import log_probability, make_trellis
from lucidocr.types import Frames, ImageArray, Recognition

_BLOCK: Final = 1_000_000
"""Frames times states of a stretch of a line that is aligned at once: bounds memory, a hundred megabytes or so."""


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring frames of the best path that emit one character.

    Attributes:
        label: class of the character.
        start: first frame.
        stop: one past the last frame.
    """

    label: int
    start: int
    stop: int


def read_frames(
    frames: Frames, charset: Charset, pixels: ImageArray, *, calibration: Calibration = IDENTITY
) -> Recognition:
    """Read a line greedily and say how sure it is, as a whole and of each character, and where they are.

    Spaces at both ends are dropped, and ``log_prob`` is that of the text without them: it sums over all CTC paths
    whose text, spaces at the ends dropped, is the one returned.

    Args:
        frames: what the network says of the line.
        charset: whose classes the frames are about.
        pixels: uint8 [h, w] grey, the line as cut.
        calibration: of the model that the frames come from.

    Returns:
        The reading. An empty one has the probability that there is no text as its confidence.
    """
    runs = strip(best_path(frames), charset)
    text = charset.decode(run.label for run in runs)
    margin = margin_of(charset)
    stretches = [_align(*stretch, margin) for stretch in _stretches(frames, runs)]
    if len(stretches) == 1:
        log_prob = stretches[0].log_prob
    else:
        log_prob = log_probability(frames, [run.label for run in runs], margin=margin)
    stay = Stay.join([stretch.stay for stretch in stretches])
    confidences = [calibration.character(float(own)) for stretch in stretches for own in stretch.own]
    return Recognition(
        text=text,
        log_prob=log_prob,
        confidence=calibration.line(log_prob),
        spans=make_spans(text, stay, confidences, frames, find_ink(pixels)) if text else (),
    )


def read_text(frames: Frames, charset: Charset) -> tuple[str, float]:
    """What :func:`read_frames` reads and its log P, without places: a fraction of the work."""
    labels = [run.label for run in strip(best_path(frames), charset)]
    return charset.decode(labels), log_probability(frames, labels, margin=margin_of(charset))


def best_path(frames: Frames) -> list[Run]:
    """The most probable class of every frame, repeats joined and blanks dropped (Graves 2006, section 3.2).

    Frames that are not active are blank.
    """
    labels = frames.log_chars.argmax(axis=1) if len(frames.active) else np.zeros(0, dtype=np.int64)
    log_probs = frames.log_other[frames.active] + frames.log_chars[np.arange(len(labels)), labels]
    fires = log_probs > frames.log_blank[frames.active]
    steps, labels = frames.active[fires], labels[fires]
    starts = np.flatnonzero((np.diff(steps, prepend=-2) > 1) | (np.diff(labels, prepend=-1) != 0))
    ends = np.append(starts[1:], len(steps)) - 1
    return [
        Run(label, start, last + 1)
        for label, start, last in zip(
            labels[starts].tolist(), steps[starts].tolist(), steps[ends[: len(starts)]].tolist(), strict=True
        )
    ]


def strip(runs: Sequence[Run], charset: Charset) -> list[Run]:
    """Drop the spaces at both ends."""
    kept = [number for number, run in enumerate(runs) if charset.chars[run.label] != SPACE]
    return list(runs[kept[0] : kept[-1] + 1]) if kept else []


@dataclass(frozen=True, slots=True, eq=False)
class _Stretch:
    """A part of a line, aligned.

    Attributes:
        log_prob: natural log of the probability of its string.
        stay: when the path is in each of its characters, frames of the whole line.
        own: float64 [K], probability of each character against all that might stand in its place.
    """

    log_prob: float
    stay: Stay
    own: NDArray[np.float64]


def _align(frames: Frames, first: int, runs: Sequence[Run], margin: int | None) -> _Stretch:
    """Align the runs of a stretch of a line that begins at frame ``first``."""
    trellis = make_trellis(frames, [run.label for run in runs], margin=margin)
    own = np.exp(weigh_places(frames, trellis).log_own)
    return _Stretch(trellis.log_prob, Stay.of(trellis.occupancy).shifted(first), own)


def _stretches(frames: Frames, runs: Sequence[Run], first: int = 0) -> Iterator[tuple[Frames, int, Sequence[Run]]]:
    """Cut a line, where it is too long to be aligned at once, in the middle of wide gaps between its characters.

    Args:
        frames: of the line, or of a part of it.
        runs: of the best path, in frames of the whole line.
        first: frame of the whole line that the part begins with.

    Yields:
        The frames of each part, the first of them, and its runs.
    """
    if len(frames) * (2 * len(runs) + 1) <= _BLOCK or len(runs) < 2:
        yield frames, first, runs
        return
    quarter = len(runs) // 4
    gaps = [after.start - before.stop for before, after in pairwise(runs)]
    number = quarter + int(np.argmax(gaps[quarter : len(gaps) - quarter])) + 1
    cut = (runs[number - 1].stop + runs[number].start) // 2
    yield from _stretches(_part(frames, 0, cut - first), runs[:number], first)
    yield from _stretches(_part(frames, cut - first, len(frames)), runs[number:], cut)


def _part(frames: Frames, start: int, stop: int) -> Frames:
    """The frames from ``start`` on and before ``stop``."""
    rows = slice(*np.searchsorted(frames.active, (start, stop)))
    return replace(
        frames,
        log_blank=frames.log_blank[start:stop],
        log_other=frames.log_other[start:stop],
        active=frames.active[rows] - start,
        log_chars=frames.log_chars[rows],
    )
