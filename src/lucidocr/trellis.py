"""CTC's states over time for one string: exact posteriors, and what else might stand in each place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lucidocr.errors import AlignmentError
from lucidocr.types import Frames

_LogArray = NDArray[np.float64]

_FLOOR = -700.0
"""Logs are kept above it where they are turned into float64 numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Trellis:
    """Forward and backward sums of one string of K labels over T frames, in natural logs.

    States are blank, first label, blank, ..., last label, blank: label k is state 2k + 1.

    Attributes:
        labels: the K classes.
        emitted: float64 [T, 2K + 1], log P(what the state says | t).
        forward: float64 [T, 2K + 1], log of the mass of all ways into a state, its own emission included (Graves 2006,
            eq. 6).
        backward: float64 [T, 2K + 1], log of the mass of all ways from a state to the end, its own emission not
            included.
        log_prob: log P(string | picture).
    """

    labels: tuple[int, ...]
    emitted: _LogArray
    forward: _LogArray
    backward: _LogArray
    log_prob: float

    @property
    def occupancy(self) -> _LogArray:
        """float64 [T, 2K + 1], P(state at t | string); every row sums to one."""
        return np.exp(np.maximum(self.forward + self.backward - self.log_prob, _FLOOR))


def make_trellis(frames: Frames, labels: Sequence[int]) -> Trellis:
    """Run CTC's forward and backward passes.

    Args:
        frames: what the network says.
        labels: classes of the string; none for the reading that there is no text.

    Raises:
        AlignmentError: no path gives the string: it is too long for the line, or needs a character where the network
            says blank for certain.
    """
    emitted = _emissions(frames, labels)
    skips = _skips(labels)
    forward = _forward(emitted, skips)
    whole = float(np.logaddexp.reduce(forward[-1, -2:])) if len(forward) else 0.0
    if not np.isfinite(whole) or (labels and not len(forward)):
        raise AlignmentError(f"no alignment of {len(labels)} characters to {len(frames)} frames exists")
    return Trellis(tuple(labels), emitted, forward, _backward(emitted, skips), min(whole, 0.0))


def _emissions(frames: Frames, labels: Sequence[int]) -> _LogArray:
    emitted = np.full((len(frames), 2 * len(labels) + 1), -np.inf)
    emitted[:, ::2] = frames.log_blank.astype(np.float64)[:, None]
    if len(labels):
        other = frames.log_other.astype(np.float64)[frames.active, None]
        emitted[frames.active, 1::2] = other + frames.log_chars[:, np.asarray(labels)]
    return emitted


def _skips(labels: Sequence[int]) -> NDArray[np.bool_]:
    """Whether a label may follow the one before it without a blank in between: bool [K], false for the first."""
    wanted = np.asarray(labels, dtype=np.int64)
    return np.concatenate([np.zeros(min(len(wanted), 1), dtype=bool), wanted[1:] != wanted[:-1]])


def _forward(emitted: _LogArray, skips: NDArray[np.bool_]) -> _LogArray:
    """Forward sums over states; ``skips`` says which labels may be entered from the label before."""
    result = np.full(emitted.shape, -np.inf)
    if not len(emitted):
        return result
    result[0, :2] = emitted[0, :2]
    closed = np.where(skips[1:], 0.0, -np.inf)
    for step in range(1, len(emitted)):
        before, now = result[step - 1], result[step]
        np.logaddexp(before[1:], before[:-1], out=now[1:])
        now[0] = before[0]
        np.logaddexp(now[3::2], before[1:-2:2] + closed, out=now[3::2])
        now += emitted[step]
    return result


def _backward(emitted: _LogArray, skips: NDArray[np.bool_]) -> _LogArray:
    """Backward sums over states, their own emission left out."""
    result = np.full(emitted.shape, -np.inf)
    result[-1:, -2:] = 0.0
    closed = np.where(skips[1:], 0.0, -np.inf)
    for step in range(len(emitted) - 2, -1, -1):
        following, now = result[step + 1] + emitted[step + 1], result[step]
        np.logaddexp(following[:-1], following[1:], out=now[:-1])
        now[-1] = following[-1]
        np.logaddexp(now[1:-2:2], following[3::2] + closed, out=now[1:-2:2])
    return result


def place_posteriors(frames: Frames, trellis: Trellis, classes: int) -> _LogArray:
    """How probable each character, or none, is in each place of a string, the rest of the string being as it is.

    Exact: for every place it equals P(string with another character there) over the sum of all of them and of the
    string without that place, but runs over the frames only once.

    Args:
        frames: what the trellis was made of.
        trellis: of the string.
        classes: C, size of the alphabet.

    Returns:
        float64 [K, C + 1]; column C is for no character. Rows sum to one.
    """
    log_chars = frames.log_other.astype(np.float64)[frames.active, None] + frames.log_chars
    rows = [_place(trellis, place, frames, log_chars) for place in range(len(trellis.labels))]
    return np.array(rows, dtype=np.float64).reshape(-1, classes + 1)


