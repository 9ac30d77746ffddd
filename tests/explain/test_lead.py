"""Differences of posteriors, against finite differences of log-probabilities."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lucidocr.errors import AlignmentError
from lucidocr.explain.lead import edited, lead_over
from lucidocr.trellis import label_posteriors, log_probability, without_margin
from lucidocr.types import Frames
from tests.frames import CLASSES, random_frames

SPACE = 2
STEP = 1e-3


def moved(frames: Frames, step: int, column: int | None, by: float) -> Frames:
    """The frames with one score changed, or the blank's logit where the column is None."""
    blank = frames.log_blank.astype(np.float64) - frames.log_other.astype(np.float64)
    scores = frames.log_chars.astype(np.float64)
    if column is None:
        blank[step] += by
    else:
        scores[step, column] += by
    scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return replace(
        frames, log_blank=-np.logaddexp(0, -blank), log_other=-np.logaddexp(0, blank), log_chars=scores
    )  # float64: finite differences need it


def lead_of(frames: Frames, text: tuple[int, ...], rival: tuple[int, ...], margin: int | None) -> float:
    return log_probability(frames, text, margin=margin) - log_probability(frames, rival, margin=margin)


@pytest.mark.parametrize("margin", [None, SPACE])
@pytest.mark.parametrize("text", [(0,), (0, 1), (1, 1), (0, SPACE, 1), (1, 0, 1)])
def test_gradients_are_those_of_the_lead(text: tuple[int, ...], margin: int | None) -> None:
    frames = random_frames(9, 3)
    probabilities = np.exp(frames.log_chars)
    edits = [(place, rival) for place in range(len(text)) for rival in (None, 0, 1)]
    lead = lead_over(frames, text, edits, margin=margin)
    for row, (place, rival) in enumerate(edits):
        other = edited(text, place, rival, margin)
        for step in (0, 4, 8):
            by_blank, *by_score = (
                (
                    lead_of(moved(frames, step, column, STEP), text, other, margin)
                    - lead_of(moved(frames, step, column, -STEP), text, other, margin)
                )
                / (2 * STEP)
                for column in (None, *range(CLASSES))
            )
            scores = lead.blank[row, step] * probabilities[step]
            scores[lead.classes] += lead.chars[row, step]
            assert lead.blank[row, step] == pytest.approx(by_blank, abs=2e-5)
            np.testing.assert_allclose(scores, by_score, atol=2e-5)


def test_posteriors_add_up_to_one_at_every_frame() -> None:
    frames = random_frames(12, 1, active=0.7)
    found = label_posteriors(frames, [(0, 1), (1, 0)], np.arange(3), margin=SPACE)
    assert found.shape == (2, 12, 4)
    np.testing.assert_allclose(found.sum(axis=2), 1.0)
    quiet = np.setdiff1d(np.arange(12), frames.active)
    np.testing.assert_allclose(found[:, quiet, 3], 1.0)


def test_a_string_without_a_path() -> None:
    with pytest.raises(AlignmentError):
        lead_over(random_frames(3, 0), (0, 1, 0), [(1, 0)])


def test_edits_drop_the_margin() -> None:
    assert edited((0, SPACE, 1), 0, None, SPACE) == (1,)
    assert edited((0, SPACE, 1), 2, None, SPACE) == (0,)
    assert edited((0, SPACE, 1), 1, 1, SPACE) == (0, 1, 1)
    assert without_margin((SPACE, SPACE), SPACE) == ()
    assert without_margin((SPACE, 0), None) == (SPACE, 0)
