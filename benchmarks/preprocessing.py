"""What the preprocessing plan is worth; results go to ``results/preprocessing.json``.

``python -m benchmarks.preprocessing DIR`` reads the sets in DIR by the CRNN alone (no language model, no second
opinion). Of each kind of bad picture (:mod:`benchmarks.degrading`) the severity is found on *tune* lines at which
PP-OCRv6-small reads about two thirds of them; then *report* lines are made as bad, and read without the plan, with it,
both ways, and after each single step. The same report lines as they come show what the plan costs.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks.degrading import KINDS, degrade
from lucidocr import Reader
from lucidocr.correct.corrector import ALONE
from lucidocr.correct.opinion import PaddleOpinion
from lucidocr.evaluate import Part, load_dataset
from lucidocr.io import load
from lucidocr.metrics import Rule, is_right, normalise
from lucidocr.prepare import PREPROCESSES, Preprocess
from lucidocr.preprocess import to_grey
from lucidocr.preprocess.indicators import measure
from lucidocr.preprocess.steps import STEPS
from lucidocr.types import ImageArray

RESULTS = Path(__file__).parent / "results"

GOOD: Final[Mapping[str, Rule]] = {
    "pdf_zh": "zh", "aiera_table_cells": "zh", "iiit5k_train": "alnum", "funsd_train": "alnum", "sroie": "alnum",
}  # fmt: skip
"""Sets whose pictures are made worse."""

REAL: Final[Mapping[str, Rule]] = {
    **GOOD, "taigi_hanji": "zh", "taigi_hanlo": "zh", "aicup_tw_scene": "zh", "plates_cn": "zh", "svt_train": "alnum",
    "wire_markers_alnum": "exact",
}  # fmt: skip
"""Sets that are read as they come; some of their pictures are bad."""

SEED: Final = 90_001
AIM: Final = 0.675
"""Share of lines that PP-OCRv6-small still reads: the middle of .60 and .75."""

_STEPS_OF_SEARCH: Final = 6
_TIMED: Final = 200


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A line whose text is known."""

    pixels: ImageArray
    text: str
    rule: Rule
    source: str

    def is_answered(self, reading: str) -> bool:
        """Whether a reading is right."""
        return is_right(reading, self.text, self.rule)


def questions(folder: Path, sets: Mapping[str, Rule], part: Part, most: int | None) -> list[Question]:
    """Lines of one part of several sets."""
    found = []
    for name, rule in sets.items():
        if f"\t{part}" not in (folder / name / "split.tsv").read_text(encoding="utf-8"):
            continue
        dataset = load_dataset(folder / name, part)
        chosen = (dataset.sample(most) if most else dataset).lines
        found += [
            Question(to_grey(load(line.path).pixels), line.text, rule, name)
            for line in chosen
            if normalise(line.text, rule)
        ]
    return found


def _chunks(images: Sequence[ImageArray], size: int = 64) -> Iterator[Sequence[ImageArray]]:
    return (images[start : start + size] for start in range(0, len(images), size))


Way = Callable[[Sequence[ImageArray]], list[str]]
"""Reads line images in some way."""


def by_crnn(reader: Reader, preprocess: Preprocess) -> Way:
    """The CRNN alone, with or without the plan."""

    def read(images: Sequence[ImageArray]) -> list[str]:
        return [
            one.text
            for chunk in _chunks(images)
            for one in reader.read_lines(chunk, correcting=ALONE, preprocess=preprocess)
        ]

    return read


def after_step(reader: Reader, name: str) -> Way:
    """The CRNN alone, after one step on every line."""
    read = by_crnn(reader, "off")
    return lambda images: read([STEPS[name](image, measure(image)) for image in images])


def by_paddle(engine: PaddleOpinion) -> Way:
    """PP-OCRv6-small's recogniser."""
    return lambda images: [one.texts[0] for chunk in _chunks(images) for one in engine.ask(chunk, [""] * len(chunk))]


def share_right(asked: Sequence[Question], readings: Sequence[str]) -> list[bool]:
    """Which readings are right."""
    return [question.is_answered(reading) for question, reading in zip(asked, readings, strict=True)]


def find_severity(kind: str, lines: Sequence[Question], read: Way) -> float:
    """The severity of a kind at which about :data:`AIM` of the lines are still read, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS_OF_SEARCH):
        middle = (low + high) / 2
        pictures = [degrade(line.pixels, kind, middle, SEED + number) for number, line in enumerate(lines)]
        right = float(np.mean(share_right(lines, read(pictures))))
        low, high = (middle, high) if right > AIM else (low, middle)
    return (low + high) / 2


def interval(differences: NDArray[np.float64]) -> tuple[float, float]:
    """Bootstrap's 95 % interval of a mean of paired differences."""
    draw = np.random.default_rng(0)
    means = [float(draw.choice(differences, len(differences)).mean()) for _ in range(2000)]
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)


