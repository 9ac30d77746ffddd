from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the train extra")

from lucidocr_training.logistic import fit_logistic, sigmoid

pytestmark = pytest.mark.torch


def drawn(count: int, slope: float, offset: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    feature = chance.normal(2.0, 3.0, count)
    return feature, chance.random(count) < sigmoid(slope * feature + offset)


def test_the_coefficients_that_samples_were_drawn_with_are_found() -> None:
    feature, right = drawn(40_000, 0.7, -0.5)
    slope, offset = fit_logistic(feature[:, None], right, np.ones(len(right)), signs=(1,))
    assert slope == pytest.approx(0.7, abs=0.03)
    assert offset == pytest.approx(-0.5, abs=0.05)


def test_a_slope_of_the_wrong_sign_is_held_at_zero() -> None:
    feature, right = drawn(2_000, 0.7, 0.0)
    slope, offset = fit_logistic(feature[:, None], right, np.ones(len(right)), signs=(-1,))
    assert slope == 0
    assert sigmoid(np.array([offset]))[0] == pytest.approx(right.mean(), abs=1e-3)


def test_the_other_slopes_are_the_best_once_one_is_held() -> None:
    feature, right = drawn(5_000, 0.7, 0.3)
    both = np.column_stack([feature, feature**2])
    held = fit_logistic(both, right, np.ones(len(right)), signs=(-1, 1))
    alone = fit_logistic(both[:, 1:], right, np.ones(len(right)), signs=(1,))
    assert held == pytest.approx([0.0, *alone], abs=1e-6)


def test_weights_count_as_repetitions_do() -> None:
    feature, right = drawn(300, 0.7, 0.0)
    often = np.where(right, 3, 1)
    repeated = fit_logistic(np.repeat(feature, often)[:, None], np.repeat(right, often), np.ones(often.sum()), (1,))
    weighted = fit_logistic(feature[:, None], right, often.astype(float), (1,))
    assert weighted == pytest.approx(repeated, rel=0.05)


def test_a_feature_without_error_gives_finite_coefficients() -> None:
    found = fit_logistic(
        np.array([[-1.0], [-2.0], [1.0], [2.0]]), np.array([False, False, True, True]), np.ones(4), (1,)
    )
    assert np.isfinite(found).all()
    assert found[0] > 0


@pytest.mark.parametrize("right", [True, False])
def test_samples_of_one_kind_give_finite_coefficients(right: bool) -> None:
    found = fit_logistic(np.arange(5.0)[:, None], np.full(5, right), np.ones(5), (1,))
    assert np.isfinite(found).all()
    assert (sigmoid(2 * found[0:1] + found[1]) > 0.5) == right


def test_nothing_to_fit_to_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing"):
        fit_logistic(np.zeros((0, 1)), np.zeros(0, dtype=bool), np.zeros(0), (1,))
