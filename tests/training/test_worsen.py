"""Faults that are put into pictures on purpose, and the plan that is learnt from them."""

from __future__ import annotations

from random import Random

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the train extra")

from lucidocr.preprocess.indicators import measure
from lucidocr.preprocess.steps import STEPS
from lucidocr.types import ImageArray
from lucidocr_training.calibrate import Question
from lucidocr_training.plan import CLEAN, Trial, bad_pictures, fit_plan, simulate
from lucidocr_training.worsen import FAULTS

pytestmark = pytest.mark.torch


def line(text: str = "Total 4711") -> ImageArray:
    picture = np.full((40, 22 * len(text)), 235, np.uint8)
    cv2.putText(picture, text, (8, 30), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 25, 2, cv2.LINE_AA)
    return picture


STRIPS = [255 - line("OTHER")]


class TestFaults:
    @pytest.mark.parametrize("name", FAULTS)
    @pytest.mark.parametrize("severity", [0.0, 1.0])
    def test_a_seed_gives_the_same_picture(self, name: str, severity: float) -> None:
        first, again = (FAULTS[name](line(), severity, Random(3), STRIPS) for _ in range(2))
        assert first.dtype == np.uint8
        assert first.shape == again.shape
        assert (first == again).all()

    @pytest.mark.parametrize("name", FAULTS)
    def test_any_picture_can_be_made_worse(self, name: str) -> None:
        for shape in ((1, 1), (3, 40), (60, 5)):
            for seed in range(6):
                spoilt = FAULTS[name](np.full(shape, 200, np.uint8), 1.0, Random(seed), STRIPS)
                assert min(spoilt.shape) > 0

    def test_faults_are_what_they_are_called(self) -> None:
        clean = measure(line())

        def mean(name: str, indicator: str) -> float:
            pictures = (FAULTS[name](line(), 0.7, Random(seed), STRIPS) for seed in range(12))
            return float(np.mean([abs(getattr(measure(picture), indicator)) for picture in pictures]))

        assert mean("blur", "sharpness") < 0.7 * clean.sharpness
        assert mean("noise", "noise") > 5 * clean.noise + 0.05
        assert mean("skew", "skew") > 2
        assert mean("lines", "through") > 0.5
        assert mean("watermark", "midtones") > 3 * clean.midtones + 0.01
        assert mean("light", "paper") < 0.8 * clean.paper


def test_every_line_comes_as_it_is_and_with_every_fault() -> None:
    questions = [Question(line(), "Total 4711", "drawn", "exact"), Question(line("Sum"), "Sum", "drawn", "exact")]
    found = list(bad_pictures(questions, STRIPS, 1))
    assert [name for _, name, _ in found] == [CLEAN, *FAULTS] * 2
    assert (found[0][2] == line()).all()
    assert sum(np.array_equal(picture, line()) for _, _, picture in found) == 1


def trials() -> list[Trial]:
    """Skewed lines are mended by deskewing alone, which spoils a line in order."""
    names = list(STEPS)
    made = []
    for number in range(240):
        rng = Random(number)
        skewed = number % 2 == 0
        picture = FAULTS["skew"](line(), 0.8, rng, STRIPS) if skewed else line()
        right = np.full(1 + len(names), not skewed)
        logits = np.full(1 + len(names), -1.0 if skewed else 1.5)
        mended = 1 + names.index("deskew")
        right[mended], logits[mended] = skewed, 2.0 if skewed else 1.2
        made.append(Trial("skew" if skewed else CLEAN, measure(picture), right, logits))
    return made


class TestPlan:
    def test_it_tries_the_step_that_mends_and_only_where_it_does(self) -> None:
        plan = fit_plan(trials())
        assert set(plan.rules) == {"deskew"}
        sloping = FAULTS["skew"](line(), 0.9, Random(999), STRIPS)
        assert [one.steps for one in plan.proposals(measure(sloping))] == [("deskew",)]
        assert plan.proposals(measure(sloping))[0].benefit > 0.5
        assert all(one.benefit < 0.5 for one in plan.proposals(measure(line())))

    def test_what_it_is_worth(self) -> None:
        worth = simulate(fit_plan(trials()), trials())
        assert worth["skew"][:2] == (0.0, 1.0)
        assert worth[CLEAN][:2] == (1.0, 1.0)

    def test_nothing_to_learn_is_an_error(self) -> None:
        with pytest.raises((ValueError, IndexError)):
            fit_plan([])
