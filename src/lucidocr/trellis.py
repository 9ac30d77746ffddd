"""CTC's states over time for one string: how probable it is, and where each of its states may be.

The states of a string of K labels are blank, first label, blank, ..., last label, blank: label k is state 2k + 1
(Graves 2006, section 4.1). All sums are taken in natural logs and float64, so that a string may be as improbable as it
likes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lucidocr.errors import AlignmentError
from lucidocr.types import Frames, IntArray

LogArray = NDArray[np.float64]
"""Natural logs of probabilities; minus infinity for what cannot be."""


@dataclass(frozen=True, slots=True, eq=False)
class Trellis:
    """Forward and backward sums of one string of K labels over T frames.

    Attributes:
        labels: the K classes.
        margin: class that the first and the last state may say as well as blank, see :func:`make_trellis`.
        emitted: float64 [T, 2K + 1], log P(what the state says | t).
        forward: float64 [T, 2K + 1], log of the mass of all ways into a state, its own emission included (Graves 2006,
            eq. 6).
        backward: float64 [T, 2K + 1], log of the mass of all ways from a state to the end, its own emission not
            included.
        log_prob: log P(string | picture).
    """

    labels: tuple[int, ...]
    margin: int | None
    emitted: LogArray
    forward: LogArray
    backward: LogArray
    log_prob: float

    @property
    def occupancy(self) -> NDArray[np.float64]:
        """float64 [T, 2K + 1], P(state at t | string); every row sums to one."""
        return np.exp(self.forward + self.backward - self.log_prob)


def make_trellis(frames: Frames, labels: Sequence[int], *, margin: int | None = None) -> Trellis:
    """Run CTC's forward and backward passes side by side.

    Args:
        frames: what the network says.
        labels: classes of the string; none for the reading that there is no text.
        margin: a class, usually the space, that may also stand before the first and after the last label any number
            of times: the probability is then that of reading ``labels`` once such margins are dropped.

    Raises:
        AlignmentError: no path gives the string: it is too long for the line, or needs a character where the network
            says blank for certain.
    """
    emitted = _emissions(frames, labels, margin)
    steps, states = emitted.shape
    # Read backwards, a string's trellis is that of the string reversed.
    skips = np.stack([_skips(labels), _skips(labels[::-1])])
    entered = _entered(np.stack([emitted, emitted[::-1, ::-1]], axis=1), skips)
    forward = entered[:, 0] + emitted
    log_prob = float(np.logaddexp.reduce(forward[-1, -2:])) if steps else (0.0 if states == 1 else -np.inf)
    if log_prob == -np.inf:
        raise AlignmentError(f"no alignment of {len(labels)} characters to {steps} frames exists")
    return Trellis(tuple(labels), margin, emitted, forward, entered[::-1, 1, ::-1], min(log_prob, 0.0))


def without_margin(labels: Sequence[int], margin: int | None) -> tuple[int, ...]:
    """The labels with the margin's class dropped from both ends."""
    kept = [place for place, label in enumerate(labels) if label != margin]
    return tuple(labels[kept[0] : kept[-1] + 1]) if kept else ()


def label_posteriors(
    frames: Frames, strings: Sequence[Sequence[int]], classes: IntArray, *, margin: int | None = None
) -> NDArray[np.float64]:
    """What the paths of each string say at each frame; of strings of one length, side by side.

    Args:
        frames: what the network says.
        strings: B strings of K labels each.
        classes: U classes, increasing; every label is one of them, and so is the margin.
        margin: see :func:`make_trellis`.

    Returns:
        float64 [B, T, U + 1], P(class u is said at t | string); the last column is blank. Rows add up to one.

    Raises:
        AlignmentError: no path gives one of the strings.
    """
    emitted = np.stack([_emissions(frames, labels, margin) for labels in strings], axis=1)
    skips = np.stack([_skips(labels) for labels in strings])
    mirrored = np.stack([_skips(labels[::-1]) for labels in strings])
    entered = _entered(np.concatenate([emitted, emitted[::-1, :, ::-1]], axis=1), np.concatenate([skips, mirrored]))
    count, states = len(strings), emitted.shape[2]
    paths = entered[:, :count] + emitted + entered[::-1, count:, ::-1]
    log_probs = np.logaddexp.reduce(paths[0, :, :2], axis=1) if len(paths) else np.zeros(count)
    if not np.isfinite(log_probs).all():
        raise AlignmentError(f"no alignment of {states // 2} characters to {len(paths)} frames exists")
    occupancy = np.exp(paths - log_probs[:, None])
    result = np.zeros((count, len(frames), len(classes) + 1))
    result[:, :, -1] = occupancy[:, :, ::2].sum(axis=2).T
    for row, labels in enumerate(strings):
        np.add.at(result[row].T, np.searchsorted(classes, labels), occupancy[:, row, 1::2].T)
    if margin is not None:
        outer = occupancy[:, :, [0, -1]].sum(axis=2) if states > 1 else occupancy[:, :, 0]
        log_space = np.full(len(frames), -np.inf)
        log_space[frames.active] = frames.log_other[frames.active] + frames.log_chars[:, margin]
        moved = outer * np.exp(log_space - np.logaddexp(log_space, frames.log_blank))[:, None]
        result[:, :, np.searchsorted(classes, margin)] += moved.T
        result[:, :, -1] -= moved.T
    return result


