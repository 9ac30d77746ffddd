"""How often the cause that is named is one without which the line is read right: ``results/diagnosing.json``.

``python -m benchmarks.diagnosing FONTS DIR`` makes lines with one to three faults (:mod:`benchmarks.misread`), keeps
those that the CRNN misreads and would read right without one of them, and asks for a diagnosis: with the true text
given (as when a labelled set is looked at), with nothing but that the line is misread (as when somebody complains), and
without either.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from tqdm import tqdm

from benchmarks.misread import Generator, but_for
from lucidocr import Reader
from lucidocr.correct.corrector import ALONE
from lucidocr.metrics import is_right
from lucidocr.types import CAUSES, Cause, Diagnosis, ImageArray

RESULTS = Path(__file__).parent / "results"

WANTED: Final = 1500
"""Misread lines."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One misread line: what it was due to, how many faults it had, and what was named, best first."""

    causes: frozenset[Cause]
    faults: int
    named: tuple[Cause, ...]
    probabilities: tuple[float, ...]
    verdict: Cause | None


def _answer(diagnosis: Diagnosis, causes: frozenset[Cause], faults: int) -> Answer:
    return Answer(
        causes,
        faults,
        tuple(one.cause for one in diagnosis.findings),
        tuple(one.probability for one in diagnosis.findings),
        diagnosis.verdict,
    )


def ask(reader: Reader, generator: Generator, wanted: int) -> tuple[dict[str, list[Answer]], Counter[str]]:
    """Make lines until so many are misread for a known reason.

    Returns:
        Answers by what was known (``truth``, ``misread``, ``blind``), and what became of the lines that were made.
    """
    answers: dict[str, list[Answer]] = {"truth": [], "misread": [], "blind": []}
    made: Counter[str] = Counter()

    def read(images: Sequence[ImageArray]) -> list[str]:
        return [one.text for one in reader.read_lines(images, correcting=ALONE, preprocess="off")]

    index = 0
    with tqdm(total=wanted, desc="misread lines") as bar:
        while len(answers["truth"]) < wanted:
            case = generator.case(index)
            index += 1
            if case is None:
                continue
            reading = read([case.pixels])[0]
            if is_right(reading, case.text, case.rule):
                made["right"] += 1
                if made["right"] % 5 == 0:
                    verdict = reader.diagnose(case.pixels).verdict
                    made[f"right, diagnosed {verdict}"] += 1
                continue
            causes = but_for(case, read)
            if not causes:
                made["misread, by no one fault"] += 1
                continue
            faults = len(case.without)
            diagnoses = {
                "truth": reader.diagnose(case.pixels, truth=case.text, rule=case.rule),
                "misread": reader.diagnose(case.pixels, misread=True),
                "blind": reader.diagnose(case.pixels),
            }
            for known, diagnosis in diagnoses.items():
                answers[known].append(_answer(diagnosis, causes, faults))
            bar.update()
    return answers, made


def summary(answers: Sequence[Answer]) -> dict[str, Any]:
    """Shares of lines whose cause was named; an abstention counts as wrong in ``top1``.

    ``forced1`` and ``forced2`` take the first and the first two causes whatever their probabilities, "nothing wrong"
    left out.
    """
    ranked = [[cause for cause in one.named if cause != "nothing"] for one in answers]
    forced = [order[0] in one.causes for one, order in zip(answers, ranked, strict=True)]
    second = [not one.causes.isdisjoint(order[:2]) for one, order in zip(answers, ranked, strict=True)]
    named = [one for one in answers if one.verdict is not None]
    top = [one.verdict in one.causes for one in answers]
    return {
        "lines": len(answers),
        "top1": float(np.mean(top)),
        "named": len(named) / len(answers),
        "right_when_named": float(np.mean([one.verdict in one.causes for one in named])) if named else None,
        "said_nothing": float(np.mean([one.verdict == "nothing" for one in answers])),
        "forced1": float(np.mean(forced)),
        "forced2": float(np.mean(second)),
    }


def by_cause(answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """For lines due to one cause alone: how often it is named, and what is named instead."""
    rows = []
    for cause in CAUSES:
        own = [one for one in answers if one.causes == {cause}]
        if own:
            said = Counter(one.named[0] for one in own)
            rows.append({"cause": cause, "lines": len(own), "named": dict(said.most_common())})
    return rows


def reliability(answers: Sequence[Answer]) -> list[dict[str, float]]:
    """By probability of the first cause: how often it is a true one."""
    rows = []
    for low in np.arange(0.1, 1.0, 0.1):
        chosen = [one for one in answers if low <= one.probabilities[0] < low + 0.1]
        if chosen:
            rows.append(
                {
                    "from": round(float(low), 1),
                    "lines": len(chosen),
                    "said": float(np.mean([one.probabilities[0] for one in chosen])),
                    "true": float(np.mean([one.named[0] in one.causes for one in chosen])),
                }
            )
    return rows


def result_of(answers: Mapping[str, Sequence[Answer]], made: Counter[str]) -> dict[str, Any]:
    """What is written."""
    result: dict[str, Any] = {"made": dict(made)}
    for name, each in answers.items():
        result[name] = {
            "all": summary(each),
            **{f"{count} faults": summary([one for one in each if one.faults == count]) for count in (1, 2, 3)},
            "one cause": summary([one for one in each if len(one.causes) == 1]),
            "by_cause": by_cause(each),
            "reliability": reliability(each),
        }
    return result


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fonts", type=Path)
    parser.add_argument("lines", type=Path)
    parser.add_argument("--wanted", type=int, default=WANTED)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--out", type=Path, default=RESULTS / "diagnosing.json")
    given = parser.parse_args()
    reader = Reader(given.model, threads=1)
    answers, made = ask(reader, Generator(given.fonts, given.lines, reader.model.charset), given.wanted)
    result = result_of(answers, made)
    given.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(result["made"])
    for name in answers:
        print(name, result[name]["all"], result[name]["one cause"])
        for row in result[name]["by_cause"]:
            print("   ", row)


if __name__ == "__main__":
    main()
