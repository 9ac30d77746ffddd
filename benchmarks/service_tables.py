"""Tables of the service: its settings, and what came of mutated requests."""

from __future__ import annotations

from typing import Any

from lucidocr.cli.settings import default_of
from lucidocr.serve.settings import Settings, variable


def settings() -> str:
    """Every setting as a line: key of the file, option, variable, default, and what it is."""
    rows = ["| key | variable | default | |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        shown = default_of(field)
        rows.append(f"| `{name}` | `{variable(name)}` | {f'`{shown}`' if shown else ''} | {field.description} |")
    return "".join(f"{row}\n" for row in rows)


def fuzzing(result: dict[str, Any]) -> str:
    """What was sent and what came of it, in sentences."""
    kinds = ", ".join(f"{count:,} {name}" for name, count in result["by_kind"].items())
    statuses = ", ".join(f"{count:,} with {status}" for status, count in result["by_status"].items() if status != "0")
    closed = result["by_status"].get("0", 0)
    lines = [
        f"- sent: {result['count']:,} ({kinds})",
        f"- answered: {statuses}; {closed:,} connections closed where what was sent was no HTTP",
        f"- not as it should be: {len(result['failures'])}; errors logged: {result['logged']}",
        f"- longest answer: {result['slowest_ms'] / 1000:.1f} s",
    ]
    return "".join(f"{line}\n" for line in lines)
