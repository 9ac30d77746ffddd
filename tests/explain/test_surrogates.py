"""LIME and SHAP on games whose answers are known."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from lucidocr.explain.surrogates import Masks, Outcomes, draw_masks, lime_values, shap_values

Game = Callable[[NDArray[np.bool_]], NDArray[np.float64]]


def random_game(players: int, seed: int, order: int) -> Game:
    """A sum of products of up to ``order`` players, with random weights."""
    chance = np.random.default_rng(seed)
    terms = [
        (list(chosen), float(chance.normal()))
        for size in range(1, order + 1)
        for chosen in itertools.combinations(range(players), size)
    ]
    return lambda kept: np.sum([weight * kept[:, chosen].all(axis=1) for chosen, weight in terms], axis=0) + 0.7


def exact_shapley(game: Game, players: int) -> NDArray[np.float64]:
    """Shapley values by their definition (Shapley 1953): every subset, with and without each player."""
    numbers = np.arange(2**players)
    outcomes = game((numbers[:, None] >> np.arange(players)) & 1 == 1)
    sizes = np.array([number.bit_count() for number in range(2**players)])
    weights = [1 / (players * math.comb(players - 1, size)) for size in range(players)]
    values = np.zeros(players)
    for player in range(players):
        without = numbers[numbers & (1 << player) == 0]
        gains = outcomes[without | (1 << player)] - outcomes[without]
        values[player] = np.sum(np.array(weights)[sizes[without]] * gains)
    return values


def outcomes_of(game: Game, masks: Masks) -> Outcomes:
    players = masks.kept.shape[1]
    ends = game(np.array([[False] * players, [True] * players]))
    return Outcomes(masks.kept, None, game(masks.kept), float(ends[0]), float(ends[1]), masks.every)


@pytest.mark.parametrize("players", [1, 2, 3, 7])
def test_all_subsets_give_exact_shapley_values(players: int) -> None:
    game = random_game(players, seed=players, order=players)
    masks = draw_masks(players, 128, seed=0)
    assert masks.every
    assert len(masks.kept) == 2**players - 2
    np.testing.assert_allclose(shap_values(outcomes_of(game, masks)), exact_shapley(game, players), atol=1e-6)


@pytest.mark.system
@pytest.mark.parametrize(("players", "order"), [(2, 2), (6, 6), (9, 3)])
def test_exact_values_are_those_of_the_shap_package(players: int, order: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package's own affair
        import shap  # takes seconds

        game = random_game(players, seed=3, order=order)
        explainer = shap.KernelExplainer(lambda rows: game(rows > 0.5), np.zeros((1, players)))
        theirs = explainer.shap_values(np.ones((1, players)), nsamples=2000, silent=True, l1_reg=False)
    ours = shap_values(outcomes_of(game, draw_masks(players, 2**players, seed=0)))
    np.testing.assert_allclose(ours, np.ravel(theirs), atol=1e-6)


@pytest.mark.parametrize("order", [1, 2])
def test_paired_masks_are_exact_up_to_interactions_of_two(order: int) -> None:
    game = random_game(12, seed=order, order=order)
    masks = draw_masks(12, 64, seed=5)
    assert not masks.every
    np.testing.assert_allclose(shap_values(outcomes_of(game, masks)), exact_shapley(game, 12), atol=1e-5)


def test_drawn_masks_come_close_whatever_the_game_and_closer_with_more_of_them() -> None:
    game = random_game(10, seed=1, order=4)
    exact = exact_shapley(game, 10)

    def error(samples: int) -> float:
        found = [shap_values(outcomes_of(game, draw_masks(10, samples, seed))) for seed in range(8)]
        return float(np.linalg.norm(np.array(found) - exact, axis=1).mean() / np.linalg.norm(exact))

    assert error(1000) < error(192) / 1.5
    assert error(192) < 0.3


def test_values_add_up_to_what_the_whole_line_gains() -> None:
    game = random_game(12, seed=2, order=5)
    outcomes = outcomes_of(game, draw_masks(12, 40, seed=1))
    assert shap_values(outcomes).sum() == pytest.approx(outcomes.full - outcomes.empty)


def test_the_rest_of_the_line_takes_its_share() -> None:
    weights = np.arange(20.0)
    masks = draw_masks(20, 128, seed=0)
    near = np.arange(5, 11)
    far = np.setdiff1d(np.arange(20), near)
    level = weights.copy()
    level[far] = 2.0  # pieces far away count alike, which is what one term for all of them supposes
    outcomes = Outcomes(
        masks.kept[:, near], masks.kept[:, far].mean(axis=1), masks.kept @ level, 0.0, float(level.sum()), every=False
    )
    np.testing.assert_allclose(shap_values(outcomes), level[near], atol=1e-5)
    uneven = Outcomes(
        outcomes.near, outcomes.rest, outcomes.values + np.random.default_rng(0).normal(0, 0.1, 128), 0.0,
        outcomes.full, every=False,
    )  # fmt: skip
    np.testing.assert_allclose(shap_values(uneven), level[near], atol=0.2)


def test_masks_are_paired_and_every_count_is_as_likely() -> None:
    masks = draw_masks(40, 2000, seed=9)
    first, second = np.split(masks.kept, 2)
    np.testing.assert_array_equal(first, ~second)
    counts = np.bincount(masks.kept[:, 7:12].sum(axis=1), minlength=6)
    np.testing.assert_allclose(counts / 2000, 1 / 6, atol=0.03)


def test_the_same_seed_draws_the_same_masks() -> None:
    np.testing.assert_array_equal(draw_masks(30, 64, 4).kept, draw_masks(30, 64, 4).kept)
    assert (draw_masks(30, 64, 4).kept != draw_masks(30, 64, 5).kept).any()


def test_lime_finds_the_weights_of_a_sum_but_for_its_shrinkage() -> None:
    weights = np.array([3.0, -2.0, 0.0, 1.0, 0.5, 0.0, 0.0, 2.0])
    masks = draw_masks(8, 200, seed=0)
    values = masks.kept @ weights
    found = lime_values(Outcomes(masks.kept, None, values, 0.0, float(weights.sum()), every=False))
    np.testing.assert_allclose(found, weights, atol=0.6)
    assert np.corrcoef(found, weights)[0, 1] > 0.99
    assert (np.abs(found[weights != 0]) < np.abs(weights[weights != 0])).mean() > 0.5  # ridge regression shrinks


def test_lime_looks_near_the_whole_line() -> None:
    """The first piece matters only where most others are left; the second where most are gone."""

    def values(kept: NDArray[np.bool_]) -> NDArray[np.float64]:
        many = kept[:, 2:].mean(axis=1) > 0.5
        return np.where(many, 2.0 * kept[:, 0], 2.0 * kept[:, 1])

    masks = draw_masks(12, 400, seed=0)
    outcomes = Outcomes(masks.kept, None, values(masks.kept), 0.0, 2.0, every=False)
    lime, shap = lime_values(outcomes), shap_values(outcomes)
    assert lime[0] > 1.8 * lime[1]
    assert shap[0] == pytest.approx(shap[1], abs=0.4)


def test_one_piece_takes_it_all() -> None:
    outcomes = Outcomes(np.zeros((0, 1), dtype=bool), None, np.zeros(0), 1.0, 4.0, every=True)
    np.testing.assert_allclose(shap_values(outcomes), [3.0])
    assert np.isfinite(lime_values(outcomes)).all()
