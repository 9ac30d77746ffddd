"""The index of words, beside looking at every word."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lucidocr.correct.neighbours import Index, boundaries
from lucidocr.metrics import edit_distance

WORDS = st.lists(st.text("上海市ab1 ", min_size=1, max_size=4), min_size=1, max_size=6, unique=True)
TEXTS = st.text("上海市ab1 ", min_size=1, max_size=8)


def stretches(text: str) -> list[tuple[int, int]]:
    places = boundaries(text).tolist()
    return [(start, stop) for start in places for stop in places if start < stop]


@settings(deadline=None)
@given(WORDS, TEXTS)
def test_finds_every_word_between_boundaries(words: list[str], text: str) -> None:
    found = {(hit.start, hit.stop, words[hit.word]) for hit in Index(words).occurring(text)}
    assert found == {(a, b, word) for a, b in stretches(text) for word in words if text[a:b] == word}


@settings(deadline=None)
@given(WORDS, TEXTS)
def test_finds_every_word_that_is_one_edit_away(words: list[str], text: str) -> None:
    near = Index(words).near(text, np.ones(len(text), dtype=np.bool_))
    found = {(a, b, words[w]) for a, b, w in zip(near.starts, near.stops, near.words, strict=True)}
    for start, stop in stretches(text):
        for word in words:
            if len(word) > 1 and edit_distance(text[start:stop], word) == 1:
                assert (start, stop, word) in found


def test_a_character_that_is_not_doubted_is_neither_changed_nor_dropped() -> None:
    near = Index(["上海市"]).near("上悔市", np.array([True, False, True]))
    assert not len(near.starts)


def test_words_of_letters_and_digits_are_whole() -> None:
    assert boundaries("在A4纸ab c").tolist() == [0, 1, 3, 4, 6, 7, 8]
    assert Index(["art", "a4"]).occurring("start a42") == []
