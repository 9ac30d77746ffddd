from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucidocr.metrics import RULES, Rule, edit_distance, judge, normalise, tally

SHORT = st.text(alphabet="ab中。", max_size=8)


@pytest.mark.parametrize(
    ("rule", "text", "wanted"),
    [
        ("alnum", "It's 5 O'Clock!", "its5oclock"),
        ("alnum", "STRASSE", "strasse"),
        ("alnum", "Straße", "strasse"),
        ("alnum", "…—", ""),
        ("zh", "你好， 世界！", "你好,世界!"),
        ("zh", "（１２）Ａ\u3000b", "(12)Ab"),
        ("zh", "完。“好”", '完."好"'),
        ("exact", " A。", " A。"),
    ],
)
def test_normalise(rule: Rule, text: str, wanted: str) -> None:
    assert normalise(text, rule) == wanted


@given(SHORT)
def test_normalising_twice_changes_nothing(text: str) -> None:
    for rule in RULES:
        once = normalise(text, rule)
        assert normalise(once, rule) == once


@pytest.mark.parametrize(
    ("left", "right", "distance"),
    [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("ab", "ba", 2), ("元", "无", 1), ("abc", "abc", 0)],
)
def test_edit_distance(left: str, right: str, distance: int) -> None:
    assert edit_distance(left, right) == distance


def by_definition(left: str, right: str) -> int:
    """The recursion that defines the distance; exponential, and evidently right."""
    if not left or not right:
        return len(left) + len(right)
    if left[0] == right[0]:
        return by_definition(left[1:], right[1:])
    return 1 + min(by_definition(left[1:], right), by_definition(left, right[1:]), by_definition(left[1:], right[1:]))


@given(st.text("ab", max_size=5), st.text("ab", max_size=5))
def test_edit_distance_is_the_recursion(left: str, right: str) -> None:
    assert edit_distance(left, right) == by_definition(left, right)


@given(SHORT, SHORT, SHORT)
def test_edit_distance_is_a_metric(a: str, b: str, c: str) -> None:
    assert (edit_distance(a, b) == 0) == (a == b)
    assert edit_distance(a, b) == edit_distance(b, a)
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)


def test_tally_sums_over_the_corpus_and_not_over_lines() -> None:
    counts = tally([("ab", "ab"), ("", "abcdefgh"), ("x", "!")], "alnum")
    assert (counts.lines, counts.right, counts.errors, counts.length, counts.excluded) == (2, 1, 8, 10, 1)
    assert counts.line_accuracy == 0.5
    assert counts.cer == 0.8


def test_an_invented_text_counts_against_the_reader() -> None:
    assert tally([("aaaa", "b")], "exact").cer == 4.0


def test_tally_of_nothing() -> None:
    counts = tally([], "zh")
    assert (counts.line_accuracy, counts.cer) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("rule", "reading", "truth", "wanted"),
    [
        ("exact", "", "abc", []),
        ("exact", "abc", "", [False, False, False]),
        ("exact", "kitten", "sitting", [False, True, True, True, False, True]),
        ("exact", "aXbc", "abc", [True, False, True, True]),
        ("exact", "ac", "abc", [True, True]),
        ("exact", "无人", "元人", [False, True]),
        ("alnum", "It's 5!", "ITS 6", [True, True, None, True, None, False, None]),
        ("alnum", "Straße", "STRASSE", [True] * 6),
        ("alnum", "Straße", "STRASTE", [True] * 4 + [False, True]),
        ("zh", "完。 1℃", "完.1°D", [True, True, None, True, False]),
        ("zh", "e\u0301a", "éa", [True, True, True]),
        ("zh", "e\u0301a", "ea", [False, False, True]),
    ],
)
def test_judge(rule: Rule, reading: str, truth: str, wanted: list[bool | None]) -> None:
    assert list(judge(reading, truth, rule)) == wanted


@given(SHORT, SHORT)
def test_what_is_not_right_takes_an_edit(reading: str, truth: str) -> None:
    verdicts = judge(reading, truth, "exact")
    assert len(verdicts) == len(reading)
    assert max(verdicts.count(False), len(truth) - verdicts.count(True)) <= edit_distance(reading, truth)
    assert all(verdicts) or reading != truth


@given(st.text(alphabet="aßﬁ…（ \u0301\u030dA元", max_size=8), st.sampled_from(RULES))
def test_a_reading_that_is_its_truth_is_right_throughout(reading: str, rule: Rule) -> None:
    assert False not in judge(reading, reading, rule)
