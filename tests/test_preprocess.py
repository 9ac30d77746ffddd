"""Size normalisation, and the trimming of small text in tall cells."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from lucidocr.preprocess import LINE_HEIGHT, normalise_line, to_batch, to_grey
from lucidocr.preprocess.band import SMALLEST, text_band, trim
from lucidocr.types import STRIDE, ImageArray


def cell(height: int, *, scale: float, border: bool = True, ink: int = 30, paper: int = 240) -> ImageArray:
    """A cell with text in its middle."""
    picture = np.full((height, 90), paper, np.uint8)
    cv2.putText(picture, "H+17", (14, round(height / 2 + 10 * scale)), cv2.FONT_HERSHEY_SIMPLEX, scale, ink, 1)
    if border:
        cv2.rectangle(picture, (0, 0), (89, height - 1), ink, 1)
    return picture


class TestTrim:
    @pytest.mark.parametrize("border", [False, True])
    @pytest.mark.parametrize(("ink", "paper"), [(30, 240), (230, 20)])
    def test_small_text_is_freed_of_empty_rows(self, border: bool, ink: int, paper: int) -> None:
        picture = cell(64, scale=0.5, border=border, ink=ink, paper=paper)
        top, bottom = text_band(picture)
        assert 8 <= bottom - top <= 20
        trimmed = trim(picture)
        assert trimmed.shape[0] < 32
        assert trimmed.shape[1] == picture.shape[1]
        inner = np.abs(trimmed[:, 3:-3].astype(int) - paper) > 60
        assert inner.sum() == (np.abs(picture[3:-3, 3:-3].astype(int) - paper) > 60).sum()

    def test_text_that_fills_its_picture_stays(self) -> None:
        picture = cell(28, scale=0.7, border=False)
        assert trim(picture) is picture

    def test_an_even_or_restless_picture_stays(self) -> None:
        assert trim(np.full((64, 90), 200, np.uint8)).shape == (64, 90)
        noise = np.random.default_rng(0).integers(0, 255, (64, 90), dtype=np.uint8)
        assert trim(noise).shape == (64, 90)

    def test_bold_stems_are_no_borders(self) -> None:
        picture = np.full((40, 60), 240, np.uint8)
        picture[:, 8:16] = picture[:, 26:34] = 20
        picture[17:23, 8:34] = 20
        assert trim(picture).shape == picture.shape

    def test_a_lone_dash_is_not_blown_up(self) -> None:
        picture = np.full((60, 40), 240, np.uint8)
        picture[30:32, 14:26] = 20
        assert trim(picture).shape[0] >= SMALLEST * 60 - 1


class TestNormalise:
    @pytest.mark.parametrize("shape", [(1, 1), (32, 4), (7, 900), (200, 60), (33, 1)])
    def test_height_stride_and_aspect(self, shape: tuple[int, int]) -> None:
        line = normalise_line(np.full(shape, 9, np.uint8))
        assert line.shape[0] == LINE_HEIGHT
        assert line.shape[1] % STRIDE == 0
        wanted = max(shape[1] * LINE_HEIGHT / shape[0], 2 * STRIDE)
        assert 0 <= line.shape[1] - wanted + 0.5 <= STRIDE + 0.5

    def test_a_batch_is_padded_with_mid_grey(self) -> None:
        lines = [np.full((32, 8), 255, np.uint8), np.zeros((32, 16), np.uint8)]
        images, widths = to_batch(lines)
        assert images.shape == (2, 1, 32, 16)
        assert widths.tolist() == [8, 16]
        assert (images[0, 0, :, :8] == 1).all()
        assert (images[0, 0, :, 8:] == 0).all()
        assert (images[1] == -1).all()

    def test_grey_is_left_alone(self) -> None:
        grey = np.full((3, 4), 7, np.uint8)
        assert to_grey(grey) is grey
        assert to_grey(np.full((3, 4, 3), 7, np.uint8)).tolist() == grey.tolist()
