"""Teach what a misreading comes from: the model part ``diagnosis.json``.

Lines are made with one to three faults (:mod:`lucidocr_training.cases`), read, and read again without each fault. A
forest learns the causes from what :func:`lucidocr.diagnose.examination.examine` finds, with the truth known and
without.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import lightgbm
import numpy as np
from numpy.typing import NDArray

from lucidocr.decode import read_text
from lucidocr.diagnose.causes import DIAGNOSIS, Causes, Forest, Tree, describe_causes
from lucidocr.diagnose.diagnoser import ABOUT, UNLIKE
from lucidocr.diagnose.examination import as_measured, examine, probed
from lucidocr.diagnose.probe import PROBE, Probe, parse_probe
from lucidocr.metrics import is_right
from lucidocr.model import RECOGNISE
from lucidocr.preprocess.indicators import INDICATORS
from lucidocr.types import CAUSES, Cause, ImageArray
from lucidocr_training.batches import Source
from lucidocr_training.bench import Bench, in_pieces
from lucidocr_training.cases import SEED, but_for
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

CASES: Final = 60_000
"""Lines that are made to learn from."""

LEAST: Final = 0.3
"""Probability below which no cause is named."""

_RIGHT: Final = 4
"""Of so many lines that are read right one is learnt from, and counts for all of them."""

_SURE: Final = 0.9
"""Confidence from which on a line that is read right says what is usual."""

_DIGITS: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A line whose causes are known.

    Attributes:
        causes: without each of which it would be read right; "nothing" where it is read right.
        names: of the F features.
        blind: float64 [F], the features without the truth.
        seeing: float64 [F], with it.
        confidence: calibrated, of the reading.
    """

    causes: frozenset[Cause]
    names: tuple[str, ...]
    blind: NDArray[np.float64]
    seeing: NDArray[np.float64]
    confidence: float


def gather_samples(bench: Bench, numbers: Sequence[int]) -> list[Sample]:
    """Make lines, read them, and find out why those that are misread are.

    Args:
        bench: makes and reads them; its model has a probe.
        numbers: of the lines; those that would be misread without any one fault are left out, and so are three in four
            of those that are read right.
    """
    charset, network = bench.model.charset, bench.recogniser.frames
    probe = Probe(parse_probe(bench.model.read_part(PROBE)), bench.explainer.look)
    samples = []

    def read(images: Sequence[ImageArray]) -> list[str]:
        return [read_text(frames, charset)[0] for frames in network(images)]

    for number in numbers:
        case = bench.maker.case(number, SEED)
        if case is None:
            continue
        reading = read([case.pixels])[0]
        causes = but_for(case, reading, read)
        right = is_right(reading, case.text, case.rule)
        if number % _RIGHT if right else not causes:
            continue
        blind, seeing = (
            examine(
                case.pixels, network, probe, charset, bench.calibration, bench.shapes, truth=truth, rule=case.rule
            )
            for truth in (None, case.text)
        )  # fmt: skip
        causes = causes or frozenset({"nothing"})
        samples.append(Sample(causes, blind.names, blind.values, seeing.values, blind.recognition.confidence))
    return samples


def fit_causes(samples: Sequence[Sample], *, seed: int = 0) -> Causes:
    """Teach the trees: a line with several causes counts for each of them in part.

    Args:
        samples: what to learn from; at least one.
        seed: of which lines and features each tree sees.
    """
    rows = [
        (values, CAUSES.index(cause), (_RIGHT if cause == "nothing" else 1) / len(one.causes))
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
    usual, likeness = _usual(samples)
    return Causes(samples[0].names, Forest(trees), usual, likeness, LEAST)


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


def _usual(samples: Sequence[Sample]) -> tuple[dict[str, tuple[float, float]], float]:
    """Of lines that are read right and surely: by indicator the range of nine in ten, and the least likeness.

    A line in which the probe sees a fault that the indicator tells of does not say what that indicator usually is.
    """
    sure = [one.blind for one in samples if "nothing" in one.causes and one.confidence > _SURE]
    values = np.array(sure or [one.blind for one in samples])
    places = {name: number for number, name in enumerate(samples[0].names)}

    def without(faults: Iterable[Cause], name: str) -> NDArray[np.float64]:
        clean = (values[:, [places[probed(fault)] for fault in faults]] < 0).all(1)
        return np.asarray(values[clean if clean.any() else ..., places[name]])

    ranges = {}
    for name in INDICATORS:
        low, high = np.percentile(without([cause for cause, told in ABOUT.items() if name in told], name), (5, 95))
        ranges[name] = (as_measured(name, float(low)), as_measured(name, float(high)))
    return ranges, float(np.percentile(without(UNLIKE, "least likeness"), 10))


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
    folder: Path,
    source: Source,
    count: int = CASES,
    *,
    processes: int = 2,
    tell: Callable[[str], None] = lambda _: None,
) -> Mapping[str, Mapping[str, float]]:
    """Teach the forest of a model folder that has a probe, and add it.

    Args:
        folder: of the model.
        source: where faces, texts and real lines are.
        count: lines to make; about two in five are of use.
        processes: that make and examine them.
        tell: is told how far it has come.

    Returns:
        How often the cause is named of every fifth line, learnt on the others: with the truth given and without.
    """
    pieces = in_pieces(gather_samples, partial(Bench.load, folder, source), count, processes=processes, tell=tell)
    return add_causes(folder, [one for piece in pieces for one in piece])


def add_causes(folder: Path, samples: Sequence[Sample]) -> Mapping[str, Mapping[str, float]]:
    """Teach a forest and add it to a model folder; it is judged by every fifth sample, learnt on the others."""
    causes = fit_causes([one for number, one in enumerate(samples) if number % 5])
    worth = {name: judge_causes(causes, samples[::5], seeing=name == "truth") for name in ("truth", "blind")}
    write_causes(folder, fit_causes(samples))
    return worth


def write_causes(folder: Path, causes: Causes) -> None:
    """Add the forest to a model folder."""
    content = json.dumps(describe_causes(causes), separators=(",", ":")) + "\n"
    add_part(folder, DIAGNOSIS, content.encode("utf-8"), [RECOGNISE, PROBE])
