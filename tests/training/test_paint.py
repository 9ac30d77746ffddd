"""Photometry: right type and shape, the same for a seed, and the text stays visible where it was."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

pytest.importorskip("freetype", reason="needs the train extra")

from lucidocr.types import FloatArray, ImageArray
from lucidocr_training.paint import Palette, develop, paint

STRIP = np.tile(np.array([[255, 255, 0, 0]], np.uint8), (20, 40))


@pytest.fixture(scope="module")
def palette() -> Palette:
    return Palette.make(3, (STRIP,))


def scene(height: int, width: int) -> tuple[ImageArray, FloatArray]:
    """A block of ink in the middle of a line, and its box."""
    coverage = np.zeros((height, width), np.uint8)
    box = (width // 3, height // 4, 2 * width // 3, 3 * height // 4)
    coverage[box[1] : box[3], box[0] : box[2]] = 255
    return coverage, np.array([box], np.float32)


@pytest.mark.parametrize("size", [(12, 8), (12, 400), (33, 90), (64, 2600)])
def test_shape_and_type_stay(palette: Palette, size: tuple[int, int]) -> None:
    for seed in range(30):
        picture = paint(*scene(*size), palette, Random(seed))
        assert picture.dtype == np.uint8
        assert picture.shape == size


def test_a_seed_gives_the_same_pixels(palette: Palette) -> None:
    pictures = [paint(*scene(32, 120), palette, Random(seed)) for seed in range(40)]
    anew = Palette.make(3, (STRIP,))
    again = [paint(*scene(32, 120), anew, Random(seed)) for seed in range(40)]
    assert all((first == second).all() for first, second in zip(pictures, again, strict=True))
    assert len({picture.tobytes() for picture in pictures}) == 40


def test_another_palette_gives_other_textures() -> None:
    assert not np.array_equal(Palette.make(1).noise, Palette.make(2).noise)
    assert not np.array_equal(Palette.make(1).textures[0], Palette.make(2).textures[0])


def test_what_is_given_stays_as_it_was(palette: Palette) -> None:
    coverage, boxes = scene(32, 120)
    kept = coverage.copy(), boxes.copy()
    for seed in range(60):
        paint(coverage, boxes, palette, Random(seed))
    assert (coverage == kept[0]).all()
    assert (boxes == kept[1]).all()


def test_ink_differs_from_paper(palette: Palette) -> None:
    contrasts = []
    for seed in range(300):
        coverage, boxes = scene(32, 120)
        picture = paint(coverage, boxes, palette, Random(seed)).astype(float)
        contrasts.append(picture[coverage > 0].mean() - picture[coverage == 0].mean())
    assert np.mean(np.abs(contrasts) > 12) > 0.95
    assert np.mean(np.array(contrasts) < 0) > 0.5  # mostly dark on light
    assert np.mean(np.array(contrasts) > 0) > 0.05  # but light on dark too


def test_a_patch_wider_than_its_bank_repeats_it(palette: Palette) -> None:
    patch = palette.patch(palette.noise, Random(0), 20, 5000)
    columns = palette.noise.shape[1]
    assert patch.shape == (20, 5000)
    assert (patch[:, :100] == patch[:, columns : columns + 100]).all()


def test_developing_keeps_mean_grey_roughly(palette: Palette) -> None:
    flat = np.full((32, 100), 128, np.float32)
    means = [develop(flat.copy(), palette, Random(seed)).mean() for seed in range(100)]
    assert np.median(means) == pytest.approx(128, abs=2)
