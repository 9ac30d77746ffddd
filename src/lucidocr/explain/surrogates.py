"""LIME and SHAP as linear models of what happens when pieces of a line are erased.

One set of masks serves every character. For one character, n pieces near it count each by itself; all others, the rest,
count by the share of them that is kept, as one further term of the linear model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_KERNEL_WIDTH: Final = 0.25
"""Width of LIME's kernel for pictures, in cosine distance (Ribeiro 2016, section 3.3, and the authors' package)."""

_RIDGE: Final = 1.0
"""Penalty of LIME's linear model, as in the authors' package."""

_JITTER: Final = 1e-9
"""Part of its mean that is added to the normal matrix's diagonal, for pieces that are always kept together."""


@dataclass(frozen=True, slots=True, eq=False)
class Masks:
    """Which pieces are kept in each of m pictures.

    Attributes:
        kept: bool [m, N].
        every: whether the rows are all subsets but none and all, each once; otherwise they are drawn so that, for any n
            of the pieces, every number of kept ones from 0 to n is as likely.
    """

    kept: NDArray[np.bool_]
    every: bool


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """One character's contrast in the pictures of a set of masks.

    Attributes:
        near: bool [m, n], the masks of the n pieces near it.
        rest: float64 [m], share of the other pieces that is kept; None where there are no others.
        values: float64 [m], the contrasts, nats.
        empty: the contrast with everything erased.
        full: the contrast with nothing erased.
        every: see :class:`Masks`; true only where there is no rest.
    """

    near: NDArray[np.bool_]
    rest: Floats | None
    values: Floats
    empty: float
    full: float
    every: bool

    def columns(self) -> Floats:
        """float64 [m, n] or [m, n + 1], the linear model's terms."""
        near = self.near.astype(np.float64)
        return near if self.rest is None else np.column_stack([near, self.rest])


def draw_masks(pieces: int, samples: int, seed: int) -> Masks:
    """Masks for any number of linear models at once.

    A rate between 0 and 1 is drawn for each pair of masks, and each piece is kept at that rate; the pair's second mask
    is the first one's complement. The number of kept ones among any n pieces is then uniform over 0 to n, and given the
    number all choices are as likely: these are the leverage scores of Kernel SHAP's regression (Musco and Witter 2024,
    section 3), for the pieces near every character at the same time. Rates are stratified. Where there are no more
    subsets than samples, all are taken.

    Args:
        pieces: N, at least 1.
        samples: masks to draw, an even number, at least 2.
        seed: of the draw.
    """
    if pieces < 31 and 2**pieces - 2 <= samples:
        numbers = np.arange(1, 2**pieces - 1)
        return Masks((numbers[:, None] >> np.arange(pieces)) & 1 == 1, every=True)
    chance = np.random.default_rng(seed)
    pairs = samples // 2
    rates = (np.arange(pairs) + chance.random(pairs)) / pairs / 2  # the complement's rates lie above one half
    first = chance.random((pairs, pieces)) < rates[:, None]
    return Masks(np.concatenate([first, ~first]), every=False)


def shap_values(outcomes: Outcomes) -> Floats:
    """Shapley values of the pieces near a character, by Kernel SHAP (Lundberg and Lee 2017, theorem 2).

    Weighted least squares under the constraint that the values, that of the rest included, add up to the contrast of
    the whole line minus that of the empty one. A mask that keeps s of n pieces has the Shapley kernel's weight
    ``(n - 1) / (C(n, s) s (n - s))``; where masks are drawn, it is divided by the chance of drawing this one,
    ``1 / ((n + 1) C(n, s))``. Masks that keep none or all have no bearing but on the constraint. The values are exact
    where all subsets were tried.

    Returns:
        float64 [n], nats.
    """
    columns = outcomes.columns()
    count = outcomes.near.shape[1]
    total = outcomes.full - outcomes.empty
    if columns.shape[1] == 1:
        return np.full(count, total)
    kept = outcomes.near.sum(axis=1)
    inner = (kept > 0) & (kept < count)
    weights = _kernel(count, outcomes.every)[kept[inner]]
    columns = columns[inner]
    normal = (columns * weights[:, None]).T @ columns
    normal += _JITTER * np.trace(normal) / len(normal) * np.eye(len(normal)) + 1e-12 * np.eye(len(normal))
    moments = (columns * weights[:, None]).T @ (outcomes.values[inner] - outcomes.empty)
    free, ones = np.linalg.solve(normal, np.column_stack([moments, np.ones(len(normal))])).T
    constrained = free - ones * (free.sum() - total) / ones.sum()
    return np.asarray(constrained[:count])


def _kernel(count: int, every: bool) -> Floats:
    """float64 [n + 1], weight of a mask by the number of pieces kept, but for a factor; 0 for none and for all."""
    weights = np.zeros(count + 1)
    sizes = np.arange(1, count)
    weights[1:-1] = 1 / (sizes * (count - sizes))
    if every:
        ratios = (count - sizes + 1) / sizes  # C(n, s) / C(n, s - 1)
        weights[1:-1] /= np.cumprod(ratios)
    return weights


def lime_values(outcomes: Outcomes) -> Floats:
    """Weights of LIME's linear model around the whole line (Ribeiro 2016, equation 2, and the authors' package).

    Ridge regression with an intercept that is not penalised. A picture weighs
    ``sqrt(exp(-d^2 / 0.25^2))``, where d is the cosine distance of its mask from that of the whole line.

    Returns:
        float64 [n], nats.
    """
    count = outcomes.near.shape[1]
    columns = np.vstack([outcomes.columns(), np.ones(count + (outcomes.rest is not None))])
    values = np.append(outcomes.values, outcomes.full)
    distances = 1 - np.sqrt(columns[:, :count].mean(axis=1))
    weights = np.sqrt(np.exp(-((distances / _KERNEL_WIDTH) ** 2)))
    centred = columns - np.average(columns, axis=0, weights=weights)
    normal = (centred * weights[:, None]).T @ centred + _RIDGE * np.eye(columns.shape[1])
    moments = (centred * weights[:, None]).T @ (values - np.average(values, weights=weights))
    return np.asarray(np.linalg.solve(normal, moments)[:count])
