"""One score for candidate texts from anywhere: what each source says of a text, weighed and added up.

The score is log-linear (Och and Ney 2002). Its weights, and the calibration of what comes out, belong to the weights of
the network and to its precision. They are the model part ``correction.json``::

    {"format_version": 1, "language": "ab...",
     "precisions": {"fp32": {"alone": {...}, "asked": {...}, "doubt": 0.98, "ask": 0.8}}}

``language`` is the SHA-256 of the language model that they were fitted with. ``alone`` holds the :class:`Fusion` of
the recogniser with the language model, ``asked`` the one that another recogniser takes part in; ``doubt`` is the
confidence below which texts are compared at all, ``ask`` the one below which another recogniser is asked.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lucidocr.calibration import logit, sigmoid
from lucidocr.errors import ModelError
from lucidocr.model import Model
from lucidocr.types import Terms

CORRECTION: Final = "correction.json"
"""The model part that holds the weights of all precisions."""

_FORMAT_VERSION: Final = 1

FAINTEST: Final = -60.0
"""Log-probability that stands for all below it: how impossible a text is does not matter any more."""


def _check_finite(value: Any) -> None:
    if not all(math.isfinite(getattr(value, field.name)) for field in fields(value)):
        raise ModelError(f"the {CORRECTION} holds a number that is not finite")


@dataclass(frozen=True, slots=True)
class FusionWeights:
    """What each term counts for.

    Attributes:
        recogniser: of log P(text | picture) by the CRNN.
        opinion: of the same by the other recogniser.
        language: of the text's advantage by the language model.
        kept: of being the reading that the CRNN made by itself.
        lexicon: of the lexicon's log preference.
    """

    recogniser: float = 1.0
    opinion: float = 0.0
    language: float = 0.0
    kept: float = 0.0
    lexicon: float = 1.0

    def __post_init__(self) -> None:
        _check_finite(self)


@dataclass(frozen=True, slots=True)
class FusionCalibration:
    """Logit of the confidence that the winner is right.

    ``slope_cost * log(-log P) + slope_opinion * log(-log Q) + slope_share * logit(share) + offset``: P and Q are the
    winner's probabilities by the CRNN and by the other recogniser, the share is its probability among those compared.

    Attributes:
        slope_cost: not positive.
        slope_opinion: not positive; zero where no other recogniser takes part.
        slope_share: not negative.
        offset: any number.
        slope_character: of the logit of a character's posterior by the CRNN, for its confidence; not negative.
        slope_character_opinion: of the same by the other recogniser; not negative.
        offset_character: any number.
    """

    slope_cost: float
    slope_opinion: float
    slope_share: float
    offset: float
    slope_character: float
    slope_character_opinion: float
    offset_character: float

    def __post_init__(self) -> None:
        _check_finite(self)
        if self.slope_cost > 0 or self.slope_opinion > 0 or self.slope_share < 0:
            raise ModelError("a correction's confidence must not fall as its evidence grows")
        if self.slope_character < 0 or self.slope_character_opinion < 0:
            raise ModelError("a character's confidence must not fall as its probability rises")

    def line(self, features: tuple[float, float, float]) -> float:
        """The probability in [0, 1] that the winner is right; see :func:`line_evidence`."""
        slopes = (self.slope_cost, self.slope_opinion, self.slope_share)
        return sigmoid(sum(slope * value for slope, value in zip(slopes, features, strict=True)) + self.offset)

    def characters(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """The probabilities in [0, 1] that characters are right: float64 [K] from [K, 2] of character_evidence."""
        slopes = np.array([self.slope_character, self.slope_character_opinion])
        logits = features @ slopes + self.offset_character
        return np.asarray(1 / (1 + np.exp(-np.clip(logits, -500, 500))), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Fusion:
    """Weights, and the calibration that belongs to them."""

    weights: FusionWeights
    calibration: FusionCalibration


UNFITTED: Final = Fusion(FusionWeights(), FusionCalibration(-1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0))
"""What stands for a fusion that was not fitted: a lexicon's preference is added to log P, the confidence is about P."""


