"""From frames to a reading. Pure functions of arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lucidocr.align import Extent, boundaries, log_probability
from lucidocr.charset import Charset
from lucidocr.types import Frames, IntArray, Recognition, Span

SPACE = " "


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring frames of the best path that emit one character.

    Attributes:
        label: class of the character.
        start: first frame.
        stop: one past the last frame.
        centre: mean of the frames' middles, weighted by the character's probability, in frames.
        probability: of the character at the frame where it is highest.
    """

    label: int
    start: int
    stop: int
    centre: float
    probability: float


def read_frames(frames: Frames, charset: Charset, *, ink: Extent | None = None) -> Recognition:
    """Read a line greedily and say how sure it is.

    Spaces at both ends are dropped, and ``log_prob`` is that of the text without them: it sums over all CTC paths
    whose text, spaces at the ends dropped, is the one returned.

    Args:
        frames: what the network says of the line.
        charset: whose classes the frames are about.
        ink: where the line's ink is, pixels of the line image; its whole width when None.

    Returns:
        The reading. An empty one has the probability that there is no text as its confidence.
    """
    runs = strip(best_path(frames), charset)
    space = charset.encode(SPACE)[0] if SPACE in charset else None
    log_prob = log_probability(frames, [run.label for run in runs], margin=space)
    return Recognition(
        text=charset.decode(run.label for run in runs),
        log_prob=log_prob,
        confidence=confidence_of(log_prob),
        spans=_spans(runs, frames, charset, ink or Extent(0.0, float(frames.width))),
    )


def confidence_of(log_prob: float) -> float:
    """The probability that a reading is right, from the network's own log P(text).

    The one place that turns the network's probability into the confidence that a user sees: a model's calibration,
    once it has one, belongs here.
    """
    return math.exp(log_prob)


def best_path(frames: Frames) -> list[Run]:
    """The most probable class of every frame, repeats joined and blanks dropped (Graves 2006, section 3.2).

    Frames that are not active are blank.
    """
    if not len(frames.active):
        return []
    labels = frames.log_chars.argmax(axis=1)
    log_probs = frames.log_other[frames.active] + frames.log_chars[np.arange(len(labels)), labels]
    fires = log_probs > frames.log_blank[frames.active]
    steps, labels, probs = frames.active[fires], labels[fires], np.exp(log_probs[fires].astype(np.float64))
    if not len(steps):
        return []
    starts = np.flatnonzero((np.diff(steps, prepend=-2) > 1) | (np.diff(labels, prepend=-1) != 0))
    return [
        _run(int(labels[start]), steps[start:stop], probs[start:stop])
        for start, stop in zip(starts, [*starts[1:], len(steps)], strict=True)
    ]


def _run(label: int, steps: IntArray, probabilities: NDArray[np.float64]) -> Run:
    return Run(
        label=label,
        start=int(steps[0]),
        stop=int(steps[-1]) + 1,
        centre=float(np.average(steps + 0.5, weights=probabilities)),
        probability=min(float(probabilities.max()), 1.0),
    )


def strip(runs: Sequence[Run], charset: Charset) -> list[Run]:
    """Drop the spaces at both ends."""
    kept = [number for number, run in enumerate(runs) if charset.chars[run.label] != SPACE]
    return list(runs[kept[0] : kept[-1] + 1]) if kept else []


def _spans(runs: Sequence[Run], frames: Frames, charset: Charset, ink: Extent) -> tuple[Span, ...]:
    extents = boundaries([frames.to_pixels(run.centre) for run in runs], ink)
    return tuple(
        Span(
            char=charset.chars[run.label],
            start=run.start,
            stop=run.stop,
            left=extent.left,
            right=extent.right,
            confidence=run.probability,
        )
        for run, extent in zip(runs, extents, strict=True)
    )
