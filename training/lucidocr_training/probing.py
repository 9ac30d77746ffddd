"""Teach the probe that tells from feature maps what faults a picture has: the model part ``probe.npz``.

It learns from lines whose faults are known because they were made (:mod:`lucidocr_training.cases`); none of them need
be misread, so there can be many.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lucidocr.analysis.reliability import ranking
from lucidocr.diagnose.probe import FAULTS, PROBE, WIDEST, Layers, describe_probe, pool
from lucidocr.types import Cause
from lucidocr_training.batches import Source
from lucidocr_training.bench import Bench, in_pieces
from lucidocr_training.parts import add_part

SEED: Final = 6_203
"""Seed of the lines that the probe learns from."""

LINES: Final = 160_000
"""Lines that are made to learn from."""

_HELD: Final = 20
"""One line in so many is not learnt from, but judged by."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """How the probe is trained.

    Attributes:
        hidden: units of its hidden layer.
        epochs: passes over all lines.
        batch: lines in a step.
        rate: highest learning rate; it falls to zero in a straight line.
        decay: of the weights (AdamW).
        seed: of the order, the dropout and the first weights.
    """

    hidden: int = 256
    epochs: int = 8
    batch: int = 128
    rate: float = 1e-3
    decay: float = 0.05
    seed: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """N lines whose faults are known.

    Attributes:
        features: float16 [N, F], see :func:`lucidocr.diagnose.probe.pool`.
        faults: bool [N, K], which of :data:`lucidocr.diagnose.probe.FAULTS` each has.
    """

    features: NDArray[np.float16]
    faults: NDArray[np.bool_]

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Lines:
        return Lines(self.features[chosen], self.faults[chosen])

    @classmethod
    def joined(cls, pieces: Sequence[Lines]) -> Lines:
        """All lines of several pieces."""
        return cls(np.concatenate([one.features for one in pieces]), np.concatenate([one.faults for one in pieces]))


def gather_lines(bench: Bench, numbers: Sequence[int]) -> Lines:
    """Make lines with faults, and see what the feature maps say of them.

    Args:
        bench: makes them.
        numbers: of the lines; what cannot be drawn is left out.
    """
    features, faults = [], []
    for number in numbers:
        case = bench.maker.case(number, SEED)
        if case is not None:
            features.append(pool(bench.explainer.look(case.pixels)).astype(np.float16))
            faults.append([fault in case.without for fault in FAULTS])
    return Lines(np.array(features), np.array(faults, dtype=np.bool_))


def fit_probe(lines: Lines, lesson: Lesson | None = None) -> Layers:
    """Train the probe: several faults may be there at once, so each is a question of its own.

    Args:
        lines: what to learn from.
        lesson: how; as usual when None.
    """
    lesson = lesson or Lesson()
    torch.manual_seed(lesson.seed)
    mean = lines.features.mean(0, dtype=np.float64).astype(np.float32)
    deviation = lines.features.std(0, dtype=np.float64).astype(np.float32) + np.float32(1e-3)
    truth = torch.from_numpy(lines.faults.astype(np.float32))
    inward, outward = nn.Linear(mean.size, lesson.hidden), nn.Linear(lesson.hidden, len(FAULTS))
    network = nn.Sequential(nn.Dropout(0.2), inward, nn.ReLU(), nn.Dropout(0.4), outward)
    optimiser = torch.optim.AdamW(network.parameters(), lr=lesson.rate, weight_decay=lesson.decay)
    steps = lesson.epochs * -(-len(truth) // lesson.batch)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, steps)
    for _ in range(lesson.epochs):
        for chosen in torch.split(torch.randperm(len(truth)), lesson.batch):
            raw = lines.features[chosen.numpy()].astype(np.float32)
            standard = torch.from_numpy(np.clip((raw - mean) / deviation, -WIDEST, WIDEST))
            loss = nn.functional.binary_cross_entropy_with_logits(network(standard), truth[chosen])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
    return Layers(
        mean, deviation, _array(inward.weight.T), _array(inward.bias), _array(outward.weight.T), _array(outward.bias)
    )


def _array(weights: Tensor) -> NDArray[np.float32]:
    return np.ascontiguousarray(weights.detach().numpy())


def judge_probe(layers: Layers, lines: Lines) -> Mapping[Cause, float | None]:
    """By fault the area under the receiver operating characteristic; None where all lines have it, or none."""
    odds = layers.log_odds(lines.features.astype(np.float32))
    return {fault: ranking(odds[:, place], lines.faults[:, place]) for place, fault in enumerate(FAULTS)}


def teach_probe(
    folder: Path,
    source: Source,
    count: int = LINES,
    *,
    processes: int = 2,
    tell: Callable[[str], None] = lambda _: None,
) -> Mapping[Cause, float | None]:
    """Train the probe of a model folder, and add it.

    Args:
        folder: of the model.
        source: where faces, texts and real lines are.
        count: lines to make.
        processes: that make them.
        tell: is told how far it has come.

    Returns:
        What it is worth on lines that it has not learnt from, see :func:`judge_probe`.
    """
    pieces = in_pieces(gather_lines, partial(Bench.load, folder, source), count, processes=processes, tell=tell)
    return add_probe(folder, Lines.joined(list(pieces)))


def add_probe(folder: Path, lines: Lines) -> Mapping[Cause, float | None]:
    """Train a probe on most of some lines, add it to a model folder, and judge it by the others."""
    held = np.arange(len(lines.faults)) % _HELD == 0
    layers = fit_probe(lines[~held])
    add_part(folder, PROBE, describe_probe(layers), ["explain.onnx"])
    return judge_probe(layers, lines[held])
