"""Tables of ``results/finetuning.json`` as Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def plates(result: Mapping[str, Any]) -> str:
    """Number plates before fine-tuning and after each way of it."""
    head = (
        "| model | last six right | plates right | CER | last six, 8 bits | minutes | lines seen | lines a second |\n"
        "|---|--:|--:|--:|--:|--:|--:|--:|\n"
    )
    before = result["plates"]
    rows = [f"| bundled | {before['last_six']:.3f} | {before['lines']:.3f} | {before['cer']:.3f} | | | | |\n"]
    for arm in result["arms"]:
        found, speed = arm["plates"], arm["lines"] / (60 * arm["minutes"])
        rows.append(
            f"| {arm['name']} | {found['last_six']:.3f} | {found['lines']:.3f} | {found['cer']:.3f} "
            f"| {arm['plates_int8']['last_six']:.3f} | {arm['minutes']:.1f} | {arm['lines']:,} | {speed:.0f} |\n"
        )
    return head + "".join(rows)


def forgetting(result: Mapping[str, Any]) -> str:
    """Lines right and CER of the other sets, before and after; not of models with an alphabet of their own."""
    arms = [arm for arm in result["arms"] if arm["others"] is not None]
    head = (
        f"| set | lines | bundled | {' | '.join(arm['name'] for arm in arms)} |\n|---|--:|{'--:|' * (1 + len(arms))}\n"
    )
    rows = []
    for name, before in result["others"].items():
        found = [before, *(arm["others"][name] for arm in arms)]
        cells = " | ".join(f"{one['lines']:.3f} / {one['cer']:.3f}" for one in found)
        rows.append(f"| {name} | {before['n']} | {cells} |\n")
    return head + "".join(rows)
