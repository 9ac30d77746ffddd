"""What is done to a line's picture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from lucidocr.preprocess.indicators import measure
from lucidocr.preprocess.steps import STEPS, without_lines
from lucidocr.types import ImageArray
from tests.preprocess.drawn import grained, line, marked, ruled, sloping


def after(name: str, picture: ImageArray) -> ImageArray:
    return STEPS[name](picture, measure(picture))


def distance(one: ImageArray, other: ImageArray) -> float:
    return float(np.abs(one.astype(float) - other.astype(float)).mean())


class TestEveryStep:
    @pytest.mark.parametrize("name", STEPS)
    @pytest.mark.parametrize("shape", [(1, 1), (3, 5), (12, 300), (60, 7), (48, 400)])
    def test_widths_stay_or_double_and_pictures_stay_pictures(self, name: str, shape: tuple[int, int]) -> None:
        picture = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
        for one in (picture, np.full(shape, 200, np.uint8)):
            changed = after(name, one.copy())
            assert changed.dtype == np.uint8
            assert changed.ndim == 2
            assert changed.shape[0] > 0
            assert changed.shape[1] in (shape[1], 2 * shape[1])

    @pytest.mark.parametrize("name", STEPS)
    def test_the_picture_that_came_is_left_alone(self, name: str) -> None:
        picture = ruled(grained(line(), 8))
        kept = picture.copy()
        after(name, picture)
        assert (picture == kept).all()

    @pytest.mark.parametrize(
        "name", [name for name in STEPS if name not in ("brighten", "upscale", "equalise", "deconvolve")]
    )
    def test_light_on_dark_is_treated_as_its_negative(self, name: str) -> None:
        picture = marked(ruled(line()))
        assert distance(255 - after(name, 255 - picture), after(name, picture)) < 6


class TestLines:
    def test_a_line_through_the_text_goes_and_the_text_stays(self) -> None:
        clean, spoilt = line(), ruled(line())
        mended = after("lines", spoilt)
        assert distance(mended, clean) < 0.45 * distance(spoilt, clean)
        dark = clean < 90
        beside = dark & ~np.isin(np.arange(len(clean)), range(len(clean) // 2 - 2, len(clean) // 2 + 4))[:, None]
        assert (mended[beside] < 130).mean() > 0.95

    def test_small_lines_are_mended_too(self) -> None:
        clean = line(scale=0.4)
        spoilt = ruled(clean, thick=1)
        assert measure(after("lines", spoilt)).through < 0.3 < measure(spoilt).through

    def test_text_without_lines_is_left_as_it_is(self) -> None:
        for text in ("Total HEIGHT 1234", "illil|1I", "-----"[:2]):
            picture, mask = without_lines(line(text))
            assert not mask.any()
            assert (picture == line(text)).all()

    def test_where_the_line_was_is_marked(self) -> None:
        picture = ruled(line())
        mask = without_lines(picture)[1]
        rows = np.flatnonzero(mask.any(axis=1))
        assert set(rows) <= set(range(len(picture) // 2 - 2, len(picture) // 2 + 4))
        assert mask[len(picture) // 2].mean() > 0.3


class TestOthers:
    @pytest.mark.parametrize("degrees", [-5.0, 3.0])
    def test_deskew_levels_and_cuts_to_the_text(self, degrees: float) -> None:
        clean = line("Total amount due 1234567890")
        level = after("deskew", sloping(clean, degrees))
        assert abs(measure(level).skew) < 0.8
        assert level.shape[0] < 1.3 * clean.shape[0]

    def test_watermarks_go_and_ink_stays(self) -> None:
        clean, spoilt = line(), marked(line())
        mended = after("watermark", spoilt)
        bare = cv2.erode(clean, np.ones((5, 5), np.uint8)) > 200
        assert distance(mended[bare], clean[bare]) < 0.5 * distance(spoilt[bare], clean[bare])
        assert (mended[clean < 60] < 110).mean() > 0.95

    def test_flattened_paper_is_even(self) -> None:
        picture = line()
        lit = (picture * np.linspace(1.0, 0.4, picture.shape[1])[None]).astype(np.uint8)
        assert measure(after("flatten", lit)).background < 0.3 * measure(lit).background

    @pytest.mark.parametrize("name", ["denoise", "denoise-thoroughly", "smooth"])
    def test_grain_goes(self, name: str) -> None:
        spoilt = grained(line(paper=200), 25)
        assert measure(after(name, spoilt)).noise < 0.6 * measure(spoilt).noise

    @pytest.mark.parametrize("name", ["sharpen", "deconvolve"])
    def test_edges_become_steeper(self, name: str) -> None:
        soft = np.asarray(cv2.GaussianBlur(line(), (0, 0), 2.0), np.uint8)
        assert measure(after(name, soft)).sharpness > 1.1 * measure(soft).sharpness

    def test_dark_pictures_become_lighter_and_fuller(self) -> None:
        dark = (line() * 0.2).astype(np.uint8)
        assert after("brighten", dark).mean() > 1.5 * dark.mean()
        assert np.ptp(after("stretch", dark)) > 200

    def test_threshold_gives_black_and_white(self) -> None:
        assert set(np.unique(after("threshold", line()))) == {0, 255}

    def test_only_small_text_is_enlarged(self) -> None:
        small = line(scale=0.5)
        assert after("upscale", small).shape[1] == 2 * small.shape[1]
        large = line(scale=2.0)
        assert after("upscale", large) is large
