"""What confidences are worth after correction; results go to ``results/confidence.json``.

``python -m benchmarks.confidence DATA`` reads the report parts of the real sets as ``lucidocr read`` does by default,
and compares the confidences of lines and characters with what was right; beside them stand those of the CRNN alone on
the same lines. DATA holds ``lines/``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.calibration import Judged, figures, rounded
from benchmarks.reading import RESULTS
from lucidocr import Reader
from lucidocr.correct.corrector import ALONE, Correcting
from lucidocr.metrics import is_right, judge
from lucidocr.recognise import Precision
from lucidocr.types import Recognition
from lucidocr_training.calibrate import Question, real_questions

_CHUNK = 64


def read(reader: Reader, questions: list[Question], options: Correcting) -> Iterator[Recognition]:
    """Read lines with the given help."""
    for start in range(0, len(questions), _CHUNK):
        chunk = questions[start : start + _CHUNK]
        yield from reader.read_lines(
            [one.pixels for one in chunk], correcting=options, preprocess="off" if options is ALONE else "auto"
        )


def tables(questions: list[Question], readings: list[Recognition]) -> dict[str, list[dict[str, Any]]]:
    """Figures of lines, all, compared and by set, and of characters."""
    said = np.array([reading.confidence for reading in readings])
    right = np.array([is_right(a.text, b.text, b.rule) for a, b in zip(readings, questions, strict=True)])
    groups = {"all": np.ones(len(said), dtype=bool)}
    groups["compared"] = np.array([reading.correction is not None for reading in readings])
    for source in dict.fromkeys(one.source for one in questions):
        groups[source] = np.array([one.source == source for one in questions])
    lines = [
        rounded(figures(name, Judged(said[chosen], said[chosen], right[chosen])))
        for name, chosen in groups.items()
        if chosen.any()
    ]
    verdicts = [
        (span.confidence, bool(verdict))
        for reading, one in zip(readings, questions, strict=True)
        for span, verdict in zip(reading.spans, judge(reading.text, one.text, one.rule), strict=True)
        if verdict is not None
    ]
    sure, good = (np.array(values) for values in zip(*verdicts, strict=True))
    return {"lines": lines, "characters": [rounded(figures("all", Judged(sure, sure, good.astype(bool))))]}


def main() -> None:
    """Measure and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--most", type=int, help="lines of a set; nothing is kept then")
    arguments = parser.parse_args()
    questions = list(real_questions(arguments.data / "lines", "report", most=arguments.most))
    result: dict[str, Any] = {}
    precisions: tuple[Precision, ...] = ("fp32", "int8")
    for precision in precisions:
        reader = Reader(threads=1, precision=precision)
        for name, options in (("alone", ALONE), ("corrected", Correcting())):
            found = tables(questions, list(read(reader, questions, options)))
            result[f"{precision}, {name}"] = found
            print(precision, name, found["lines"][0], found["characters"][0])
    if arguments.most is None:
        (RESULTS / "confidence.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
