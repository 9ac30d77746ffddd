from __future__ import annotations

import numpy as np
import pytest

from lucidocr.ink import find_ink, ink_mask
from lucidocr.types import ImageArray


def bars(*extents: tuple[int, int], height: int = 48, width: int = 120, paper: int = 235) -> ImageArray:
    image = np.full((height, width), paper, np.uint8)
    for left, right in extents:
        image[height // 6 : height - height // 6, left:right] = 25
    return image


@pytest.mark.parametrize("height", [24, 48, 96])
def test_pieces_are_found_at_every_size(height: int) -> None:
    scale = height / 48
    extents = [(round(10 * scale), round(18 * scale)), (round(60 * scale), round(72 * scale))]
    ink = find_ink(bars(*extents, height=height, width=round(120 * scale)))
    assert ink.scale == pytest.approx(48 / height, rel=0.02)
    np.testing.assert_allclose(ink.pieces / ink.scale, extents, atol=max(1.5, 1.5 * scale))
    assert ink.columns.max() > 0.5


def test_light_on_dark_is_ink_as_well() -> None:
    image = bars((10, 18), (60, 72))
    np.testing.assert_array_equal(ink_mask(image), ink_mask(255 - image))


def test_a_shadow_is_no_ink() -> None:
    image = bars((40, 48)).astype(np.float64) * np.linspace(1.0, 0.55, 120)
    ink = find_ink(image.astype(np.uint8))
    assert len(ink.pieces) == 1
    assert ink.pieces[0] == pytest.approx([40, 48], abs=2)


def test_dust_is_no_piece() -> None:
    image = bars((40, 48))
    image[5:7, 90:92] = 25
    assert len(find_ink(image).pieces) == 1


def test_an_even_picture_has_no_ink() -> None:
    ink = find_ink(np.full((30, 90), 128, np.uint8))
    assert ink.pieces.shape == (0, 2)
    assert not ink.columns.any()


def test_noise_below_the_faintest_ink_is_none() -> None:
    noise = np.random.default_rng(0).integers(200, 202, (48, 200)).astype(np.uint8)
    assert len(find_ink(noise).pieces) == 0
