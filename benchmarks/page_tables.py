"""Table of ``results/pages.json``."""

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
