"""n-gram models by modified Kneser-Ney smoothing (Chen and Goodman 1998, section 3), estimated with arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lucidocr.correct.ngrams import MOST_BACKOFF, STEP, Floats, Keys, NgramModel, Order, join

Counts = NDArray[np.int64]

_FALLBACK: Final = (0.5, 1.0, 1.5)
"""Discounts of n-grams seen once, twice and more often, where too few of them were seen to estimate any."""


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """n-grams of one length and how often each was seen.

    Attributes:
        keys: uint64 [N], increasing.
        counts: int64 [N].
    """

    keys: Keys
    counts: Counts


def count(
    classes: NDArray[np.integer[Any]], weights: Counts, order: int, bits: int, *, context_only: int = 0
) -> list[Counted]:
    """Count the n-grams of a sequence.

    Args:
        classes: [N]; a 0 parts two texts.
        weights: int64 [N], how often each place counts.
        order: greatest length of an n-gram.
        bits: of a class in a key.
        context_only: greatest class that is never predicted, such as the mark of a beginning.

    Returns:
        Of every length from one on, as far as there are any.
    """
    predicted = classes > context_only
    keys, weights = join(classes, order, bits)[predicted], weights[predicted]
    counted = []
    for length in range(1, order + 1):
        part = keys & np.uint64((1 << (length * bits)) - 1)
        whole = part >> np.uint64((length - 1) * bits) > 0
        if not whole.any():
            break
        found, inverse = np.unique(part[whole], return_inverse=True)
        counted.append(Counted(found, np.bincount(inverse, weights=weights[whole]).astype(np.int64)))
    return counted


def estimate(
    counted: Sequence[Counted], bits: int, classes: int, *, cutoffs: Sequence[int], context_only: int = 0
) -> NgramModel:
    """A model of counts.

    Args:
        counted: of every length from one on, the beginnings and ends of all n-grams among them.
        bits: of a class in a key.
        classes: how many there are, the empty class 0 included; unseen ones share what single classes are discounted.
        cutoffs: of every length, how often an n-gram must have been seen to be kept; the first one is not used.
        context_only: see :func:`count`; what precedes such a mark is not asked for.
    """
    adjusted = [_continuations(counted, number, bits, context_only) for number in range(len(counted))]
    seen = np.zeros(classes - 1, dtype=np.int64)
    seen[(adjusted[0].keys - np.uint64(1)).astype(np.int64)] = adjusted[0].counts
    discounted = seen - _discounts(seen)
    possible = classes - 1 - context_only
    uniform = (seen.sum() - discounted.sum()) / possible
    probabilities = (discounted + uniform) / seen.sum()
    probabilities[:context_only] = 1e-9
    keys: Keys = np.arange(1, classes, dtype=np.uint64)
    full = probabilities
    orders = [Order(keys, _cost(full), _backoff(np.ones(len(full))))]
    kept = Counted(keys, seen)
    for number in range(1, len(counted)):
        full = _interpolated(adjusted[number], adjusted[number - 1] if number > 1 else kept, full, bits, number)
        keeps = counted[number].counts >= cutoffs[number]
        keeps &= orders[-1].find(counted[number].keys >> np.uint64(bits))[1]
        shown = Order(counted[number].keys[keeps], _cost(full[keeps]), _backoff(np.ones(int(keeps.sum()))))
        if not keeps.any():
            break
        orders[-1] = _with_backoffs(orders, shown, np.exp(-STEP * shown.costs), bits)
        orders.append(shown)
    return NgramModel(bits, tuple(orders))


def _continuations(counted: Sequence[Counted], number: int, bits: int, context_only: int) -> Counted:
    """How many classes each n-gram follows; of the longest and of those at a beginning, how often each was seen."""
    own = counted[number]
    if number == len(counted) - 1:
        return own
    longer = counted[number + 1].keys
    rows = np.searchsorted(own.keys, longer & np.uint64((1 << ((number + 1) * bits)) - 1))
    after = np.bincount(rows, minlength=len(own.keys)).astype(np.int64)
    begins = (own.keys >> np.uint64(number * bits)) <= np.uint64(context_only)
    return Counted(own.keys, np.where(begins, own.counts, np.maximum(after, 1)))


def _discounts(counts: Counts) -> Floats:
    """What is taken off each count, which depends on whether it is one, two or more."""
    ones, twos, threes, fours = (int(np.count_nonzero(counts == value)) for value in (1, 2, 3, 4))
    discounts = _FALLBACK
    if min(ones, twos, threes, fours) > 0:
        share = ones / (ones + 2 * twos)
        found = (1 - 2 * share * twos / ones, 2 - 3 * share * threes / twos, 3 - 4 * share * fours / threes)
        discounts = tuple(min(max(one, 0.1), limit - 0.1) for one, limit in zip(found, (1, 2, 3), strict=True))  # type: ignore[assignment]
    return np.asarray(np.array([0.0, *discounts])[np.minimum(counts, 3)])


def _interpolated(adjusted: Counted, shorter: Counted, below: Floats, bits: int, number: int) -> Floats:
    """P(last class | the others) of each n-gram, from that of its end ``below``."""
    contexts = adjusted.keys >> np.uint64(bits)
    starts = np.flatnonzero(np.r_[True, contexts[1:] != contexts[:-1]])
    groups = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(contexts)]))
    discounts = _discounts(adjusted.counts)
    totals = np.add.reduceat(adjusted.counts, starts)[groups]
    left = np.add.reduceat(discounts, starts)[groups]
    ends = np.searchsorted(shorter.keys, adjusted.keys & np.uint64((1 << (number * bits)) - 1))
    return np.asarray((adjusted.counts - discounts + left * below[ends]) / totals)


def _with_backoffs(orders: Sequence[Order], longer: Order, shares: Floats, bits: int) -> Order:
    """The longest order so far with weights that make each context's probabilities sum to one."""
    own = orders[-1]
    rows, _ = own.find(longer.keys >> np.uint64(bits))
    below = np.exp(NgramModel(bits, tuple(orders)).log_probs(longer.keys & np.uint64((1 << (len(orders) * bits)) - 1)))
    said = np.bincount(rows, weights=shares, minlength=len(own.keys))
    same = np.bincount(rows, weights=below, minlength=len(own.keys))
    weights = np.maximum(1 - said, 1e-3) / np.maximum(1 - same, 1e-3)
    return Order(own.keys, own.costs, _backoff(weights))


def _cost(probabilities: Floats) -> NDArray[np.uint8]:
    return np.clip(np.rint(-np.log(probabilities) / STEP), 0, 255).astype(np.uint8)


def _backoff(weights: Floats) -> NDArray[np.uint8]:
    return np.clip(np.rint((MOST_BACKOFF - np.log(weights)) / STEP), 0, 255).astype(np.uint8)
