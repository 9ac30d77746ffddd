"""Figures of maps whose answers can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lucidocr.explain.measures import (
    blurred,
    energy,
    gaussian,
    inside,
    interval_iou,
    pointing,
    rank_correlation,
)

SHAPE = (8, 20)
BOX = (4.0, 2.0, 8.0, 6.0)


def spot(row: int, column: int, value: float = 1.0) -> np.ndarray:
    values = np.zeros(SHAPE, np.float32)
    values[row, column] = value
    return values


@pytest.mark.parametrize(("row", "column", "hit"), [(3, 5, True), (3, 9, True), (3, 10, False), (0, 5, True)])
def test_the_peak_may_miss_the_box_by_the_tolerance(row: int, column: int, *, hit: bool) -> None:
    assert pointing(spot(row, column), BOX) is hit


def test_no_heat_points_nowhere_and_has_no_energy() -> None:
    cold = -np.ones(SHAPE, np.float32)
    assert not pointing(cold, (0.0, 0.0, 20.0, 8.0))
    assert energy(cold, (0.0, 0.0, 20.0, 8.0)) == 0


def test_energy_is_the_share_of_positive_heat_in_the_box() -> None:
    values = spot(3, 5, 3.0) + spot(3, 15, 1.0) + spot(4, 6, -9.0)
    assert energy(values, BOX) == pytest.approx(0.75)


def test_a_pixel_is_inside_by_its_middle() -> None:
    assert inside(BOX, SHAPE).sum() == 16
    assert inside((4.4, 2.0, 8.4, 6.0), SHAPE).sum() == 16
    assert inside((4.6, 2.0, 8.6, 6.0), SHAPE)[3, 8]


@pytest.mark.parametrize(
    ("found", "true", "overlap"),
    [((0, 4), (0, 4), 1.0), ((0, 4), (2, 6), 1 / 3), ((0, 4), (5, 6), 0.0), ((1, 1), (1, 1), 0.0)],
)
def test_interval_iou(found: tuple[float, float], true: tuple[float, float], overlap: float) -> None:
    assert interval_iou(found, true) == pytest.approx(overlap)


def test_rank_correlation_is_spearman_s() -> None:
    first = np.array([[1.0, 2.0, 3.0, 4.0, 5.0]], np.float32)
    second = np.array([[5.0, 6.0, 7.0, 8.0, 7.5]], np.float32)
    assert rank_correlation(first, second) == pytest.approx(1 - 6 * 2 / (5 * 24))
    assert rank_correlation(first, first**3) == pytest.approx(1)
    assert rank_correlation(first, 6 - first) == pytest.approx(-1)


def test_equal_values_share_their_rank_and_heat_against_counts_as_none() -> None:
    first = np.array([[0.0, 0.0, 1.0, 1.0]], np.float32)
    assert rank_correlation(first, np.array([[-3.0, -1.0, 2.0, 2.0]], np.float32)) == pytest.approx(1)
    assert rank_correlation(first, np.array([[0.0, 1.0, 0.0, 1.0]], np.float32)) == pytest.approx(0)


def test_an_even_map_is_like_nothing() -> None:
    assert rank_correlation(np.ones(SHAPE, np.float32), spot(1, 1)) == 0


def test_blur_keeps_the_place_and_spreads_the_heat() -> None:
    smooth = blurred(spot(4, 10) + spot(4, 2, -5.0), 1.5)
    assert smooth.min() >= 0
    assert np.unravel_index(smooth.argmax(), SHAPE) == (4, 10)
    assert smooth.sum() == pytest.approx(1, abs=0.05)


def test_a_gaussian_lies_where_it_is_told() -> None:
    values = gaussian((10.5, 4.5), (2.0, 1.0), SHAPE)
    assert np.unravel_index(values.argmax(), SHAPE) == (4, 10)
    assert values[4, 12] == pytest.approx(np.exp(-0.5))
    assert values[5, 10] == pytest.approx(np.exp(-0.5))
