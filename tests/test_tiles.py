"""Maps of pages that are looked at in pieces, by a network that marks dark pixels."""

from __future__ import annotations

import numpy as np
import pytest

from lucidocr import tiles
from lucidocr.tiles import map_of
from lucidocr.types import FloatArray


class Eye:
    """Says that what is dark is text, and keeps the sizes that it saw."""

    def __init__(self) -> None:
        self.sizes: list[tuple[int, int]] = []

    def __call__(self, image: FloatArray) -> FloatArray:
        assert image.dtype == np.float32
        assert image.shape[:2] == (1, 3)
        assert not image.shape[2] % 32
        assert not image.shape[3] % 32
        self.sizes.append(image.shape[2:])
        return np.asarray((1 - image[0].mean(axis=0)) / 2, np.float32)


def spotted(height: int, width: int) -> np.ndarray:
    chance = np.random.default_rng(height * width)
    return np.repeat(chance.integers(0, 256, (height, width, 1), dtype=np.uint8), 3, axis=2)


@pytest.mark.parametrize("size", [(900, 1100), (700, 3100), (3100, 700), (1, 1), (5, 2000)])
def test_pieces_make_the_map_of_the_whole(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    page = spotted(*size)
    whole = map_of(page, 1.0, Eye())
    monkeypatch.setattr(tiles, "MOST_AT_ONCE", 300_000)
    monkeypatch.setattr(tiles, "_WIDEST", 1000)
    eye = Eye()
    parted = map_of(page, 1.0, eye)
    assert np.abs(whole.astype(int) - (255 - page[:, :, 0].astype(int))).max() <= 1
    assert np.array_equal(whole, parted)
    assert all(height * width <= 450_000 for height, width in eye.sizes)


def test_a_page_is_scaled_first(monkeypatch: pytest.MonkeyPatch) -> None:
    page = np.full((2000, 3000, 3), 255, np.uint8)
    page[1000:1200, 1500:2100] = 0
    whole = map_of(page, 0.5, Eye())
    monkeypatch.setattr(tiles, "MOST_AT_ONCE", 300_000)
    for found in (whole, map_of(page, 0.5, Eye())):
        assert found.shape == (1000, 1500)
        assert found[501:599, 751:1049].min() == 255
        assert found[:499].max() == 0


def test_empty_tiles_are_not_looked_at() -> None:
    eye = Eye()
    assert not map_of(np.full((500, 500, 3), 200, np.uint8), 1.0, eye).any()
    assert eye.sizes == []
