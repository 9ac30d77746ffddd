from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import cv2
import numpy as np
import pytest
from PIL import Image

from lucidocr.explain.render import (
    alignment_picture,
    full_heat,
    heat_layer,
    heat_overlay,
    level,
    maps_of,
    palette,
    png,
    strongest_heat,
    zoom_of,
)
from lucidocr.types import HeatMap
from tests.evidence import FRAME, HEIGHT, WIDE, explanation_of, heat_of


def heat(values: list[list[float]], method: str = "hirescam") -> HeatMap:
    return HeatMap(method, 0, "", np.array(values, dtype=np.float32), (0.0, 0.0, 24.0, 32.0))


def layer_of(one: HeatMap, full: float) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(heat_layer(one, full))).convert("RGBA"))


def test_no_heat_is_transparent_and_more_heat_is_darker_on_both_sides() -> None:
    table = palette()
    assert table[128].tolist() == [0, 0, 0, 0]
    lightness = cv2.cvtColor(table[None, :, :3].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0, :, 0]
    for side in (lightness[129:], lightness[127:0:-1]):
        steps = np.diff(side)
        assert (steps < 0).all()
        assert np.ptp(steps) < 0.6  # even steps: as far apart to the eye everywhere
    assert (np.diff(table[128:, 3].astype(int)) >= 0).all()


def test_heat_for_is_red_and_heat_against_is_blue() -> None:
    strong_for, strong_against = palette()[255].astype(int), palette()[1].astype(int)
    assert strong_for[0] > 2 * strong_for[2]
    assert strong_against[2] > 2 * strong_against[0]


def test_a_map_is_drawn_in_proportion_to_its_line_but_never_too_faint() -> None:
    strong, weak, faint = heat([[4.0, 0]]), heat([[2.0, -3.0]]), heat([[0.01, 0]])
    strongest = strongest_heat([strong, weak, faint, heat([[90.0]], "lime")])
    assert strongest == {"hirescam": 4.0, "lime": 90.0}
    assert full_heat(strong, strongest) == full_heat(weak, strongest) == 4.0
    assert full_heat(faint, strongest) == pytest.approx(0.02)


def test_a_map_without_any_heat_can_be_drawn() -> None:
    nothing = heat([[0.0, 0.0]])
    assert not layer_of(nothing, full_heat(nothing, strongest_heat([nothing])))[..., 3].any()


def test_values_that_are_no_numbers_are_no_heat() -> None:
    assert strongest_heat([heat([[np.nan, 1.0, -np.inf]])]) == {"hirescam": 1.0}
    assert layer_of(heat([[np.nan, 1.0]]), 1.0)[0, 0, 3] == 0


def test_a_layer_has_the_shape_of_its_grid_and_is_small() -> None:
    one = heat_of("hirescam", 1)
    data = heat_layer(one, 2.0)
    pixels = np.asarray(Image.open(BytesIO(data)).convert("RGBA"))
    assert pixels.shape == (32, 4 * one.values.shape[1], 4)
    row, column = divmod(int(pixels[..., 3].argmax()), pixels.shape[1])
    assert (row // 4, column // 4) in {(3, WIDE // FRAME + 2), (3, WIDE // FRAME + 3)}
    assert len(data) < 3000


@pytest.mark.parametrize(("height", "width", "zoom"), [(32, 240, 3), (96, 500, 1), (200, 500, 1), (32, 2000, 1)])
def test_pictures_are_enlarged_to_a_size_that_can_be_seen(height: int, width: int, zoom: int) -> None:
    assert zoom_of(np.zeros((height, width), np.uint8)) == zoom


def test_an_overlay_is_the_line_with_heat_where_the_map_has_it() -> None:
    explanation = explanation_of("abc")
    one = explanation.maps[1]
    picture = heat_overlay(explanation, one, 2.0)
    assert picture.shape == (3 * HEIGHT, 3 * 3 * WIDE, 3)
    x, y = (round(3 * value) for value in one.peak)
    assert picture[y, x, 0] > picture[y, x, 2] + 50  # red on the dark block
    assert np.ptp(picture[y, 3 * WIDE // 2]) == 0  # grey on another character
    assert np.ptp(picture[-1, 3 * (WIDE + WIDE // 2)]) > 0  # the mark below the character


@pytest.mark.parametrize("position", [0, 2])
def test_a_grid_may_reach_over_the_edge_of_the_line(position: int) -> None:
    explanation = explanation_of("abc")
    assert heat_overlay(explanation, explanation.maps[position], 2.0).shape == (96, 216, 3)


def test_drawing_leaves_the_evidence_alone() -> None:
    explanation = explanation_of("abc")
    before = explanation.image.copy()
    for one in maps_of(explanation):
        heat_overlay(explanation, one, 1.0)
    assert np.array_equal(explanation.image, before)
    assert {one.method for one in maps_of(explanation)} == {"hirescam", "gradcam", "attention"}


def test_the_ribbon_shows_posteriors_in_the_colour_of_the_confidence() -> None:
    picture = alignment_picture(explanation_of("abc"))
    assert picture.shape == (96 + 72, 216, 3)
    ribbon = picture[96:].astype(int)
    frame = 3 * FRAME
    for number, channel in enumerate((1, 0, 0)):  # green, orange, red
        first = 3 * WIDE * number + 2 * frame
        bars = [ribbon[10:, first + step * frame + frame // 2] for step in (0, 1)]
        heights = [int((np.ptp(bar, axis=1) > 60).sum()) for bar in bars]
        assert heights == [pytest.approx(0.9 * 62, abs=1), pytest.approx(0.6 * 62, abs=1)]
        assert bars[0][-1].argmax() == channel


@pytest.mark.parametrize(("confidence", "word"), [(1.0, "sure"), (0.9, "sure"), (0.899, "check"), (0.59, "doubtful")])
def test_levels(confidence: float, word: str) -> None:
    assert level(confidence) == word


def test_png_of_a_line_is_the_line() -> None:
    explanation = explanation_of("ab")
    image = Image.open(BytesIO(png(explanation.image)))
    assert np.array_equal(np.asarray(image), explanation.image)


def test_a_line_without_characters_can_be_drawn() -> None:
    empty = replace(explanation_of("a"), characters=(), maps=(), glances=())
    assert alignment_picture(empty).shape == (168, 72, 3)
