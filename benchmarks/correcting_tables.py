"""Tables of what helps with doubtful lines: ``results/correcting.json`` as Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def ways(result: Mapping[str, Any]) -> str:
    """Lines right, CER and milliseconds of each way to read, by set and over all."""
    names = list(result["all"])
    head = f"| set | lines | {' | '.join(names)} |\n|---|--:|{'--:|' * len(names)}\n"
    rows = "".join(
        f"| {row['set']} | {row['n']} | {' | '.join(_cell(row['ways'][name]) for name in names)} |\n"
        for row in result["sets"]
    )
    every = [result["all"][name] for name in names]
    count = sum(row["n"] for row in result["sets"])
    total = " | ".join(f"{one['lines']:.3f} / – / {one['ms']:.1f}" for one in every)
    means = " | ".join(f"{one['sets']:.3f}" for one in every)
    return f"{head}{rows}| all lines | {count:,} | {total} |\n| mean of the sets | | {means} |\n"


def summary(result: Mapping[str, Any]) -> str:
    """Every way to read over all lines: share right, its mean over the sets, milliseconds of a line."""
    head = "| reader | lines right | mean of the sets | ms a line |\n|---|--:|--:|--:|\n"
    return head + "".join(
        f"| {name} | {one['lines']:.3f} | {one['sets']:.3f} | {one['ms']:.1f} |\n"
        for name, one in result["all"].items()
    )


def _cell(figures: Mapping[str, float]) -> str:
    return f"{figures['lines']:.3f} / {figures['cer']:.3f} / {figures['ms']:.1f}"


def differences(result: Mapping[str, Any]) -> str:
    """Accuracy of default reading minus that of PP-OCRv6-small, by set, and the share of lines it was asked about."""
    head = "| set | lines | difference, points | 95 % interval | asked |\n|---|--:|--:|--:|--:|\n"
    return head + "".join(
        f"| {row['set']} | {row['n']} | {100 * row['difference'][0]:+.1f} "
        f"| {100 * row['difference'][1]:+.1f} to {100 * row['difference'][2]:+.1f} "
        f"| {row['ways']['+ second opinion']['asked']:.0%} |\n"
        for row in result["sets"]
    )


def asking(result: Mapping[str, Any]) -> str:
    """Cost against accuracy, by the confidence below which another recogniser is asked."""
    head = "| asked below | lines asked | lines right | mean of the sets | ms a line |\n|--:|--:|--:|--:|--:|\n"
    return head + "".join(
        f"| {one['threshold']:.2f} | {one['asked']:.0%} | {one['lines']:.3f} | {one['sets']:.3f} | {one['ms']:.1f} |\n"
        for one in result["curve"]
    )


def confidences(result: Mapping[str, Any]) -> str:
    """What confidences are worth, alone and corrected: lines, compared lines and characters."""
    names = ("reading", "confidences of", "n", "right", "ECE", "of that noise", "Brier", "AUROC")
    head = f"| {' | '.join(names)} |\n|---|---|{'--:|' * 6}\n"
    rows = []
    for name, found in result.items():
        shown = [(f"lines, {row['group']}", row) for row in found["lines"] if row["group"] in {"all", "compared"}]
        for label, row in [*shown, ("characters", found["characters"][0])]:
            figures = " | ".join(f"{row[key]:.3f}" for key in ("accuracy", "ece", "ece_floor", "brier"))
            auroc = "–" if row["auroc"] is None else f"{row['auroc']:.3f}"
            rows.append(f"| {name} | {label} | {row['n']:,} | {figures} | {auroc} |\n")
    return head + "".join(rows)
