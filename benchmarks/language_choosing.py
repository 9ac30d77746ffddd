"""Choosing among the texts of a line: weights fitted on one half of the lines judge the other half."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.language_lines import DRAWN, Choice, rule_of
from lucidocr.metrics import normalise

Floats = NDArray[np.float64]

CHOSEN_BY: Final = (True, True, False, False)
"""The features that texts are chosen by: a weight for each of the two models, whose advantage bears length already."""

_ROUNDS: Final = 40
_RIDGE: Final = 1e-2
"""Keeps weights finite where the lines do not say what they are."""

_FAINTEST: Final = -60.0


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A line for fitting and judging.

    Attributes:
        features: float64 [N, 4], of each text: log P by the recogniser, log P by the model, length, whether it is the
            recogniser's own reading.
        right: bool [N], whether it is the truth, as the set compares.
    """

    features: Floats
    right: NDArray[np.bool_]


def judge(choices: Sequence[Choice], scores: Sequence[Floats], name: str) -> list[Judged]:
    """Lines of a set with a model's scores of their texts."""
    rule = rule_of(name)
    lines = []
    for choice, said in zip(choices, scores, strict=True):
        truth = normalise(choice.truth, rule)
        first = np.arange(len(choice.texts)) == 0
        lengths = [len(text) for text in choice.texts]
        features = np.column_stack([np.maximum(choice.log_probs, _FAINTEST), said, lengths, first])
        lines.append(Judged(features, np.array([normalise(text, rule) == truth for text in choice.texts])))
    return lines


def fit(sets: Mapping[str, Sequence[Judged]], *, used: Sequence[bool]) -> Floats:
    """Weights of the features that make the right texts of all sets most probable, every set counting alike.

    Args:
        sets: lines of each set; those without a right text say nothing.
        used: which of the features take part.
    """
    mask = np.array(used, dtype=np.float64)
    weights = np.array([1.0, 0.0, 0.0, 0.0])
    lines = [(one, 1 / len(judged)) for judged in sets.values() for one in judged if one.right.any()]
    for _ in range(_ROUNDS):
        gradient, curvature = -_RIDGE * weights * (mask > 0), np.diag(np.full(4, _RIDGE))
        for one, share in lines:
            slope, bend = _pull(one, weights)
            gradient += share * slope
            curvature += share * bend
        step = np.linalg.solve(curvature + np.diag(1e9 * (1 - mask)), gradient * mask)
        weights = weights + np.clip(step, -0.3, 0.3)
    return weights


def _pull(one: Judged, weights: Floats) -> tuple[Floats, Floats]:
    """Gradient of a line's log-likelihood, and the spread of its features (Fisher information)."""
    scores = one.features @ weights
    shares = np.exp(scores - np.logaddexp.reduce(scores))
    wanted = shares * one.right
    wanted /= wanted.sum()
    mean = shares @ one.features
    centred = one.features - mean
    return wanted @ one.features - mean, (centred * shares[:, None]).T @ centred


def compare(sets: Mapping[str, Sequence[Judged]], *, used: Sequence[bool]) -> tuple[list[dict[str, Any]], list[Floats]]:
    """Lines right before and after choosing, by set; weights are fitted on the real sets' other half.

    Returns:
        A record of each set, and the weights of both halves.
    """
    halves = [{name: judged[half::2] for name, judged in sets.items() if name not in DRAWN} for half in (0, 1)]
    weights = [fit(halves[1 - half], used=used) for half in (0, 1)]
    records = []
    for name, judged in sets.items():
        chosen = [bool(one.right[int(np.argmax(one.features @ weights[row % 2]))]) for row, one in enumerate(judged)]
        before = [bool(one.right[0]) for one in judged]
        records.append(
            {
                "dataset": name,
                "n": len(judged),
                "before": float(np.mean(before)),
                "after": float(np.mean(chosen)),
                "possible": float(np.mean([one.right.any() for one in judged])),
                "gained": sum(new and not old for new, old in zip(chosen, before, strict=True)),
                "lost": sum(old and not new for new, old in zip(chosen, before, strict=True)),
            }
        )
    return records, weights
