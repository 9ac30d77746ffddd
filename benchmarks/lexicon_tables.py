"""Tables of what lexicons cost and bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

TIMING: Final = "python -m benchmarks.lexicons DIR --time"


def effects(result: Mapping[str, Any]) -> str:
    """Lines right with lexicons that fit and that do not.

    Args:
        result: the content of ``lexicons.json``.
    """
    if "effects" not in result:
        return "Not measured yet: `python -m benchmarks.lexicons DIR` does it.\n"
    rows = [
        "| lexicon | entries | weight | right without | right with | mended | spoilt | CER without | CER with |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for one in result["effects"]:
        weight = "only" if one["weight"] is None else f"{one['weight']:g}"
        rows.append(
            f"| {one['lexicon']} | {one['entries']:,} | {weight} | {one['before']:.3f} | {one['after']:.3f} "
            f"| {one['mended']} | {one['spoilt']} | {one['cer_before']:.3f} | {one['cer_after']:.3f} |"
        )
    lines = result["effects"][0]["lines"]
    return "".join(f"{row}\n" for row in rows) + f"\n{lines} tune lines of all sets but the number plates.\n"


def costs(result: Mapping[str, Any]) -> str:
    """Time and memory of lexicons.

    Args:
        result: the content of ``lexicons.json``.
    """
    if "costs" not in result:
        return f"Not measured yet: `{TIMING}` does it.\n"
    rows = [
        "| entries | build, s | memory, MiB | proposing, ms a line | slowest line | weighing six texts | `only` |",
        "|--:|--:|--:|--:|--:|--:|--:|",
    ]
    rows += [
        f"| {one['entries']:,} | {one['build_seconds']:.2f} | {one['megabytes']:.0f} | {one['propose_ms']:.2f} "
        f"| {one['propose_worst_ms']:.2f} | {one['prefer_ms']:.2f} | {one['only_ms']:.2f} |"
        for one in result["costs"]
    ]
    return "".join(f"{row}\n" for row in rows)


def patterns(result: Mapping[str, Any]) -> str:
    """Time that the search for regular expressions takes.

    Args:
        result: the content of ``lexicons.json``.
    """
    if "patterns" not in result:
        return f"Not measured yet: `{TIMING}` does it.\n"
    rows = ["| pattern | inside of a line, ms | as the whole line, ms | slowest line |", "|---|--:|--:|--:|"]
    rows += [
        f"| `{one['pattern']}` | {one['inside_ms']:.1f} | {one['whole_ms']:.1f} | {one['worst_ms']:.1f} |"
        for one in result["patterns"]
    ]
    return "".join(f"{row}\n" for row in rows)


def peers(result: Sequence[Mapping[str, Any]]) -> str:
    """The index beside libraries.

    Args:
        result: the content of ``lexicon_peers.json``.
    """
    rows = ["| | finds | build, s | memory, MiB | ms a line |", "|---|---|--:|--:|--:|"]
    rows += [
        f"| {one['name']} | {one['finds']} | {one['build_seconds']:.2f} | {one['megabytes']:.0f} "
        f"| {one['ms_per_line']:.2f} |"
        for one in result
    ]
    return "".join(f"{row}\n" for row in rows)
