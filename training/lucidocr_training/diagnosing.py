"""Teach what a misreading comes from: the model part ``diagnosis.json``.

Lines are made with one to three faults (:mod:`lucidocr_training.cases`), read, and read again without each fault. A
forest learns the causes from what :func:`lucidocr.diagnose.examination.examine` finds, with the truth known and
without.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import lightgbm
import numpy as np
from numpy.typing import NDArray

from lucidocr.calibration import load_calibration
from lucidocr.charset import Charset
from lucidocr.decode import read_frames, read_text
from lucidocr.diagnose.causes import DIAGNOSIS, Causes, Forest, Tree, describe_causes
from lucidocr.diagnose.examination import as_measured, examine
from lucidocr.diagnose.shapes import load_shapes
from lucidocr.metrics import Rule, normalise
from lucidocr.model import RECOGNISE, load_model
from lucidocr.preprocess.indicators import INDICATORS
from lucidocr.recognise import Precision, Recogniser
from lucidocr.types import CAUSES, Cause, ImageArray
from lucidocr_training.batches import Source
from lucidocr_training.calibrate import Question, real_questions
from lucidocr_training.cases import SEED, CaseMaker, RealLine, but_for
from lucidocr_training.parts import add_part

ROUNDS: Final = 300
"""Trees of each cause."""

SETTINGS: Final[Mapping[str, Any]] = {
    "objective": "multiclass",
    "num_class": len(CAUSES),
    "learning_rate": 0.05,
    "num_leaves": 12,
    "min_data_in_leaf": 12,
    "lambda_l2": 2.0,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "deterministic": True,
    "num_threads": 1,
    "verbosity": -1,
}
"""Of LightGBM: small trees, each of which sees a part of the features and lines."""

LINES: Final = 20_000
"""Lines that are made to learn from."""

REAL: Final = 250
"""Real lines of each set that are among them, again and again with other faults."""

LEAST: Final = 0.3
"""Probability below which no cause is named."""

_SURE: Final = 0.9
"""Confidence from which on a line that is read right says what is usual."""

_DIGITS: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A line whose causes are known.

    Attributes:
        causes: without each of which it would be read right; "nothing" where it is read right.
        blind: float64 [F], the features without the truth.
        seeing: float64 [F], with it.
        confidence: calibrated, of the reading.
    """

    causes: frozenset[Cause]
    blind: NDArray[np.float64]
    seeing: NDArray[np.float64]
    confidence: float


