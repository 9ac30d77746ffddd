"""Regular expressions: as Python's `re` has them, in linear time, and refused by name where they are not taken."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lucidocr.correct.pattern import Pattern
from lucidocr.errors import OptionError

LEAVES = st.sampled_from(
    ["a", "b", ".", r"\d", r"\w", "[ab]", "[^a]", "[0-9]", "一", r"[\u4e00-\u9fa5]", r"\.", "[]x]"]
)


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    counts = st.sampled_from(["*", "+", "?", "{2}", "{,2}", "{1,3}", "{2,}", "*?", "{,}"])
    return st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}|{two[1]}|)"),
        st.tuples(inner, counts).map(lambda two: f"(?:{two[0]}){two[1]}"),
    )


EXPRESSIONS = st.recursive(LEAVES, grown, max_leaves=6)
TEXTS = st.text("ab1.一x]", max_size=7)


@settings(deadline=None)
@given(EXPRESSIONS, TEXTS)
def test_matches_what_re_matches(source: str, text: str) -> None:
    assert Pattern.parse(source).matches(text) == (re.fullmatch(source, text) is not None)


@settings(deadline=None)
@given(EXPRESSIONS, TEXTS)
def test_finds_the_longest_match_at_every_place(source: str, text: str) -> None:
    found = list(Pattern.parse(source).find(text))
    expected, begin = [], 0
    while begin < len(text):
        stop = max((end for end in range(begin, len(text) + 1) if re.fullmatch(source, text[begin:end])), default=begin)
        if stop > begin:
            expected.append((begin, stop))
        begin = max(stop, begin + 1)
    assert found == expected


def test_anchors_hold_a_match_to_the_ends_of_the_text() -> None:
    assert list(Pattern.parse(r"^\d+").find("12 34")) == [(0, 2)]
    assert list(Pattern.parse(r"\d+$").find("12 34")) == [(3, 5)]
    assert list(Pattern.parse(r"^\d+$").find("12 34")) == []
    assert list(Pattern.parse(r"a\$").find("a$ a")) == [(0, 2)]


def test_no_expression_makes_matching_slow() -> None:
    assert not Pattern.parse("(a*)*b").matches("a" * 3000)  # re would not come back


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (r"(a)\1", "back reference"),
        ("(?=a)b", r"\(\?=a"),
        ("(?i)a", r"\(\?i\)"),
        (r"\bfoo", r"\\b"),
        ("a^b", "anchor"),
        ("^a|b$", "anchor of one alternative"),
        ("a++", "possessive"),
        ("(", "no regular expression"),
        ("[a", "no regular expression"),
        ("a{5000}", "more than 1000 characters"),
        ("((((a{9}){9}){9}){9}){9}", "more than 1000 characters"),
        ("(a|b)*a(a|b){12}", "more than 1000 states"),
    ],
)
def test_refuses_what_it_does_not_take_and_says_why(source: str, reason: str) -> None:
    with pytest.raises(OptionError, match=reason):
        Pattern.parse(source)
