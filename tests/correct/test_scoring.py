"""Scores of any text by frames, characters outside of the alphabet among them."""

from __future__ import annotations

import numpy as np
import pytest

from lucidocr.charset import Charset
from lucidocr.correct.scoring import LOG_UNKNOWN, Scorer
from lucidocr.trellis import log_probability
from tests.frames import random_frames

ALPHABET = Charset("ab ")
MARGIN = 2


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return Scorer.of(random_frames(12, 4), ALPHABET)


def test_known_texts_have_their_exact_probability(scorer: Scorer) -> None:
    frames = random_frames(12, 4)
    texts = ["", "a", "ab", "a b", "bb"]
    expected = [log_probability(frames, ALPHABET.encode(text), margin=MARGIN) for text in texts]
    assert scorer.log_probs(texts) == pytest.approx(expected)


def test_unknown_characters_cost_the_same_everywhere(scorer: Scorer) -> None:
    assert scorer.encode("a世b") == [0, 3, 1]
    one, other, known = scorer.log_probs(["a世b", "a界b", "aab"])
    assert one == other
    assert LOG_UNKNOWN + known - 8 < one < known


def test_a_text_without_room_is_impossible(scorer: Scorer) -> None:
    assert scorer.log_probs(["a" * 20, "a"])[0] == -np.inf


def test_posteriors_and_places_are_those_of_the_text(scorer: Scorer) -> None:
    posteriors = scorer.posteriors("a世b")
    assert posteriors.shape == (3,)
    assert ((posteriors >= 0) & (posteriors <= 1)).all()
    assert posteriors[1] < posteriors[0]
    pixels = np.full((20, 48), 255, np.uint8)
    spans = scorer.place("a世b", [0.5, 0.25, 0.125], pixels)
    assert "".join(span.char for span in spans) == "a世b"
    assert [span.confidence for span in spans] == [0.5, 0.25, 0.125]
    assert spans[0].start <= spans[1].start <= spans[2].start
