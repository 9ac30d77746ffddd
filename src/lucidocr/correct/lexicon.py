"""Words and regular expressions that a text is expected to hold.

How much a lexicon prefers a text is a matter of probability: of a word that is drawn from the lexicon by the weights
against the same characters in a row by chance. A long word of a short list says much, and a short one of a long list
little; no entry speaks against a text.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lucidocr.charset import Charset
from lucidocr.correct.builtin import BUILT_IN, built_in
from lucidocr.correct.constrained import matching_texts, within
from lucidocr.correct.entries import Entries, parse_entries, read_entries
from lucidocr.correct.neighbours import Index, codes_of
from lucidocr.correct.pattern import Pattern
from lucidocr.correct.support import Support
from lucidocr.decode import best_path, strip
from lucidocr.types import Frames, IntArray

PROPOSED: Final = 8
"""Texts that are proposed at most."""

_HAN: Final = 5.0
_OTHER: Final = 2.0
"""What a Chinese character and any other one tells, nats: less than alone, as the recogniser knows what is usual."""

_LEAST: Final = 1.5
_MOST: Final = 8.0
"""Preference for a word, nats."""

_MATCH: Final = 5.0
"""Preference for what a regular expression of weight 1 matches, nats."""

_LOG_MISSING: Final = -6.0
"""Natural log of the odds that a character was passed over, where the picture has not been asked."""

_LOG_OTHER: Final = -6.0
"""Of those that a character is another one, where the picture has not been asked."""

_LEAST_ODDS: Final = -14.0
"""Odds, natural log, below which an edit is not proposed."""


class Lexicon:
    """Words and regular expressions with weights; immutable once built, safe to use from many threads.

    Words are found in any case. Letters and digits of alphabets make a word only as a whole, Chinese words may stand
    anywhere.

    Args:
        lists: each with weights of its own.
    """

    def __init__(self, lists: Sequence[Entries]) -> None:
        known: dict[str, tuple[str, float]] = {}
        for entries in lists:
            for word, gain in zip(entries.words, _gains(entries).tolist(), strict=True):
                key = fold(word)
                if key not in known or known[key][1] < gain:
                    known[key] = (word, gain)
        self.words = tuple(word for word, _ in known.values())
        self.patterns: tuple[Pattern, ...] = tuple(one for entries in lists for one in entries.patterns)
        self._keys = tuple(known)
        self._index = Index(self._keys)
        self._word_set = frozenset(self.words)
        self._gains = np.array([gain for _, gain in known.values()], dtype=np.float64)
        weights = np.array([weight for entries in lists for weight in entries.pattern_weights], dtype=np.float64)
        self._pattern_gains: list[float] = np.maximum(_MATCH + np.log(weights), _LEAST).tolist()

    @classmethod
    def parse(cls, text: str, name: str = "lexicon") -> Lexicon:
        """A lexicon from the text of a list; see :func:`lucidocr.correct.entries.parse_entries`.

        Raises:
            OptionError: the text is not a list.
        """
        return cls([parse_entries(text, name)])

    @classmethod
    def read(cls, path: str | Path) -> Lexicon:
        """A lexicon from a file.

        Raises:
            NotFoundError: there is no such file, or it may not be read.
            OptionError: it is not a list.
        """
        return cls([read_entries(path)])

    def __len__(self) -> int:
        return len(self.words) + len(self.patterns)

    @property
    def identity(self) -> str:
        """A SHA-256, in hexadecimal, of everything that it prefers and how much: two that differ read differently."""
        content = [self.words, self._gains.tolist(), [one.source for one in self.patterns], self._pattern_gains]
        return sha256(json.dumps(content).encode("ascii")).hexdigest()

    def preference(self, text: str) -> float:
        """Natural log of how much a text is preferred to one that holds nothing of the lexicon; not negative.

        Words and matches that overlap count once, so that the sum is greatest.
        """
        return float(self.preferences([text])[0])

    def preferences(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """:func:`preference` of several texts at once: float64 [N]."""
        bounds = np.cumsum([0, *(len(text) + 1 for text in texts)])
        worths: list[list[tuple[int, int, float]]] = [[] for _ in texts]
        if self.words:
            for hit in self._index.occurring("\n".join(map(fold, texts))):  # no word holds a line break
                number = int(np.searchsorted(bounds, hit.start, side="right")) - 1
                begin = int(bounds[number])
                worths[number].append((hit.start - begin, hit.stop - begin, float(self._gains[hit.word])))
        for text, found in zip(texts, worths, strict=True):
            for pattern, gain in zip(self.patterns, self._pattern_gains, strict=True):
                found += [(start, stop, gain) for start, stop in pattern.find(text)]
        return np.array([_heaviest(found) for found in worths], dtype=np.float64)

    def allows(self, text: str) -> bool:
        """Whether a text as a whole is a word of the lexicon, as it is written there, or matches an expression."""
        return text in self._word_set or any(pattern.matches(text) for pattern in self.patterns)

    def candidates(self, frames: Frames, charset: Charset, *, limit: int = PROPOSED) -> list[str]:
        """Texts near the greedy reading that the lexicon prefers and that the picture speaks for.

        Args:
            frames: what the network says of the line.
            charset: whose classes the frames are about.
            limit: most texts.

        Returns:
            Texts with words in the place of what is near them, and the most probable ones that hold a match of an
            expression which the reading has no match of.
        """
        runs = strip(best_path(frames), charset)
        reading = charset.decode(run.label for run in runs)
        support = Support.of(frames, charset, runs)
        found = self.propose(reading, support, limit=limit)
        for pattern in self.patterns if support.doubtful.any() else ():
            if next(pattern.find(reading), None) is None:
                found += [one.text for one in matching_texts(frames, charset, within(pattern.source), count=2)]
        return list(dict.fromkeys(found))

    def propose(self, text: str, support: Support | None = None, *, limit: int = PROPOSED) -> list[str]:
        """Texts that are one edit, or several apart from each other, from holding words of the lexicon.

        Args:
            text: a reading.
            support: what the picture says of other characters in its places, if it is the greedy reading.
            limit: most texts.

        Returns:
            Other texts, the most promising first.
        """
        if not self.words or not text:
            return []
        key = fold(text)
        doubtful = support.doubtful if support is not None else np.ones(len(text), dtype=np.bool_)
        near = self._index.near(key, doubtful)
        odds = self._odds(near.edits, near.places, near.words, near.within, support)
        # Of two characters with one missing, or one of two unlike, the picture alone can tell what word they are.
        told = near.stops - near.starts > np.where(near.edits == 1, 1, 0 if support is not None else 2)
        worth = np.where(told & (odds >= _LEAST_ODDS), self._gains[near.words] + odds, -np.inf)
        best = np.argsort(-worth, kind="stable")[: 4 * limit]
        changes: list[tuple[int, int, str, float]] = []
        for number in best[np.isfinite(worth[best])].tolist():
            start, stop, word = int(near.starts[number]), int(near.stops[number]), int(near.words[number])
            if _differs_by_one(key, start, stop, self._keys[word]):
                changes.append((start, stop, recased(self.words[word], text[start:stop]), float(worth[number])))
        return _texts(text, changes)[:limit]

    def _odds(
        self, edits: IntArray, places: IntArray, words: IntArray, within_word: IntArray, support: Support | None
    ) -> NDArray[np.float64]:
        """float64 [N], natural log of the odds of edits."""
        odds = np.where(edits == 0, _LOG_OTHER, _LOG_MISSING)
        if support is None:
            return odds
        other, extra = np.flatnonzero(edits == 0), np.flatnonzero(edits == 2)
        codes = self._index.codes[self._index.starts[words[other]] + within_word[other]]
        odds[other] = support.odds(places[other], codes)
        odds[extra] = support.nothing[places[extra]]
        return odds


def load_lexicons(names: Sequence[str]) -> Lexicon:
    """One lexicon of several lists.

    Args:
        names: of files, or of :data:`lucidocr.correct.builtin.BUILT_IN`; a file comes first.

    Raises:
        NotFoundError: there is no such file or list.
        OptionError: a file is not a list.
        MissingPartError: a built-in list's package is not installed.
    """
    return Lexicon(
        [built_in(name) if name in BUILT_IN and not Path(name).exists() else read_entries(name) for name in names]
    )


def fold(text: str) -> str:
    """A text in lower case, character for character."""
    return "".join(lower if len(lower := char.lower()) == 1 else char for char in text)


def recased(word: str, read: str) -> str:
    """A word in the case in which it was read: all upper case, all lower case or capitalised; else as it is."""
    letters = [char for char in read if char.lower() != char.upper()]
    if len(letters) > 1 and all(char.isupper() for char in letters):
        return "".join(upper if len(upper := char.upper()) == 1 else char for char in word)
    if len(letters) > 1 and all(char.islower() for char in letters):
        return fold(word)
    return word


def _gains(entries: Entries) -> NDArray[np.float64]:
    """float64 [N], preference for each word of a list, nats."""
    weights = np.array(entries.weights, dtype=np.float64)
    tells = np.array([_tells(word) for word in entries.words], dtype=np.float64)
    return np.clip(tells + np.log(weights) - np.log(weights.sum()), _LEAST, _MOST) if len(weights) else weights


def _tells(word: str) -> float:
    codes = codes_of(word)
    han = int(np.count_nonzero((codes >= 0x2E80) & (codes < 0xFF00) | (codes >= 0x20000)))
    return _HAN * han + _OTHER * (len(codes) - han)


def _heaviest(found: Sequence[tuple[int, int, float]]) -> float:
    """The greatest sum of stretches that do not overlap."""
    reached = [(0, 0.0)]
    for start, stop, gain in sorted(found, key=lambda one: one[1]):
        before = next(total for place, total in reversed(reached) if place <= start)
        if before + gain > reached[-1][1]:
            reached.append((stop, before + gain))
    return reached[-1][1]


def _texts(text: str, changes: Sequence[tuple[int, int, str, float]]) -> list[str]:
    """All changes in places of their own at once, then each by itself."""
    taken: list[tuple[int, int, str, float]] = []
    for change in changes:
        if change[3] > 0 and all(change[1] <= other[0] or other[1] <= change[0] for other in taken):
            taken.append(change)
    together = text
    for start, stop, entry, _ in sorted(taken, reverse=True):
        together = together[:start] + entry + together[stop:]
    single = [text[:start] + entry + text[stop:] for start, stop, entry, _ in changes]
    return [found for found in dict.fromkeys([together, *single]) if found != text]


def _differs_by_one(text: str, start: int, stop: int, word: str) -> bool:
    """Whether a word is one edit from a stretch, as the index has it (a hash may be another's), and not there yet."""
    if text.startswith(word, start) or text.endswith(word, 0, stop):
        return False
    read = text[start:stop]
    if len(read) == len(word):
        return sum(a != b for a, b in zip(read, word, strict=True)) == 1
    longer, shorter = (read, word) if len(read) > len(word) else (word, read)
    return any(longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer)))
