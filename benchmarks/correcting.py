"""What language model, lexicon and second opinion are worth on labelled lines, and what they cost.

``python -m benchmarks.correcting DIR`` reads the report parts of the sets in DIR, one line at a time on one thread,
each line by all readers in turn, so that times are of one run. The lexicon of a set holds the words of its train part:
what somebody who knows the domain would list. ``results/correcting.json`` keeps accuracy, CER and milliseconds by set,
the difference to PP-OCRv6-small with the interval of a paired bootstrap, and what asking below each confidence of the
CRNN would have given.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers import MissingPeerError, Script, tesseract
from benchmarks.reading import RESULTS, SETS
from lucidocr import Reader, io
from lucidocr.correct.corrector import Correcting
from lucidocr.correct.lexicon import Lexicon
from lucidocr.errors import DatasetError
from lucidocr.evaluate import Dataset, load_dataset
from lucidocr.metrics import Rule, is_right, tally
from lucidocr.recognise import Precision
from lucidocr.types import ImageArray, Recognition

PADDLE: Final = "PP-OCRv6-small"
DEFAULT: Final = "+ second opinion"
LANGUAGE: Final = "+ language model"
ALWAYS: Final = "always asked"
THRESHOLDS: Final = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 1.01)
DRAWS: Final = 4000
_WORD: Final = re.compile(r"\w{2,}")
_SCRIPTS: Final[Mapping[Rule, Script]] = {"zh": "zh", "alnum": "en", "exact": "en"}


@dataclass(slots=True)
class Readings:
    """What one reader made of the lines of one set."""

    texts: list[str] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    confidences: list[float] = field(default_factory=list)
    asked: list[bool] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Way:
    """A way to read with this project.

    Attributes:
        precision: of the network.
        language: whether the language model helps.
        opinion: when another recogniser is asked.
        listed: whether the set's lexicon is given.
    """

    precision: Precision
    language: bool
    opinion: str
    listed: bool = False

    def correcting(self, lexicon: Lexicon) -> Correcting:
        """The options."""
        return Correcting(self.language, self.opinion, lexicon if self.listed else None)  # type: ignore[arg-type]


WAYS: Final[Mapping[str, Way]] = {
    "CRNN": Way("fp32", False, "off"),
    LANGUAGE: Way("fp32", True, "off"),
    "+ lexicon": Way("fp32", True, "off", listed=True),
    DEFAULT: Way("fp32", True, "auto"),
    ALWAYS: Way("fp32", True, "always"),
    "int8, + second opinion": Way("int8", True, "auto"),
}


def lexicon_of(folder: Path) -> Lexicon:
    """The words of a set's train part; of a set without one, a word that never occurs."""
    try:
        labels = [line.text for line in load_dataset(folder, "train").lines]
    except DatasetError:
        labels = []
    words = sorted({word for label in labels for word in _WORD.findall(label)})
    return Lexicon.parse("\n".join(words or ["\ufdd0"]))


def read_set(
    folder: Path, dataset: Dataset, readers: Mapping[Precision, Reader], paddle: Callable[[ImageArray], str]
) -> dict[str, Readings]:
    """Read a set in all ways, line by line."""
    lexicon = lexicon_of(folder)
    options = {name: way.correcting(lexicon) for name, way in WAYS.items()}
    found = {name: Readings() for name in (*WAYS, PADDLE)}
    for line in dataset.lines:
        pixels = io.load(line.path).pixels
        for name, way in WAYS.items():
            began = time.perf_counter()
            (reading,) = readers[way.precision].read_lines([pixels], correcting=options[name], preprocess="off")
            _note(found[name], reading, began)
        began = time.perf_counter()
        text = paddle(pixels)
        found[PADDLE].milliseconds.append(1000 * (time.perf_counter() - began))
        found[PADDLE].texts.append(text)
    return found


def _note(readings: Readings, reading: Recognition, began: float) -> None:
    readings.milliseconds.append(1000 * (time.perf_counter() - began))
    readings.texts.append(reading.text)
    readings.confidences.append(reading.confidence)
    readings.asked.append(reading.correction is not None and bool(reading.correction.asked))


def difference(ours: NDArray[np.bool_], theirs: NDArray[np.bool_], seed: int = 1) -> tuple[float, float, float]:
    """Our accuracy minus theirs on the same lines, and the 95 % interval of a paired bootstrap."""
    gains = ours.astype(np.float64) - theirs
    chance = np.random.default_rng(seed)
    means = np.array([gains[chance.integers(0, len(gains), len(gains))].mean() for _ in range(DRAWS)])
    low, high = np.quantile(means, (0.025, 0.975))
    return float(gains.mean()), float(low), float(high)


