"""Misread lines and which of them are shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lucidocr.analysis.failures import Failure, examples_of, most_instructive
from lucidocr.analysis.reliability import expected_error, noise_floor, ranking, reliability

FAILURE = Failure(
    0, "0.png", "元", "无", 0.5, "blur", {"blur": 0.7, "noise": 0.3}, {"sharpen": "元"}, (), (("元", "无"),)
)


def failures(*confidences: float) -> list[Failure]:
    return [
        replace(FAILURE, number=number, file=f"{number}.png", confidence=one, kinds=((str(number), "x"),))
        for number, one in enumerate(confidences)
    ]


def test_the_surest_come_first() -> None:
    assert [one.number for one in most_instructive(failures(0.2, 0.95, 0.6))] == [1, 2, 0]
    assert [one.number for one in most_instructive(failures(0.2, 0.95, 0.6), 2)] == [1, 2]


def test_other_confusions_and_causes_go_before_more_of_the_same() -> None:
    alike = [replace(one, kinds=(("0", "O"),)) for one in failures(0.9, 0.89, 0.88, 0.8)]
    alike[3] = replace(alike[3], kinds=(("元", "无"),))
    assert [one.number for one in most_instructive(alike)] == [0, 3, 1, 2]
    causes = failures(0.9, 0.89, 0.88)
    causes[2] = replace(causes[2], verdict="noise")
    assert [one.number for one in most_instructive(causes)] == [0, 2, 1]


def test_examples_of_a_cause_are_those_that_a_step_mends() -> None:
    found = failures(0.9, 0.8, 0.7)
    found[1] = replace(found[1], shares={"blur": 0.9})
    found[2] = replace(found[2], mended_by=("sharpen",))
    assert [one.number for one in examples_of(found, "blur", 2)] == [2, 1]
    assert examples_of(found, None, 2) == []


def test_calibration_of_true_and_false_confidences() -> None:
    chance = np.random.default_rng(0)
    said = chance.random(20_000)
    right = chance.random(20_000) < said
    assert expected_error(said, right) < 0.02
    assert abs(noise_floor(said) - expected_error(said, right)) < 0.01
    assert expected_error(np.full(10, 0.9), np.zeros(10, dtype=bool)) == pytest.approx(0.9)
    bins = reliability(said, right)
    assert sum(one.n for one in bins) == 20_000
    assert all(abs(one.said - one.right) < 0.06 for one in bins)
    assert (bins[0].low, bins[-1].high) == (0, 1)


def test_ranking() -> None:
    said = np.array([0.9, 0.8, 0.3, 0.8])
    assert ranking(said, np.array([True, True, False, False])) == 0.875
    assert ranking(said, np.ones(4, dtype=bool)) is None
