"""Accuracy of lines by what they are like: length, script, height, and quality of the picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lucidocr.analysis.observing import Observation
from lucidocr.preprocess.indicators import INDICATORS

LENGTHS: Final = (1, 2, 3, 5, 9, 17, 33, 65)
"""Bounds between lengths, characters."""

HEIGHTS: Final = (0, 8, 12, 16, 20, 28, 40, 64)
"""Bounds between heights of the text, pixels."""

QUALITIES: Final = (
    "sharpness", "detail", "noise", "contrast", "background", "midtones", "skew", "ink", "stroke", "horizontal",
)  # fmt: skip
"""Indicators by whose fifths lines are grouped; the skew by its size."""

SCRIPTS: Final = ("han", "kana or hangul", "latin", "digits", "mixed", "other")

_PARTS: Final = 5
_FEW: Final = 20
"""Lines below which nothing is concluded from a group."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Lines that are alike in one respect.

    Attributes:
        label: what they have in common: a name, or the bounds of a number.
        n: lines.
        right: of them, those that are read right.
        low: of the share that is right, the lower bound of the 95 % interval (Wilson 1927).
        high: the upper one.
    """

    label: str
    n: int
    right: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Of the lines that are read right."""
        return self.right / self.n


@dataclass(frozen=True, slots=True)
class Grouping:
    """All lines, grouped in one respect.

    Attributes:
        name: "length", "script", "height", or an indicator's name.
        bins: those that hold lines, in order.
    """

    name: str
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class WeakGroup:
    """A group of lines that is read worse than the whole set, beyond chance.

    Attributes:
        grouping: the respect.
        bin: the lines.
        lost: lines more of it that would be right, were it read as well as the whole set.
    """

    grouping: str
    bin: Bin
    lost: float


def interval(right: int, n: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927)."""
    z = 1.959964
    share, spread = right / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def sign_test(one: int, other: int) -> float:
    """Probability that two equally likely outcomes are at least as unevenly frequent, in either direction."""
    total = one + other
    tail = sum(math.comb(total, count) for count in range(min(one, other) + 1)) / (1 << total)
    return min(1.0, 2 * tail)


def script_of(text: str) -> str:
    """What a text is made of: one of :data:`SCRIPTS`."""
    kinds = {kind for kind in map(_kind, text) if kind}
    if len(kinds) > 1:
        return "mixed"
    return kinds.pop() if kinds else "other"


def _kind(char: str) -> str:
    if char.isdecimal():
        return "digits"
    if not char.isalpha():
        return ""
    code = ord(char)
    if 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0x20000 <= code <= 0x3FFFF:
        return "han"
    if 0x3040 <= code <= 0x30FF or 0xAC00 <= code <= 0xD7AF or 0x3130 <= code <= 0x318F:
        return "kana or hangul"
    return "latin" if code < 0x250 else "other"


def groupings(lines: Sequence[Observation]) -> list[Grouping]:
    """Group lines in every respect; one in which all are alike is left out."""
    right = np.array([line.right for line in lines])
    values = np.array([line.indicators for line in lines], dtype=np.float64)
    scripts = [script_of(line.line.text) for line in lines]
    by_script = np.array([SCRIPTS.index(script) for script in scripts])
    heights = values[:, INDICATORS.index("text_height")]
    found = [
        _bounded("length", np.array([line.length for line in lines], dtype=np.float64), right, LENGTHS),
        Grouping("script", _bins(by_script, right, SCRIPTS)),
        _bounded("text_height", heights, right, HEIGHTS),
    ]
    for name in QUALITIES:
        column = values[:, INDICATORS.index(name)]
        found.append(_fifths(name, np.abs(column) if name == "skew" else column, right))
    return [one for one in found if len(one.bins) > 1 or one.name in ("length", "script", "text_height")]


def weak_groups(found: Sequence[Grouping], lines: Sequence[Observation]) -> list[WeakGroup]:
    """Groups of lines that are read worse than all lines, those that cost most first."""
    share = sum(line.right for line in lines) / len(lines)
    weak = [
        WeakGroup(grouping.name, one, (share - one.share) * one.n)
        for grouping in found
        for one in grouping.bins
        if one.n >= _FEW and one.high < share
    ]
    return sorted(weak, key=lambda one: -one.lost)


def _bounded(name: str, values: NDArray[np.float64], right: NDArray[np.bool_], bounds: Sequence[int]) -> Grouping:
    """Lines between bounds; the last bound has no end."""
    numbers = np.maximum(np.searchsorted(bounds, values, side="right") - 1, 0)
    whole = name == "length"
    labels = [_span(low, high, whole) for low, high in pairwise(bounds)] + [f"{bounds[-1]}+"]
    return Grouping(name, _bins(numbers, right, labels))


def _span(low: int, high: int, whole: bool) -> str:
    last = high - 1 if whole else high
    return str(low) if low == last else f"{low}–{last}"


def _fifths(name: str, values: NDArray[np.float64], right: NDArray[np.bool_]) -> Grouping:
    """Lines by fifths of a number; fewer where many have the same."""
    bounds = np.unique(np.quantile(values, np.linspace(0, 1, _PARTS + 1)))
    numbers = np.clip(np.searchsorted(bounds, values, side="right") - 1, 0, max(len(bounds) - 2, 0))
    edges = [f"{bound:.2g}" if bound < 100 else f"{bound:.0f}" for bound in bounds.tolist()]
    labels = [f"{low}–{high}" for low, high in pairwise(edges)] or edges
    return Grouping(name, _bins(numbers, right, labels))


def _bins(numbers: NDArray[np.int64], right: NDArray[np.bool_], labels: Sequence[str]) -> tuple[Bin, ...]:
    counts = np.bincount(numbers, minlength=len(labels)).tolist()
    rights = np.bincount(numbers, weights=right, minlength=len(labels)).astype(int).tolist()
    return tuple(
        Bin(label, n, good, *interval(good, n)) for label, n, good in zip(labels, counts, rights, strict=True) if n
    )
