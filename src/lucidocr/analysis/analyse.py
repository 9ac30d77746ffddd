"""An analysis from its parts, and as values that :mod:`json` can write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lucidocr.analysis.confusions import Character, Confusion, Differences, differences
from lucidocr.analysis.failures import Failure, diagnose_failures, examples_of, most_instructive
from lucidocr.analysis.groups import Grouping, groupings, interval, sign_test, weak_groups
from lucidocr.analysis.observing import AnalysedReader, Observations, Tell, Way, file_of, observe
from lucidocr.analysis.reliability import expected_error, noise_floor, ranking, reliability
from lucidocr.analysis.schema import (
    FORMAT_VERSION,
    AnalysisRecord,
    BinRecord,
    CalibrationRecord,
    CauseRecord,
    CharacterRecord,
    ConfusionRecord,
    FailureRecord,
    GroupingRecord,
    NextRecord,
    WayRecord,
    WeakRecord,
    WordRecord,
)
from lucidocr.diagnose.diagnoser import ADVICE
from lucidocr.diagnose.shapes import load_shapes
from lucidocr.evaluate import Dataset
from lucidocr.metrics import Rule
from lucidocr.types import Cause

SHOWN_CONFUSIONS: Final = 24
"""Confusions that are listed; those beyond are rare."""

SHOWN_WORDS: Final = 60
SHOWN_CHARACTERS: Final = 40
EXAMPLES: Final = 3
"""Lines that show a cause or a confusion."""

MENDING: Final[tuple[Way, ...]] = ("off", "auto", "both")
"""Ways of reading among which the best one is looked for: the recogniser alone in each of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """A set of labelled lines analysed.

    Attributes:
        dataset: the set.
        rule: how texts were made comparable.
        model: name of the model that read.
        observations: all lines.
        failures: the misread ones.
        differences: what their readings differ in.
        groupings: all lines grouped in several respects.
    """

    dataset: Dataset
    rule: Rule
    model: str
    observations: Observations
    failures: tuple[Failure, ...]
    differences: Differences
    groupings: tuple[Grouping, ...]


def analyse(reader: AnalysedReader, dataset: Dataset, rule: Rule, *, tell: Tell = lambda *_: None) -> Analysis:
    """Read a set in several ways, compare it with its labels and diagnose what is misread.

    Args:
        reader: reads and diagnoses line images.
        dataset: the set.
        rule: how texts are made comparable.
        tell: told how far it is.

    Raises:
        DatasetError: nothing is left to compare.
        MissingPartError: the model has no part that names causes.
    """
    observations = observe(reader, dataset, rule, tell=tell)
    lines = observations.lines
    failures = tuple(diagnose_failures(reader, lines, rule, tell=tell))
    found = differences(lines, rule, reader.model.charset)
    return Analysis(dataset, rule, reader.model.name, observations, failures, found, tuple(groupings(lines)))


def analysis_record(analysis: Analysis) -> AnalysisRecord:
    """Turn an analysis into values that :mod:`json` can write."""
    observations = analysis.observations
    return {
        "format_version": FORMAT_VERSION,
        "dataset": analysis.dataset.name,
        "part": analysis.dataset.part,
        "rule": analysis.rule,
        "model": analysis.model,
        "lines": len(observations.lines),
        "excluded": observations.excluded,
        "unreadable": [{"file": file_of(one.line), "message": one.reason} for one in observations.unreadable],
        "ways": _ways(observations),
        "groupings": [_grouping(one) for one in analysis.groupings],
        "confusions": [_confusion(one, observations) for one in analysis.differences.confusions[:SHOWN_CONFUSIONS]],
        "causes": _causes(analysis.failures),
        "calibration": _calibration(observations),
        "instructive": [one.file for one in most_instructive(analysis.failures)],
        "next": _next(analysis),
        "failures": [_failure(one) for one in analysis.failures],
    }


def _ways(observations: Observations) -> list[WayRecord]:
    lines = observations.lines
    records: list[WayRecord] = []
    for way in lines[0].outcomes:
        right = [line.outcomes[way].errors == 0 for line in lines]
        low, high = interval(sum(right), len(lines))
        gained = sum(now and not line.right for now, line in zip(right, lines, strict=True))
        lost = sum(line.right and not now for now, line in zip(right, lines, strict=True))
        records.append(
            {
                "way": way,
                "right": sum(right),
                "share": _share(sum(right) / len(lines)),
                "low": _share(low),
                "high": _share(high),
                "cer": _share(sum(line.outcomes[way].errors for line in lines) / sum(line.length for line in lines)),
                "gained": gained,
                "lost": lost,
                "chance": _share(sign_test(gained, lost)),
            }
        )
    return records


