"""Fit the plan that chooses what is done to a picture: the model part ``preprocess.json``.

Fitted on the tune parts of real sets, as they come and made worse by :mod:`lucidocr_training.worsen` (one fault a
picture, two in a third of them): each is read as it is and after every step.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lucidocr.calibration import Calibration, load_calibration, logit
from lucidocr.decode import read_text
from lucidocr.metrics import normalise
from lucidocr.model import RECOGNISE, Model, load_model
from lucidocr.preprocess.indicators import Indicators, measure
from lucidocr.preprocess.plan import (
    FEATURES,
    PREPROCESS,
    Plan,
    StepRule,
    describe_plan,
    features,
    standardised,
)
from lucidocr.preprocess.steps import STEPS
from lucidocr.recognise import Recogniser
from lucidocr.types import ImageArray
from lucidocr_training.calibrate import Question, real_questions
from lucidocr_training.logistic import fit_logistic
from lucidocr_training.parts import add_part
from lucidocr_training.worsen import FAULTS, Strips

SEED: Final = 6_101
"""Seed of the faults that the plan is fitted on."""

CLEAN: Final = "clean"
"""Name of pictures as they come."""

DOUBT: Final = 0.9
"""Confidence from which on a reading is kept."""

LEAST: Final = 0.06
"""Least probability of mending a reading for which a step is tried."""

MOST: Final = 6
"""Readings that a doubtful line may cost."""

SAMPLED: Final = 110
"""Lines of a set that the plan is fitted on."""

_SETS: Final = ("pdf_zh", "sroie", "funsd_train", "iiit5k_train", "aiera_table_cells", "taigi_hanlo")
_MARGINS: Final = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
_SAFETY: Final = 0.5
"""Logits added to every margin: of several readings the best one looks more probable than it is."""

_CLEAN_WEIGHT: Final = 6.0
"""What a picture as it comes counts for, against one that was made worse: users have more of them."""

_RIDGE: Final = 3.0
"""Lines, as if they said nothing, that hold the slopes of a step back."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One picture read as it is and after every step.

    Attributes:
        fault: its first fault; "clean" for none.
        indicators: measured of it.
        right: bool [1 + S], as it is and after each step of :data:`STEPS`.
        logits: float64 [1 + S], of the confidences.
        texts: what was read, as it is and after each step.
    """

    fault: str
    indicators: Indicators
    right: NDArray[np.bool_]
    logits: NDArray[np.float64]
    texts: tuple[str, ...] = ()


def bad_pictures(
    questions: Sequence[Question], strips: Strips, seed: int
) -> Iterator[tuple[Question, str, ImageArray]]:
    """Every line as it comes, and with each fault at a random severity.

    Args:
        questions: the lines.
        strips: uint8 [h, w] each, other text for watermarks.
        seed: of the faults.
    """
    names = list(FAULTS)
    for number, question in enumerate(questions):
        yield question, CLEAN, question.pixels
        for place, name in enumerate(names):
            rng = Random((seed << 32) + number * len(names) + place)
            chosen = {name, rng.choice(names)} if rng.random() < 1 / 3 else {name}
            pixels = question.pixels
            for fault in names:
                if fault in chosen:
                    pixels = FAULTS[fault](pixels, rng.random(), rng, strips)
            yield question, name, pixels


def try_steps(
    recogniser: Recogniser, model: Model, calibration: Calibration, pixels: ImageArray, truth: Question
) -> Trial:
    """Read a picture as it is and after every step."""
    found = measure(pixels)
    pictures = [pixels, *(step(pixels, found) for step in STEPS.values())]
    wanted = normalise(truth.text, truth.rule)
    right, logits, texts = [], [], []
    for frames in recogniser.frames(pictures):
        text, log_prob = read_text(frames, model.charset)
        right.append(normalise(text, truth.rule) == wanted)
        logits.append(logit(calibration.line(log_prob)) if text else -30.0)
        texts.append(text)
    return Trial("", found, np.array(right), np.array(logits), tuple(texts))


def gather_trials(
    folder: Path, lines: Path, *, most: int = SAMPLED, seed: int = SEED, tell: Callable[[str], None] = lambda _: None
) -> list[Trial]:
    """Read the tune parts of real sets, as they come and made worse.

    Args:
        folder: of the model.
        lines: folder of the sets.
        most: lines of a set at most.
        seed: of the faults.
        tell: is told how far it has come.
    """
    model = load_model(folder)
    recogniser, calibration = Recogniser(model, threads=1), load_calibration(model)
    questions = [one for one in real_questions(lines, "tune", most=most) if one.source in _SETS]
    strips = [np.asarray(255 - one.pixels, np.uint8) for one in questions[:80]]
    trials = []
    for number, (question, fault, pixels) in enumerate(bad_pictures(questions, strips, seed)):
        trial = try_steps(recogniser, model, calibration, pixels, question)
        trials.append(replace(trial, fault=fault))
        if number % 500 == 0:
            tell(f"{number} pictures of {len(questions) * (1 + len(FAULTS))}")
    return trials


def fit_plan(trials: Sequence[Trial]) -> Plan:
    """The plan that mends most of what was tried, and of the pictures as they come spoils none on balance.

    Raises:
        ValueError: there is no trial.
    """
    values = np.array([features(trial.indicators) for trial in trials])
    clean = np.array([trial.fault == CLEAN for trial in trials])
    centres = np.median(values[clean], axis=0)
    scales = np.maximum((np.percentile(values, 90, axis=0) - np.percentile(values, 10, axis=0)) / 2.56, 1e-3)
    right = np.array([trial.right for trial in trials])
    logits = np.array([trial.logits for trial in trials])
    doubtful = logits[:, 0] < logit(DOUBT)
    design = standardised(values, centres, scales)
    weights = np.where(clean, _CLEAN_WEIGHT, 1.0)
    rules: dict[str, StepRule] = {}
    for column, name in enumerate(STEPS, start=1):
        mends = right[:, column] & ~right[:, 0]
        if np.count_nonzero(mends & doubtful) < len(FEATURES) // 2:
            continue
        slopes = _fit(design[doubtful], mends[doubtful], weights[doubtful])
        benefits = 1 / (1 + np.exp(-(design @ slopes[:-1] + slopes[-1])))
        tried = doubtful & (benefits >= LEAST)
        margin, worth = _margin(right, logits, column, tried, weights)
        if worth > 0:
            rules[name] = StepRule(slopes[:-1], float(slopes[-1]), margin + _SAFETY)
    return Plan(DOUBT, LEAST, MOST, centres, scales, rules)


def _fit(design: NDArray[np.float64], mends: NDArray[np.bool_], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logistic regression, held back by lines that say nothing: one of each answer at each axis' ends."""
    ends = np.concatenate([np.eye(design.shape[1]), -np.eye(design.shape[1])])
    padded = np.concatenate([design, ends, ends])
    answers = np.concatenate([mends, np.ones(len(ends), bool), np.zeros(len(ends), bool)])
    share = max(float(np.average(mends, weights=weights)), 1e-3)
    extra = np.concatenate([np.full(len(ends), _RIDGE * share), np.full(len(ends), _RIDGE * (1 - share))])
    return fit_logistic(padded, answers, np.concatenate([weights, extra]), signs=(0,) * design.shape[1])


