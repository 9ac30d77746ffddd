"""Which steps are worth trying on a line, by what was measured of its picture.

For each step the plan holds a logistic regression on the indicators: the probability that a line that is misread as it
is would be read right after the step. It is the model part ``preprocess.json``, fitted on the weights that read::

    {"format_version": 1, "doubt": 0.9, "least": 0.02, "most": 4, "centres": [...], "scales": [...],
     "steps": {"deskew": {"slopes": [...], "offset": -4.1, "margin": 0.5}}}
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lucidocr.errors import ModelError
from lucidocr.preprocess.indicators import INDICATORS, Indicators
from lucidocr.preprocess.steps import STEPS
from lucidocr.types import ImageArray

PREPROCESS: Final = "preprocess.json"
"""The model part that holds the plan."""

FEATURES: Final = (*INDICATORS, "tilt", "slant")
"""What the regressions weigh: the indicators, and the sizes of ``skew`` and ``gradient`` whatever their sign."""

_FORMAT_VERSION: Final = 1
_FURTHEST: Final = 4.0
"""Deviations beyond which a feature counts no more: a plan does not reach beyond what it was fitted on."""


@dataclass(frozen=True, slots=True, eq=False)
class StepRule:
    """When a step is worth trying, and what its reading must win by.

    Attributes:
        slopes: float64 [27], of the standardised features.
        offset: of the logit.
        margin: logits by which the confidence after the step must exceed that of the picture as it is.
    """

    slopes: NDArray[np.float64]
    offset: float
    margin: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """Steps to try.

    Attributes:
        steps: names, in the order in which they are taken.
        benefit: probability that they mend the reading, by the plan.
        reason: which of the indicators that they have to do with speaks for them most, its value, and what is usual.
    """

    steps: tuple[str, ...]
    benefit: float
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A fitted plan.

    Attributes:
        doubt: confidence from which on a reading is kept without trying anything.
        least: least benefit for which a step is tried.
        most: readings that one line may cost.
        centres: float64 [27], medians of the features over lines as they come.
        scales: float64 [27], their spreads.
        rules: by step.
    """

    doubt: float
    least: float
    most: int
    centres: NDArray[np.float64]
    scales: NDArray[np.float64]
    rules: Mapping[str, StepRule]

    def proposals(self, found: Indicators) -> tuple[Proposal, ...]:
        """What to try on a line, the most promising first; nothing where no step promises enough.

        Where several steps do, taking all of them is tried as well.
        """
        measured = features(found)
        values = standardised(measured, self.centres, self.scales)
        singles = [
            Proposal((name,), benefit, self._reason(name, rule, values, measured))
            for name, rule in self.rules.items()
            if (benefit := _sigmoid(float(rule.slopes @ values) + rule.offset)) >= self.least
        ]
        best = sorted(singles, key=lambda one: -one.benefit)[: self.most]
        if len(best) < 2:
            return tuple(best)
        wanted = {one.steps[0] for one in best[:_TOGETHER]}
        together = tuple(name for name in STEPS if name in wanted)
        reasons = dict.fromkeys(one.reason for one in best[:_TOGETHER])
        joined = Proposal(together, best[0].benefit, "; ".join(reasons))
        return (*best[: self.most - 1], joined)

    def margin(self, steps: tuple[str, ...]) -> float:
        """Logits by which a reading after these steps must win."""
        return max(self.rules[name].margin for name in steps)

    def _reason(self, name: str, rule: StepRule, values: NDArray[np.float64], measured: NDArray[np.float64]) -> str:
        told = [FEATURES.index(feature) for feature in _TOLD_BY[name]]
        strongest = max(told, key=lambda place: float(rule.slopes[place] * values[place]))
        return f"{FEATURES[strongest]} {measured[strongest]:.3g}, usually {self.centres[strongest]:.3g}"


_TOLD_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "flatten": ("background", "slant", "paper"),
    "brighten": ("paper", "contrast", "background"),
    "stretch": ("contrast", "paper"),
    "equalise": ("contrast", "background"),
    "denoise": ("noise", "speckle", "texture"),
    "smooth": ("noise", "speckle", "texture"),
    "denoise-thoroughly": ("noise", "speckle", "texture"),
    "watermark": ("midtones", "texture", "background"),
    "lines": ("through", "horizontal"),
    "deskew": ("tilt", "skew_gain"),
    "upscale": ("text_height", "height"),
    "sharpen": ("sharpness", "detail"),
    "deconvolve": ("sharpness", "detail"),
    "threshold": ("background", "midtones", "contrast"),
}
"""The features that a step has to do with, of which the one that speaks for it most is its reason."""

_TOGETHER: Final = 2
"""Steps that are tried together: the most promising ones."""


def features(found: Indicators) -> NDArray[np.float64]:
    """float64 [27], in the order of :data:`FEATURES`."""
    return np.append(found.values(), (abs(found.skew), abs(found.gradient)))


def standardised(
    values: NDArray[np.float64], centres: NDArray[np.float64], scales: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Features in deviations from what is usual, none further than four."""
    return np.clip((values - centres) / scales, -_FURTHEST, _FURTHEST)


def take(pixels: ImageArray, steps: tuple[str, ...], found: Indicators) -> ImageArray:
    """A line after some steps, taken one after the other."""
    for name in steps:
        pixels = STEPS[name](pixels, found)
    return pixels


def parse_plan(content: bytes) -> Plan:
    """Read the part's content.

    Raises:
        ModelError: it is not of the known form.
    """
    try:
        described = json.loads(content)
        if described["format_version"] != _FORMAT_VERSION:
            raise ModelError(f"the {PREPROCESS} has the format version {described['format_version']!r}")
        plan = Plan(
            doubt=float(described["doubt"]),
            least=float(described["least"]),
            most=int(described["most"]),
            centres=_numbers(described["centres"]),
            scales=_numbers(described["scales"]),
            rules={
                name: StepRule(_numbers(rule["slopes"]), float(rule["offset"]), float(rule["margin"]))
                for name, rule in described["steps"].items()
            },
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"the {PREPROCESS} is not of the known form ({error})") from error
    unknown = sorted(plan.rules.keys() - STEPS.keys())
    if unknown or (plan.scales <= 0).any():
        raise ModelError(f"the {PREPROCESS} holds unknown steps {unknown} or scales that are not positive")
    return plan


def describe_plan(plan: Plan) -> dict[str, Any]:
    """The content of the part; the inverse of :func:`parse_plan`."""
    return {
        "format_version": _FORMAT_VERSION,
        "doubt": plan.doubt,
        "least": plan.least,
        "most": plan.most,
        "centres": plan.centres.round(6).tolist(),
        "scales": plan.scales.round(6).tolist(),
        "steps": {
            name: {"slopes": rule.slopes.round(5).tolist(), "offset": round(rule.offset, 5), "margin": rule.margin}
            for name, rule in plan.rules.items()
        },
    }


def _numbers(values: Any) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    if array.shape != (len(FEATURES),) or not np.isfinite(array).all():
        raise ModelError(f"the {PREPROCESS} must have {len(FEATURES)} finite numbers in each of its lists")
    return array


def _sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-min(max(logit, -500.0), 500.0)))