def _grouping(grouping: Grouping) -> GroupingRecord:
    bins: list[BinRecord] = [
        {
            "label": one.label,
            "n": one.n,
            "right": one.right,
            "share": _share(one.share),
            "low": _share(one.low),
            "high": _share(one.high),
        }
        for one in grouping.bins
    ]
    return {"name": grouping.name, "bins": bins}


def _confusion(one: Confusion, observations: Observations) -> ConfusionRecord:
    shapes = load_shapes()
    known = bool(one.truth and one.read) and one.truth in shapes and one.read in shapes
    return {
        "truth": one.truth,
        "read": one.read,
        "count": one.count,
        "likeness": round(shapes.alike(one.truth, one.read), 3) if known else None,
        "files": [file_of(observations.lines[number].line) for number in one.lines[:EXAMPLES]],
    }


def _causes(failures: Sequence[Failure]) -> list[CauseRecord]:
    counts = Counter(one.verdict for one in failures)
    return [_cause(failures, cause, count) for cause, count in counts.most_common()]


def _cause(failures: Sequence[Failure], cause: Cause | None, count: int) -> CauseRecord:
    own = [one for one in failures if one.verdict == cause]
    mended = Counter(step for one in own for step in one.mended_by)
    return {
        "cause": cause,
        "count": count,
        "share": _share(count / len(failures)),
        "expected": None if cause is None else round(sum(one.shares.get(cause, 0.0) for one in failures), 2),
        "mended": dict(mended.most_common()),
        "advice": "" if cause is None else ADVICE[cause],
        "files": [one.file for one in examples_of(failures, cause, EXAMPLES)],
    }


def _calibration(observations: Observations) -> CalibrationRecord:
    said = np.array([line.alone.confidence for line in observations.lines], dtype=np.float64)
    right = np.array([line.right for line in observations.lines])
    auroc = ranking(said, right)
    return {
        "bins": [
            {
                "low": _share(one.low),
                "high": _share(one.high),
                "n": one.n,
                "said": _share(one.said),
                "right": _share(one.right),
            }
            for one in reliability(said, right)
        ],
        "ece": _share(expected_error(said, right)),
        "ece_floor": _share(noise_floor(said)),
        "brier": _share(float(((said - right) ** 2).mean())),
        "auroc": None if auroc is None else _share(auroc),
    }


def _next(analysis: Analysis) -> NextRecord:
    lines, failures = analysis.observations.lines, analysis.failures
    best = max((way for way in MENDING if way in lines[0].outcomes), key=lambda way: _right(analysis, way))
    mended = Counter(step for one in failures for step in one.mended_by)
    characters = [_character(one) for one in analysis.differences.characters]
    weak: list[WeakRecord] = [
        {
            "grouping": one.grouping,
            "label": one.bin.label,
            "n": one.bin.n,
            "share": _share(one.bin.share),
            "lost": round(one.lost, 1),
        }
        for one in weak_groups(analysis.groupings, lines)
    ]
    words: list[WordRecord] = [
        {"word": one.word, "seen": one.seen, "near": one.near, "read": list(one.read)}
        for one in analysis.differences.words[:SHOWN_WORDS]
    ]
    return {
        "way": best,
        "weak": weak,
        "missing": [one for one in characters if not one["known"]],
        "characters": [one for one in characters if one["known"]][:SHOWN_CHARACTERS],
        "steps": [{"step": step, "mended": count} for step, count in mended.most_common()],
        "words": words,
    }


def _right(analysis: Analysis, way: Way) -> int:
    return sum(line.outcomes[way].errors == 0 for line in analysis.observations.lines)


def _character(one: Character) -> CharacterRecord:
    return {"char": one.char, "seen": one.seen, "wrong": one.wrong, "read": list(one.read), "known": one.known}


def _failure(one: Failure) -> FailureRecord:
    return {
        "file": one.file,
        "truth": one.truth,
        "reading": one.reading,
        "confidence": _share(one.confidence),
        "verdict": one.verdict,
        "causes": {cause: _share(share) for cause, share in one.shares.items()},
        "after": dict(one.after),
        "mended_by": list(one.mended_by),
    }


def _share(value: float) -> float:
    return round(float(value), 6)