def on_bad_pictures(
    folder: Path, reader: Reader, engine: PaddleOpinion, *, tune: int, report: int
) -> list[dict[str, Any]]:
    """Every kind of bad picture, read in every way.

    Args:
        folder: of the sets.
        reader: the CRNN.
        engine: PP-OCRv6-small.
        tune: lines of a set on which the severity is found.
        report: lines of a set that are reported.
    """
    ways: dict[str, Way] = {
        "PP-OCRv6-small": by_paddle(engine),
        **{name: by_crnn(reader, name) for name in PREPROCESSES},
        **{name: after_step(reader, name) for name in STEPS},
    }
    tuned = questions(folder, GOOD, "tune", tune)
    asked = questions(folder, GOOD, "report", report)
    rows = []
    for number, kind in enumerate(tqdm(["clean", *KINDS], desc="kinds")):
        severity = 0.0 if kind == "clean" else find_severity(kind, tuned, ways["PP-OCRv6-small"])
        seed = SEED + 100_000 * (number + 1)
        pictures = [
            line.pixels if kind == "clean" else degrade(line.pixels, kind, severity, seed + place)
            for place, line in enumerate(asked)
        ]
        right = {name: share_right(asked, read(pictures)) for name, read in ways.items()}
        gains = np.array(right["auto"], dtype=float) - np.array(right["off"], dtype=float)
        row = {
            "kind": kind,
            "severity": severity,
            "lines": len(asked),
            "right": {name: float(np.mean(each)) for name, each in right.items()},
            "gain": float(gains.mean()),
            "gain_interval": interval(gains),
        }
        rows.append(row)
        tqdm.write(f"{kind} at {severity:.3f}: {json.dumps(row['right'])}")
    return rows


def on_real_pictures(folder: Path, reader: Reader) -> list[dict[str, Any]]:
    """All report lines as they come, read without the plan and with it."""
    asked = questions(folder, REAL, "report", None)
    pictures = [question.pixels for question in asked]
    right: dict[str, NDArray[np.float64]] = {}
    ways: tuple[Preprocess, ...] = ("off", "auto")
    for name in ways:
        readings = by_crnn(reader, name)(pictures)
        right[name] = np.array(share_right(asked, readings), dtype=float)
    sources = np.array([question.source for question in asked])
    rows = []
    for source in (*REAL, "all", "all good pictures"):
        chosen = {
            "all": np.ones(len(sources), dtype=bool), "all good pictures": np.isin(sources, list(GOOD)),
        }.get(source, sources == source)  # fmt: skip
        if not chosen.any():
            continue
        gains = right["auto"][chosen] - right["off"][chosen]
        rows.append(
            {
                "set": source,
                "lines": int(chosen.sum()),
                "right": {name: float(each[chosen].mean()) for name, each in right.items()},
                "won": int((gains > 0).sum()),
                "lost": int((gains < 0).sum()),
                "gain": float(gains.mean()),
                "gain_interval": interval(gains),
            }
        )
    return rows


def costs(folder: Path, reader: Reader) -> dict[str, float]:
    """Milliseconds of indicators and of every step, and what the plan adds to a line as it comes; one thread."""
    asked = questions(folder, GOOD, "report", _TIMED // len(GOOD))
    pictures = [question.pixels for question in asked]
    found = [measure(picture) for picture in pictures]

    def timed(work: Callable[[], object]) -> float:
        times = []
        for _ in range(3):
            began = time.perf_counter()
            work()
            times.append(time.perf_counter() - began)
        return 1000 * min(times) / len(pictures)

    def step(name: str) -> Callable[[], object]:
        return lambda: [STEPS[name](picture, one) for picture, one in zip(pictures, found, strict=True)]

    def reading(name: Preprocess) -> Callable[[], object]:
        return lambda: by_crnn(reader, name)(pictures)

    return {
        "indicators": timed(lambda: [measure(picture) for picture in pictures]),
        **{f"step {name}": timed(step(name)) for name in STEPS},
        **{f"read {name}": timed(reading(name)) for name in PREPROCESSES},
    }


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tune", type=int, default=40, help="tune lines of each set")
    parser.add_argument("--report", type=int, default=80, help="report lines of each set")
    parser.add_argument("--out", type=Path, default=RESULTS / "preprocessing.json")
    given = parser.parse_args()
    reader, engine = Reader(threads=1), PaddleOpinion(threads=1)
    result: dict[str, Any] = {
        "real": on_real_pictures(given.folder, reader),
        "bad": on_bad_pictures(given.folder, reader, engine, tune=given.tune, report=given.report),
        "milliseconds": costs(given.folder, reader),
    }
    given.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    for row in result["real"]:
        print(row)
    degraded = [row for row in result["bad"] if row["kind"] != "clean"]
    means = {name: round(float(np.mean([row["right"][name] for row in degraded])), 3) for name in degraded[0]["right"]}
    print(means)


if __name__ == "__main__":
    main()
