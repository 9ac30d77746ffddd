from __future__ import annotations

import itertools
import math
import time

import numpy as np
import pytest

from lucidocr.align import Extent, boundaries, ink_extent, log_probability
from lucidocr.types import Frames

CLASSES = 3


def random_frames(steps: int, seed: int, *, active: float = 1.0, classes: int = CLASSES) -> Frames:
    """Frames with random distributions; a part of them is active."""
    chance = np.random.default_rng(seed)
    blank = chance.uniform(0.05, 0.95, steps)
    numbers = np.flatnonzero(chance.random(steps) < active)
    chars = chance.dirichlet(np.ones(classes), len(numbers))
    return Frames(
        log_blank=np.log(blank).astype(np.float32),
        log_other=np.log1p(-blank).astype(np.float32),
        active=numbers.astype(np.int64),
        log_chars=np.log(chars).astype(np.float32).reshape(len(numbers), classes),
        pixels_per_frame=4.0,
        width=4 * steps,
    )


def path_probabilities(frames: Frames) -> dict[tuple[int, ...], float]:
    """P of every text, by going through every path: -1 is blank."""
    emitted = np.zeros((len(frames), CLASSES + 1))
    emitted[:, CLASSES] = np.exp(frames.log_blank)
    emitted[frames.active, :CLASSES] = np.exp(frames.log_other[frames.active, None] + frames.log_chars)
    totals: dict[tuple[int, ...], float] = {}
    for path in itertools.product(range(CLASSES + 1), repeat=len(frames)):
        probability = math.prod(emitted[step, label] for step, label in enumerate(path))
        text = tuple(label for label, _ in itertools.groupby(path) if label != CLASSES)
        totals[text] = totals.get(text, 0.0) + float(probability)
    return totals


@pytest.mark.parametrize("active", [1.0, 0.6, 0.3, 0.0])
@pytest.mark.parametrize("seed", range(3))
def test_the_forward_pass_sums_over_all_paths(seed: int, active: float) -> None:
    frames = random_frames(6, seed, active=active)
    totals = path_probabilities(frames)
    for length in range(5):
        for text in itertools.product(range(CLASSES), repeat=length):
            expected = totals.get(text, 0.0)
            assert math.exp(log_probability(frames, text)) == pytest.approx(expected, rel=1e-5, abs=1e-12)


@pytest.mark.parametrize("active", [1.0, 0.5])
def test_a_margin_stands_for_any_number_of_spaces_at_the_ends(active: float) -> None:
    frames = random_frames(6, 7, active=active)
    space = 2
    stripped: dict[tuple[int, ...], float] = {}
    for text, probability in path_probabilities(frames).items():
        inside = [number for number, label in enumerate(text) if label != space]
        key = text[inside[0] : inside[-1] + 1] if inside else ()
        stripped[key] = stripped.get(key, 0.0) + probability
    for text, expected in stripped.items():
        assert math.exp(log_probability(frames, text, margin=space)) == pytest.approx(expected, rel=1e-5, abs=1e-12)


def test_too_many_labels_have_no_path() -> None:
    frames = random_frames(3, 0)
    assert log_probability(frames, [0, 1, 2, 0]) == -math.inf
    assert log_probability(frames, [1, 1, 1]) == -math.inf  # needs two blanks


def test_very_improbable_texts_are_not_impossible() -> None:
    frames = random_frames(400, 0)
    one = Frames(frames.log_blank, frames.log_other, frames.active, frames.log_chars - 5.0, 4.0, 1600)
    assert -3000 < log_probability(one, [0, 1] * 150) < -800


def test_certain_blanks_do_no_harm() -> None:
    frames = random_frames(5, 0)
    blank = np.array([-np.inf, 0, -np.inf, 0, 0], np.float32)
    other = np.array([0, -np.inf, 0, -np.inf, -np.inf], np.float32)
    certain = Frames(blank, other, np.array([0, 2]), frames.log_chars[[0, 2]], 4.0, 20)
    assert log_probability(certain, [0, 1], margin=2) == pytest.approx(
        float(frames.log_chars[0, 0] + frames.log_chars[2, 1]), rel=1e-5
    )


def test_no_frames_hold_only_the_empty_text() -> None:
    frames = random_frames(0, 0)
    assert log_probability(frames, []) == 0.0
    assert log_probability(frames, [0]) == -math.inf


def test_a_usual_line_takes_under_two_milliseconds() -> None:
    frames = random_frames(80, 0, active=0.35, classes=8000)
    labels = list(range(18))
    times = []
    for _ in range(20):
        began = time.perf_counter()
        log_probability(frames, labels)
        times.append(time.perf_counter() - began)
    assert min(times) < 2e-3


def test_ink_extent() -> None:
    line = np.full((20, 100), 230, np.uint8)
    line[5:15, 12:70] = 20
    line[5:15, 80:90] = 200  # faint
    assert ink_extent(line) == Extent(12.0, 70.0)
    assert ink_extent(255 - line) == Extent(12.0, 70.0)
    assert ink_extent(np.full((20, 100), 7, np.uint8)) == Extent(0.0, 100.0)


def test_neighbours_meet_midway_and_ends_stay_in_the_ink() -> None:
    extents = boundaries([10.0, 20.0, 40.0], Extent(6.0, 90.0))
    assert extents == [Extent(6.0, 15.0), Extent(15.0, 30.0), Extent(30.0, 50.0)]


def test_one_character_takes_all_the_ink() -> None:
    assert boundaries([10.0], Extent(2.0, 30.0)) == [Extent(2.0, 30.0)]
    assert boundaries([], Extent(2.0, 30.0)) == []


def test_extents_are_never_negative() -> None:
    for extent in boundaries([3.0, 5.0], Extent(4.0, 4.5)):
        assert extent.left <= extent.right
