"""Deletion and insertion on lines whose scores are known functions of the pixels."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lucidocr.explain.faithfulness import Faithfulness, Trial, hottest, judge
from lucidocr.types import FloatArray, HeatMap, ImageArray, Span
from tests.explain.drawing import PAPER, blank_line, spans_of, two_part_line

COUNT = 4
UPPER = 2.0
"""Lead that each character has from its upper stroke."""


def score(images: ImageArray) -> NDArray[np.float64]:
    """Character k is carried by how much there is of its upper stroke."""
    columns = [slice(32 * k + 7, 32 * k + 23) for k in range(images.shape[2] // 32)]
    darkness = [(PAPER - images[:, 6:11, column].astype(float)).mean(axis=(1, 2)) for column in columns]
    return np.stack(darkness, axis=1) * UPPER / 210


def stroke(position: int, *, upper: bool) -> FloatArray:
    values = np.zeros((32, 32 * COUNT), np.float32)
    values[6 : 11 if upper else 25, 32 * position + 7 : 32 * position + 23] = 0
    rows = slice(6, 11) if upper else slice(20, 25)
    values[rows, 32 * position + 7 : 32 * position + 23] = 1
    return values


def heat(position: int, *, upper: bool, method: str = "test") -> HeatMap:
    return HeatMap(method, position, "", stroke(position, upper=upper), (0.0, 0.0, 32.0 * COUNT, 32.0))


def spans() -> list[Span]:
    return [Span("x", 0, 1, left, right, 0.9) for left, right in spans_of(COUNT)]


def test_what_carries_a_character_is_told_from_what_does_not() -> None:
    line = two_part_line(COUNT)
    good, bad = judge(line, spans(), [heat(1, upper=True), heat(1, upper=False)], score)
    assert good.deletion == pytest.approx(UPPER, abs=0.1)
    assert good.insertion == pytest.approx(UPPER, abs=0.1)
    assert (good.energy, good.pointing) == (1.0, True)
    assert abs(bad.deletion) < 0.1 * UPPER
    assert abs(bad.insertion) < 0.1 * UPPER
    assert bad.pointing  # the place is right, the reason is not


def test_a_map_of_another_character_points_elsewhere() -> None:
    wrong = HeatMap("test", 2, "", stroke(0, upper=True), (0.0, 0.0, 32.0 * COUNT, 32.0))
    (found,) = judge(two_part_line(COUNT), spans(), [wrong], score)
    assert found == Faithfulness("test", 2, 0.0, pointing=False, deletion=pytest.approx(0, abs=0.1),
                                 elsewhere=found.elsewhere, insertion=pytest.approx(0, abs=0.1))  # fmt: skip


def test_a_random_place_matters_less() -> None:
    maps = [heat(position, upper=True) for position in range(COUNT)] * 6
    found = judge(two_part_line(COUNT), spans(), maps, score)
    assert np.mean([one.elsewhere for one in found]) < 0.6 * np.mean([one.deletion for one in found])


def test_verdicts_follow_the_maps_and_the_seed() -> None:
    maps = [heat(number % COUNT, upper=True, method=f"m{number}") for number in range(20)]
    line = two_part_line(COUNT)
    first, again = judge(line, spans(), maps, score, seed=3), judge(line, spans(), maps, score, seed=3)
    assert [(one.method, one.position) for one in first] == [(one.method, one.position) for one in maps]
    assert first == again


def test_the_line_is_read_three_times_for_a_map_and_an_area() -> None:
    read = []

    def counting(images: ImageArray) -> NDArray[np.float64]:
        read.append(len(images))
        return score(images)

    judge(two_part_line(COUNT), spans(), [heat(0, upper=True)], counting)
    assert sum(read) == 2 + 3
    judge(two_part_line(COUNT), spans(), [heat(0, upper=True)], counting, areas=(0.1, 0.2))
    assert sum(read) == 2 + 3 + 2 + 6


def test_neighbours_that_change_are_noticed() -> None:
    def leaking(images: ImageArray) -> NDArray[np.float64]:
        own = score(images)
        return own + 0.5 * np.roll(own, 1, axis=1)

    line = two_part_line(COUNT)
    (alone,) = Trial.of(line, score).effects([(1, stroke(1, upper=True))])
    (leaky,) = Trial.of(line, leaking).effects([(1, stroke(1, upper=True))])
    assert alone.neighbours == pytest.approx(0, abs=0.02)
    assert leaky.neighbours / leaky.own == pytest.approx(0.25, abs=0.05)  # one of its two neighbours, by half


def test_a_map_without_heat_marks_nothing() -> None:
    (effect,) = Trial.of(two_part_line(COUNT), score).effects([(0, -stroke(0, upper=True))])
    assert (effect.deletion, effect.elsewhere, effect.insertion) == (0, 0, 0)


def test_no_maps_no_verdicts_and_no_readings() -> None:
    def never(images: ImageArray) -> NDArray[np.float64]:
        raise AssertionError

    assert judge(blank_line(40), [], [], never) == ()


def test_the_hottest_pixels_are_exactly_so_many() -> None:
    values = np.arange(40, dtype=np.float32).reshape(4, 10)
    assert set(values[hottest(values, 7)]) == set(range(33, 40))
    assert hottest(values, 400).all()


def test_of_equal_pixels_those_near_hot_ones_are_taken() -> None:
    values = np.zeros((32, 100), np.float32)
    values[16, 80] = 1
    columns = np.nonzero(hottest(values, 30))[1]
    assert columns.min() > 74
    assert columns.max() < 86
