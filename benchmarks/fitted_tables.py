"""Tables of what is fitted on the weights: ``results/calibration.json`` and ``results/attention.json`` as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

_HEAD: Final = (
    "| {kind} | n | right | ECE raw | ECE | of that noise | Brier raw | Brier | AUROC | wrong among the surest half |\n"
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
)

_LOOKS: Final = {
    "attention": "attention head",
    "habit": "eyes that do not see the maps, trained alike",
    "gaussian": "plain Gaussian at the centre, trained alike",
    "even": "attention head, its attention spread evenly",
}


def calibration(result: Mapping[str, Any], kind: str) -> str:
    """What the confidences are worth, a table for each precision.

    Args:
        result: the content of ``calibration.json``.
        kind: "lines" or "characters".
    """
    half = list(result["coverages"]).index(0.5)
    tables = []
    for precision, found in result["precisions"].items():
        rows = "".join(_row(row, half) for row in found[kind])
        tables.append(f"`{precision}`:\n\n{_HEAD.format(kind=f'{kind} of')}{rows}")
    return "\n".join(tables)


def _row(row: Mapping[str, Any], half: int) -> str:
    auroc = "–" if row["auroc"] is None else f"{row['auroc']:.3f}"
    shown = ("accuracy", "ece_raw", "ece", "ece_floor", "brier_raw", "brier")
    cells = " | ".join(f"{row[name]:.3f}" for name in shown)
    return f"| {row['group']} | {row['n']:,} | {cells} | {auroc} | {row['risk'][half]:.3f} |\n"


def attention(worth: Mapping[str, Any]) -> str:
    """What the attention head is worth beside its controls.

    Args:
        worth: the content of ``attention.json``.
    """
    return "".join(_attention_rows(worth))


def _attention_rows(worth: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"{worth['parameters']:,} parameters, taught by {worth['learnt_from']:,} characters, judged by "
        f"{worth['attention']['characters']:,} in faces never trained on.\n\n"
    )
    yield "| looks by | reads what the CTC reads | the same, where that is right | energy in the box | off centre |\n"
    yield "|---|--:|--:|--:|--:|\n"
    for name, label in _LOOKS.items():
        row = worth[name]
        yield (
            f"| {label} | {row['agreement']:.3f} | {row['agreement_right']:.3f} | {row['energy']:.3f} "
            f"| {row['drift']:.3f} |\n"
        )
