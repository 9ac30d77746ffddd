"""Tables of ``results/batch.json``, and what a million pages need after it and ``results/pages.json``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

PAGES: Final = 1_000_000
CORES: Final = 16
"""Cores of the machine that hours are said for."""

HOURS: Final = 24
"""Hours within which machines are to be done."""


def speed(result: Mapping[str, Any]) -> str:
    """Pages a second by jobs."""
    rows = [
        "| jobs | pages | seconds | pages a second | beside one job | memory of a worker, MiB | of the batch, MiB |",
        "|--:|--:|--:|--:|--:|--:|--:|",
    ]
    first = result["speed"][0]["pages_per_second"]
    rows += [
        f"| {one['jobs']} | {one['pages']} | {one['seconds']:.0f} | {one['pages_per_second']:.2f} "
        f"| {one['pages_per_second'] / first:.2f} | {one['worker_mb']:.0f} | {one['parent_mb']:.0f} |"
        for one in result["speed"]
    ]
    note = (
        f"Drawn pages of {result['lines_per_page']} lines, {result['cores']} cores ({result['machine']}); the start of "
        "the processes is counted."
    )
    return _lines([*rows, "", note])


def listing(result: Mapping[str, Any]) -> str:
    """Memory and time of documents that are not read, and what is done beside reading."""
    rows = [
        "| documents | run | seconds | memory before, MiB | most memory, MiB | journal, MiB |",
        "|--:|---|--:|--:|--:|--:|",
    ]
    names = {"new": "first", "resume": "resumed, all done"}
    rows += [
        f"| {one['documents']:,} | {names[one['begin']]} | {one['seconds']:.0f} | {one['before_mb']:.0f} "
        f"| {one['peak_mb']:.0f} | {one['journal_mb']:.0f} |"
        for one in result["listing"]
    ]
    found = result["overhead"]
    note = (
        f"An entry in the journal takes {1000 * found['journal']:.0f} µs. All that is done for a document beside "
        f"reading it (listing, a small file written and synced, renamed, noted) takes {found['all']:.1f} ms, mean of "
        f"{found['documents']:,}."
    )
    return _lines([*rows, "", note])


def kill(result: Mapping[str, Any]) -> str:
    """What became of a batch that was killed."""
    found = result["kill"]
    moments = ", ".join(map(str, found["kills"]))
    outcome = "the same files, byte for byte" if found["identical"] else "**other files**"
    return (
        f"{found['pages']} pages, killed (signal 9) when {moments} were done: {outcome}, as without kills; "
        f"{found['twice']} documents noted twice, {found['left']} processes left over.\n"
    )


def efficiency(result: Mapping[str, Any]) -> float:
    """Pages a second and job with the most jobs measured, beside one job alone; at most 1."""
    first, last = result["speed"][0], max(result["speed"], key=lambda one: int(one["jobs"]))
    rates = [float(one["pages_per_second"]) / int(one["jobs"]) for one in (first, last)]
    return min(1.0, rates[1] / rates[0])


def million(batch: Mapping[str, Any], pages: Mapping[str, Any]) -> str:
    """Cores, hours and machines for a million pages, by the kind of page."""
    share = efficiency(batch)
    rows = [
        f"| pages like those of | s a page | core hours | hours, {CORES} cores | such machines for {HOURS} hours |",
        "|---|--:|--:|--:|--:|",
    ]
    for one in pages["sets"]:
        seconds = one["seconds"] * pages["threads"] / share + batch["overhead"]["all"] / 1000
        core_hours = PAGES * seconds / 3600
        rows.append(
            f"| {one['dataset']} | {one['seconds']:.2f} | {core_hours:,.0f} | {core_hours / CORES:,.0f} "
            f"| {core_hours / CORES / HOURS:.1f} |"
        )
    note = (
        f"Seconds a page times a million, divided by {share:.2f}, which is what a job does beside others, as measured "
        f"with {max(one['jobs'] for one in batch['speed'])} jobs, plus the milliseconds beside reading."
    )
    return _lines([*rows, "", note])


def _lines(rows: list[str]) -> str:
    return "".join(f"{row}\n" for row in rows)
