"""Letters on pictures."""

from __future__ import annotations

from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest

pytest.importorskip("freetype", reason="needs the train extra")

from lucidocr_training.scene import backdrop, paint_scene, read_backdrops

pytestmark = pytest.mark.torch

HEIGHT, WIDTH = 40, 200


def letters() -> np.ndarray:
    alpha = np.zeros((HEIGHT, WIDTH), np.float32)
    for x in range(20, 180, 20):
        alpha[8:32, x : x + 8] = 1
    return alpha


@pytest.mark.parametrize("grey", [0, 90, 128, 170, 255])
def test_letters_can_be_told_from_their_ground(grey: int) -> None:
    alpha = letters()
    for seed in range(60):
        ground = np.full((HEIGHT, WIDTH), grey, np.float32)
        image = np.clip(paint_scene(alpha, ground, Random(seed)), 0, 255)
        rim = np.asarray(cv2.dilate(alpha, np.ones((3, 3), np.uint8))) > 0
        assert np.abs(image - grey)[rim].max() > 40
        assert image.dtype == np.float32
        assert np.abs(image - grey)[:, :6].max() == 0


def test_a_seed_is_a_picture() -> None:
    ground = np.full((HEIGHT, WIDTH), 120, np.float32)
    first, again, other = (paint_scene(letters(), ground, Random(seed)) for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_backdrops_fit_any_line(tmp_path: Path) -> None:
    assert read_backdrops(tmp_path / "none") == ()
    ramp = np.tile(np.arange(256, dtype=np.uint8), (48, 1))
    cv2.imwrite(str(tmp_path / "a.png"), ramp)
    pieces = read_backdrops(tmp_path)
    assert len(pieces) == 1
    for height, width in ((12, 30), (40, 900), (90, 20)):
        for seed in range(20):
            made = backdrop(pieces, Random(seed), height, width)
            assert made.shape == (height, width)
            assert made.dtype == np.float32
            assert -1 <= made.min() <= made.max() <= 256
