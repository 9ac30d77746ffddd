"""Which characters and words are taken for what."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lucidocr.analysis.confusions import differences, words_of
from lucidocr.analysis.observing import Observation, Outcome
from lucidocr.charset import Charset
from lucidocr.evaluate import LabelledLine
from lucidocr.metrics import Rule, edit_distance, edits, normalise

CHARSET = Charset("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ元无金额. ")


def observed(truth: str, reading: str, confidence: float = 0.5, rule: Rule = "exact") -> Observation:
    errors = edit_distance(normalise(reading, rule), normalise(truth, rule))
    outcomes = {"off": Outcome(reading, confidence, errors)}
    return Observation(LabelledLine(Path("a.png"), truth), len(truth), outcomes, np.zeros(25, np.float32))


@pytest.mark.parametrize(
    ("reading", "truth", "rule", "found"),
    [
        ("42无", "42元", "exact", [("无", "元", 2, 2)]),
        ("l0", "10", "exact", [("l", "1", 0, 0)]),
        ("ab", "acb", "exact", [("", "c", 1, 1)]),
        ("acb", "ab", "exact", [("c", "", 1, 1)]),
        ("", "ab", "exact", [("", "a", 0, 0), ("", "b", 0, 1)]),
        ("ab", "", "exact", [("a", "", 0, 0), ("b", "", 1, 0)]),
        ("A-B!", "a b", "alnum", []),
        ("T0tal: 4", "TOTAL 5", "alnum", [("0", "O", 1, 1), ("4", "5", 7, 6)]),
        ("金 额。", "金额.", "zh", []),
    ],
)
def test_edits(reading: str, truth: str, rule: Rule, found: list[tuple[str, str, int, int]]) -> None:
    assert [(one.read, one.truth, one.position, one.place) for one in edits(reading, truth, rule)] == found


def test_there_are_as_many_edits_as_the_distance_says() -> None:
    chance = np.random.default_rng(1)
    for _ in range(200):
        left, right = ("".join(chance.choice(list("abc"), chance.integers(0, 9))) for _ in range(2))
        assert len(edits(left, right, "exact")) == edit_distance(left, right)


def test_confusions_are_counted_and_the_surest_come_first() -> None:
    lines = [observed("42元", "42无", 0.3), observed("7元", "7无", 0.9), observed("10", "l0"), observed("abc", "abc")]
    found = differences(lines, "exact", CHARSET).confusions
    assert [(one.truth, one.read, one.count) for one in found] == [("元", "无", 2), ("1", "l", 1)]
    assert found[0].lines == (1, 0)


def test_characters_that_the_alphabet_lacks() -> None:
    found = differences([observed("a☃", "ax"), observed("☃", "x"), observed("元", "无")], "exact", CHARSET).characters
    assert [(one.char, one.seen, one.wrong, one.known) for one in found] == [("☃", 2, 2, False), ("元", 1, 1, True)]
    assert found[0].read == ("x",)


def test_words() -> None:
    assert list(words_of("Total 金额: don't e-mail 42 ab")) == [
        (0, "Total"), (6, "金额"), (10, "don't"), (16, "e-mail")
    ]  # fmt: skip
    assert list(words_of("金额合计大写人民币元整角分")) == []


def test_words_for_a_lexicon() -> None:
    lines = [
        observed("Invoice 1", "lnvoice 1"),
        observed("my Invoice", "my Invoice"),
        observed("Invoice", "xxxxice"),
        observed("Once", "0nce"),
        observed("金额 5", "金无 5"),
        observed("金额", "金额"),
        observed("Total Total", "TotaI Tota"),
    ]
    found = differences(lines, "exact", CHARSET).words
    assert [(one.word, one.seen, one.near, set(one.read)) for one in found] == [
        ("Total", 2, 2, {"TotaI", "Tota"}), ("Invoice", 3, 1, {"lnvoice"}), ("金额", 2, 1, {"金无"})
    ]  # fmt: skip
