"""What the figures of ``results/explaining.json`` say against a method: the source of ``explain/unsound.json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lucidocr.explain.methods import ATTENTION

LEAST_PART = 0.5
"""Least part that a method must reach of what deletion does in the true box, what it does elsewhere deducted from both.

The ratio of both alone would depend on the length of the line: a random place in a short word is often the character.
"""

MOST_LIKENESS = 0.5
"""Highest rank correlation with the maps of a network whose weights are all shuffled; the goal is lower still."""

CONTROLS = ("true box", "ink in the interval", "blurred HiResCAM", "Gaussian")
"""Maps that know nothing of the network, or hardly anything, but where the character is."""


def verdict(rows: Sequence[Mapping[str, Any]], predicting: Mapping[str, float] | None = None) -> dict[str, str]:
    """The methods that fail a sanity check on any set, with the reason in a sentence.

    Args:
        rows: one per set and method, see ``Figures`` in :mod:`benchmarks.explaining_figures`.
        predicting: how often the attention head, and a head with a plain Gaussian for attention, tell the network's
            answer; None without a head.
    """
    found: dict[str, str] = {}
    for row in rows:
        method = row["method"]
        if method not in CONTROLS and method not in found:
            reason = _reason(row, {other["method"]: other for other in rows if other["dataset"] == row["dataset"]})
            if reason:
                found[method] = reason
    if predicting and ATTENTION not in found and predicting["attention"] <= predicting["gaussian"]:
        found[ATTENTION] = "A plain Gaussian around the character's centre tells the network's answer as well."
    return found


def _reason(row: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]]) -> str | None:
    """What is against one method on one set, or None."""
    box = others["true box"]
    if row["deletion"] - row["elsewhere"] < LEAST_PART * (box["deletion"] - box["elsewhere"]):
        return "Erasing what it marks lowers a character's lead hardly more than erasing as much elsewhere."
    if row["method"] == ATTENTION:  # which is told the place, so that its maps lie there whatever the network learned
        plain = row["deletion"] <= others["Gaussian"]["deletion"]
        return (
            "Erasing what it marks lowers a lead no more than erasing around the character's centre." if plain else None
        )
    if row["likeness"] is not None and row["likeness"] > MOST_LIKENESS:
        return "Its maps stay much the same when everything that the network learned is taken away."
    return None
