"""LIME and SHAP of lines whose scores are known functions of the pixels."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lucidocr.errors import OptionError
from lucidocr.explain.perturb import SAMPLES, Method, maps_of_methods, perturbation_maps
from lucidocr.types import ImageArray, Span
from tests.explain.drawing import blank_line, spans_of, two_part_line

METHODS: tuple[Method, ...] = ("lime", "shap")


def spans(count: int) -> list[Span]:
    return [Span("x", 0, 1, left, right, 0.9) for left, right in spans_of(count)]


def darkness(images: ImageArray, rows: slice, columns: slice) -> NDArray[np.float64]:
    return (230.0 - images[:, rows, columns]).mean(axis=(1, 2)) / 100


def upper_strokes(images: ImageArray) -> NDArray[np.float64]:
    """Character k is carried by its upper stroke; the next character's lower stroke speaks against it a little."""
    count = images.shape[2] // 32
    own = [darkness(images, slice(6, 11), slice(32 * k + 7, 32 * k + 23)) for k in range(count)]
    other = [darkness(images, slice(20, 25), slice(32 * k + 7, 32 * k + 23)) for k in range(1, count)]
    against = [*other, np.zeros(len(images))]
    return np.stack([a - 0.25 * b for a, b in zip(own, against, strict=True)], axis=1)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("count", [1, 2, 5])
def test_the_stroke_that_counts_is_found(method: Method, count: int) -> None:
    maps = perturbation_maps(two_part_line(count), spans(count), ["y"] * count, upper_strokes, method=method)
    for position, heat in enumerate(maps):
        assert (heat.method, heat.position, heat.against) == (method, position, "y")
        x, y = heat.peak
        assert 32 * position + 5 < x < 32 * position + 25
        assert 4 < y < 13
        if position + 1 < count:
            following = heat.values[20:25, 32 * position + 37 : 32 * position + 53]
            assert following.mean() < -0.1 * heat.values.max()


@pytest.mark.parametrize("count", [1, 3])
def test_shap_adds_up_to_the_lead_over_the_empty_line(count: int) -> None:
    line = two_part_line(count)
    gained = upper_strokes(line[None])[0]
    for heat, gain in zip(
        perturbation_maps(line, spans(count), [""] * count, upper_strokes, method="shap"), gained, strict=True
    ):
        assert heat.values.sum() == pytest.approx(gain, abs=0.01)


def test_every_character_is_explained_by_the_same_pictures() -> None:
    read = []

    def score(images: ImageArray) -> NDArray[np.float64]:
        read.append(len(images))
        return upper_strokes(images)

    perturbation_maps(two_part_line(8), spans(8), [""] * 8, score, method="shap")
    assert sum(read) == SAMPLES + 2


def test_the_same_pictures_serve_both_methods() -> None:
    read = []

    def score(images: ImageArray) -> NDArray[np.float64]:
        read.append(len(images))
        return upper_strokes(images)

    line, rivals = two_part_line(4), ["", "y", "", "z"]
    maps = maps_of_methods(line, spans(4), rivals, score, methods=METHODS)
    assert sum(read) == SAMPLES + 2
    assert [(heat.method, heat.position, heat.against) for heat in maps] == [
        (method, position, rival) for method in METHODS for position, rival in enumerate(rivals)
    ]
    alone = [heat for method in METHODS for heat in perturbation_maps(line, spans(4), rivals, score, method=method)]
    for one, other in zip(maps, alone, strict=True):
        np.testing.assert_array_equal(one.values, other.values)
    assert maps_of_methods(line, spans(4), rivals, score, methods=()) == ()


def test_the_same_seed_gives_the_same_maps() -> None:
    def maps(seed: int) -> NDArray[np.float32]:
        found = perturbation_maps(
            two_part_line(6), spans(6), [""] * 6, lambda images: upper_strokes(images) ** 3, method="shap", seed=seed
        )
        return np.stack([heat.values for heat in found])

    np.testing.assert_array_equal(maps(1), maps(1))
    assert (maps(1) != maps(2)).any()


def test_maps_lie_on_the_rows_that_the_network_sees() -> None:
    tall = np.vstack([np.full((100, 96), 230, np.uint8), two_part_line(3), np.full((100, 96), 230, np.uint8)])
    shapes = []

    def score(images: ImageArray) -> NDArray[np.float64]:
        shapes.append(images.shape[1])
        return np.zeros((len(images), 3)) + images.mean(axis=(1, 2))[:, None]

    heat = perturbation_maps(tall, spans(3), [""] * 3, score, method="shap")[0]
    assert set(shapes) == {32}
    left, top, right, bottom = heat.box
    assert (left, right) == (0, 96)
    assert 60 < top < 104
    assert 126 < bottom < 172


@pytest.mark.parametrize("method", METHODS)
def test_a_blank_picture_has_even_maps(method: Method) -> None:
    heat = perturbation_maps(blank_line(60), spans(1), [""], lambda images: np.ones((len(images), 1)), method=method)[0]
    assert (heat.values == 0).all()


def test_no_characters_no_maps() -> None:
    assert perturbation_maps(blank_line(60), [], [], upper_strokes, method="shap") == ()


def test_too_few_samples_are_an_error() -> None:
    with pytest.raises(OptionError, match="samples"):
        perturbation_maps(two_part_line(1), spans(1), [""], upper_strokes, method="lime", samples=1)
