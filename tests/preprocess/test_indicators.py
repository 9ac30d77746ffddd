"""What is measured of a line's picture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from lucidocr.preprocess.indicators import INDICATORS, measure
from tests.preprocess.drawn import grained, line, marked, ruled, sloping


class TestMeasure:
    @pytest.mark.parametrize("shape", [(1, 1), (3, 3), (5, 200), (200, 5), (32, 4), (48, 3000), (400, 900)])
    def test_any_picture_gives_finite_numbers(self, shape: tuple[int, int]) -> None:
        picture = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
        for one in (picture, np.full(shape, 255, np.uint8), np.zeros(shape, np.uint8)):
            values = measure(one).values()
            assert values.shape == (len(INDICATORS),)
            assert np.isfinite(values).all()

    def test_size_and_greys(self) -> None:
        found = measure(line(ink=20, paper=240))
        assert found.height == line().shape[0]
        assert 20 <= found.text_height <= found.height
        assert found.paper == pytest.approx(240, abs=4)
        assert found.contrast == pytest.approx(220, abs=40)
        assert found.dark_on_light == 1.0

    def test_light_on_dark_is_told_and_measured_alike(self) -> None:
        found, turned = measure(line()), measure(255 - line())
        assert turned.dark_on_light == 0.0
        assert turned.paper == pytest.approx(15, abs=4)
        assert turned.stroke == pytest.approx(found.stroke, rel=0.1)
        assert turned.ink == pytest.approx(found.ink, rel=0.1)

    @pytest.mark.parametrize("degrees", [-4.0, -1.5, 0.0, 2.0, 5.0])
    def test_skew_in_degrees_falling_to_the_right(self, degrees: float) -> None:
        found = measure(sloping(line("Total amount due 1234567890"), degrees))
        assert found.skew == pytest.approx(degrees, abs=0.7)
        assert found.skew_gain >= 1.0

    def test_blur_lowers_sharpness_and_detail(self) -> None:
        clean, soft = measure(line()), measure(np.asarray(cv2.GaussianBlur(line(), (0, 0), 3), np.uint8))
        assert soft.sharpness < 0.6 * clean.sharpness
        assert soft.detail < clean.detail

    def test_enlarging_lowers_detail(self) -> None:
        large = cv2.resize(line(), None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
        assert measure(np.asarray(large, np.uint8)).detail < measure(line()).detail

    @pytest.mark.parametrize("spread", [10.0, 25.0])
    def test_noise_is_its_deviation_by_the_contrast(self, spread: float) -> None:
        found = measure(grained(line(paper=180), spread))
        assert found.noise * found.contrast == pytest.approx(spread, rel=0.35)
        assert measure(line()).noise < 0.02

    def test_single_odd_pixels_are_speckle(self) -> None:
        spoilt = line()
        spoilt[np.random.default_rng(0).random(spoilt.shape) < 0.03] = 0
        assert measure(spoilt).speckle > 0.005 > measure(line()).speckle

    def test_rules_are_long_and_those_through_the_text_are_told(self) -> None:
        clean = measure(line())
        assert measure(ruled(line())).through > 0.9 > clean.through
        under = measure(ruled(line(), row=len(line()) - 4))
        assert under.horizontal > 0.9
        assert under.through < 0.5

    def test_watermarks_are_midtones(self) -> None:
        assert measure(marked(line())).midtones > 0.02 > measure(line()).midtones

    def test_uneven_light(self) -> None:
        picture = line()
        lit = (picture * np.linspace(1.0, 0.4, picture.shape[1])[None]).astype(np.uint8)
        found = measure(lit)
        assert found.gradient < -0.4
        assert found.background > 4 * measure(picture).background

    def test_ink_at_the_sides(self) -> None:
        picture = line("HHHH")
        middle = picture.shape[1] // 8 + 10
        cut = picture[:, : -middle // 1] if middle == 0 else picture[:, 14:]
        assert measure(cut).left > 0.3 > measure(picture).left
        assert measure(picture[: len(picture) // 2]).bottom > 0.02 > measure(picture).bottom

    def test_strokes(self) -> None:
        thin, thick = line(scale=2.0), np.asarray(cv2.erode(line(scale=2.0), np.ones((3, 3), np.uint8)), np.uint8)
        assert measure(thick).stroke > 1.15 * measure(thin).stroke
