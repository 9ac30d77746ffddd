"""Exact posteriors of CTC states and places, against going through everything."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from lucidocr.align import log_probability
from lucidocr.errors import AlignmentError
from lucidocr.trellis import make_trellis, place_posteriors
from lucidocr.types import Frames

CLASSES = 3


def random_frames(steps: int, seed: int, *, active: float = 1.0, classes: int = CLASSES) -> Frames:
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


def state_masses(frames: Frames, labels: tuple[int, ...]) -> np.ndarray:
    """P(state at t and string), by going through every path of states."""
    wanted = [value for label in labels for value in (CLASSES, label)] + [CLASSES]
    emitted = np.zeros((len(frames), CLASSES + 1))
    emitted[:, CLASSES] = np.exp(frames.log_blank)
    emitted[frames.active, :CLASSES] = np.exp(frames.log_other[frames.active, None] + frames.log_chars)
    masses = np.zeros((len(frames), len(wanted)))
    for path in itertools.product(range(len(wanted)), repeat=len(frames)):
        steps = list(itertools.pairwise(path))
        allowed = path[0] <= 1 and path[-1] >= len(wanted) - 2
        allowed &= all(
            b - a in (0, 1) or (b - a == 2 and wanted[b] not in (CLASSES, wanted[a])) for a, b in steps
        )  # fmt: skip
        if allowed:
            mass = math.prod(emitted[step, wanted[state]] for step, state in enumerate(path))
            masses[range(len(frames)), path] += mass
    return masses


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
def test_the_sum_is_that_of_the_forward_pass(labels: tuple[int, ...], active: float) -> None:
    frames = random_frames(90, 5, active=active)
    trellis = make_trellis(frames, labels)
    assert trellis.log_prob == pytest.approx(log_probability(frames, labels), rel=1e-9)
    np.testing.assert_allclose(trellis.occupancy.sum(1), 1, atol=1e-9)


@pytest.mark.parametrize("active", [1.0, 0.7, 0.4])
@pytest.mark.parametrize("labels", [(2,), (0, 2), (1, 1), (0, 2, 1), (1, 1, 1), (0, 1, 0), (0, 0, 2, 0, 0)])
def test_places_are_those_of_every_string_tried(labels: tuple[int, ...], active: float) -> None:
    for seed in range(4):
        frames = random_frames(14, seed, active=active)
        if log_probability(frames, labels) == -math.inf:
            continue
        found = place_posteriors(frames, make_trellis(frames, labels), CLASSES)
        assert found.shape == (len(labels), CLASSES + 1)
        for place in range(len(labels)):
            head, tail = labels[:place], labels[place + 1 :]
            tried = [(*head, label, *tail) for label in range(CLASSES)] + [(*head, *tail)]
            masses = np.exp([log_probability(frames, one) for one in tried])
            np.testing.assert_allclose(found[place], masses / masses.sum(), atol=1e-7)


def test_a_string_that_is_nearly_impossible_still_has_its_places() -> None:
    frames = random_frames(60, 1)
    faint = Frames(
        log_blank=np.full(60, -1e-6, np.float32),
        log_other=np.full(60, -60.0, np.float32),
        active=frames.active,
        log_chars=frames.log_chars,
        pixels_per_frame=4.0,
        width=240,
    )
    labels = (0, 1, 2, 1, 0)
    trellis = make_trellis(faint, labels)
    assert trellis.log_prob < -250
    found = place_posteriors(faint, trellis, CLASSES)
    np.testing.assert_allclose(found.sum(1), 1)
    assert (found[:, CLASSES] > 0.99).all()


@pytest.mark.parametrize(("steps", "labels"), [(3, (0, 1, 2, 0)), (2, (1, 1)), (0, (1,)), (1, (0, 1))])
def test_what_cannot_be_aligned_is_said(steps: int, labels: tuple[int, ...]) -> None:
    with pytest.raises(AlignmentError, match="alignment"):
        make_trellis(random_frames(steps, 0), labels)


def test_nothing_on_nothing() -> None:
    frames = random_frames(4, 0)
    assert place_posteriors(frames, make_trellis(frames, ()), CLASSES).shape == (0, CLASSES + 1)
