"""Tables of ``results/pages.json`` and ``results/turning.json``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def markdown(result: Mapping[str, Any]) -> str:
    """How pages are read, a row for each set, and where the time goes."""
    rows = [
        "| set | part | rule | pages | lines | found | right | CER | beside | s a page | detection | reading | rest |",
        "|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for one in result["sets"]:
        shares = " | ".join(f"{one[name]:.3f}" for name in ("found", "right", "cer", "beside"))
        times = " | ".join(f"{one[name]:.0%}" for name in ("detection", "recognition", "rest"))
        rows.append(
            f"| {one['dataset']} | {one['part']} | {one['rule']} | {one['pages']} | {one['lines']:,} | {shares} "
            f"| {one['seconds']:.2f} | {times} |"
        )
    return "".join(f"{row}\n" for row in rows)


def turning(result: Mapping[str, Any]) -> str:
    """What tells pages that stand upright from those on their heads."""
    found = result["summary"]
    head = ["| lines read both ways | greatest gain, upright | least gain, on their heads |", "|--:|--:|--:|"]
    rows = [
        f"| {one['lines']} | {one['greatest_upright']:.2f} | {one['least_inverted']:.2f} |" for one in found["gains"]
    ]
    confidences = (
        f"Mean confidence of a character: at least {found['least_confidence_upright']:.3f} upright, "
        f"at most {found['greatest_confidence_inverted']:.3f} on their heads."
    )
    columns = f"Lines on their sides gain at most {found['greatest_standing']:.2f} as columns."
    return "".join(f"{row}\n" for row in [*head, *rows, "", f"{found['pages']} tune pages. {confidences} {columns}"])