@dataclass(frozen=True, slots=True)
class FusionPlan:
    """When texts are compared, and how.

    Attributes:
        alone: without another recogniser.
        asked: with one.
        doubt: confidence below which texts are compared at all.
        ask: confidence below which another recogniser is asked.
    """

    alone: Fusion
    asked: Fusion
    doubt: float
    ask: float

    def __post_init__(self) -> None:
        if not (0 <= self.doubt <= 1 and 0 <= self.ask <= 1):
            raise ModelError("a confidence below which texts are compared lies outside of [0, 1]")


def term_values(terms: Terms, kept: bool) -> tuple[float, ...]:
    """What a text's weights are multiplied with, in the order of :class:`FusionWeights`; absent terms are zero."""
    return (
        max(terms.recogniser, FAINTEST),
        max(terms.opinion, FAINTEST) if terms.opinion is not None else 0.0,
        terms.language or 0.0,
        float(kept),
        terms.lexicon or 0.0,
    )


def score(values: Sequence[Sequence[float]] | NDArray[np.float64], weights: FusionWeights) -> NDArray[np.float64]:
    """Scores of several texts: float64 [N] from N rows of :func:`term_values`."""
    factors = np.array([getattr(weights, field.name) for field in fields(weights)])
    return np.asarray(np.asarray(values, dtype=np.float64).reshape(-1, len(factors)) @ factors, dtype=np.float64)


def shares(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of texts among those compared: float64 [N], summing to one."""
    return np.asarray(np.exp(scores - np.logaddexp.reduce(scores)), dtype=np.float64)


_LEAST_COST: Final = 1e-9
_TINIEST: Final = 1e-9


def line_evidence(terms: Terms, share: float) -> tuple[float, float, float]:
    """What a correction's confidence weighs; see :class:`FusionCalibration`."""
    return _log_cost(terms.recogniser), _log_cost(terms.opinion) if terms.opinion is not None else 0.0, logit(share)


def character_evidence(own: NDArray[np.float64], opinion: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """What the confidences of K characters weigh.

    Args:
        own: float64 [K], posteriors by the CRNN.
        opinion: float64 [K], posteriors by the other recogniser, where it gives any.

    Returns:
        float64 [K, 2], logits; zero for what is not known.
    """
    logits = [
        np.log(kept) - np.log1p(-kept) for kept in (_inside(own), _inside(opinion if opinion is not None else own))
    ]
    if opinion is None:
        logits[1][:] = 0.0
    return np.column_stack(logits)


def load_plan(model: Model, precision: str) -> FusionPlan | None:
    """Read a model's plan.

    Args:
        model: the model folder.
        precision: of the network that reads, "fp32" or "int8".

    Returns:
        None where the model has none for this precision: its readings are then not corrected.

    Raises:
        ModelError: the part is altered or not of the known form.
    """
    if CORRECTION not in model:
        return None
    try:
        described = json.loads(model.read_part(CORRECTION))
    except ValueError as error:
        raise ModelError(f"the {CORRECTION} is not JSON") from error
    if not isinstance(described, dict) or described.get("format_version") != _FORMAT_VERSION:
        raise ModelError(f"the {CORRECTION} is not of the format version {_FORMAT_VERSION}")
    entry = described.get("precisions", {}).get(precision)
    return None if entry is None else _plan(entry)


def _plan(entry: Any) -> FusionPlan:
    try:
        return FusionPlan(_fusion(entry["alone"]), _fusion(entry["asked"]), float(entry["doubt"]), float(entry["ask"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"the {CORRECTION} lacks something or holds something else than numbers") from error


def _fusion(entry: Mapping[str, Mapping[str, float]]) -> Fusion:
    weights = {name: float(value) for name, value in entry["weights"].items()}
    calibration = {name: float(value) for name, value in entry["calibration"].items()}
    return Fusion(FusionWeights(**weights), FusionCalibration(**calibration))


def _log_cost(log_prob: float) -> float:
    return math.log(max(-max(log_prob, FAINTEST), _LEAST_COST))


def _inside(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(probabilities, _TINIEST, 1 - _TINIEST)
