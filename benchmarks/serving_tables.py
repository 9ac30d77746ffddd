"""Tables of what was measured of the service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def rates(result: Mapping[str, Any]) -> str:
    """Requests a second and latencies of every contender under every load."""
    rows = [
        "| service | clients | requests a second | p50, ms | p95, ms | p99, ms | CPU ms a request | memory, MiB |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name in dict.fromkeys(one["name"] for one in result["rates"]):
        for one in result["rates"]:
            if one["name"] == name:
                late = one["milliseconds"]
                cells = " | ".join(f"{late[share]:.0f}" if share in late else "" for share in ("p50", "p95", "p99"))
                rows.append(
                    f"| {name} | {one['clients']} | {one['per_second']:.0f} | {cells} | {one['server_ms']:.1f} "
                    f"| {one['memory_mb']:.0f} |"
                )
    asked = sum(one["right"] + one["misread"] + one["mixed_up"] for one in result["rates"])
    note = (
        f"{result['cores']} cores ({result['machine']}), which clients and service share; a request costs the clients "
        f"{_most(result, 'client_ms'):.2f} ms of processor time at most. Of {asked:,} answers "
        f"{_sum(result, 'mixed_up')} were those of another picture, {_sum(result, 'misread')} read another number, and "
        f"{_sum(result, 'broken') + _sum(result, 'refused')} requests were not answered."
    )
    return _lines([*rows, "", note])


def per_core(result: Mapping[str, Any]) -> str:
    """What a core does in a second, from the processor time of a request under the second largest load."""
    clients = sorted({one["clients"] for one in result["rates"]})[-2:][0]
    rows = ["| service | CPU ms a request | lines a second and core |", "|---|--:|--:|"]
    rows += [
        f"| {one['name']} | {one['server_ms']:.1f} | {1000 / one['server_ms']:.0f} |"
        for one in result["rates"]
        if one["clients"] == clients
    ]
    return _lines([*rows, "", f"At {clients} clients."])


def memory(result: Mapping[str, Any]) -> str:
    """Resident memory over many requests, and how the soak went."""
    watched, soaked = result["memory"], result["soak"]
    samples = watched["samples"]
    shown = [samples[round(place * (len(samples) - 1) / 4)] for place in range(5)]
    rows = [
        "| requests | " + " | ".join(f"{one['requests']:,}" for one in shown) + " |",
        "|---|" + "--:|" * len(shown),
        "| resident memory, MiB | " + " | ".join(f"{one['rss_mb']:.0f}" for one in shown) + " |",
    ]
    answers = soaked["right"] + soaked["misread"] + soaked["mixed_up"]
    note = (
        f"From the second to the last quarter its mean changed by {watched['growth_mb']:+.1f} MiB. "
        f"{soaked['clients']} clients that asked "
        f"for {soaked['seconds']:.0f} seconds got {answers:,} answers: "
        f"{soaked['mixed_up']} mixed up, {soaked['misread']} misread, {soaked['broken']} lost, {soaked['refused']} "
        f"refused; p99 {soaked['milliseconds'].get('p99', 0) / 1000:.1f} s."
    )
    return _lines([*rows, "", note])


def microbatches(result: Mapping[str, Any]) -> str:
    """Milliseconds of a line by its width and by how many are run together."""
    costs = {(one["precision"], one["width"], one["lines"]): one["ms"] for one in result["costs"]}
    sizes = sorted({lines for _, _, lines in costs})
    rows = [
        "| network | width, columns | " + " | ".join(f"{lines} at once" for lines in sizes) + " |",
        "|---|--:|" + "--:|" * len(sizes),
    ]
    for precision, width in dict.fromkeys((one["precision"], one["width"]) for one in result["costs"]):
        cells = " | ".join(f"{costs[precision, width, lines]:.2f}" for lines in sizes)
        rows.append(f"| {precision} | {width} | {cells} |")
    return _lines([*rows, "", "Processor milliseconds of a line, one thread."])


def faults(result: Mapping[str, Any]) -> str:
    """What failed, and what became of the requests."""
    rows = [
        "| what fails | clients | right | wrong | refused (503) | connection lost | p99, ms | what happened |",
        "|---|--:|--:|--:|--:|--:|--:|---|",
    ]
    for one in result["faults"]:
        seen = one["outcome"]
        wrong = seen["misread"] + seen["mixed_up"]
        late = f"{seen['milliseconds']['p99']:.0f}" if seen["milliseconds"] else ""
        rows.append(
            f"| {one['name']} | {seen['clients']} | {seen['right']} | {wrong} | {seen['refused']} | {seen['broken']} "
            f"| {late} | {one['happened']} |"
        )
    return _lines(rows)


def _most(result: Mapping[str, Any], name: str) -> float:
    return float(max(one[name] for one in result["rates"]))


def _sum(result: Mapping[str, Any], name: str) -> int:
    return int(sum(one[name] for one in result["rates"]))


def _lines(rows: list[str]) -> str:
    return "".join(f"{row}\n" for row in rows)
