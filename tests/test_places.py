"""What might stand in each place of a string, against trying every string."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from lucidocr.places import Places, weigh_places
from lucidocr.trellis import log_probability, make_trellis
from lucidocr.types import Frames
from tests.frames import CLASSES, random_frames

SPACE = 2


def log_rows(places: Places, classes: int) -> np.ndarray:
    """float64 [K, C + 1], of every class and of nothing; classes that are no candidates have none."""
    rows = np.full((len(places.log_own), classes + 1), -np.inf)
    rows[:, places.candidates] = places.log_candidates
    rows[:, -1] = places.log_nothing
    return rows


def stripped(labels: Sequence[int], margin: int | None) -> tuple[int, ...]:
    kept = [place for place, label in enumerate(labels) if label != margin]
    return tuple(labels[kept[0] : kept[-1] + 1]) if kept else ()


def tried(frames: Frames, labels: tuple[int, ...], classes: int, margin: int | None = None) -> np.ndarray:
    """What :func:`log_rows` must be: every string is tried, and those whose margin would be dropped are left out."""
    rows = np.full((len(labels), classes + 1), -np.inf)
    for place in range(len(labels)):
        for label in range(classes):
            one = (*labels[:place], label, *labels[place + 1 :])
            if stripped(one, margin) == one:
                rows[place, label] = log_probability(frames, one, margin=margin)
        rest = stripped((*labels[:place], *labels[place + 1 :]), margin)
        rows[place, -1] = log_probability(frames, rest, margin=margin)
    return rows - np.logaddexp.reduce(rows, axis=1)[:, None]


STRINGS = [(2,), (0, 2), (1, 1), (0, 2, 1), (1, 1, 1), (0, 1, 0), (0, 0, 2, 0, 0), (1, 0, 2, 1)]


@pytest.mark.parametrize("active", [1.0, 0.7, 0.4])
@pytest.mark.parametrize("labels", STRINGS)
def test_places_are_those_of_every_string_tried(labels: tuple[int, ...], active: float) -> None:
    for seed in range(4):
        frames = random_frames(14, seed, active=active)
        if log_probability(frames, labels) == -math.inf:
            continue
        places = weigh_places(frames, make_trellis(frames, labels), ranked=CLASSES)
        np.testing.assert_allclose(np.exp(log_rows(places, CLASSES)), np.exp(tried(frames, labels, CLASSES)), atol=1e-5)
        own = tried(frames, labels, CLASSES)[range(len(labels)), labels]
        np.testing.assert_allclose(places.log_own, own, atol=1e-4)


@pytest.mark.parametrize("labels", [(0,), (1, 0), (0, SPACE, 1), (1, SPACE, SPACE, 1), (0, 0, SPACE, 1, 0)])
def test_margins_are_dropped_from_every_string_tried(labels: tuple[int, ...]) -> None:
    for seed in range(4):
        frames = random_frames(12, seed, active=0.8)
        trellis = make_trellis(frames, labels, margin=SPACE)
        places = weigh_places(frames, trellis, ranked=CLASSES)
        expected = tried(frames, labels, CLASSES, margin=SPACE)
        np.testing.assert_allclose(np.exp(log_rows(places, CLASSES)), np.exp(expected), atol=1e-5)


def test_what_is_no_candidate_is_counted_together() -> None:
    frames = random_frames(30, 3, classes=4000)
    labels = tuple(int(label) for label in frames.log_chars[[4, 9, 20]].argmax(axis=1))
    trellis = make_trellis(frames, labels)
    few, all_ = weigh_places(frames, trellis), weigh_places(frames, trellis, ranked=4000)
    assert len(few.candidates) < 2000 < len(all_.candidates)
    rows = np.column_stack([few.log_candidates, few.log_nothing, few.log_others])
    np.testing.assert_allclose(np.exp(rows).sum(axis=1), 1.0)
    np.testing.assert_allclose(np.exp(few.log_own), np.exp(all_.log_own), rtol=1e-3)
    assert (few.log_others > -3).any()


def test_the_most_probable_are_candidates_however_improbable() -> None:
    frames = random_frames(20, 3, classes=50)
    sure = np.full((20, 50), -40.0, np.float32)
    sure[:, 7] = 0.0
    sure += np.linspace(0, 1, 50, dtype=np.float32)
    frames = Frames(frames.log_blank, frames.log_other, frames.active, sure, 4.0, 80)
    trellis = make_trellis(frames, (7, 7))
    assert weigh_places(frames, trellis).candidates.tolist() == [7]
    assert set(weigh_places(frames, trellis, ranked=4).candidates.tolist()) == {7, 47, 48, 49}


def test_a_string_that_is_nearly_impossible_still_has_its_places() -> None:
    frames = random_frames(60, 1)
    faint = Frames(
        log_blank=np.full(60, -1e-6, np.float32),
        log_other=np.full(60, -60.0, np.float32),
        active=frames.active,
        log_chars=frames.log_chars - 200,
        pixels_per_frame=4.0,
        width=240,
    )
    labels = (0, 1, 2, 1, 0)
    trellis = make_trellis(faint, labels)
    assert trellis.log_prob < -1000
    places = weigh_places(faint, trellis, ranked=3)
    np.testing.assert_allclose(np.exp(places.log_nothing), 1.0)
    expected = [log_probability(faint, (0, 1, 2, 1, 0)) - log_probability(faint, (0, 1, 2, 1))] * 5
    assert np.median(places.log_own - places.log_nothing) == pytest.approx(expected[0], rel=0.05)


def test_nothing_on_nothing() -> None:
    frames = random_frames(4, 0)
    places = weigh_places(frames, make_trellis(frames, ()))
    assert places.log_candidates.shape == (0, 0)
    assert len(places.log_nothing) == 0
