"""Diagnoses as JSON; their shape is that of :mod:`lucidocr.export.diagnosis_schema`."""

from __future__ import annotations

import math

from lucidocr.export.diagnosis_schema import (
    FORMAT_VERSION,
    CounterfactualRecord,
    DiagnosedLineRecord,
    DiagnosesRecord,
    DiagnosisRecord,
    FindingRecord,
    LookAlikeRecord,
)
from lucidocr.export.preparation import preparation_record
from lucidocr.export.step_pictures import picture_text, step_pictures
from lucidocr.metrics import Rule, is_right
from lucidocr.types import (
    Counterfactual,
    DiagnosedLine,
    DiagnosedPage,
    Diagnosis,
    Finding,
    ImageArray,
    LookAlike,
    Measured,
)


def diagnoses_record(page: DiagnosedPage, *, rule: Rule = "exact", pictures: bool = False) -> DiagnosesRecord:
    """Turn the diagnoses of a page into values that :mod:`json` can write.

    Args:
        page: the diagnoses.
        rule: under which readings after steps are compared with the truth, where that is known.
        pictures: whether pictures stand in the record: every line as cut, and after each step.
    """
    return {
        "format_version": FORMAT_VERSION,
        "source": page.source,
        "width": page.width,
        "height": page.height,
        "mode": page.mode,
        "rule": rule,
        "count": page.count,
        "lines": [_line(one, rule, pictures) for one in page.lines],
    }


def _line(one: DiagnosedLine, rule: Rule, pictures: bool) -> DiagnosedLineRecord:
    line, preparation = one.line, one.line.preparation
    image = one.diagnosis.image if pictures else None
    return {
        "text": line.text,
        "confidence": _probability(line.confidence),
        "box": [[round(float(x), 2), round(float(y), 2)] for x, y in line.box],
        "vertical": line.vertical,
        "preparation": None if preparation is None else preparation_record(preparation, image),
        "diagnosis": diagnosis_record(one.diagnosis, rule=rule, pictures=pictures),
    }


def diagnosis_record(diagnosis: Diagnosis, *, rule: Rule = "exact", pictures: bool = False) -> DiagnosisRecord:
    """Turn one diagnosis into values that :mod:`json` can write; see :func:`diagnoses_record`."""
    record: DiagnosisRecord = {
        "reading": diagnosis.recognition.text,
        "confidence": _probability(diagnosis.recognition.confidence),
        "truth": diagnosis.truth,
        "right": diagnosis.right,
        "verdict": diagnosis.verdict,
        "causes": [_finding(one, diagnosis, rule, pictures) for one in diagnosis.findings],
        "indicators": {name: _figure(value) for name, value in diagnosis.indicators},
    }
    if pictures:
        record["image"] = picture_text(diagnosis.image)
    return record


def _finding(finding: Finding, diagnosis: Diagnosis, rule: Rule, pictures: bool) -> FindingRecord:
    heat = finding.heat_on_background
    image = diagnosis.image if pictures else None
    return {
        "cause": finding.cause,
        "probability": _probability(finding.probability),
        "indicators": [
            {"name": one.name, "value": _figure(one.value), "low": _figure(one.low), "high": _figure(one.high)}
            for one in map(_bounded, finding.indicators)
        ],
        "tested": [_tested(one, diagnosis.truth, rule, image) for one in finding.tested],
        "look_alike": None if finding.look_alike is None else _pair(finding.look_alike),
        "resemblances": [
            {
                "position": one.position,
                "char": one.char,
                "likeness": _figure(one.likeness),
                "usual": _figure(one.usual),
            }
            for one in finding.resemblances
        ],
        "heat_on_background": None if heat is None else _figure(heat),
        "summary": finding.summary,
        "advice": finding.advice,
    }


def _bounded(one: Measured) -> Measured:
    """An indicator whose range is finite, as JSON wants it."""
    return Measured(one.name, one.value, max(one.low, -1e9), min(one.high, 1e9))


def _tested(one: Counterfactual, truth: str | None, rule: Rule, image: ImageArray | None) -> CounterfactualRecord:
    record: CounterfactualRecord = {
        "step": one.step,
        "before": one.before,
        "after": one.after,
        "gain": _figure(one.gain),
        "confidence": _probability(one.confidence),
        "right": None if truth is None else is_right(one.after, truth, rule),
    }
    if image is not None:
        record["image"] = picture_text(next(step_pictures(image, (one.step,)))[1])
    return record


def _pair(pair: LookAlike) -> LookAlikeRecord:
    return {
        "position": pair.position,
        "char": pair.char,
        "other": pair.other,
        "margin": _figure(pair.margin) if math.isfinite(pair.margin) else None,
        "likeness": _figure(pair.likeness),
    }


def _probability(value: float) -> float:
    return round(float(value), 6)


def _figure(value: float) -> float:
    return float(f"{value:.5g}")