def curve(
    sets: Mapping[str, Mapping[str, Readings]], right: Mapping[str, Mapping[str, NDArray[np.bool_]]]
) -> Iterator[dict[str, float]]:
    """What asking below each confidence would have given: share asked, accuracy over lines and over sets, time."""
    for threshold in THRESHOLDS:
        asked = {name: np.array(found["CRNN"].confidences) < threshold for name, found in sets.items()}
        good = {name: np.where(asked[name], right[name][ALWAYS], right[name][LANGUAGE]) for name in sets}
        spent = [
            np.where(asked[name], found[ALWAYS].milliseconds, found[LANGUAGE].milliseconds)
            for name, found in sets.items()
        ]
        yield {
            "threshold": threshold,
            "asked": float(np.concatenate(list(asked.values())).mean()),
            "lines": float(np.concatenate(list(good.values())).mean()),
            "sets": float(np.mean([one.mean() for one in good.values()])),
            "ms": float(np.concatenate(spent).mean()),
        }


def main() -> None:
    """Measure and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--part", choices=("tune", "report"), default="report")
    parser.add_argument("--limit", type=int, help="most lines of a set")
    parser.add_argument("--quick", action="store_true", help="only see that it works: nothing is kept")
    arguments = parser.parse_args()
    readers: dict[Precision, Reader] = {name: Reader(threads=1, precision=name) for name in ("fp32", "int8")}
    paddle = _paddle()
    sets: dict[str, dict[str, Readings]] = {}
    datasets: dict[str, Dataset] = {}
    for name in SETS:
        try:
            dataset = load_dataset(arguments.folder / name, arguments.part)
        except DatasetError:
            continue
        datasets[name] = dataset.sample(arguments.limit) if arguments.limit else dataset
        sets[name] = read_set(arguments.folder / name, datasets[name], readers, paddle)
        sets[name]["Tesseract"] = _tesseract(datasets[name], SETS[name])
        print(name, {way: _figures(found, datasets[name], SETS[name]) for way, found in sets[name].items()}, flush=True)
    record = summary(sets, datasets, arguments.part)
    if not arguments.quick:
        (RESULTS / "correcting.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _paddle() -> Callable[[ImageArray], str]:
    """RapidOCR's recogniser, as a function of RGB pixels."""
    from rapidocr import RapidOCR  # noqa: PLC0415 - takes a second

    threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
    engine: Any = RapidOCR(params={"Global.log_level": "critical", **threads})

    def read(pixels: ImageArray) -> str:
        result = engine(pixels[:, :, ::-1].copy(), use_det=False, use_cls=False, use_rec=True)
        return "".join(result.txts or ())

    return read


def _tesseract(dataset: Dataset, rule: Rule) -> Readings:
    try:
        read = list(tesseract(_SCRIPTS[rule])([line.path for line in dataset.lines]))
    except MissingPeerError as error:
        print(f"Tesseract is left out: {error}")
        return Readings([""] * len(dataset.lines), [float("nan")] * len(dataset.lines))
    return Readings([text for text, _ in read], [ms for _, ms in read])


def _right(found: Readings, dataset: Dataset, rule: Rule) -> NDArray[np.bool_]:
    pairs = zip(found.texts, dataset.lines, strict=True)
    return np.array([is_right(text, line.text, rule) for text, line in pairs])


def _figures(found: Readings, dataset: Dataset, rule: Rule) -> dict[str, float]:
    score = tally(((text, line.text) for text, line in zip(found.texts, dataset.lines, strict=True)), rule)
    return {
        "lines": round(score.line_accuracy, 4),
        "cer": round(score.cer, 4),
        "ms": round(float(np.mean(found.milliseconds)), 2),
        "asked": round(float(np.mean(found.asked)), 4) if found.asked else 0.0,
    }


def summary(sets: Mapping[str, Mapping[str, Readings]], datasets: Mapping[str, Dataset], part: str) -> dict[str, Any]:
    """All figures."""
    right = {
        name: {way: _right(one, datasets[name], SETS[name]) for way, one in found.items()}
        for name, found in sets.items()
    }
    rows = [
        {
            "set": name,
            "rule": SETS[name],
            "n": len(datasets[name].lines),
            "ways": {way: _figures(one, datasets[name], SETS[name]) for way, one in found.items()},
            "difference": difference(right[name][DEFAULT], right[name][PADDLE]),
        }
        for name, found in sets.items()
    ]
    ways: Sequence[str] = [*WAYS, PADDLE, "Tesseract"]
    total = {
        way: {
            "lines": float(np.concatenate([right[name][way] for name in sets]).mean()),
            "sets": float(np.mean([right[name][way].mean() for name in sets])),
            "ms": float(np.concatenate([np.array(sets[name][way].milliseconds) for name in sets]).mean()),
        }
        for way in ways
    }
    return {"part": part, "sets": rows, "all": total, "curve": list(curve(sets, right))}


if __name__ == "__main__":
    main()
