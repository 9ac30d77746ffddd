"""What might stand in each place of a string, the rest of it being as it is: exact, and all places at once.

With v in place k, P(string) is a sum over the frames at which v may begin and end: the mass that enters before it, what
the frames in between say of v, and the mass of what follows. Both masses come from the trellis of the string as it is,
so no other string's trellis is ever run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lucidocr.blas import one_blas_thread
from lucidocr.trellis import LogArray, Trellis
from lucidocr.types import Frames, IntArray

_NOTABLE: Final = 1e-3
"""A class is a candidate if it has at least this part of the mass of some place at some frame."""

_TINY: Final = 1e-9
"""Part of a place's mass that counts as none where candidates are ranked: products of denormal numbers are slow."""

_NEGLIGIBLE: Final = 1e-9
"""Probability of a run of frames below which longer ones are not looked at."""

_FAINTEST: Final = -40.0
"""Log-probability that stands for all below it where candidates are ranked, for the same reason."""

_LARGEST: Final = 700.0
"""Greatest exponent whose power is a float64."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Log-probabilities of what stands in each of K places; all that a place may hold adds up to one.

    Attributes:
        candidates: int64 [S], classes told apart, increasing.
        log_candidates: float64 [K, S].
        log_own: float64 [K], of the string's own labels; they are candidates too.
        log_nothing: float64 [K], of no label at all in this place.
        log_others: float64 [K], of all classes that are no candidates together.
    """

    candidates: IntArray
    log_candidates: LogArray
    log_own: LogArray
    log_nothing: LogArray
    log_others: LogArray


def weigh_places(frames: Frames, trellis: Trellis, *, ranked: int = 0) -> Places:
    """Weigh what might stand in each place of a string.

    A candidate's probability is exact. What is not a candidate is below a thousandth at every frame that matters, and
    its share counts only what stands in a single frame: the repetition left out is below a millionth.

    Args:
        frames: what the trellis was made of.
        trellis: of the string.
        ranked: so many classes of each place, the most probable ones, are candidates in any case.

    Returns:
        The log-probabilities; at the outer places, a string whose margin may be dropped never begins or ends with the
        margin's class, and no label there means that the next label which is not of that class stands first (or last).
    """
    ways = _Ways.of(frames, trellis)
    other = np.exp(frames.log_other.astype(np.float64)[frames.active])
    single = _power(ways.enter + ways.leave - ways.reference)
    candidates = _candidates(frames, trellis, single * other[:, None], ranked)
    said = other[:, None] * np.exp(frames.log_chars[:, candidates].astype(np.float64))
    columns = np.searchsorted(candidates, np.asarray(trellis.labels, dtype=np.int64))
    with np.errstate(divide="ignore"):
        with one_blas_thread():
            log_masses = np.log(_masses(frames.active, said, ways, columns))
        log_others = np.log(np.maximum(other - said.sum(axis=1), 0.0) @ single)
    if trellis.margin is not None:
        log_masses[np.ix_([0, -1] if len(columns) else [], candidates == trellis.margin)] = -np.inf
    own = trellis.log_prob - ways.reference
    log_masses[np.arange(len(columns)), columns] = own
    log_nothing = _without(trellis) - ways.reference
    total = np.logaddexp.reduce(np.column_stack([log_masses, log_nothing, log_others]), axis=1)
    return Places(candidates, log_masses - total[:, None], own - total, log_nothing - total, log_others - total)


class _Ways(NamedTuple):
    """Log masses before and after each place, at each active frame, as differences from ``reference``.

    Attributes:
        enter: float64 [N, K], mass that may enter the place at the frame.
        enter_blank: float64 [N, K], the part of it that comes from the blank before.
        leave: float64 [N, K], mass of all that follows where the place is left after the frame.
        leave_blank: float64 [N, K], the part of it that goes through the blank after.
        reference: float64 [K], about the largest log mass of a place, so that powers of the rest are numbers.
    """

    enter: LogArray
    enter_blank: LogArray
    leave: LogArray
    leave_blank: LogArray
    reference: LogArray

    @classmethod
    def of(cls, frames: Frames, trellis: Trellis) -> _Ways:
        """The ways into and out of the places of a string."""
        states = trellis.forward.shape[1]
        nowhere = np.full((1, states), -np.inf)
        before, after = nowhere.copy(), nowhere.copy()
        before[0, 0] = after[0, -1] = 0.0
        entering = np.concatenate([before, trellis.forward])[frames.active]
        following = np.concatenate([trellis.emitted + trellis.backward, after])[frames.active + 1]
        none = np.full((len(frames.active), min(len(trellis.labels), 1)), -np.inf)
        enter_blank, leave_blank = entering[:, :-1:2], following[:, 2::2]
        enter = np.logaddexp(enter_blank, np.hstack([none, entering[:, 1:-2:2]]))
        leave = np.logaddexp(leave_blank, np.hstack([following[:, 3::2], none]))
        most = (enter + leave + frames.log_other[frames.active, None]).max(axis=0, initial=-np.inf)
        return cls(enter, enter_blank, leave, leave_blank, np.maximum(most, trellis.log_prob))


