"""CTC's sums over paths, against going through every path."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from lucidocr.errors import AlignmentError
from lucidocr.trellis import log_probabilities, log_probability, make_trellis
from lucidocr.types import Frames
from tests.frames import CLASSES, random_frames

SPACE = 2


def emissions(frames: Frames) -> np.ndarray:
    """float64 [T, C + 1], the last column is blank."""
    emitted = np.zeros((len(frames), CLASSES + 1))
    emitted[:, CLASSES] = np.exp(frames.log_blank)
    emitted[frames.active, :CLASSES] = np.exp(frames.log_other[frames.active, None] + frames.log_chars)
    return emitted


def path_probabilities(frames: Frames) -> dict[tuple[int, ...], float]:
    """P of every text, by going through every path: class ``CLASSES`` is blank."""
    emitted = emissions(frames)
    totals: dict[tuple[int, ...], float] = {}
    for path in itertools.product(range(CLASSES + 1), repeat=len(frames)):
        probability = math.prod(emitted[step, label] for step, label in enumerate(path))
        text = tuple(label for label, _ in itertools.groupby(path) if label != CLASSES)
        totals[text] = totals.get(text, 0.0) + float(probability)
    return totals


def state_masses(frames: Frames, labels: tuple[int, ...]) -> np.ndarray:
    """P(state at t and string), by going through every path of states."""
    wanted = [value for label in labels for value in (CLASSES, label)] + [CLASSES]
    emitted = emissions(frames)
    masses = np.zeros((len(frames), len(wanted)))
    for path in itertools.product(range(len(wanted)), repeat=len(frames)):
        steps = list(itertools.pairwise(path))
        allowed = path[0] <= 1 and path[-1] >= len(wanted) - 2
        allowed &= all(b - a in (0, 1) or (b - a == 2 and wanted[b] not in (CLASSES, wanted[a])) for a, b in steps)
        if allowed:
            mass = math.prod(emitted[step, wanted[state]] for step, state in enumerate(path))
            masses[range(len(frames)), path] += mass
    return masses


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
    totals: dict[tuple[int, ...], float] = {}
    for text, probability in path_probabilities(frames).items():
        inside = [number for number, label in enumerate(text) if label != SPACE]
        key = text[inside[0] : inside[-1] + 1] if inside else ()
        totals[key] = totals.get(key, 0.0) + probability
    for text, expected in totals.items():
        assert math.exp(log_probability(frames, text, margin=SPACE)) == pytest.approx(expected, rel=1e-5, abs=1e-12)


@pytest.mark.parametrize("labels", [(), (1,), (0, 2), (1, 1), (0, 1, 0)])
@pytest.mark.parametrize("active", [1.0, 0.7])
def test_occupancy_is_that_of_all_paths(labels: tuple[int, ...], active: float) -> None:
    for seed in range(3):
        frames = random_frames(5, seed, active=active)
        masses = state_masses(frames, labels)
        if masses.sum() == 0:
            with pytest.raises(AlignmentError):
                make_trellis(frames, labels)
            continue
        trellis = make_trellis(frames, labels)
        assert trellis.log_prob == pytest.approx(math.log(masses[0].sum()), abs=1e-6)
        np.testing.assert_allclose(trellis.occupancy, masses / masses[0].sum(), atol=1e-6)


@pytest.mark.parametrize("active", [1.0, 0.6])
@pytest.mark.parametrize("labels", [(), (2,), (0, 2, 1), (1, 1, 1), (0, 0, 2, 0), tuple([0, 1, 1, 2] * 6)])
@pytest.mark.parametrize("margin", [None, SPACE])
def test_both_passes_agree(labels: tuple[int, ...], active: float, margin: int | None) -> None:
    frames = random_frames(90, 5, active=active)
    trellis = make_trellis(frames, labels, margin=margin)
    assert trellis.log_prob == pytest.approx(log_probability(frames, labels, margin=margin), rel=1e-9)
    np.testing.assert_allclose(trellis.occupancy.sum(axis=1), 1, atol=1e-9)


@pytest.mark.parametrize(("steps", "labels"), [(3, (0, 1, 2, 0)), (2, (1, 1)), (0, (1,)), (1, (0, 1)), (3, (1, 1, 1))])
def test_what_cannot_be_aligned_is_said(steps: int, labels: tuple[int, ...]) -> None:
    frames = random_frames(steps, 0)
    assert log_probability(frames, labels) == -math.inf
    with pytest.raises(AlignmentError, match="alignment"):
        make_trellis(frames, labels)


def test_no_frames_hold_only_the_empty_text() -> None:
    frames = random_frames(0, 0)
    assert log_probability(frames, []) == 0.0
    trellis = make_trellis(frames, [])
    assert (trellis.log_prob, trellis.occupancy.shape) == (0.0, (0, 1))


def test_very_improbable_texts_are_not_impossible() -> None:
    frames = random_frames(400, 0)
    one = Frames(frames.log_blank, frames.log_other, frames.active, frames.log_chars - 5.0, 4.0, 1600)
    labels = [0, 1] * 150
    assert -3000 < log_probability(one, labels) < -800
    np.testing.assert_allclose(make_trellis(one, labels).occupancy.sum(axis=1), 1, atol=1e-9)


def test_certain_blanks_do_no_harm() -> None:
    frames = random_frames(5, 0)
    blank = np.array([-np.inf, 0, -np.inf, 0, 0], np.float32)
    other = np.array([0, -np.inf, 0, -np.inf, -np.inf], np.float32)
    certain = Frames(blank, other, np.array([0, 2]), frames.log_chars[[0, 2]], 4.0, 20)
    expected = pytest.approx(float(frames.log_chars[0, 0] + frames.log_chars[2, 1]), rel=1e-5)
    assert log_probability(certain, [0, 1], margin=2) == expected
    trellis = make_trellis(certain, [0, 1], margin=2)
    assert trellis.log_prob == expected
    assert trellis.occupancy.argmax(axis=1).tolist() == [1, 2, 3, 4, 4]


@pytest.mark.parametrize("margin", [None, SPACE])
@pytest.mark.parametrize("active", [1.0, 0.6, 0.0])
def test_strings_side_by_side_are_as_probable_as_alone(active: float, margin: int | None) -> None:
    frames = random_frames(7, 3, active=active)
    strings = [text for length in range(5) for text in itertools.product(range(CLASSES), repeat=length)]
    alone = [log_probability(frames, string, margin=margin) for string in strings]
    assert log_probabilities(frames, strings, margin=margin) == pytest.approx(alone, abs=1e-9)
    assert log_probabilities(frames, [(), ()], margin=margin) == pytest.approx(alone[:1] * 2, abs=1e-9)
    assert log_probabilities(frames, [], margin=margin).shape == (0,)


def test_long_lines_side_by_side_do_not_underflow() -> None:
    frames = random_frames(3000, 1)
    strings = [tuple(number % CLASSES for number in range(count)) for count in (0, 1, 400)]
    alone = [log_probability(frames, string) for string in strings]
    assert log_probabilities(frames, strings) == pytest.approx(alone, rel=1e-9)
