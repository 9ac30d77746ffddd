"""From the network's probabilities to confidences that mean what they say (Platt 1999).

A calibration belongs to the weights and to their precision: it is the model part ``calibration.json``::

    {"format_version": 1,
     "precisions": {"fp32": {"line": {"slope_log_prob": 0.9, "slope_log_cost": -0.2, "offset": 0.1},
                             "character": {"slope": 0.8, "offset": 0.0}}}}

A model without the part, or without an entry for the precision, shows its probabilities as they are.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from lucidocr.errors import ModelError
from lucidocr.model import Model

CALIBRATION: Final = "calibration.json"
"""The model part that holds the calibrations of all precisions."""

_FORMAT_VERSION: Final = 1

_TINIEST: Final = 1e-12
"""Probabilities are kept this far from 0 and 1 before their logit is taken."""


@dataclass(frozen=True, slots=True)
class LineCalibration:
    """Logit of a line's confidence: ``slope_log_prob * l + slope_log_cost * log(-l) + offset``, with l = log P(text).

    Attributes:
        slope_log_prob: not negative.
        slope_log_cost: not positive, so that the confidence rises with P(text).
        offset: any number.
    """

    slope_log_prob: float
    slope_log_cost: float
    offset: float

    def __post_init__(self) -> None:
        _check_finite(self)
        if self.slope_log_prob < 0 or self.slope_log_cost > 0:
            raise ModelError("a line's calibration must not fall as its probability rises")


@dataclass(frozen=True, slots=True)
class CharacterCalibration:
    """Logit of a character's confidence: ``slope * logit(probability) + offset``.

    Attributes:
        slope: not negative.
        offset: any number.
    """

    slope: float
    offset: float

    def __post_init__(self) -> None:
        _check_finite(self)
        if self.slope < 0:
            raise ModelError("a character's calibration must not fall as its probability rises")


@dataclass(frozen=True, slots=True)
class Calibration:
    """What turns the network's probabilities into confidences; without its parts it leaves them as they are.

    Attributes:
        lines: for whole strings.
        characters: for single characters.
    """

    lines: LineCalibration | None = None
    characters: CharacterCalibration | None = None

    def line(self, log_prob: float) -> float:
        """The probability in [0, 1] that a whole string is right.

        Args:
            log_prob: natural log of the network's P(text | picture).
        """
        if self.lines is None:
            return min(math.exp(log_prob), 1.0)
        if log_prob == -math.inf:
            return 0.0
        linear, log_cost = line_features(log_prob)
        return sigmoid(self.lines.slope_log_prob * linear + self.lines.slope_log_cost * log_cost + self.lines.offset)

    def character(self, probability: float) -> float:
        """The probability in [0, 1] that a character is right.

        Args:
            probability: its posterior against all other characters and none, the rest of the line as read.
        """
        if self.characters is None:
            return min(max(probability, 0.0), 1.0)
        return sigmoid(self.characters.slope * character_feature(probability) + self.characters.offset)


def line_features(log_prob: float) -> tuple[float, float]:
    """What a line's calibration weighs: l and log(-l), for l = log P(text), kept away from 0."""
    cost = max(-log_prob, _TINIEST)
    return -cost, math.log(cost)


def character_feature(probability: float) -> float:
    """What a character's calibration weighs: the logit of a probability that is kept away from 0 and 1."""
    return logit(probability, _TINIEST)


IDENTITY: Final = Calibration()
"""Probabilities as they are."""


def load_calibration(model: Model, precision: str = "fp32") -> Calibration:
    """Read a model's calibration.

    Args:
        model: the model folder.
        precision: of the network that reads, "fp32" or "int8".

    Returns:
        :data:`IDENTITY` where the model has none for this precision.

    Raises:
        ModelError: the part is altered or not of the known form.
    """
    if CALIBRATION not in model:
        return IDENTITY
    return parse_calibration(model.read_part(CALIBRATION), precision)


def parse_calibration(content: bytes, precision: str) -> Calibration:
    """One precision's calibration out of the part's content.

    Raises:
        ModelError: the content is not of the known form.
    """
    try:
        described = json.loads(content)
    except ValueError as error:
        raise ModelError(f"the {CALIBRATION} is not JSON") from error
    if not isinstance(described, dict) or described.keys() != {"format_version", "precisions"}:
        raise ModelError(f"the {CALIBRATION} holds something else than a format version and precisions")
    if described["format_version"] != _FORMAT_VERSION:
        raise ModelError(f"the {CALIBRATION} has the format version {described['format_version']!r}")
    precisions = described["precisions"]
    if not isinstance(precisions, dict):
        raise ModelError(f"the {CALIBRATION} lists no precisions")
    entry = precisions.get(precision)
    if entry is None:
        return IDENTITY
    if not isinstance(entry, dict) or entry.keys() != {"line", "character"}:
        raise ModelError(f"the {CALIBRATION} says of {precision!r} something else than line and character")
    return Calibration(
        LineCalibration(**_numbers(entry["line"], LineCalibration)),
        CharacterCalibration(**_numbers(entry["character"], CharacterCalibration)),
    )


def _numbers(entry: object, kind: type[LineCalibration | CharacterCalibration]) -> Mapping[str, float]:
    wanted = {field.name for field in fields(kind)}
    if not isinstance(entry, dict) or entry.keys() != wanted:
        raise ModelError(f"a calibration in {CALIBRATION} must have {sorted(wanted)}")
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in entry.values()):
        raise ModelError(f"a calibration in {CALIBRATION} holds something else than numbers")
    return {name: float(value) for name, value in entry.items()}


def _check_finite(calibration: Any) -> None:
    if not all(math.isfinite(getattr(calibration, field.name)) for field in fields(calibration)):
        raise ModelError("a calibration holds a number that is not finite")


def logit(probability: float, away: float = 1e-9) -> float:
    """Natural log of the odds of a probability that is kept so far away from 0 and 1."""
    kept = min(max(probability, away), 1 - away)
    return math.log(kept) - math.log1p(-kept)


def sigmoid(logit: float) -> float:
    """``1 / (1 + exp(-logit))`` without overflow."""
    if logit >= 0:
        return 1 / (1 + math.exp(-logit))
    power = math.exp(logit)
    return power / (1 + power)
