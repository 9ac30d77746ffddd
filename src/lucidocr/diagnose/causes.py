"""From what an examination found to the probabilities of causes: the model part ``diagnosis.json``.

A few networks of one hidden layer, whose answers are averaged::

    {"format_version": 1, "names": [...], "centres": [...], "scales": [...], "usual": {"noise": [0.01, 0.2]},
     "usual_likeness": 0.4, "least": 0.4,
     "members": [{"first": [[...]], "offsets": [...], "last": [[...]], "last_offsets": [...]}]}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lucidocr.errors import ModelError
from lucidocr.types import CAUSES

DIAGNOSIS: Final = "diagnosis.json"
"""The model part that holds the networks."""

_FORMAT_VERSION: Final = 1
_FURTHEST: Final = 5.0
_DIGITS: Final = 4

Member = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""float64 [H, F], [H], [C, H], [C]: weights and offsets of the hidden layer and of the last one."""


@dataclass(frozen=True, slots=True, eq=False)
class Causes:
    """Names causes.

    Attributes:
        names: of the F features, in order.
        centres: float64 [F], means of the features.
        scales: float64 [F], their deviations.
        members: the networks.
        usual: by indicator, the range of nine in ten lines that are read right.
        usual_likeness: of a character to plain print, the lowest of nine in ten that are read right.
        least: probability below which no cause is named.
    """

    names: tuple[str, ...]
    centres: NDArray[np.float64]
    scales: NDArray[np.float64]
    members: tuple[Member, ...]
    usual: Mapping[str, tuple[float, float]]
    usual_likeness: float
    least: float

    def probabilities(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """float64 [C], the probability of each of :data:`lucidocr.types.CAUSES`; they add up to one.

        Args:
            values: float64 [F], the features.
        """
        design = np.clip((values - self.centres) / self.scales, -_FURTHEST, _FURTHEST)
        total = np.zeros(len(CAUSES))
        for first, offsets, last, last_offsets in self.members:
            logits = last @ np.maximum(first @ design + offsets, 0) + last_offsets
            powers = np.exp(logits - logits.max())
            total += powers / powers.sum()
        return total / len(self.members)


def parse_causes(content: bytes) -> Causes:
    """Read the part's content.

    Raises:
        ModelError: it is not of the known form.
    """
    try:
        described = json.loads(content)
        if described["format_version"] != _FORMAT_VERSION:
            raise ModelError(f"the {DIAGNOSIS} has the format version {described['format_version']!r}")
        names = tuple(map(str, described["names"]))
        members = tuple(
            (
                _numbers(one["first"], (None, len(names))),
                _numbers(one["offsets"], (None,)),
                _numbers(one["last"], (len(CAUSES), None)),
                _numbers(one["last_offsets"], (len(CAUSES),)),
            )
            for one in described["members"]
        )
        centres, scales = _numbers(described["centres"], (len(names),)), _numbers(described["scales"], (len(names),))
        usual = {str(name): (float(low), float(high)) for name, (low, high) in described["usual"].items()}
        likeness, least = float(described["usual_likeness"]), float(described["least"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"the {DIAGNOSIS} is not of the known form ({error})") from error
    if not members or (scales <= 0).any() or any(len(m[0]) != len(m[1]) or len(m[1]) != m[2].shape[1] for m in members):
        raise ModelError(f"the {DIAGNOSIS} holds layers that do not fit together")
    return Causes(names, centres, scales, members, usual, likeness, least)


def describe_causes(causes: Causes) -> dict[str, Any]:
    """The content of the part; the inverse of :func:`parse_causes`."""
    return {
        "format_version": _FORMAT_VERSION,
        "names": list(causes.names),
        "centres": causes.centres.round(6).tolist(),
        "scales": causes.scales.round(6).tolist(),
        "usual": {name: [round(low, 5), round(high, 5)] for name, (low, high) in causes.usual.items()},
        "usual_likeness": round(causes.usual_likeness, 4),
        "least": causes.least,
        "members": [
            {
                "first": first.round(_DIGITS).tolist(),
                "offsets": offsets.round(_DIGITS).tolist(),
                "last": last.round(_DIGITS).tolist(),
                "last_offsets": last_offsets.round(_DIGITS).tolist(),
            }
            for first, offsets, last, last_offsets in causes.members
        ],
    }


def _numbers(values: Any, shape: tuple[int | None, ...]) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    fits = array.ndim == len(shape) and all(want in (None, have) for want, have in zip(shape, array.shape, strict=True))
    if not fits or not np.isfinite(array).all():
        raise ModelError(f"the {DIAGNOSIS} holds lists of another length, or numbers that are not finite")
    return array
