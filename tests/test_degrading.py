"""Bad pictures for benchmarks, and what is said of diagnoses."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import cv2
import numpy as np
import pytest

from benchmarks import diagnosis_tables
from benchmarks.degrading import KINDS, RANGES, amount_at, degrade
from benchmarks.diagnosing import Answer, by_cause, reliability, result_of, summary
from benchmarks.preprocessing import interval
from lucidocr.types import Cause, ImageArray


def line() -> ImageArray:
    picture = np.full((40, 220), 235, np.uint8)
    cv2.putText(picture, "Total 4711", (8, 30), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 25, 2, cv2.LINE_AA)
    return picture


class TestDegrade:
    @pytest.mark.parametrize("kind", KINDS)
    def test_the_same_seed_gives_the_same_picture_and_another_one_another(self, kind: str) -> None:
        first, again, other = (degrade(line(), kind, 0.6, seed) for seed in (1, 1, 3))
        assert first.dtype == np.uint8
        assert (first == again).all()
        assert first.shape != other.shape or not (first == other).all()

    @pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"skewed", "low resolution"}))
    def test_the_severer_the_further_from_the_line(self, kind: str) -> None:
        def distance(severity: float) -> float:
            return float(
                np.mean(
                    [np.abs(degrade(line(), kind, severity, seed).astype(int) - line()).mean() for seed in range(8)]
                )
            )

        assert distance(0.9) > 1.2 * distance(0.1) > 0

    def test_small_pictures_and_sloping_ones(self) -> None:
        heights = [degrade(line(), "low resolution", 1.0, seed).shape[0] for seed in range(8)]
        assert min(heights) == 5
        assert max(heights) == 40
        assert degrade(line(), "skewed", 1.0, 0).shape[0] > 60

    def test_amounts_run_from_the_mildest_to_the_worst(self) -> None:
        for degrader, (mild, worst) in RANGES.items():
            assert amount_at(degrader, 0.0) == mild
            assert amount_at(degrader, 1.0) == pytest.approx(worst)


def answer(causes: set[Cause], named: tuple[Cause, ...], verdict: Cause | None, first: float = 0.6) -> Answer:
    shares = (first, *(((1 - first) / (len(named) - 1),) * (len(named) - 1)))
    return Answer(frozenset(causes), 2, named, shares, verdict)


ANSWERS = [
    answer({"blur"}, ("blur", "noise", "nothing"), "blur"),
    answer({"blur"}, ("noise", "blur", "nothing"), None),
    answer({"noise", "skew"}, ("skew", "blur", "nothing"), "skew"),
    answer({"light"}, ("nothing", "light", "blur"), "nothing"),
]


class TestSummary:
    def test_an_abstention_and_nothing_count_as_wrong(self) -> None:
        found = summary(ANSWERS)
        assert found["lines"] == 4
        assert found["top1"] == 0.5
        assert found["named"] == 0.75
        assert found["right_when_named"] == pytest.approx(2 / 3)
        assert found["said_nothing"] == 0.25
        assert found["forced1"] == 0.75
        assert found["forced2"] == 1.0

    def test_causes_alone(self) -> None:
        rows = {row["cause"]: row for row in by_cause(ANSWERS)}
        assert rows.keys() == {"blur", "light"}
        assert rows["blur"]["named"] == {"blur": 1, "noise": 1}

    def test_reliability(self) -> None:
        (row,) = reliability(ANSWERS)
        assert (row["from"], row["lines"], row["true"]) == (0.6, 4, 0.5)

    def test_tables_show_what_was_found(self) -> None:
        answers = [*ANSWERS, *(replace(one, faults=count) for one in ANSWERS for count in (1, 3))]
        result = result_of({"truth": answers, "misread": answers, "blind": answers}, Counter(right=3))
        table = diagnosis_tables.diagnosing(result)
        assert "| the true text | all | 12 | 0.500 | 0.750 | 0.667 | 0.750 | 1.000 |" in table
        causes = diagnosis_tables.diagnosing_causes(result)
        assert "| due to | lines | blur | noise | nothing |" in causes
        assert "| blur | 6 | 3 | 3 |  |" in causes
        assert "0.60" in diagnosis_tables.diagnosing_reliability(result)


def test_the_interval_holds_the_mean_and_narrows_with_more_lines() -> None:
    few = np.array([1.0, 0.0, 0.0, 0.0, -1.0, 1.0])
    low, high = interval(few)
    assert low < few.mean() < high
    narrow = interval(np.tile(few, 40))
    assert narrow[1] - narrow[0] < 0.5 * (high - low)
