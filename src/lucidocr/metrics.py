"""How readings are compared with the truth: normalisation rules, edit distance, line accuracy and CER."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

Rule = Literal["alnum", "zh", "exact"]
"""How texts are made comparable; see :func:`normalise`."""

RULES: tuple[Rule, ...] = get_args(Rule)

_SAME_MARK = str.maketrans({"。": ".", "“": '"', "”": '"', "‘": "'", "’": "'"})
"""Marks whose full-width form NFKC leaves alone, though keyboards give it for the same key."""


def _alnum(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _zh(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).translate(_SAME_MARK).split())


def _exact(text: str) -> str:
    return text


_NORMALISERS: dict[Rule, Callable[[str], str]] = {"alnum": _alnum, "zh": _zh, "exact": _exact}


def normalise(text: str, rule: Rule) -> str:
    """Make a text comparable.

    Args:
        text: a reading or its truth.
        rule: ``alnum`` keeps letters and digits only, case folded (English scene words, forms, receipts); ``zh``
            applies NFKC, drops white space and takes full-width and half-width punctuation as equal (Chinese print);
            ``exact`` changes nothing.
    """
    return _NORMALISERS[rule](text)


def edit_distance(left: str, right: str) -> int:
    """Fewest insertions, deletions and substitutions of one character that turn one text into the other.

    Source: Levenshtein 1966, computed row by row (Wagner and Fischer 1974).
    """
    if len(left) < len(right):
        left, right = right, left
    row = list(range(len(right) + 1))
    for number, char in enumerate(left, start=1):
        diagonal, row[0] = row[0], number
        for column, other in enumerate(right, start=1):
            cost = diagonal if char == other else 1 + min(diagonal, row[column], row[column - 1])
            diagonal, row[column] = row[column], cost
    return row[-1]


def judge(reading: str, truth: str, rule: Rule) -> tuple[bool | None, ...]:
    """Which characters of a reading are right.

    A character is right when an edit alignment of reading and truth with the fewest edits matches it. Of several such
    alignments, the one is taken that, seen from the end, replaces rather than drops or adds.

    Args:
        reading: what was read, not yet normalised.
        truth: what the picture says, not yet normalised.
        rule: see :func:`normalise`.

    Returns:
        A verdict for every character of ``reading``; None where the rule leaves nothing of it to compare, such as
        punctuation under ``alnum``.
    """
    owners, compared = _owned(reading, rule)
    verdicts: list[bool | None] = [None] * len(reading)
    for owner, right in zip(owners, _matched(compared, normalise(truth, rule)), strict=True):
        for position in owner:
            verdicts[position] = right and verdicts[position] is not False
    return tuple(verdicts)


def _owned(text: str, rule: Rule) -> tuple[list[range], str]:
    """A normalised text, and for each of its characters the positions in ``text`` that it comes from.

    A character is normalised together with the combining marks that follow it.
    """
    starts = [number for number, char in enumerate(text) if not number or not unicodedata.combining(char)]
    owners: list[range] = []
    compared = ""
    for start, stop in pairwise([*starts, len(text)]):
        part = normalise(text[start:stop], rule)
        owners += [range(start, stop)] * len(part)
        compared += part
    return owners, compared


def _matched(left: str, right: str) -> list[bool]:
    """Which characters of ``left`` are matched in an alignment with ``right``; see :func:`judge`."""
    rows = [list(range(len(right) + 1))]
    for number, char in enumerate(left, start=1):
        above, row = rows[-1], [number]
        for column, other in enumerate(right, start=1):
            row.append(min(above[column - 1] + (char != other), above[column] + 1, row[-1] + 1))
        rows.append(row)
    matched = [False] * len(left)
    number, column = len(left), len(right)
    while number and column:
        same = left[number - 1] == right[column - 1]
        if rows[number][column] == rows[number - 1][column - 1] + (not same):
            number, column = number - 1, column - 1
            matched[number] = same
        elif rows[number][column] == rows[number - 1][column] + 1:
            number -= 1
        else:
            column -= 1
    return matched


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over a corpus of compared lines.

    Attributes:
        lines: lines compared.
        right: lines read without any error.
        errors: sum of the edit distances.
        length: sum of the lengths of the truths, characters after normalisation.
        excluded: lines left out because nothing of their truth remained after normalisation.
    """

    lines: int
    right: int
    errors: int
    length: int
    excluded: int

    @property
    def line_accuracy(self) -> float:
        """Share of lines in [0, 1] that are right as a whole; 0 where nothing was compared."""
        return self.right / self.lines if self.lines else 0.0

    @property
    def cer(self) -> float:
        """Character error rate of the corpus: errors by characters of truth (above 1 where much was invented)."""
        return self.errors / self.length if self.length else 0.0


def tally(pairs: Iterable[tuple[str, str]], rule: Rule) -> Tally:
    """Compare readings with their truths.

    Args:
        pairs: (reading, truth), not yet normalised.
        rule: see :func:`normalise`.
    """
    lines = right = errors = length = excluded = 0
    for reading, truth in pairs:
        wanted = normalise(truth, rule)
        if not wanted:
            excluded += 1
            continue
        distance = edit_distance(normalise(reading, rule), wanted)
        lines += 1
        right += distance == 0
        errors += distance
        length += len(wanted)
    return Tally(lines=lines, right=right, errors=errors, length=length, excluded=excluded)
