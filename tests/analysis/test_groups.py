"""Lines grouped by what they are like."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lucidocr.analysis.groups import groupings, interval, script_of, sign_test, weak_groups
from lucidocr.analysis.observing import Observation, Outcome
from lucidocr.evaluate import LabelledLine
from lucidocr.preprocess.indicators import INDICATORS


def observed(truth: str, *, right: bool = True, **values: float) -> Observation:
    indicators = np.array([values.get(name, 0.5) for name in INDICATORS], dtype=np.float32)
    outcome = Outcome(truth if right else "?", 0.9, 0 if right else 1)
    return Observation(LabelledLine(Path("set/images/a.png"), truth), len(truth), {"off": outcome}, indicators)


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("未来", "han"),
        ("Total", "latin"),
        ("42.50", "digits"),
        ("第 3 章", "mixed"),
        ("--", "other"),
        ("カナ", "kana or hangul"),
    ],
)
def test_scripts(text: str, script: str) -> None:
    assert script_of(text) == script


def test_intervals_are_wilsons() -> None:
    assert interval(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert interval(0, 5)[0] == 0
    assert interval(5, 5)[1] == 1


def test_the_sign_test() -> None:
    assert sign_test(0, 0) == 1
    assert sign_test(5, 5) == 1
    assert sign_test(9, 1) == pytest.approx(2 * 11 / 1024)


def test_every_line_is_in_one_bin_of_each_grouping() -> None:
    chance = np.random.default_rng(0)
    lines = [
        observed("a" * int(chance.integers(1, 90)), right=bool(chance.random() < 0.7), noise=chance.random(),
                 text_height=chance.integers(4, 90), skew=chance.normal())
        for _ in range(200)
    ]  # fmt: skip
    found = groupings(lines)
    assert {"length", "script", "text_height", "noise", "skew"} == {one.name for one in found}
    for grouping in found:
        assert sum(one.n for one in grouping.bins) == 200
        assert sum(one.right for one in grouping.bins) == sum(line.right for line in lines)
    skew = next(one for one in found if one.name == "skew")
    assert not any(one.label.startswith("-") for one in skew.bins)


def test_bounds_of_bins() -> None:
    lines = [observed("a" * length, text_height=height) for length, height in ((1, 7.9), (2, 8), (4, 64), (5, 200))]
    lengths, _, heights = groupings(lines)
    assert [(one.label, one.n) for one in lengths.bins] == [("1", 1), ("2", 1), ("3–4", 1), ("5–8", 1)]
    assert [(one.label, one.n) for one in heights.bins] == [("0–8", 1), ("8–12", 1), ("64+", 2)]


def test_weak_groups_are_those_that_are_worse_beyond_chance() -> None:
    lines = [observed("42") for _ in range(80)] + [observed("未来", right=number < 10) for number in range(40)]
    (weak,) = [one for one in weak_groups(groupings(lines), lines) if one.grouping == "script"]
    assert (weak.bin.label, weak.bin.n, weak.bin.right) == ("han", 40, 10)
    assert weak.lost == pytest.approx(40 * 90 / 120 - 10)
    few = [observed("42") for _ in range(80)] + [observed("未来", right=False) for _ in range(5)]
    assert not [one for one in weak_groups(groupings(few), few) if one.grouping == "script"]
