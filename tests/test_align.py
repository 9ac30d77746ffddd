"""Where characters are: the posteriors' centres, and intervals that end in the ink's valleys."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from lucidocr.align import Extent, Stay, align, part_ink
from lucidocr.charset import Charset
from lucidocr.errors import AlignmentError, ImageSizeError
from lucidocr.ink import Ink, find_ink
from lucidocr.types import Frames, ImageArray
from tests.frames import random_frames

CHARSET = Charset("ab ")


def strokes(width: int, *extents: tuple[int, int], height: int = 48) -> ImageArray:
    """A line image with upright bars."""
    image = np.full((height, width), 230, np.uint8)
    for left, right in extents:
        image[8 : height - 8, left:right] = 20
    return image


def sure_frames(path: str, *, pixels_per_frame: float = 4.0) -> Frames:
    """Frames that say a path almost for certain, "-" for blank."""
    blank = np.array([0.999 if char == "-" else 0.001 for char in path])
    chars = np.full((len(path), 3), 1e-4)
    for step, char in enumerate(path):
        chars[step, 0 if char == "-" else CHARSET.encode(char)[0]] = 1 - 2e-4
    width = round(len(path) * pixels_per_frame)
    return Frames(
        np.log(blank).astype(np.float32),
        np.log1p(-blank).astype(np.float32),
        np.arange(len(path)),
        np.log(chars).astype(np.float32),
        pixels_per_frame,
        width,
    )


class TestPartInk:
    def test_characters_end_where_their_ink_does(self) -> None:
        ink = find_ink(strokes(100, (10, 28), (40, 52), (60, 90)))
        extents = part_ink([19.0, 46.0, 75.0], ink, 100.0)
        for extent, (left, right) in zip(extents, [(10, 28), (40, 52), (60, 90)], strict=True):
            assert (extent.left, extent.right) == pytest.approx((left, right), abs=1.0)

    def test_two_parts_of_one_character_stay_together(self) -> None:
        ink = find_ink(strokes(100, (10, 18), (22, 30), (50, 60)))
        first, second = part_ink([20.0, 55.0], ink, 100.0)
        assert (first.left, first.right) == pytest.approx((10, 30), abs=1.0)
        assert (second.left, second.right) == pytest.approx((50, 60), abs=1.0)

    def test_touching_characters_are_cut_where_the_ink_is_least(self) -> None:
        image = strokes(100, (10, 40), (44, 80))
        image[22:25, 40:44] = 20  # a thin bridge
        first, second = part_ink([25.0, 62.0], find_ink(image), 100.0)
        assert first.right == second.left
        assert 39 <= first.right <= 45

    def test_slanted_characters_overlap(self) -> None:
        image = np.full((48, 100), 230, np.uint8)
        for left in (10, 34):
            cv2.line(image, (left, 40), (left + 30, 8), 20, 4)
        first, second = part_ink([25.0, 49.0], find_ink(image), 100.0)
        assert first.right > second.left

    def test_a_space_reaches_from_ink_to_ink(self) -> None:
        ink = find_ink(strokes(100, (10, 30), (60, 80)))
        _, space, _ = part_ink([20.0, 45.0, 70.0], ink, 100.0)
        assert (space.left, space.right) == pytest.approx((30, 60), abs=1.0)

    def test_without_ink_characters_meet_midway(self) -> None:
        ink = find_ink(np.full((48, 100), 200, np.uint8))
        first, second = part_ink([20.0, 60.0], ink, 100.0)
        assert first.right == second.left == pytest.approx(40.0, abs=1.0)
        assert (first.left, second.right) == (20.0, 60.0)

    def test_light_strokes_on_dark_are_ink_too(self) -> None:
        image = strokes(100, (10, 28), (40, 52))
        dark, light = (part_ink([19.0, 46.0], find_ink(one), 100.0) for one in (image, 255 - image))
        assert dark == light

    def test_no_characters_no_extents(self) -> None:
        assert part_ink([], find_ink(strokes(50, (10, 20))), 50.0) == []

    def test_extents_lie_in_the_line_and_are_never_negative(self) -> None:
        ink = Ink(np.zeros(30), np.array([[4, 5]]), 1.0)
        for extent in part_ink([-2.0, 0.0, 3.0, 29.0, 40.0], ink, 30.0):
            assert 0 <= extent.left <= extent.right <= 30


class TestAlign:
    def test_every_row_of_states_adds_up_to_one(self) -> None:
        found = align(random_frames(20, 0), CHARSET, "ab a", strokes(80, (10, 20)))
        assert found.occupancy.shape == (20, 9)
        np.testing.assert_allclose(found.occupancy.sum(axis=1), 1.0, atol=1e-5)

    def test_centres_and_spans_follow_the_frames(self) -> None:
        frames = sure_frames("--aa----b--")
        found = align(frames, CHARSET, "ab", strokes(44, (8, 16), (32, 37)))
        np.testing.assert_allclose(found.centres, [12.0, 34.0], atol=0.1)
        assert found.deviations[0] > found.deviations[1] > 1.0  # a frame is four pixels wide
        assert [(span.char, span.start, span.stop) for span in found.spans] == [("a", 2, 4), ("b", 8, 9)]
        assert [(span.left, span.right) for span in found.spans] == [
            (pytest.approx(8, abs=1), pytest.approx(16, abs=1)),
            (pytest.approx(32, abs=1), pytest.approx(37, abs=1)),
        ]

    def test_any_text_has_its_places(self) -> None:
        frames = sure_frames("--aa----b--")
        given = align(frames, CHARSET, "bb", strokes(44, (8, 16), (32, 37)))
        assert given.log_prob < align(frames, CHARSET, "ab", strokes(44, (8, 16), (32, 37))).log_prob - 5
        np.testing.assert_allclose(given.centres, [12.0, 34.0], atol=2.5)
        assert given.spans[0].confidence < 0.01

    def test_spaces_at_the_ends_are_dropped(self) -> None:
        assert align(sure_frames("-a-b-"), CHARSET, "  ab ", strokes(20, (4, 8))).text == "ab"

    def test_no_text(self) -> None:
        found = align(sure_frames("---"), CHARSET, " ", strokes(12))
        assert (found.text, found.spans, found.centres.shape, found.occupancy.shape) == ("", (), (0,), (3, 1))

    def test_a_character_that_the_model_does_not_know_is_named(self) -> None:
        with pytest.raises(AlignmentError, match="does not know x 字"):
            align(sure_frames("-a-"), CHARSET, "a字x", strokes(12))

    def test_a_text_that_cannot_lie_on_the_line(self) -> None:
        with pytest.raises(AlignmentError, match="no alignment of 4 characters to 3 frames"):
            align(sure_frames("-a-"), CHARSET, "abab", strokes(12))

    def test_line_and_text_too_long_for_memory(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("lucidocr.align.MAX_CELLS", 30)
        with pytest.raises(ImageSizeError, match="3 characters on 5 frames"):
            align(sure_frames("-a-b-"), CHARSET, "aba", strokes(20))


def test_stays_are_joined_and_shifted() -> None:
    occupancy = np.zeros((4, 3))
    occupancy[:, 0], occupancy[1:3, 1] = 1, 1
    occupancy[1:3, 0] = 0
    stay = Stay.of(occupancy)
    assert (stay.starts.tolist(), stay.stops.tolist(), stay.centres.tolist()) == ([1], [3], [2.0])
    assert stay.deviations[0] == pytest.approx((0.25 + 1 / 12) ** 0.5)
    joined = Stay.join([stay, stay.shifted(4)])
    assert (joined.starts.tolist(), joined.centres.tolist()) == ([1, 5], [2.0, 6.0])


def test_extents_are_plain_numbers() -> None:
    extent = part_ink([19.0], find_ink(strokes(100, (10, 28))), 100.0)[0]
    assert isinstance(extent, Extent)
    assert {type(extent.left), type(extent.right)} == {float}
