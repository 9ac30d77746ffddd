"""Tables of ``results/latency.json``, ``results/accuracy.json`` and ``results/precision.json``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import mean, median
from typing import Any

FINE_TUNING_ONLY = "plates_cn"
"""A set that general readers are not made for; it is not part of a mean."""


def _lines(rows: Iterable[str]) -> str:
    return "".join(f"{row}\n" for row in rows)


def latency(result: Mapping[str, Any]) -> str:
    """How long runs take, and how many times as long the peer takes."""
    rows = [
        "| network | threads | lines at once | ms | times as fast as PP-OCRv6-small | quartiles |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for one in result["timings"]:
        ratio = one["ratio"]
        rows.append(
            f"| {one['name']} | {one['threads']} | {one['lines']} | {one['ms']['median']:.2f} | {ratio['median']:.1f} "
            f"| {ratio['lower']:.1f} to {ratio['upper']:.1f} |"
        )
    return _lines(rows)


def starts(result: Mapping[str, Any]) -> str:
    """What a fresh process needs."""
    rows = ["| network | loading, ms | first run, ms | peak memory, MiB |", "|---|--:|--:|--:|"]
    rows += [
        f"| {one['name']} | {one['load_ms']:.0f} | {one['first_ms']:.0f} | {one['peak_mb']:.0f} |"
        for one in result["starts"]
    ]
    return _lines(rows)


def peers(result: Mapping[str, Any]) -> str:
    """One row for every reader: mean share of lines right by script, and the time of a line."""
    rows = [
        "| model | Chinese accuracy | English accuracy | CPU latency, ms a line | needs a GPU |",
        "|---|--:|--:|--:|---|",
    ]
    scores = result["scores"]
    for model in dict.fromkeys(one["model"] for one in scores):
        own = [one for one in scores if one["model"] == model]
        right = (_mean_accuracy(own, script) for script in ("zh", "en"))
        rows.append(f"| {model} | {' | '.join(right)} | {median(one['ms'] for one in own):.1f} | no |")
    return _lines(rows) + _skipped(result)


def _mean_accuracy(scores: Sequence[Mapping[str, Any]], script: str) -> str:
    found = [one["line_accuracy"] for one in scores if one["script"] == script and one["dataset"] != FINE_TUNING_ONLY]
    return f"{mean(found):.3f}" if found else "–"


def accuracy(result: Mapping[str, Any]) -> str:
    """Share of lines right and CER of every reader on every set."""
    scores = result["scores"]
    models = list(dict.fromkeys(one["model"] for one in scores))
    rows = ["| set | " + " | ".join(models) + " |", "|---|" + "--:|" * len(models)]
    for dataset in dict.fromkeys(one["dataset"] for one in scores):
        found = {one["model"]: one for one in scores if one["dataset"] == dataset}
        cells = (
            f"{found[model]['line_accuracy']:.3f} / {found[model]['cer']:.3f}" if model in found else "–"
            for model in models
        )
        rows.append(f"| {dataset} | " + " | ".join(cells) + " |")
    return _lines(rows) + _skipped(result)


def precision(result: Sequence[Mapping[str, Any]]) -> str:
    """Every set in full precision and in eight bits."""
    rows = [
        "| set (tune) | lines | right, fp32 | right, int8 | CER, fp32 | CER, int8 | other readings |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for one in result:
        full, eight = one["fp32"], one["int8"]
        rows.append(
            f"| {one['dataset']} | {one['n']} | {full['line_accuracy']:.3f} | {eight['line_accuracy']:.3f} "
            f"| {full['cer']:.3f} | {eight['cer']:.3f} | {one['changed']} |"
        )
    return _lines(rows)


def _skipped(result: Mapping[str, Any]) -> str:
    if not result["skipped"]:
        return ""
    return "\n" + _lines(f"{one['model']} is left out ({one['script']}): {one['reason']}." for one in result["skipped"])
