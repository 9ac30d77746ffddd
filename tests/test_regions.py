"""From drawn maps to quads."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lucidocr.regions import GROWTH, quads_of


def map_of(*rectangles: tuple[int, int, int, int], value: int = 255) -> NDArray[np.uint8]:
    """Left, top, right and bottom of what is text."""
    drawn = np.zeros((120, 200), np.uint8)
    for left, top, right, bottom in rectangles:
        drawn[top:bottom, left:right] = value
    return drawn


def test_a_region_grows_by_its_area_over_its_perimeter() -> None:
    (quad,) = quads_of(map_of((50, 40, 130, 52)))
    out = GROWTH * 80 * 12 / (2 * (80 + 12))
    wanted = [(50 - out, 40 - out), (130 + out, 40 - out), (130 + out, 52 + out), (50 - out, 52 + out)]
    np.testing.assert_allclose(quad, wanted, atol=1e-3)


def test_a_tilted_region_keeps_its_angle() -> None:
    drawn = np.zeros((300, 300), np.uint8)
    corners = cv2.boxPoints(((150, 150), (160, 20), 20))
    cv2.fillConvexPoly(drawn, np.round(corners).astype(np.int32), 255)
    (quad,) = quads_of(drawn)
    across = quad[1] - quad[0]
    assert np.degrees(np.arctan2(across[1], across[0])) == pytest.approx(20, abs=1)


def drawn_rectangle(width: int, height: int, degrees: float) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """A map with one rectangle, and its corners from the one that is the upper left before it is turned clockwise."""
    drawn = np.zeros((300, 300), np.uint8)
    turn = np.radians(degrees)
    along, down = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    corners = [150 + along * x * width / 2 + down * y * height / 2 for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    cv2.fillConvexPoly(drawn, np.round(corners).astype(np.int32), 255)
    return drawn, np.array(corners, np.float32)


@pytest.mark.parametrize("degrees", [-25, -10, -4, 0, 4, 10, 25])
@pytest.mark.parametrize("size", [(24, 200), (40, 90), (200, 24), (60, 50)])
def test_a_leaning_region_begins_at_its_upper_left(size: tuple[int, int], degrees: float) -> None:
    """However far the top of a column is off its foot, no column lies down."""
    drawn, corners = drawn_rectangle(*size, degrees)
    (quad,) = quads_of(drawn)
    for side in range(4):
        wanted, found = (ends[(side + 1) % 4] - ends[side] for ends in (corners, quad))
        assert wanted @ found > 0.99 * np.linalg.norm(wanted) * np.linalg.norm(found)


@pytest.mark.parametrize("degrees", [-55, -40, 40, 55])
def test_a_long_region_that_is_tilted_runs_along_its_length(degrees: float) -> None:
    drawn, _ = drawn_rectangle(200, 24, degrees)
    (quad,) = quads_of(drawn)
    along = quad[1] - quad[0]
    assert np.degrees(np.arctan2(along[1], along[0])) == pytest.approx(degrees, abs=2)


def test_faint_and_thin_regions_are_no_lines() -> None:
    assert quads_of(map_of((50, 40, 130, 52), value=115)) == []
    assert quads_of(map_of((50, 40, 130, 42))) == []
    assert quads_of(map_of()) == []


def test_a_hole_is_no_line_and_what_stands_in_it_is_one() -> None:
    drawn = map_of((10, 10, 190, 110))
    drawn[20:100, 20:180] = 0
    drawn[50:62, 60:140] = 255
    quads = quads_of(drawn)
    assert len(quads) == 1  # the frame itself is mostly hole
    np.testing.assert_allclose(quads[0].mean(axis=0), (100, 56), atol=0.1)


def test_pieces_a_pixel_apart_are_one_line() -> None:
    assert len(quads_of(map_of((50, 40, 90, 52), (91, 40, 130, 52)))) == 1
    assert len(quads_of(map_of((50, 40, 90, 52), (93, 40, 130, 52)))) == 2


def test_regions_at_the_edges_reach_beyond_the_map() -> None:
    (quad,) = quads_of(map_of((150, 108, 200, 120)))
    assert quad[2].min() > 120