def _place(trellis: Trellis, place: int, frames: Frames, log_chars: _LogArray) -> _LogArray:
    """One row of :func:`place_posteriors`."""
    enter, enter_skipping = _ways_in(trellis, place)
    leave, leave_skipping = _ways_out(trellis, place)
    before = trellis.labels[place - 1] if place else None
    after = trellis.labels[place + 1] if place + 1 < len(trellis.labels) else None
    scores = np.concatenate([
        _sum_over_runs(
            frames.active, log_chars, np.logaddexp(enter, enter_skipping), np.logaddexp(leave, leave_skipping)
        ),
        [_without(trellis, place)],
    ])  # fmt: skip
    for neighbour in {label for label in (before, after) if label is not None}:
        scores[neighbour] = _sum_over_runs(
            frames.active,
            log_chars[:, [neighbour]],
            enter if neighbour == before else np.logaddexp(enter, enter_skipping),
            leave if neighbour == after else np.logaddexp(leave, leave_skipping),
        )[0]
    weights = np.exp(np.maximum(scores - scores.max(), _FLOOR))
    result: _LogArray = weights / weights.sum()
    return result


def _ways_in(trellis: Trellis, place: int) -> tuple[_LogArray, _LogArray]:
    """float64 [T] each: log mass that may enter the place at each frame, from the blank and from the label before."""
    state = 2 * place + 1
    steps = len(trellis.forward)
    through_blank, skipping = np.full(steps, -np.inf), np.full(steps, -np.inf)
    through_blank[1:] = trellis.forward[:-1, state - 1]
    if place:
        skipping[1:] = trellis.forward[:-1, state - 2]
    else:
        through_blank[0] = 0.0
    return through_blank, skipping


def _ways_out(trellis: Trellis, place: int) -> tuple[_LogArray, _LogArray]:
    """float64 [T] each: log mass of what follows when the place is left after each frame, to blank and to a label."""
    state = 2 * place + 1
    following = trellis.emitted + trellis.backward
    steps = len(following)
    through_blank, skipping = np.full(steps, -np.inf), np.full(steps, -np.inf)
    through_blank[:-1] = following[1:, state + 1]
    if place + 1 < len(trellis.labels):
        skipping[:-1] = following[1:, state + 2]
    else:
        through_blank[-1] = 0.0
    return through_blank, skipping


def _sum_over_runs(active: NDArray[np.int64], log_chars: _LogArray, enter: _LogArray, leave: _LogArray) -> _LogArray:
    """Log of the sum over all runs of neighbouring frames that say one character.

    Args:
        active: int64 [N], frames that may say characters.
        log_chars: float64 [N, V], what they say of V characters.
        enter: float64 [T], log mass that may begin a run at each frame.
        leave: float64 [T], log mass of what follows a run that ends at each frame.

    Returns:
        float64 [V].
    """
    total = np.zeros(log_chars.shape[1])
    shift_in, shift_out = _largest(enter[active]), _largest(leave[active])
    if not np.isfinite(shift_in + shift_out):
        return np.full(log_chars.shape[1], -np.inf)
    begins = np.exp(np.maximum(enter[active] - shift_in, _FLOOR)) * np.isfinite(enter[active])
    ends = np.exp(np.maximum(leave[active] - shift_out, _FLOOR)) * np.isfinite(leave[active])
    running, last = np.zeros(log_chars.shape[1]), -2
    for row, frame in enumerate(active):
        running = np.exp(log_chars[row]) * ((running if frame == last + 1 else 0.0) + begins[row])
        total += running * ends[row]
        last = int(frame)
    with np.errstate(divide="ignore"):
        result: _LogArray = np.log(total) + shift_in + shift_out
    return result


def _largest(values: _LogArray) -> float:
    return float(values.max(initial=-np.inf))


def _without(trellis: Trellis, place: int) -> float:
    """Log P(string without one place): the two blanks around it become one."""
    state = 2 * place + 1
    before = trellis.labels[place - 1] if place else None
    after = trellis.labels[place + 1] if place + 1 < len(trellis.labels) else None
    ready = trellis.forward[:, state - 1].copy()
    if place and before != after:
        ready = np.logaddexp(ready, trellis.forward[:, state - 2])
    if after is None:
        return float(ready[-1])
    following = trellis.emitted[:, state + 2] + trellis.backward[:, state + 2]
    ways = ready[:-1] + following[1:]
    first = following[:1] if not place else np.zeros(0)
    return float(np.logaddexp.reduce(np.concatenate([ways, first, [-np.inf]])))
