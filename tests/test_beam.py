"""Prefix beam search, against trying every text."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from lucidocr.beam import beam_search
from lucidocr.charset import Charset
from lucidocr.decode import best_path
from lucidocr.errors import OptionError
from lucidocr.trellis import log_probability
from tests.frames import random_frames

NO_SPACE = Charset("abc")
CHARSET = Charset("ab ")


@pytest.mark.parametrize("active", [1.0, 0.5])
@pytest.mark.parametrize("seed", range(4))
def test_the_best_texts_of_all_are_found(seed: int, active: float) -> None:
    frames = random_frames(6, seed, active=active)
    texts = (text for length in range(6) for text in itertools.product(range(3), repeat=length))
    tried = sorted(((log_probability(frames, text), NO_SPACE.decode(text)) for text in texts), reverse=True)
    found = beam_search(frames, NO_SPACE, count=4, beam=200)
    assert [one.text for one in found] == [text for _, text in tried[:4]]
    assert [one.log_prob for one in found] == pytest.approx([log for log, _ in tried[:4]])


def test_spaces_at_the_ends_make_no_text_of_their_own() -> None:
    frames = random_frames(8, 1)
    found = beam_search(frames, CHARSET, count=6, beam=50)
    assert len({one.text for one in found}) == 6
    for one in found:
        assert one.text == one.text.strip()
        assert one.log_prob == pytest.approx(log_probability(frames, CHARSET.encode(one.text), margin=2))


def test_a_long_line_does_not_underflow() -> None:
    frames = random_frames(3000, 2)
    best, second = beam_search(replace(frames, log_chars=frames.log_chars - 3), NO_SPACE, count=2, beam=4)
    assert best.log_prob >= second.log_prob > -math.inf


def test_a_silent_line_holds_no_text() -> None:
    frames = replace(random_frames(5, 0), active=np.zeros(0, np.int64), log_chars=np.zeros((0, 3), np.float32))
    (found,) = beam_search(frames, NO_SPACE)
    assert found.text == ""
    assert found.log_prob == pytest.approx(float(frames.log_blank.sum()), rel=1e-5)


@pytest.mark.parametrize("seed", range(6))
def test_the_best_text_is_never_worse_than_the_greedy_one(seed: int) -> None:
    frames = random_frames(25, seed)
    greedy = [run.label for run in best_path(frames)]
    (best,) = beam_search(frames, NO_SPACE, count=1, beam=1)
    assert best.log_prob >= log_probability(frames, greedy) - 1e-9


@pytest.mark.parametrize("wrong", [{"count": 0}, {"beam": 0}])
def test_nothing_to_look_for(wrong: dict[str, int]) -> None:
    with pytest.raises(OptionError, match="at least one"):
        beam_search(random_frames(3, 0), NO_SPACE, **wrong)
