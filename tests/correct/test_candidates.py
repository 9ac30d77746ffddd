"""Candidate texts: each once, with who proposed it, and mixtures of two readings."""

from __future__ import annotations

import pytest

from lucidocr.correct.candidates import Candidates, mixtures


def test_a_text_is_kept_once_with_all_who_proposed_it() -> None:
    found = Candidates()
    found.add("recogniser", ["ab"])
    found.add("alternatives", ["ab", "ac"])
    found.add("opinion", iter(["ac", "ac"]))
    assert found.texts == ["ab", "ac"]
    assert found.first(1) == ["ab"]
    assert found.origins("ab") == ("recogniser", "alternatives")
    assert found.origins("ac") == ("alternatives", "opinion")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("cat", "cot", set()),  # they differ in one place: nothing to mix
        ("cat", "cat", set()),
        ("abXcdY", "abPcdQ", {"abXcdQ", "abPcdY"}),
        ("XabY", "abQ", {"XabQ", "abY"}),
        ("a1b2c3d4e5f", "a6b7c8d9e0f", set()),  # in five places: too many
    ],
)
def test_mixtures(one: str, other: str, expected: set[str]) -> None:
    assert set(mixtures(one, other)) == expected


def test_mixtures_have_no_spaces_at_their_ends() -> None:
    assert all(text == text.strip() for text in mixtures("x abc 1", "abc"))


def test_as_many_mixtures_as_ways_to_choose() -> None:
    found = Candidates()
    found.mix("a1b2c3d4e", "a5b6c7d8e")
    assert len(found.texts) == 2**4 - 2
