"""Logistic regression on a few features, with weights for the samples and signs for the slopes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_STEPS: Final = 100
_FLAT: Final = 1e-10
"""Length of the gradient, per sample, at which the minimum is reached."""


def fit_logistic(features: Floats, right: NDArray[np.bool_], weights: Floats, signs: Sequence[int]) -> Floats:
    """The most likely coefficients of ``P(right) = sigmoid(features @ slopes + offset)`` whose slopes have given signs.

    The targets are drawn in from 0 and 1 as Platt does (1999, section 2.2), so that the answer is finite even where a
    feature tells right from wrong without error. The loss is convex: the best answer under the signs is the best of
    those with some slopes held at zero.

    Args:
        features: float64 [N, F].
        right: bool [N].
        weights: float64 [N], not negative; only their ratios matter.
        signs: F of them; 1 for a slope that is not negative, -1 for one that is not positive, 0 for any.

    Returns:
        float64 [F + 1], slopes and offset.

    Raises:
        ValueError: there is no sample, or no weight above zero.
    """
    if not len(features) or weights.sum() <= 0:
        raise ValueError("there is nothing to fit to")
    weights = weights * (len(weights) / weights.sum())
    targets = _drawn_in(right, weights)
    wanted = np.asarray(signs)
    best, least = np.zeros(0), np.inf
    for free in product(*[(True, False) if sign else (True,) for sign in signs]):
        chosen = np.flatnonzero(free)
        found = np.zeros(len(wanted) + 1)
        found[[*chosen, -1]] = _minimise(features[:, chosen], targets, weights)
        loss = _loss(features @ found[:-1] + found[-1], targets, weights)
        if (found[:-1] * wanted >= 0).all() and loss < least:
            best, least = found, loss
    return best


def _drawn_in(right: NDArray[np.bool_], weights: Floats) -> Floats:
    positive = float(weights[right].sum())
    negative = float(weights.sum()) - positive
    return np.where(right, (positive + 1) / (positive + 2), 1 / (negative + 2))


def _minimise(features: Floats, targets: Floats, weights: Floats) -> Floats:
    """Newton's method with steps halved until they help, on features of mean 0 and deviation 1."""
    mean, scale = features.mean(axis=0), features.std(axis=0)
    scale[scale == 0] = 1.0
    design = np.column_stack([(features - mean) / scale, np.ones(len(features))])
    found = np.zeros(design.shape[1])
    loss = _loss(design @ found, targets, weights)
    for _ in range(_STEPS):
        said = sigmoid(design @ found)
        gradient = design.T @ (weights * (said - targets))
        if np.abs(gradient).max() < _FLAT * len(design):
            break
        curvature = (design * (weights * said * (1 - said))[:, None]).T @ design
        step = np.linalg.solve(curvature + 1e-9 * np.eye(len(found)), gradient)
        size = 1.0
        while (shorter := _loss(design @ (found - size * step), targets, weights)) > loss and size > 1e-6:
            size /= 2
        found, loss = found - size * step, min(shorter, loss)
    slopes = found[:-1] / scale
    return np.append(slopes, found[-1] - slopes @ mean)


def _loss(logits: Floats, targets: Floats, weights: Floats) -> float:
    """Cross-entropy, nats, summed."""
    return float(weights @ (np.logaddexp(0, logits) - targets * logits))


def sigmoid(logits: Floats) -> Floats:
    """``1 / (1 + exp(-x))`` without overflow."""
    result: Floats = np.exp(-np.logaddexp(0, -logits))
    return result