def _margin(
    right: NDArray[np.bool_],
    logits: NDArray[np.float64],
    column: int,
    tried: NDArray[np.bool_],
    weights: NDArray[np.float64],
) -> tuple[float, float]:
    """The margin under which a step alone is worth most, and that worth in lines."""
    best = (0.0, 0.0)
    for margin in _MARGINS:
        taken = tried & (logits[:, column] - margin > logits[:, 0])
        gain = weights * taken * (right[:, column].astype(float) - right[:, 0].astype(float))
        if gain.sum() > best[1]:
            best = (margin, float(gain.sum()))
    return best


def simulate(plan: Plan, trials: Sequence[Trial]) -> Mapping[str, tuple[float, float, float]]:
    """By fault: lines right without the plan and with its single steps, and readings that it costs a line."""
    rows: dict[str, list[tuple[bool, bool, int]]] = {}
    names = list(STEPS)
    for trial in trials:
        chosen, cost = 0, 0
        if trial.logits[0] < logit(plan.doubt):
            highest = trial.logits[0]
            for proposal in plan.proposals(trial.indicators):
                cost += 1
                if len(proposal.steps) > 1:
                    continue
                column = 1 + names.index(proposal.steps[0])
                if trial.logits[column] - plan.margin(proposal.steps) > highest:
                    chosen, highest = column, trial.logits[column] - plan.margin(proposal.steps)
        rows.setdefault(trial.fault, []).append((bool(trial.right[0]), bool(trial.right[chosen]), cost))
    return {
        fault: (float(array[0]), float(array[1]), float(array[2]))
        for fault, found in rows.items()
        if (array := np.array(found, dtype=float).mean(axis=0)) is not None
    }


def make_plan(
    folder: Path, lines: Path, *, most: int = SAMPLED, tell: Callable[[str], None] = lambda _: None
) -> Mapping[str, tuple[float, float, float]]:
    """Fit the plan of a model folder, and add it.

    Returns:
        What the plan is worth on every third line when it is fitted on the others, see :func:`simulate`.
    """
    trials = gather_trials(folder, lines, most=most, tell=tell)
    kinds = 1 + len(FAULTS)
    held = [trial for number, trial in enumerate(trials) if number // kinds % 3 == 0]
    others = [trial for number, trial in enumerate(trials) if number // kinds % 3]
    worth = simulate(fit_plan(others), held)
    write_plan(folder, fit_plan(trials))
    return worth


def write_plan(folder: Path, plan: Plan) -> None:
    """Add the plan to a model folder."""
    content = json.dumps(describe_plan(plan), indent=1) + "\n"
    add_part(folder, PREPROCESS, content.encode("utf-8"), [RECOGNISE])
