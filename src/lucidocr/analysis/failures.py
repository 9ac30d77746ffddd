"""Misread lines, each diagnosed, and which of them are shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lucidocr import io
from lucidocr.analysis.observing import AnalysedReader, Observation, Tell, file_of
from lucidocr.errors import InputError
from lucidocr.metrics import Rule, edits, normalise
from lucidocr.types import Cause, Diagnosis

MOST_INSTRUCTIVE: Final = 50
"""Failures that are shown as the most instructive ones."""

_SAME_CAUSE: Final = 0.95
_SAME_CONFUSION: Final = 0.7
"""What a failure's rank is multiplied by for every one before it that has the same cause, or the same first confusion:
the second of a kind teaches less."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A misread line and why, without its picture.

    Attributes:
        number: of the line among all that were observed.
        file: name of its picture.
        truth: what it says.
        reading: what the recogniser reads by itself.
        confidence: calibrated probability in [0, 1] that this is right.
        verdict: the cause; None where none is probable enough to be named.
        shares: probabilities of the causes.
        after: what is read after each step that was tested.
        mended_by: those after which it is read right.
        kinds: its differences from the truth, (truth, read).
    """

    number: int
    file: str
    truth: str
    reading: str
    confidence: float
    verdict: Cause | None
    shares: Mapping[Cause, float]
    after: Mapping[str, str]
    mended_by: tuple[str, ...]
    kinds: tuple[tuple[str, str], ...]


def diagnose_failures(
    reader: AnalysedReader, lines: Sequence[Observation], rule: Rule, *, tell: Tell = lambda *_: None
) -> Iterator[Failure]:
    """Diagnose every misread line; one picture is held in memory at a time.

    Args:
        reader: diagnoses line images.
        lines: read lines, the right ones among them.
        rule: how texts are made comparable.
        tell: told how far it is.
    """
    wrong = [number for number, line in enumerate(lines) if not line.right]
    for done, number in enumerate(wrong, start=1):
        line = lines[number]
        try:
            pixels = io.load(line.line.path).pixels
        except InputError:
            continue  # it was readable a moment ago: the file has changed, and its reading is counted all the same
        diagnosis = reader.diagnose(pixels, truth=line.line.text, rule=rule)
        yield _failure(number, line, diagnosis, rule)
        tell("diagnosing", done, len(wrong))


def _failure(number: int, line: Observation, diagnosis: Diagnosis, rule: Rule) -> Failure:
    truth = line.line.text
    after = {test.step: test.after for finding in diagnosis.findings for test in finding.tested}
    wanted = normalise(truth, rule)
    return Failure(
        number=number,
        file=file_of(line.line),
        truth=truth,
        reading=line.alone.text,
        confidence=line.alone.confidence,
        verdict=diagnosis.verdict,
        shares={finding.cause: finding.probability for finding in diagnosis.findings},
        after=after,
        mended_by=tuple(step for step, text in after.items() if normalise(text, rule) == wanted),
        kinds=tuple((one.truth, one.read) for one in edits(line.alone.text, truth, rule)),
    )


def most_instructive(failures: Sequence[Failure], most: int = MOST_INSTRUCTIVE) -> list[Failure]:
    """The failures that teach most: those that the recogniser is surest of, and of many kinds.

    They are chosen one by one. Each time it is the one with the highest confidence, once that has been multiplied by
    0.95 for every failure chosen before that has the same cause, and by 0.7 for every one with the same first
    confusion.
    """
    left = list(failures)
    causes: Counter[str | None] = Counter()
    kinds: Counter[tuple[str, str]] = Counter()
    chosen: list[Failure] = []

    def rank(one: Failure) -> float:
        return one.confidence * _SAME_CAUSE ** causes[one.verdict] * _SAME_CONFUSION ** kinds[_first(one)]

    while left and len(chosen) < most:
        best = max(left, key=rank)
        left.remove(best)
        chosen.append(best)
        causes[best.verdict] += 1
        kinds[_first(best)] += 1
    return chosen


def _first(failure: Failure) -> tuple[str, str]:
    return failure.kinds[0] if failure.kinds else ("", "")


def examples_of(failures: Sequence[Failure], cause: Cause | None, most: int) -> list[Failure]:
    """Lines that show a cause best: those that a step mends first, then those in which it is the most probable.

    Args:
        failures: all of them.
        cause: the verdict; None for those without one.
        most: how many.
    """
    own = [one for one in failures if one.verdict == cause]
    return sorted(own, key=lambda one: (not one.mended_by, -max(one.shares.values()), one.number))[:most]
