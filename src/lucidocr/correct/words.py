"""Runs of letters and digits: how probable each is as a word, as letters like those of words, or as a code."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lucidocr.correct.folding import CHARACTER_COST, Classes, Token, with_beginnings
from lucidocr.correct.ngrams import Floats, NgramModel, join

END: Final = "$"
"""Stands for the end of a word among its letters."""

LONGEST: Final = 24
"""Longest word that is looked for where spaces are lost."""

_KNOWN, _SPELT, _CODE = 0.50, 0.02, 0.48
"""How much of all runs is a listed word, spelt like one, or neither."""

_CASES: Final = {"lower": 0.60, "capital": 0.25, "upper": 0.15}

_CODE_STEP: Final = -CHARACTER_COST
_CODE_STOP: Final = -math.log(7)
"""A code has one character at least, and ends after it in one case of eight; a number costs the same, so that nothing
speaks for a digit where a letter might stand."""

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
        """Natural log of P(what a token says | its kind)."""
        plain = {token.value: _plain(token.value) for token in tokens if token.kind == "word"}
        distinct = dict.fromkeys(plain.values())
        spelt = dict(zip(distinct, self._spellings(list(distinct)), strict=True))
        words = {value: self._word(value, lower, spelt[lower]) for value, lower in plain.items()}
        return [words[token.value] if token.kind == "word" else _other(token) for token in tokens]

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
        whole = self.costs.get(lower, -_code(len(run)))
        best: list[tuple[float, int]] = [(0.0, 0)]
        for stop in range(1, len(lower) + 1):
            starts = range(max(0, stop - LONGEST), stop)
            best.append(min((best[start][0] + self.costs.get(lower[start:stop], math.inf), start) for start in starts))
        if not best[-1][0] < whole:
            return run
        words: list[str] = []
        stop = len(run)
        while stop:
            start = best[stop][1]
            words.append(run[start:stop])
            stop = start
        return " ".join(reversed(words))

    def _word(self, value: str, lower: str, spelt: float) -> float:
        code = math.log(_CODE) + _code(len(lower))
        case = _CASES.get(_case(value))
        if case is None:
            return code
        known = math.exp(-self.costs.get(lower, math.inf))
        return float(np.logaddexp(code, math.log(case * (_KNOWN * known + _SPELT * math.exp(spelt)))))

    def _spellings(self, runs: Sequence[str]) -> Floats:
        if not runs:
            return np.zeros(0)
        symbols = "".join(f"{run}{END}\n" for run in runs)
        classes, given = with_beginnings(self.letters.encode(symbols))
        keys = join(classes, len(self.spelling.orders), self.spelling.bits)
        counted = given & (classes > 0)
        texts = np.cumsum(classes == 0)[counted]
        sums = np.bincount(texts, weights=self.spelling.log_probs(keys[counted]), minlength=len(runs))
        return np.asarray(sums, dtype=np.float64)


def _other(token: Token) -> float:
    """Natural log of P(what a token says | its kind), unless it is a word."""
    if token.kind == "gap":
        return -CHARACTER_COST * len(token.value)
    share = 0.0 if token.kind == "number" else math.log(_CODE)
    return share + _code(len(token.value))


def _code(length: int) -> float:
    return _CODE_STOP + length * _CODE_STEP


def _plain(value: str) -> str:
    """A word in lower case without accents, which no word list decides about."""
    lower = value.casefold()
    if lower.isascii():
        return lower
    return "".join(char for char in unicodedata.normalize("NFD", lower) if not unicodedata.combining(char))


def _case(value: str) -> str:
    if value.islower():
        return "lower"
    if value[:1].isupper() and (len(value) == 1 or value[1:].islower()):
        return "capital"
    return "upper" if value.isupper() else "mixed"