def _candidates(frames: Frames, trellis: Trellis, weights: NDArray[np.float64], ranked: int) -> IntArray:
    """Classes worth telling apart.

    Args:
        frames: what the network says.
        trellis: of the string; its labels are candidates in any case.
        weights: float64 [N, K], mass of each place at each frame, whatever stands there.
        ranked: see :func:`weigh_places`.
    """
    heaviest = weights.max(axis=1, initial=0.0)
    relevant = np.flatnonzero(heaviest > _NOTABLE)
    said = frames.log_chars[relevant]
    notable = np.log(_NOTABLE / heaviest[relevant]).astype(np.float32)
    chosen = [np.asarray(trellis.labels, dtype=np.int64), np.flatnonzero((said > notable[:, None]).any(axis=0))]
    if ranked and len(relevant):
        heavy = np.where(weights[relevant] > _TINY, weights[relevant], 0.0)
        with one_blas_thread():
            masses = heavy.T.astype(np.float32) @ np.exp(np.maximum(said, _FAINTEST))
        most = min(ranked, masses.shape[1])
        chosen.append(np.argpartition(masses, -most, axis=1)[:, -most:].ravel())
    return np.unique(np.concatenate(chosen))


def _masses(active: IntArray, said: NDArray[np.float64], ways: _Ways, columns: IntArray) -> NDArray[np.float64]:
    """Sum over all runs of neighbouring frames that say one class.

    Args:
        active: int64 [N], the frames that may say characters.
        said: float64 [N, S], P(candidate | active frame).
        ways: into and out of the places.
        columns: int64 [K], which candidates the string's labels are.

    Returns:
        float64 [K, S], in units of exp(``ways.reference``).
    """
    result = np.zeros((len(columns), said.shape[1]))
    before, after = columns[:-1], columns[1:]
    between = np.flatnonzero(before[:-1] == after[1:]) + 1
    enter_to_after, leave_to_before = ways.enter.copy(), ways.leave.copy()
    enter_to_after[:, between], leave_to_before[:, between] = ways.enter_blank[:, between], ways.leave_blank[:, between]
    as_before, as_after = np.zeros(len(before)), np.zeros(len(after))
    for first, last, run in _runs(active, said):
        result += _power(ways.enter[first] + ways.leave[last] - ways.reference).T @ run
        # A neighbour's own class can stand beside it only with a blank in between.
        beside = _power(ways.enter_blank[first] + leave_to_before[last] - ways.reference)
        as_before += (beside[:, 1:] * run[:, before]).sum(axis=0)
        beside = _power(enter_to_after[first] + ways.leave_blank[last] - ways.reference)
        as_after += (beside[:, :-1] * run[:, after]).sum(axis=0)
    places = np.arange(len(columns))
    result[places[1:], before], result[places[:-1], after] = as_before, as_after
    return result


def _runs(active: IntArray, said: NDArray[np.float64]) -> Iterator[tuple[IntArray, IntArray, NDArray[np.float64]]]:
    """All runs of neighbouring active frames, by their length.

    Yields:
        Rows of the first frames, rows of the last frames, and float64 [runs, S]: the probability that all of a run's
        frames say each class.
    """
    first, run = np.arange(len(active)), said
    last = first
    while len(first):
        yield first, last, run
        longer = np.flatnonzero((last + 1 < len(active)) & (run.max(axis=1, initial=0.0) > _NEGLIGIBLE))
        longer = longer[active[last[longer] + 1] == active[last[longer]] + 1]
        first, last = first[longer], last[longer] + 1
        run = run[longer] * said[last]


def _power(logs: LogArray) -> NDArray[np.float64]:
    return np.exp(np.minimum(logs, _LARGEST))


def _without(trellis: Trellis) -> LogArray:
    """Log P(string without one place), for each place: float64 [K]."""
    labels = np.asarray(trellis.labels, dtype=np.int64)
    result = np.full(len(labels), -np.inf)
    if not len(labels):
        return result
    following = trellis.emitted + trellis.backward
    skips = np.where(labels[2:] != labels[:-2], 0.0, -np.inf)
    ready = np.logaddexp(trellis.forward[:-1, 2:-4:2], trellis.forward[:-1, 1:-5:2] + skips)
    result[1:-1] = np.logaddexp.reduce(ready + following[1:, 5::2], axis=0, initial=-np.inf)
    kept = [place for place in range(len(labels)) if labels[place] != trellis.margin]
    first, last = [place for place in kept if place > 0], [place for place in kept if place < len(labels) - 1]
    outer = trellis.emitted[:, 0]
    if not first or not last:
        result[[0, -1]] = outer.sum()
        return result
    before = np.concatenate([[0.0], np.cumsum(outer[:-1])])
    result[0] = np.logaddexp.reduce(before + following[:, 2 * first[0] + 1])
    after = np.concatenate([np.cumsum(outer[:0:-1])[::-1], [0.0]])
    result[-1] = np.logaddexp.reduce(trellis.forward[:, 2 * last[-1] + 1] + after)
    return result
