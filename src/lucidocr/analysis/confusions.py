"""Which characters and words are taken for what."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from lucidocr.analysis.observing import Observation
from lucidocr.charset import Charset
from lucidocr.metrics import Edit, Rule, edits

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", re.UNICODE)
"""Letters, with apostrophes and hyphens inside."""

_HAN: Final = re.compile("[\u3400-\u9fff]+")
_LONGEST_HAN: Final = 8
"""Characters beyond which unbroken Chinese text is a sentence rather than a term."""

_SHORTEST: Final = 3
"""Letters below which a word of an alphabet is not worth a lexicon."""

_NEAR: Final = 2
"""Characters of a word that may be wrong for a lexicon to put it right."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """A character that was read in place of another.

    Attributes:
        truth: the character as it is; empty where one was added.
        read: as it was read; empty where it was left out.
        count: how often.
        lines: numbers of the lines in which it happened, the most confident first.
    """

    truth: str
    read: str
    count: int
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Character:
    """How a character is read.

    Attributes:
        char: the character.
        seen: how often it stands in the labels.
        wrong: how often it was misread or left out.
        read: what it was read as, most often first; empty for left out.
        known: whether the alphabet has it.
    """

    char: str
    seen: int
    wrong: int
    read: tuple[str, ...]
    known: bool


@dataclass(frozen=True, slots=True)
class Word:
    """A word that a lexicon may put right.

    Attributes:
        word: as labelled.
        seen: how often it stands in the labels.
        near: how often one or two of its characters were wrong.
        read: what it was read as then, most often first.
    """

    word: str
    seen: int
    near: int
    read: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Differences:
    """What all lines' readings differ in.

    Attributes:
        confusions: the most frequent first; those that left something out or added it among them.
        characters: of the labels, those that were misread, the most frequent first.
        words: those that a lexicon may put right, the most frequent first.
    """

    confusions: tuple[Confusion, ...]
    characters: tuple[Character, ...]
    words: tuple[Word, ...]


@dataclass(slots=True)
class _Counts:
    """What is counted while lines go by."""

    pairs: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    seen: Counter[str] = field(default_factory=Counter)
    read: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    words: Counter[str] = field(default_factory=Counter)
    near: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


def differences(lines: Sequence[Observation], rule: Rule, charset: Charset) -> Differences:
    """Count what readings differ in from the truth.

    Args:
        lines: read lines.
        rule: how texts are made comparable.
        charset: the alphabet.
    """
    counts = _Counts()
    for number, line in enumerate(lines):
        truth = line.line.text
        counts.seen.update(truth)
        found = edits(line.alone.text, truth, rule) if not line.right else ()
        for one in found:
            counts.pairs[one.truth, one.read].append(number)
            if one.truth:
                counts.read[one.truth][one.read] += 1
        for start, word in words_of(truth):
            counts.words[word] += 1
            wrong = [one for one in found if _touches(one, start, start + len(word))]
            if 0 < len(wrong) <= _NEAR:
                counts.near[word][_as_read(word, start, wrong)] += 1
    return Differences(_confusions(counts, lines), _characters(counts, charset), _words(counts))


def words_of(text: str) -> Iterator[tuple[int, str]]:
    """Words and short runs of Chinese characters, each with the place where it begins."""
    for match in _WORD.finditer(text):
        runs = list(_HAN.finditer(match.group()))
        if runs:
            yield from (
                (match.start() + run.start(), run.group()) for run in runs if 2 <= len(run.group()) <= _LONGEST_HAN
            )
        elif len(match.group()) >= _SHORTEST:
            yield match.start(), match.group()


def _touches(edit: Edit, start: int, stop: int) -> bool:
    """Whether an edit is within a word; a character added at its ends is not."""
    return start <= edit.place < stop if edit.truth else start < edit.place < stop


def _as_read(word: str, start: int, wrong: Sequence[Edit]) -> str:
    """A word as it was read, the edits made."""
    pieces = list(word)
    for edit in reversed(wrong):
        place = edit.place - start
        pieces[place : place + len(edit.truth)] = [edit.read]
    return "".join(pieces)


def _confusions(counts: _Counts, lines: Sequence[Observation]) -> tuple[Confusion, ...]:
    found = [
        Confusion(
            truth, read, len(where), tuple(sorted(set(where), key=lambda number: -lines[number].alone.confidence))
        )
        for (truth, read), where in counts.pairs.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.count, not (one.truth and one.read), one.truth, one.read)))


def _characters(counts: _Counts, charset: Charset) -> tuple[Character, ...]:
    found = [
        Character(char, counts.seen[char], read.total(), tuple(other for other, _ in read.most_common(3)), known)
        for char, read in counts.read.items()
        for known in (not charset.unknown(char.strip()),)
    ]
    return tuple(sorted(found, key=lambda one: (-one.wrong, one.char)))


def _words(counts: _Counts) -> tuple[Word, ...]:
    found = [
        Word(word, counts.words[word], read.total(), tuple(other for other, _ in read.most_common(3)))
        for word, read in counts.near.items()
        if counts.words[word] > 1
    ]
    return tuple(sorted(found, key=lambda one: (-one.near, -one.seen, one.word)))
