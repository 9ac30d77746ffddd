from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lucidocr.errors import ImageSizeError, InputError
from lucidocr.model import load_model
from lucidocr.recognise import MAX_COLUMNS, Recogniser, plan_batches
from lucidocr.types import Frames
from tests.toy import paint_line


@pytest.fixture(scope="module")
def recogniser(toy_model: Path) -> Recogniser:
    return Recogniser(load_model(toy_model), threads=1, batch_columns=512)


def same(one: Frames, other: Frames) -> bool:
    """Equal but for the last bits, which differ with the place of a number in a vector register."""
    names = ("log_blank", "log_other", "log_chars")
    close = all(np.allclose(getattr(one, name), getattr(other, name), atol=1e-4) for name in names)
    return np.array_equal(one.active, other.active) and close


def test_frames_follow_the_contract(recogniser: Recogniser) -> None:
    (frames,) = recogniser.frames([paint_line("ab")])
    assert len(frames) == 40 / 4
    assert frames.active.tolist() == [2, 3, 5, 6]
    assert frames.log_chars.argmax(axis=1).tolist() == [0, 0, 1, 1]
    assert (frames.width, frames.pixels_per_frame) == (40, 4.0)
    assert np.allclose(np.exp(frames.log_blank) + np.exp(frames.log_other), 1, atol=1e-6)
    assert np.allclose(np.exp(frames.log_chars).sum(axis=1), 1, atol=1e-5)


def test_alone_or_in_any_batch_the_result_is_the_same(recogniser: Recogniser) -> None:
    texts = ["a", "abcdefgh" * 9, "b a", "hh" * 7, "", "gfedcba", "c" * 30, "abc"]
    lines = [paint_line(text, height=height) for text in texts for height in (32, 48, 20)]
    together = recogniser.frames(lines)
    assert all(same(frames, recogniser.frames([line])[0]) for frames, line in zip(together, lines, strict=True))
    backwards = recogniser.frames(lines[::-1])[::-1]
    assert all(same(one, other) for one, other in zip(together, backwards, strict=True))


def test_frames_know_the_scale_of_the_line_as_cut(recogniser: Recogniser) -> None:
    (frames,) = recogniser.frames([paint_line("abc", height=64)])
    assert frames.pixels_per_frame == 8.0
    assert frames.to_pixels(len(frames)) == frames.width


def test_colour_is_read_like_its_grey(recogniser: Recogniser) -> None:
    grey = paint_line("abc")
    assert same(*recogniser.frames([grey, np.repeat(grey[:, :, None], 3, axis=2)]))


def test_a_line_of_forty_thousand_pixels_is_read_whole(recogniser: Recogniser) -> None:
    text = "abcdefgh" * 416
    line = paint_line(text)
    assert line.shape[1] > 39_900
    (frames,) = recogniser.frames([line])
    assert len(frames) == -(-line.shape[1] // 4)
    assert len(frames.active) == 2 * len(text)


def test_no_lines() -> None:
    assert plan_batches([], 100) == []


def test_nothing_for_nothing(recogniser: Recogniser) -> None:
    assert recogniser.frames([]) == []


@pytest.mark.parametrize("limit", [1, 100, 1000, 100_000])
def test_batches_hold_every_line_once_within_bounds(limit: int) -> None:
    columns = np.random.default_rng(1).integers(8, 2000, 300).tolist()
    batches = plan_batches(columns, limit)
    assert sorted(number for batch in batches for number in batch) == list(range(300))
    for batch in batches:
        widths = [columns[number] for number in batch]
        assert len(batch) == 1 or len(batch) * max(widths) <= limit
        assert min(widths) >= 0.8 * max(widths)


@pytest.mark.parametrize(
    "line",
    [
        np.zeros((4, 4), np.float32),
        np.zeros(4, np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4), np.uint16),
        "x",
        None,
    ],
)
def test_what_is_no_line_image(recogniser: Recogniser, line: Any) -> None:
    with pytest.raises(InputError, match="not a line image"):
        recogniser.frames([line])


def test_lines_of_impossible_sizes(recogniser: Recogniser) -> None:
    with pytest.raises(ImageSizeError, match="no pixels"):
        recogniser.frames([np.zeros((0, 5), np.uint8)])
    with pytest.raises(ImageSizeError, match="too long"):
        recogniser.frames([np.zeros((1, MAX_COLUMNS), np.uint8)])


@pytest.mark.parametrize("shape", [(1, 1), (1, 100), (100, 1), (2, 3), (31, 33), (500, 7)])
def test_odd_shapes_are_read(recogniser: Recogniser, shape: tuple[int, int]) -> None:
    (frames,) = recogniser.frames([np.zeros(shape, np.uint8)])
    assert len(frames) >= 2