def gather_samples(
    folder: Path,
    source: Source,
    numbers: Sequence[int],
    *,
    precision: Precision = "int8",
    seed: int = SEED,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[list[Sample], tuple[str, ...]]:
    """Make lines, read them, and find out why those that are misread are.

    Args:
        folder: of the model.
        source: where faces, texts and real lines are; only their tune parts are used.
        numbers: of the lines to make; those that would be misread without any one fault are left out.
        precision: of the network that reads.
        seed: of the lines.
        tell: is told how far it has come.

    Returns:
        The samples, and the names of their features.
    """
    model = load_model(folder)
    recogniser, calibration = Recogniser(model, threads=1, precision=precision), load_calibration(model, precision)
    shapes = load_shapes()
    real = [
        as_real_line(question, recogniser, model.charset)
        for question in real_questions(source.lines, "tune", most=REAL)
    ]
    maker = CaseMaker.load(source.fonts, source.texts, model.charset, shapes, real)
    samples: list[Sample] = []
    names: tuple[str, ...] = ()

    def read(images: Sequence[ImageArray]) -> list[str]:
        return [read_text(frames, model.charset)[0] for frames in recogniser.frames(images)]

    for index in numbers:
        case = maker.case(index, seed)
        if case is None:
            continue
        reading = read([case.pixels])[0]
        causes = but_for(case, reading, read)
        right = _same(reading, case.text, case.rule)
        if not causes and not right:
            continue
        if right and index % 4:
            continue
        found = [
            examine(case.pixels, recogniser.frames, model.charset, calibration, shapes, truth=truth, rule=case.rule)
            for truth in (None, case.text)
        ]
        names = found[0].names
        samples.append(
            Sample(causes or frozenset({"nothing"}), found[0].values, found[1].values, found[0].recognition.confidence)
        )
        if index % 500 == 0:
            tell(f"{index} lines made, {len(samples)} samples")
    return samples, names


def as_real_line(question: Question, recogniser: Recogniser, charset: Charset) -> RealLine:
    """A real line, with the places of its ends if it is read right."""
    (frames,) = recogniser.frames([question.pixels])
    reading = read_frames(frames, charset, question.pixels)
    ends = None
    if reading.spans and _same(reading.text, question.text, question.rule):
        first, last = reading.spans[0], reading.spans[-1]
        ends = (first.left, first.right), (last.left, last.right)
    return RealLine(question, ends)


def _same(reading: str, text: str, rule: Rule) -> bool:
    return normalise(reading, rule) == normalise(text, rule)


def fit_causes(samples: Sequence[Sample], names: Sequence[str], *, seed: int = 0) -> Causes:
    """Teach the trees: a line with several causes counts for each of them in part.

    Args:
        samples: what to learn from.
        names: of the features.
        seed: of which lines and features each tree sees.
    """
    rows = [
        (values, CAUSES.index(cause), 1 / len(one.causes))
        for one in samples
        for values in (one.blind, one.seeing)
        for cause in sorted(one.causes)
    ]
    values, causes, weights = (np.array(column) for column in zip(*rows, strict=True))
    booster = lightgbm.train(
        {**SETTINGS, "seed": seed}, lightgbm.Dataset(values, label=causes, weight=weights), num_boost_round=ROUNDS
    )
    trees = [
        as_tree(one["tree_structure"], number % len(CAUSES))
        for number, one in enumerate(booster.dump_model()["tree_info"])
    ]
    usual, likeness = _usual(samples, names)
    return Causes(tuple(names), Forest(trees), usual, likeness, LEAST)


def as_tree(structure: Mapping[str, Any], cause: int) -> Tree:
    """A tree as LightGBM gives it: splits that hold their children, leaves that hold a value."""
    splits: list[Mapping[str, Any]] = []
    leaves: list[float] = []
    children: list[list[int]] = [[], []]

    def number(node: Mapping[str, Any]) -> int:
        if "leaf_value" in node:
            leaves.append(round(float(node["leaf_value"]), _DIGITS))
            return -len(leaves)
        own = len(splits)
        splits.append(node)
        for side in children:
            side.append(0)
        for side, name in zip(children, ("left_child", "right_child"), strict=True):
            side[own] = number(node[name])
        return own

    number(structure)
    return Tree(
        cause,
        tuple(int(split["split_feature"]) for split in splits),
        tuple(float(f"{split['threshold']:.6g}") for split in splits),
        tuple(children[0]),
        tuple(children[1]),
        tuple(leaves),
    )


def _usual(samples: Sequence[Sample], names: Sequence[str]) -> tuple[dict[str, tuple[float, float]], float]:
    """Of lines that are read right and surely: by indicator the range of nine in ten, and the least likeness."""
    sure = [one.blind for one in samples if "nothing" in one.causes and one.confidence > _SURE]
    values = np.array(sure or [one.blind for one in samples])
    places = {name: number for number, name in enumerate(names)}
    ranges = {}
    for name in INDICATORS:
        low, high = np.percentile(values[:, places[name]], (5, 95)).tolist()
        ranges[name] = (as_measured(name, low), as_measured(name, high))
    return ranges, float(np.percentile(values[:, places["least likeness"]], 10))


def judge_causes(causes: Causes, samples: Sequence[Sample], *, seeing: bool) -> Mapping[str, float]:
    """How often the first, and one of the first two causes named, is one without which the line were read right."""
    first = second = wrong = 0
    for one in samples:
        if "nothing" in one.causes:
            continue
        wrong += 1
        shares = causes.probabilities(one.seeing if seeing else one.blind)
        shares = shares[: CAUSES.index("nothing")]
        order = [CAUSES[number] for number in np.argsort(-shares)]
        first += order[0] in one.causes
        second += not one.causes.isdisjoint(order[:2])
    return {"misread": wrong, "top1": first / max(wrong, 1), "top2": second / max(wrong, 1)}


def teach_causes(
    folder: Path, source: Source, count: int = LINES, *, tell: Callable[[str], None] = lambda _: None
) -> Mapping[str, Mapping[str, float]]:
    """Teach the forest of a model folder, and add it.

    Returns:
        How often the cause is named of every fifth line, learnt on the others: with the truth given and without.
    """
    samples, names = gather_samples(folder, source, range(count), tell=tell)
    held = samples[::5]
    causes = fit_causes([one for number, one in enumerate(samples) if number % 5], names)
    worth = {
        "truth": judge_causes(causes, held, seeing=True),
        "blind": judge_causes(causes, held, seeing=False),
    }
    write_causes(folder, fit_causes(samples, names))
    return worth


def write_causes(folder: Path, causes: Causes) -> None:
    """Add the forest to a model folder."""
    content = json.dumps(describe_causes(causes), separators=(",", ":")) + "\n"
    add_part(folder, DIAGNOSIS, content.encode("utf-8"), [RECOGNISE])
