"""Texts of all kinds, always inside the alphabet."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

pytest.importorskip("freetype", reason="needs the train extra")

from lucidocr.charset import Charset
from lucidocr_training import alphabet
from lucidocr_training.corpus import Corpus, WordList, is_han
from tests.training.small import make_corpus


def draw(corpus: Corpus, count: int, seed: int = 1) -> list[str]:
    rng = Random(seed)
    return [corpus.draw(rng).text for _ in range(count)]


def test_a_seed_gives_the_same_texts(corpus: Corpus) -> None:
    assert draw(corpus, 200) == draw(corpus, 200)
    assert draw(corpus, 200) != draw(corpus, 200, seed=2)


def test_texts_stay_in_the_alphabet(corpus: Corpus, charset: Charset) -> None:
    for text in draw(corpus, 3000):
        assert text
        assert charset.unknown(text) == frozenset()


def test_a_smaller_alphabet_is_respected_too() -> None:
    small = Charset(" 0123456789abc天地")
    texts = draw(make_corpus(small), 500)
    assert set("".join(texts)) <= set(small.chars)
    assert len(set(texts)) > 50


def test_spaces_are_single_and_inside(corpus: Corpus) -> None:
    texts = draw(corpus, 3000)
    assert [text for text in texts if text != " ".join(text.split())] == []
    assert sum(" " in text for text in texts) > 100


def test_length_is_bounded(corpus: Corpus) -> None:
    lengths = sorted(map(len, draw(corpus, 3000)))
    assert lengths[0] == 1
    assert lengths[-1] <= 110
    assert 3 <= lengths[1500] <= 15


def test_script_tells_which_face_is_needed(corpus: Corpus) -> None:
    rng = Random(3)
    scripts: Counter[str] = Counter()
    for _ in range(1000):
        text = corpus.draw(rng)
        assert text.script == ("zh" if any(char > "\u2e7f" for char in text.text) else "latin")
        scripts[text.script] += 1
    assert min(scripts.values()) > 50


def test_kinds_are_all_drawn(corpus: Corpus) -> None:
    texts = draw(corpus, 20_000)
    assert any("@" in text for text in texts)
    assert any("¥" in text for text in texts)
    assert any(text.isdigit() and len(text) >= 17 for text in texts)
    assert any(is_han(text[0]) and any(char.isascii() and char.isalpha() for char in text) for text in texts)
    assert any(text.isupper() and " " in text for text in texts)


def test_no_label_can_be_confused_with_its_twin() -> None:
    texts = draw(make_corpus(Charset(alphabet.load())), 3000)
    assert [text for text in texts if alphabet.canonical(text) != text] == []


def test_words_are_drawn_by_weight() -> None:
    words = WordList.make([("rare", 1.0), ("often", 9.0)])
    rng = Random(0)
    drawn = Counter(words.draw(rng) for _ in range(2000))
    assert 1700 < drawn["often"] < 1900


def test_a_corpus_is_loaded_with_traditional_text(texts_folder: Path) -> None:
    charset = Charset(alphabet.load())
    texts = draw(Corpus.load(texts_folder, charset), 4000)
    joined = "".join(texts)
    assert charset.unknown(joined) == frozenset()
    assert "龍" in joined  # the text says 龙
    assert "闰余" not in joined  # all of it is in the first block, which is turned
