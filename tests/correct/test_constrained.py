"""The most probable match of an expression, beside trying all texts."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pytest

from lucidocr.charset import Charset
from lucidocr.correct.constrained import matching_texts, within
from lucidocr.correct.pattern import Pattern
from lucidocr.trellis import log_probabilities
from tests.frames import random_frames

CHARSET = Charset("abc ")


@pytest.mark.parametrize(
    "source", ["a*b", "[ab]{2}c?", "(a|bc)+", ".{3}", "aab?", "a(b c|c)", "c{5}", "b?", "a( b)?", " ?a", "a+ ?"]
)
@pytest.mark.parametrize("seed", range(12))
def test_finds_what_trying_all_texts_finds(source: str, seed: int) -> None:
    frames = random_frames(6, seed, active=1.0 if seed % 2 else 0.7, classes=4)
    texts = ["".join(chars) for count in range(7) for chars in product("abc ", repeat=count)]
    texts = [text for text in texts if text == text.strip(" ") and re.fullmatch(source, text)]
    log_probs = log_probabilities(frames, [CHARSET.encode(text) for text in texts], margin=3)
    found = matching_texts(frames, CHARSET, Pattern.parse(source), count=2, beam=64)
    if np.isneginf(log_probs).all():
        assert found == []
        return
    assert found[0].log_prob == pytest.approx(log_probs.max())
    assert found[0].text == texts[int(log_probs.argmax())]
    assert all(re.fullmatch(source, one.text) for one in found)


def test_a_narrow_beam_finds_a_match_wherever_there_is_one() -> None:
    found = matching_texts(random_frames(40, 3, classes=4), CHARSET, Pattern.parse("a{3}(bc){4}a"), beam=1)
    assert [one.text for one in found] == ["aaabcbcbcbca"]


def test_an_expression_may_be_looked_for_inside_of_a_line() -> None:
    frames = random_frames(8, 1, classes=4)
    assert all("cc" in one.text for one in matching_texts(frames, CHARSET, within("cc")))
    assert all(one.text.startswith("ca") for one in matching_texts(frames, CHARSET, within("^ca")))


def test_an_expression_that_has_too_many_states_inside_of_a_line_is_not_looked_for() -> None:
    frames = random_frames(30, 1, classes=4)
    assert matching_texts(frames, CHARSET, within("a.{14}b")) == []
    assert matching_texts(frames, CHARSET, Pattern.parse("a.{14}b"))


def test_a_line_without_frames_matches_only_what_matches_nothing() -> None:
    empty = random_frames(3, 0, active=0.0, classes=4)
    assert [one.text for one in matching_texts(empty, CHARSET, Pattern.parse("a?"))] == [""]
    assert matching_texts(empty, CHARSET, Pattern.parse("a")) == []
    assert matching_texts(random_frames(3, 0, classes=4), CHARSET, Pattern.parse("x")) == []