def log_probability(frames: Frames, labels: Sequence[int], *, margin: int | None = None) -> float:
    """Natural log of P(labels | picture), summed over all CTC paths (Graves 2006, eq. 3, 6 and 7).

    The forward pass alone; it holds one frame's states at a time, so that a line may be of any length. A run of frames
    that are not active emits blanks only: one step takes it whole, which is exact.

    Args:
        frames: what the network says.
        labels: K classes of the charset; none for the probability that there is no text.
        margin: see :func:`make_trellis`.

    Returns:
        A number <= 0; minus infinity when no path gives the labels.
    """
    closed = _skips(labels)
    log_blank = frames.log_blank.astype(np.float64)
    emitted = _active_emissions(frames, labels, margin)
    masses = np.full(2 * len(labels) + 1, -np.inf)
    masses[0] = 0.0
    done = 0
    for row, frame in enumerate(frames.active):
        if frame > done:
            masses = _quiet(masses, log_blank[done:frame].sum())
        masses = _advance(masses, closed) + emitted[row]
        done = int(frame) + 1
    if done < len(frames):
        masses = _quiet(masses, log_blank[done:].sum())
    return min(float(np.logaddexp.reduce(masses[-2:])), 0.0)


def log_probabilities(
    frames: Frames, strings: Sequence[Sequence[int]], *, margin: int | None = None
) -> NDArray[np.float64]:
    """:func:`log_probability` of several strings side by side, many times as fast as one after the other.

    The masses of each string are scaled to a sum of one at every frame (Rabiner 1989, section V.A), not kept as logs.

    Args:
        frames: what the network says.
        strings: B strings of any lengths.
        margin: see :func:`make_trellis`.

    Returns:
        float64 [B], numbers <= 0; minus infinity where no path gives the string, or one whose mass lies under that of
        other beginnings by a factor beyond float64.
    """
    side = _SideBySide.of(frames, strings, margin)
    log_blank = frames.log_blank.astype(np.float64)
    done = 0
    with np.errstate(divide="ignore", invalid="ignore"):
        for number, frame in enumerate(frames.active.tolist()):
            if frame > done:
                side.rest(log_blank[done:frame].sum())
            side.step(number, math.exp(log_blank[frame]))
            done = frame + 1
        if done < len(frames):
            side.rest(log_blank[done:].sum())
        return np.minimum(np.nan_to_num(side.logs + np.log(side.ended()), nan=-np.inf, neginf=-np.inf), 0.0)


