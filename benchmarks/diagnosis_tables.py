"""Tables of what mends pictures and what names causes, from their JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from lucidocr.preprocess.steps import STEPS
from lucidocr.types import CAUSES

KNOWN: Final = {"truth": "the true text", "misread": "that it is misread", "blind": "nothing"}
"""What a diagnosis is told of a line."""

_WAYS: Final = ("PP-OCRv6-small", "off", "auto", "both")


def _table(head: Sequence[str], names: int, rows: Sequence[Sequence[str]]) -> str:
    """A table whose first columns hold names and whose others hold numbers."""
    rule = "|".join(["---"] * names + ["--:"] * (len(head) - names))
    first, *others = (f"| {' | '.join(line)} |\n" for line in (head, *rows))
    return "".join((first, f"|{rule}|\n", *others))


def _points(row: Mapping[str, Any]) -> str:
    low, high = row["gain_interval"]
    return f"{100 * row['gain']:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


def bad(result: Mapping[str, Any]) -> str:
    """Kinds of bad pictures: lines right without the plan, with it and both ways."""
    rows = [
        [row["kind"], str(row["lines"]), *(f"{row['right'][way]:.3f}" for way in _WAYS), _points(row)]
        for row in result["bad"]
    ]
    spoilt = [row for row in result["bad"] if row["kind"] != "clean"]
    means = [float(np.mean([row["right"][way] for row in spoilt])) for way in _WAYS]
    gain = f"{100 * (means[2] - means[1]):+.1f}"
    rows.append(
        ["**mean of the bad ones**", str(sum(row["lines"] for row in spoilt)), *(f"{m:.3f}" for m in means), gain]
    )
    return _table(("pictures", "lines", *_WAYS, "auto - off, points"), 1, rows)


def steps(result: Mapping[str, Any]) -> str:
    """What each single step does to every kind, when it is taken on all lines."""
    kinds = [row["kind"] for row in result["bad"]]
    rows = [["none", *(f"{row['right']['off']:.3f}" for row in result["bad"])]]
    rows += [[name, *(f"{row['right'][name]:.3f}" for row in result["bad"])] for name in STEPS]
    return _table(("step", *kinds), 1, rows)


def real(result: Mapping[str, Any]) -> str:
    """Real sets as they come."""
    rows = [
        [
            row["set"], str(row["lines"]), *(f"{row['right'][way]:.3f}" for way in _WAYS[1:3]), str(row["won"]),
            str(row["lost"]), _points(row),
        ]
        for row in result["real"]
    ]  # fmt: skip
    return _table(("set", "lines", "off", "auto", "won", "lost", "auto - off, points"), 1, rows)


def costs(result: Mapping[str, Any]) -> str:
    """Milliseconds a line."""
    return _table(("work", "ms a line"), 1, [[name, f"{value:.2f}"] for name, value in result["milliseconds"].items()])


def cards(rows: Sequence[Mapping[str, Any]]) -> str:
    """Fields of photographed cards and invoices that are read right."""
    ways = list(rows[0]["right"])
    body = [[row["condition"], str(row["fields"]), *(f"{row['right'][way]:.3f}" for way in ways)] for row in rows]
    return _table(("photograph", "fields", *ways), 1, body)


def diagnosing(result: Mapping[str, Any]) -> str:
    """How often the cause is named."""
    rows = []
    for name, shown in KNOWN.items():
        for group in ("all", "one cause", "1 faults", "2 faults", "3 faults"):
            one = result[name][group]
            rows.append(
                [
                    shown, {"1 faults": "1 fault"}.get(group, group), str(one["lines"]), f"{one['top1']:.3f}",
                    f"{one['named']:.3f}", f"{one['right_when_named']:.3f}", f"{one['forced1']:.3f}",
                    f"{one['forced2']:.3f}",
                ]
            )  # fmt: skip
    head = ("told", "lines", "n", "top-1", "named", "right when named", "first of all", "first two")
    return _table(head, 2, rows)


def diagnosing_causes(result: Mapping[str, Any]) -> str:
    """Lines due to one cause alone: what is named first, with the truth given."""
    found = {row["cause"]: row for row in result["truth"]["by_cause"]}
    shown = [cause for cause in CAUSES if any(cause in row["named"] for row in found.values())]
    rows = [
        [cause, str(found[cause]["lines"]), *(str(found[cause]["named"].get(other, "")) for other in shown)]
        for cause in CAUSES
        if cause in found
    ]
    return _table(("due to", "lines", *shown), 1, rows)


def diagnosing_reliability(result: Mapping[str, Any]) -> str:
    """What the probability of the first cause is worth."""
    rows = [
        [shown, f"{row['from']:.1f}", str(row["lines"]), f"{row['said']:.2f}", f"{row['true']:.2f}"]
        for name, shown in KNOWN.items()
        for row in result[name]["reliability"]
    ]
    return _table(("told", "probability from", "lines", "mean said", "true"), 1, rows)
