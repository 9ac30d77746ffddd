"""Whether confidences mean what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

BINS: Final = 15
_SIMULATIONS: Final = 200


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Lines whose confidences lie between two bounds.

    Attributes:
        low: the lower bound.
        high: the upper one.
        n: lines.
        said: their mean confidence; 0 without lines.
        right: the share of them that is right; 0 without lines.
    """

    low: float
    high: float
    n: int
    said: float
    right: float


def _numbers(said: Floats) -> NDArray[np.int64]:
    return np.minimum((said * BINS).astype(np.int64), BINS - 1)


def expected_error(said: Floats, right: Flags) -> float:
    """Expected calibration error: ``sum |mean said - share right| * n_bin / n`` over bins of equal width."""
    gaps = np.bincount(_numbers(said), weights=said - right, minlength=BINS)
    return float(np.abs(gaps).sum() / len(said))


def noise_floor(said: Floats, seed: int = 0) -> float:
    """Mean expected calibration error where every probability is true, by simulation."""
    chance = np.random.default_rng(seed)
    return float(np.mean([expected_error(said, chance.random(len(said)) < said) for _ in range(_SIMULATIONS)]))


def ranking(said: Floats, right: Flags) -> float | None:
    """Area under the receiver operating characteristic, equal values counting half; None where all are alike."""
    positive = int(right.sum())
    negative = len(right) - positive
    if not positive or not negative:
        return None
    _, places, counts = np.unique(said, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return float((ranks[right].sum() - positive * (positive + 1) / 2) / (positive * negative))


def reliability(said: Floats, right: Flags) -> list[ReliabilityBin]:
    """Confidences beside what was right, in bins of equal width."""
    numbers = _numbers(said)
    counts = np.bincount(numbers, minlength=BINS)
    sums = np.bincount(numbers, weights=said, minlength=BINS) / np.maximum(counts, 1)
    shares = np.bincount(numbers, weights=right, minlength=BINS) / np.maximum(counts, 1)
    return [
        ReliabilityBin(
            number / BINS, (number + 1) / BINS, int(counts[number]), float(sums[number]), float(shares[number])
        )
        for number in range(BINS)
    ]
