"""What known places of characters teach the frames: checked by hand on small lines."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs the train extra")

import torch

from lucidocr_training.supervision import FrameTargets, frame_targets

pytestmark = pytest.mark.torch
NAN = float("nan")


def targets(edges: list[list[tuple[float, float]]], lengths: list[int], frames: list[int]) -> FrameTargets:
    return frame_targets(torch.tensor(edges), torch.tensor(lengths), torch.tensor(frames), max(frames))


def where(flags: torch.Tensor) -> list[list[int]]:
    return [row.nonzero()[:, 0].tolist() for row in flags]


@pytest.fixture(scope="module")
def line() -> FrameTargets:
    """Three characters in a line of twelve frames, 48 pixels."""
    return targets([[(8.0, 15.0), (17.0, 23.0), (30.0, 41.0)]], [3], [12])


def test_a_frame_lies_under_each_centre(line: FrameTargets) -> None:
    assert line.centres.tolist() == [[2, 5, 8]]  # 11.5, 20 and 35.5 pixels
    assert line.known.all()


def test_blanks_lie_between_characters_and_in_the_margins(line: FrameTargets) -> None:
    # Margins: frames 0 and 1 end at pixel 8; frame 11 starts after 41. Between: pixels 16 and 26.5.
    assert where(line.blanks) == [[0, 1, 4, 6, 11]]


def test_characters_may_be_said_at_and_beside_their_centres(line: FrameTargets) -> None:
    assert where(line.active) == [[1, 2, 3, 4, 5, 6, 7, 8, 9]]


def test_far_frames_are_not_active() -> None:
    made = targets([[(4.0, 8.0), (60.0, 68.0)]], [2], [20])
    assert where(made.active) == [[0, 1, 2, 15, 16, 17]]


def test_a_line_without_boxes_is_active_everywhere_and_never_told_to_be_blank() -> None:
    made = targets([[(NAN, NAN), (NAN, NAN)], [(4.0, 8.0), (12.0, 16.0)]], [2, 2], [5, 8])
    assert where(made.active)[0] == [0, 1, 2, 3, 4]  # not beyond its own end
    assert where(made.blanks)[0] == []
    assert made.known.tolist() == [[False, False], [True, True]]
    assert where(made.blanks)[1] == [0, 2, 4, 5, 6, 7]


def test_a_frame_under_a_centre_is_never_blank() -> None:
    made = targets([[(8.0, 9.0), (9.0, 12.0), (12.0, 13.0)]], [3], [6])  # all three meet in frames 2 and 3
    assert made.centres.tolist() == [[2, 2, 3]]
    assert not {2, 3} & set(where(made.blanks)[0])


def test_what_lies_beyond_a_line_is_neither_blank_nor_active() -> None:
    made = targets([[(4.0, 12.0)], [(40.0, 46.0)]], [1, 1], [4, 12])
    assert max(where(made.blanks)[0] + where(made.active)[0]) == 3
    assert 11 in where(made.active)[1] + where(made.blanks)[1]


def test_padding_of_labels_is_not_known() -> None:
    made = targets([[(4.0, 12.0), (NAN, NAN)], [(4.0, 12.0), (16.0, 24.0)]], [1, 2], [8, 8])
    assert made.known.tolist() == [[True, False], [True, True]]
    assert where(made.active) == [[1, 2, 3], [1, 2, 3, 4, 5, 6]]
    assert where(made.blanks)[0] == [0, 3, 4, 5, 6, 7]


def test_centres_stay_inside_the_line() -> None:
    made = targets([[(-9.0, -3.0), (30.0, 50.0)]], [2], [8])
    assert made.centres.tolist() == [[0, 7]]
