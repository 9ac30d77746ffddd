"""Diagnoses for a terminal: a verdict, the likeliest causes as bars, the evidence, and advice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from lucidocr.export.diagnosis_schema import DiagnosedLineRecord, DiagnosesRecord, DiagnosisRecord, FindingRecord
from lucidocr.export.diagnosis_words import CAUSE_NAMES, INDICATOR_NAMES, STEP_NAMES

_BAR: Final = 20
_SHOWN: Final = 4
"""Causes that get a bar."""

_LEAST: Final = 0.05
"""Probability from which on a cause other than the first gets one."""


def diagnoses_text(record: DiagnosesRecord) -> str:
    """Diagnoses of a picture, line by line.

    Args:
        record: of the picture.

    Returns:
        Lines that end in a line feed; a sentence where there was nothing to diagnose.
    """
    if not record["lines"]:
        lines = "line" if record["count"] == 1 else "lines"
        return f"{record['count']} {lines} read, none doubtful\n" if record["count"] else "no text found\n"
    parts = ["\n".join(_line(one, record["mode"])) for one in record["lines"]]
    others = record["count"] - len(parts)
    tail = f"\n{others} more {'line' if others == 1 else 'lines'} read, not doubtful\n" if others > 0 else ""
    return "\n\n".join(parts) + "\n" + tail


def _line(line: DiagnosedLineRecord, mode: str) -> Iterator[str]:
    diagnosis = line["diagnosis"]
    yield f"{_shown(diagnosis['reading'])}  ({diagnosis['confidence']:.1%})"
    if mode != "line":
        xs, ys = [x for x, _ in line["box"]], [y for _, y in line["box"]]
        yield f"  at x {min(xs):.0f}-{max(xs):.0f} y {min(ys):.0f}-{max(ys):.0f}"
    if diagnosis["truth"] is not None:
        yield f"  {'right' if diagnosis['right'] else 'wrong; it says'}: {_shown(diagnosis['truth'])}"
    elif line["text"] != diagnosis["reading"]:
        yield f"  read as: {_shown(line['text'])}  ({line['confidence']:.1%}), once everything is considered"
    yield from _verdict(diagnosis)
    yield from _bars(diagnosis["causes"])
    yield from _evidence(diagnosis)


def _verdict(diagnosis: DiagnosisRecord) -> Iterator[str]:
    first = diagnosis["causes"][0]
    if diagnosis["verdict"] == "nothing":
        yield "  nothing wrong was found"
    elif diagnosis["verdict"] is not None:
        yield f"  likely cause: {CAUSE_NAMES[diagnosis['verdict']]}"
    else:
        yield f"  unsure: no cause is probable enough to be named; most so {CAUSE_NAMES[first['cause']]}"


def _bars(causes: Sequence[FindingRecord]) -> Iterator[str]:
    shown = [one for number, one in enumerate(causes[:_SHOWN]) if number == 0 or one["probability"] >= _LEAST]
    width = max(len(CAUSE_NAMES[one["cause"]]) for one in shown)
    for one in shown:
        bar = "█" * round(_BAR * one["probability"])
        yield f"  {CAUSE_NAMES[one['cause']].ljust(width)}  {bar.ljust(_BAR, '·')} {one['probability']:4.0%}"


def _evidence(diagnosis: DiagnosisRecord) -> Iterator[str]:
    """What speaks for the likeliest cause, which fixes were tested, and what to do."""
    first = diagnosis["causes"][0]
    if first["cause"] == "nothing":
        return
    yield from (f"  - {part}" for part in evidence_of(first))
    yield from _fixes(diagnosis)
    if diagnosis["verdict"] is not None:
        yield f"  advice: {first['advice']}"


def evidence_of(finding: FindingRecord) -> list[str]:
    """What speaks for a cause, sentence by sentence."""
    parts = [
        f"{name}: {one['value']:.3g}, usually {one['low']:.3g} to {one['high']:.3g}{f' {unit}' if unit else ''}"
        for one in finding["indicators"]
        for name, unit in (INDICATOR_NAMES[one["name"]],)
    ]
    pair = finding["look_alike"]
    if pair is not None:
        lead = "" if pair["margin"] is None else f", which it leads by {pair['margin']:.1f} nats"
        parts.append(f"{_shown(pair['char'])} looks like {_shown(pair['other'])} ({pair['likeness']:.2f}){lead}")
    parts += [
        f"{_shown(one['char'])} looks unlike plain print ({one['likeness']:.2f}, usually above {one['usual']:.2f})"
        for one in finding["resemblances"]
    ]
    if finding["heat_on_background"] is not None:
        parts.append(f"its heat lies on lines {finding['heat_on_background']:.1f} times as often as by chance")
    return parts


def _fixes(diagnosis: DiagnosisRecord) -> Iterator[str]:
    """Steps that were tried and changed the reading, the surest first; or that those of the first cause did not."""
    tested = [test for finding in diagnosis["causes"] for test in finding["tested"]]
    changed = [test for test in tested if test["after"] != test["before"]]
    helped = [test for test in changed if test["right"] or (test["right"] is None and test["gain"] > 0)]
    for test in sorted(helped, key=lambda one: -one["confidence"])[:3]:
        mark = ", which is right" if test["right"] else ""
        read = f"{_shown(test['after'])} ({test['confidence']:.1%}){mark}"
        yield f"  fix tested: {STEP_NAMES[test['step']]}, it reads {read}"
    if not helped and tested:
        yield "  fixes tested: none of the steps makes it read better"


def _shown(text: str) -> str:
    return f"“{text}”" if text else "nothing"