@dataclass(slots=True, eq=False)
class _SideBySide:
    """The masses of B strings of at most K labels, as shares of their sums.

    Attributes:
        lengths: int64 [B], labels of each string.
        skips: float64 [B, K], one where a label may follow the one before it without a blank.
        said: float64 [N, B, K], P(label | active frame).
        spaces: float64 [N], P(margin's class | active frame).
        blanks: float64 [B, K + 1], share in the blank before each label, and after the last one.
        labels: float64 [B, K], share in each label.
        logs: float64 [B], natural logs of the sums.
    """

    lengths: IntArray
    skips: NDArray[np.float64]
    said: NDArray[np.float64]
    spaces: NDArray[np.float64]
    blanks: NDArray[np.float64]
    labels: NDArray[np.float64]
    logs: LogArray

    @classmethod
    def of(cls, frames: Frames, strings: Sequence[Sequence[int]], margin: int | None) -> _SideBySide:
        """The strings before the first frame."""
        lengths = np.array([len(string) for string in strings], dtype=np.int64)
        classes = np.zeros((len(strings), max(lengths.max(initial=0), 1)), dtype=np.int64)
        for row, string in enumerate(strings):
            classes[row, : len(string)] = string
        skips = np.zeros(classes.shape)
        skips[:, 1:] = classes[:, 1:] != classes[:, :-1]
        other = np.exp(frames.log_other.astype(np.float64)[frames.active])
        own = np.arange(classes.shape[1]) < lengths[:, None]  # nothing may leave a string by the filling beyond its end
        said = np.exp(frames.log_chars[:, classes].astype(np.float64)) * other[:, None, None] * own
        spaces = np.zeros(len(other))
        if margin is not None:
            spaces = np.exp(frames.log_chars[:, margin].astype(np.float64)) * other
        blanks = np.zeros((len(strings), classes.shape[1] + 1))
        blanks[:, 0] = 1.0
        return cls(lengths, skips, said, spaces, blanks, np.zeros(classes.shape), np.zeros(len(strings)))

    def rest(self, log_blank: float) -> None:
        """Pass over frames that emit blanks only."""
        self.blanks[:, 1:] += self.labels
        self.labels[:] = 0.0
        self.logs += log_blank

    def step(self, number: int, blank: float) -> None:
        """Pass over an active frame."""
        entered = self.labels + self.blanks[:, :-1]
        entered[:, 1:] += self.skips[:, 1:] * self.labels[:, :-1]
        self.blanks[:, 1:] += self.labels
        rows, filled = np.arange(len(self.lengths)), self.lengths > 0
        before = self.spaces[number] * self.blanks[:, 0]
        after = self.spaces[number] * self.blanks[rows, self.lengths] * filled
        self.blanks *= blank
        self.blanks[:, 0] += before
        self.blanks[rows, self.lengths] += after
        self.labels = entered * self.said[number]
        totals = self.blanks.sum(axis=1) + self.labels.sum(axis=1)
        self.blanks /= totals[:, None]
        self.labels /= totals[:, None]
        self.logs += np.log(totals)

    def ended(self) -> NDArray[np.float64]:
        """float64 [B], share in the states that a string may end in."""
        rows, filled = np.arange(len(self.lengths)), self.lengths > 0
        last: NDArray[np.float64] = self.labels[rows, self.lengths - 1] * filled
        return np.asarray(self.blanks[rows, self.lengths] + last)


def _active_emissions(frames: Frames, labels: Sequence[int], margin: int | None) -> LogArray:
    """float64 [N, 2K + 1], log P of what each state says at the active frames."""
    wanted = np.asarray(labels, dtype=np.int64)
    other = frames.log_other.astype(np.float64)[frames.active, None]
    emitted = np.empty((len(frames.active), 2 * len(wanted) + 1))
    emitted[:, ::2] = frames.log_blank.astype(np.float64)[frames.active, None]
    emitted[:, 1::2] = other + frames.log_chars[:, wanted]
    if margin is not None:
        outer = [0, -1] if len(wanted) else [0]
        emitted[:, outer] = np.logaddexp(emitted[:, outer], other + frames.log_chars[:, [margin]])
    return emitted


def _emissions(frames: Frames, labels: Sequence[int], margin: int | None) -> LogArray:
    """float64 [T, 2K + 1], log P of what each state says."""
    emitted = np.full((len(frames), 2 * len(labels) + 1), -np.inf)
    emitted[:, ::2] = frames.log_blank[:, None]
    emitted[frames.active] = _active_emissions(frames, labels, margin)
    return emitted


def _skips(labels: Sequence[int]) -> LogArray:
    """float64 [K - 1], zero where a label may follow the one before it without a blank, else minus infinity."""
    wanted = np.asarray(labels, dtype=np.int64)
    return np.where(wanted[1:] != wanted[:-1], 0.0, -np.inf)


def _advance(masses: LogArray, skips: LogArray) -> LogArray:
    """Log of the mass that enters each state, from itself and from the states before it: [..., 2K + 1]."""
    entered = np.empty_like(masses)
    entered[..., 0] = masses[..., 0]
    np.logaddexp(masses[..., 1:], masses[..., :-1], out=entered[..., 1:])
    skipping = entered[..., 3::2]
    np.logaddexp(skipping, masses[..., 1:-2:2] + skips, out=skipping)
    return entered


def _quiet(masses: LogArray, log_blank: float) -> LogArray:
    """Pass over frames that emit blanks only, whose log P(blank) add up to ``log_blank``."""
    passed = np.full(len(masses), -np.inf)
    passed[0] = masses[0] + log_blank
    passed[2::2] = np.logaddexp(masses[2::2], masses[1::2]) + log_blank
    return passed


def _entered(emitted: LogArray, skips: LogArray) -> LogArray:
    """Log of the mass that enters each state at each frame, the frame's own emission not included.

    Args:
        emitted: float64 [T, B, 2K + 1], of B trellises side by side.
        skips: float64 [B, K - 1], see :func:`_skips`.

    Returns:
        float64 [T, B, 2K + 1].
    """
    entered = np.full(emitted.shape, -np.inf)
    if len(entered):
        entered[0, :, :2] = 0.0
    for step in range(1, len(entered)):
        entered[step] = _advance(entered[step - 1] + emitted[step - 1], skips)
    return entered
