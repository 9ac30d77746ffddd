"""Where the normalised line lies on the line as cut."""

from __future__ import annotations

import numpy as np
import pytest

from lucidocr.explain.seen import Seen
from lucidocr.types import HeatMap, ImageArray
from tests.explain.drawing import two_part_line


def tall(factor: int = 1) -> ImageArray:
    """Three characters in the middle of a picture that is mostly empty above and below."""
    empty = np.full((100, 96), 230, np.uint8)
    line = np.vstack([empty, two_part_line(3), empty])
    return np.repeat(np.repeat(line, factor, axis=0), factor, axis=1)


def test_a_line_of_the_right_height_is_seen_as_it_is() -> None:
    line = two_part_line(3)
    seen = Seen.of(line)
    np.testing.assert_array_equal(seen.line, line)
    assert seen.rectangle((10.0, 4.0, 20.0, 30.0)) == (10.0, 4.0, 20.0, 30.0)


@pytest.mark.parametrize("factor", [1, 2])
def test_boxes_follow_trimming_and_scaling(factor: int) -> None:
    seen = Seen.of(tall(factor))
    left, top, right, bottom = seen.rectangle(
        (7.0 * factor, 106.0 * factor, 23.0 * factor, 125.0 * factor)  # the first character
    )
    ink = np.argwhere(seen.line[:, : round(right) + 4] < 120)
    assert ink.min(axis=0) + 0.5 == pytest.approx((top, left), abs=1.2)
    assert ink.max(axis=0) + 0.5 == pytest.approx((bottom, right), abs=1.2)


def test_heat_is_found_again_at_its_place() -> None:
    seen = Seen.of(tall())
    values = np.zeros((8, seen.line.shape[1] // 4), np.float32)
    values[3, 5] = 2.0
    heat = HeatMap("test", 0, "", values, seen.box)
    sampled = seen.heat(heat)
    row, column = np.unravel_index(sampled.argmax(), sampled.shape)
    x, y = heat.peak
    assert seen.columns(x, x)[0] == pytest.approx(column + 0.5, abs=1)
    assert seen.rows(y, y)[0] == pytest.approx(row + 0.5, abs=1)
    assert sampled.max() <= 2.0


def test_a_map_of_the_line_s_own_grid_is_unchanged_and_signs_are_kept() -> None:
    seen = Seen.of(two_part_line(2))
    values = np.random.default_rng(0).normal(size=seen.line.shape).astype(np.float32)
    np.testing.assert_allclose(seen.heat(HeatMap("test", 0, "", values, seen.box)), values, atol=1e-5)


def test_outside_of_a_map_s_box_there_is_no_heat() -> None:
    seen = Seen.of(two_part_line(2))
    sampled = seen.heat(HeatMap("test", 0, "", np.ones((2, 2), np.float32), (16.0, 8.0, 32.0, 24.0)))
    assert sampled.sum() == pytest.approx(16 * 16)
    assert (sampled[8:24, 16:32] == 1).all()
