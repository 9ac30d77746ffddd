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


def is_right(reading: str, truth: str, rule: Rule) -> bool:
    """Whether a reading says what is there, under a rule."""
    return normalise(reading, rule) == normalise(truth, rule)


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
    matched = [False] * len(left)
    for number, column in _aligned(left, right):
        if number is not None and column is not None:
            matched[number] = left[number] == right[column]
    return matched


def _aligned(left: str, right: str) -> list[tuple[int | None, int | None]]:
    """Which character of ``left`` stands for which of ``right``, in order; None for nothing. See :func:`judge`."""
    rows = [list(range(len(right) + 1))]
    for number, char in enumerate(left, start=1):
        above, row = rows[-1], [number]
        for column, other in enumerate(right, start=1):
            row.append(min(above[column - 1] + (char != other), above[column] + 1, row[-1] + 1))
        rows.append(row)
    pairs: list[tuple[int | None, int | None]] = []
    number, column = len(left), len(right)
    while number or column:
        same = number > 0 and column > 0 and left[number - 1] == right[column - 1]
        if number and column and rows[number][column] == rows[number - 1][column - 1] + (not same):
            number, column = number - 1, column - 1
            pairs.append((number, column))
        elif number and (not column or rows[number][column] == rows[number - 1][column] + 1):
            number -= 1
            pairs.append((number, None))
        else:
            column -= 1
            pairs.append((None, column))
    return pairs[::-1]


@dataclass(frozen=True, slots=True)
class Edit:
    """One difference between a reading and the truth.

    Attributes:
        read: the character as read; empty where one is missing.
        truth: the character as it is; empty where one was added.
        position: of ``read`` in the reading; where one is missing, of what was read after it.
        place: of ``truth`` in the truth; where one was added, of what comes after it.
    """

    read: str
    truth: str
    position: int
    place: int


def edits(reading: str, truth: str, rule: Rule) -> tuple[Edit, ...]:
    """The differences between a reading and the truth, from the start; see :func:`judge` for how they are aligned.

    Args:
        reading: what was read, not yet normalised.
        truth: what the picture says, not yet normalised.
        rule: see :func:`normalise`; what it takes as equal is no difference.
    """
    own, left = _owned(reading, rule)
    others, right = _owned(truth, rule)
    found = []
    position = place = 0
    for number, column in _aligned(left, right):
        here = None if number is None else own[number]
        there = None if column is None else others[column]
        position, place = position if here is None else here.start, place if there is None else there.start
        if here is None or there is None or left[number or 0] != right[column or 0]:
            read = "" if here is None else reading[here.start : here.stop]
            wanted = "" if there is None else truth[there.start : there.stop]
            found.append(Edit(read, wanted, position, place))
        position, place = position if here is None else here.stop, place if there is None else there.stop
    return tuple(found)


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
