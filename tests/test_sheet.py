"""Sheets in photographs that are drawn here, and pictures that show none."""

from __future__ import annotations

from itertools import product

import cv2
import numpy as np
import pytest

from benchmarks.photographs import GROUNDS, Ground, photograph
from lucidocr.sheet import _fitted, find_sheet
from lucidocr.types import ImageArray


def sheet(height: int = 1100, width: int = 800) -> ImageArray:
    page = np.full((height, width, 3), 246, np.uint8)
    for number, y in enumerate(range(120, height - 80, 48)):
        cv2.putText(page, f"Line {number} total 42.50", (80, y), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (30, 30, 30), 2)
    return page


@pytest.mark.parametrize(("ground", "seed"), list(product(GROUNDS, (1, 2, 3))))
def test_the_corners_of_a_sheet_are_found_to_within_some_pixels(ground: Ground, seed: int) -> None:
    seen = photograph(sheet(), ground, slant=0.15, chance=np.random.default_rng(seed))
    found = find_sheet(seen.pixels)
    assert found is not None
    assert np.abs(found - seen.corners).max() < 4


@pytest.mark.parametrize("ground", GROUNDS)
def test_a_sheet_that_is_a_rectangle_stays_as_it_is(ground: Ground) -> None:
    assert find_sheet(photograph(sheet(), ground, slant=0, chance=np.random.default_rng(4)).pixels) is None


def test_a_sheet_of_which_a_corner_is_not_seen_is_left() -> None:
    seen = photograph(sheet(), "wood", slant=0.15, chance=np.random.default_rng(5))
    left = int(seen.corners[:, 0].min()) + 40
    assert find_sheet(np.ascontiguousarray(seen.pixels[:, left:])) is None


def test_scans_grounds_and_drawn_frames_are_no_sheets() -> None:
    chance = np.random.default_rng(6)
    framed = sheet()
    cv2.polylines(framed, [np.array([(60, 70), (730, 90), (760, 1040), (50, 1000)])], True, (0, 0, 0), 3)
    plain = np.full((600, 500, 3), 128, np.uint8)
    noise = chance.integers(0, 256, (600, 500, 3), dtype=np.uint8)
    for picture in (sheet(), framed, plain, noise, plain[:8, :8], plain[:40]):
        assert find_sheet(np.ascontiguousarray(picture)) is None


def test_a_dark_board_on_a_light_wall_is_no_paper() -> None:
    seen = photograph(sheet(), "cloth", slant=0.15, chance=np.random.default_rng(7))
    assert find_sheet(255 - seen.pixels) is None


def test_sides_that_do_not_meet_are_no_sheet() -> None:
    """Two sides in one line; a damaged picture had such."""
    corners = np.array([[10.0, 10.0], [50.0, 10.0], [90.0, 10.0], [10.0, 90.0]])
    assert _fitted(np.zeros((100, 100), np.float32), corners) is None
