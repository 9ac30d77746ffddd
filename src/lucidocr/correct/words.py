"""Runs of letters and digits: how probable each is as a word, as letters like those of words, or as a code."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lucidocr.correct.folding import Classes, Token, with_beginnings
from lucidocr.correct.ngrams import Floats, NgramModel, join

END: Final = "$"
"""Stands for the end of a word among its letters."""

LONGEST: Final = 24
"""Longest word that is looked for where spaces are lost."""

_KNOWN, _SPELT, _CODE = 0.70, 0.22, 0.08
"""How much of all runs is a listed word, spelt like one, or neither."""

_CASES: Final = {"lower": 0.60, "capital": 0.25, "upper": 0.15}

_CODE_STEP: Final = math.log(7 / 8) - math.log(62)
_CODE_STOP: Final = -math.log(7)
"""A code goes on with one of 62 characters in seven cases of eight, and has one at least."""

_NUMBER_STEP: Final = math.log(3 / 4) - math.log(15)
_NUMBER_STOP: Final = -math.log(3)
"""A number goes on with a digit or a mark in three cases of four, and has one at least."""

_PARTING: Final = re.compile(r"(?<=[A-Za-z][,;:!?)])(?=[A-Za-z])")


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """What runs of letters and digits are like; immutable.

    Attributes:
        costs: -log P of each listed word, in lower case.
        letters: classes of lower-case letters and of :data:`END`.
        spelling: what the letters of words are like.
    """

    costs: Mapping[str, float]
    letters: Classes
    spelling: NgramModel

    def log_probs(self, tokens: Sequence[Token]) -> list[float]:
        """Natural log of P(what a run says | number or not)."""
        distinct = dict.fromkeys(token.value for token in tokens if not token.number and _spelt(token.value))
        spelling = dict(zip(distinct, self._spellings(list(distinct)), strict=True))
        return [
            _NUMBER_STOP + len(token.value) * _NUMBER_STEP
            if token.number
            else self._run(token.value, spelling.get(token.value))
            for token in tokens
        ]

    def restore(self, text: str) -> list[str]:
        """A text with the spaces that seem to be lost in it, where any do.

        Returns:
            With those of words that stand together; with those after punctuation too.
        """
        parted = re.sub(r"[A-Za-z]{4,}", lambda run: self._part(run[0]), text)
        found = dict.fromkeys((parted, _PARTING.sub(" ", parted)))
        return [one for one in found if one != text]

    def _part(self, run: str) -> str:
        """A run of letters as words, if that is more probable than the run as it is."""
        lower = run.casefold()
        whole = self.costs.get(lower, -_CODE_STOP - len(run) * _CODE_STEP)
        best: list[tuple[float, int]] = [(0.0, 0)]
        for stop in range(1, len(lower) + 1):
            starts = range(max(0, stop - LONGEST), stop)
            best.append(
                min((best[start][0] + self.costs.get(lower[start:stop], math.inf), start) for start in starts)
            )
        if not best[-1][0] < whole:
            return run
        words: list[str] = []
        stop = len(run)
        while stop:
            start = best[stop][1]
            words.append(run[start:stop])
            stop = start
        return " ".join(reversed(words))

    def _run(self, value: str, spelling: float | None) -> float:
        code = math.log(_CODE) + _CODE_STOP + len(value) * _CODE_STEP
        if spelling is None:
            return code
        case = _CASES.get(_case(value), 0.0)
        if not case:
            return code
        known = math.exp(-self.costs.get(value.casefold(), math.inf))
        return float(np.logaddexp(code, math.log(case * (_KNOWN * known + _SPELT * math.exp(spelling)))))

    def _spellings(self, runs: Sequence[str]) -> Floats:
        if not runs:
            return np.zeros(0)
        symbols = "".join(f"{run.casefold()}{END}\n" for run in runs)
        classes, given = with_beginnings(self.letters.encode(symbols))
        keys = join(classes, len(self.spelling.orders), self.spelling.bits)
        counted = given & (classes > 0)
        texts = np.cumsum(classes == 0)[counted]
        return np.bincount(texts, weights=self.spelling.log_probs(keys[counted]), minlength=len(runs))


def _spelt(value: str) -> bool:
    """Whether a run is made of letters only."""
    return not any(char.isdigit() for char in value)


def _case(value: str) -> str:
    if value.islower():
        return "lower"
    if value[:1].isupper() and (len(value) == 1 or value[1:].islower()):
        return "capital"
    return "upper" if value.isupper() else "mixed"
