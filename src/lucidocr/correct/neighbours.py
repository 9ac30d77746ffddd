"""An index of words: which of them occur in a text, and which would after one edit.

A word is found after an edit by what is left when a character is taken out of it (the deletion neighbourhood of Mor and
Fraenkel 1982, as in SymSpell): the hashes of all words, and of all words less a character, stand sorted in two arrays.
All stretches of a text are hashed at once; a filter of bits (Bloom 1970, with one hash) drops nearly all that is in
neither array before they are looked up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lucidocr.types import IntArray

HashArray = NDArray[np.uint64]

LONGEST: Final = 64
"""Characters of the longest word that is looked for after an edit."""

_BASE: Final = 0x9E3779B97F4A7C15
_INVERSE: Final = pow(_BASE, -1, 2**64)
_MIX: Final = np.uint64(0xBF58476D1CE4E5B9)

_BITS_A_HASH: Final = 16
"""Bits of the filter for each hash: one in so many lookups is in vain."""

Edit = Literal["none", "other", "missing", "extra"]
"""What is wrong with a stretch of text beside a word: nothing, another character, a missing one, one too many."""


class Hit(NamedTuple):
    """A word near a stretch of a text.

    Attributes:
        start: of the stretch.
        stop: its end.
        word: number of the word.
        edit: what is wrong with the stretch.
        place: in the text, of the character that is wrong or would be missing.
        within: place in the word of the character that the text lacks; 0 where it lacks none.
    """

    start: int
    stop: int
    word: int
    edit: Edit
    place: int
    within: int


class Index:
    """An index of words; immutable once built.

    Args:
        words: each once.
    """

    def __init__(self, words: Sequence[str]) -> None:
        codes = codes_of("".join(words))
        self.lengths: IntArray = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
        self.starts: IntArray = np.concatenate([np.zeros(1, np.int64), np.cumsum(self.lengths)])
        self.codes = codes
        self._longest = int(self.lengths.max(initial=0))
        hashes = _Hashes.of(codes)
        self._words = _Table(hashes.whole(self.starts[:-1], self.starts[1:]), np.arange(len(words), dtype=np.int32))
        edited = np.flatnonzero((self.lengths > 1) & (self.lengths <= LONGEST))
        owners = np.repeat(edited, self.lengths[edited])
        places = _counted(self.lengths[edited])
        shortened = hashes.without(self.starts[owners], self.starts[owners + 1], self.starts[owners] + places)
        self._shortened = _Table(shortened, owners.astype(np.int32), places.astype(np.int8))

    def occurring(self, text: str) -> list[Hit]:
        """Where the words stand in a text, between its boundaries (see :func:`boundaries`)."""
        starts, stops = _stretches(text, self._longest)
        hashes = _Hashes.of(codes_of(text))
        rows, numbers = self._words.find(hashes.whole(starts, stops))
        words = self._words.words[numbers]
        hits = [
            Hit(start, stop, word, "none", start, 0)
            for start, stop, word in zip(starts[rows].tolist(), stops[rows].tolist(), words.tolist(), strict=True)
        ]
        codes = codes_of(text)
        return [hit for hit in hits if np.array_equal(codes[hit.start : hit.stop], self._codes(hit.word))]

    def near(self, text: str, doubtful: NDArray[np.bool_]) -> Near:
        """Words that would stand in a text after one edit.

        Args:
            text: the text.
            doubtful: bool [K], whether each of its characters may be another one, or none.
        """
        starts, stops = _stretches(text, min(self._longest, LONGEST) + 1)
        hashes = _Hashes.of(codes_of(text))
        lacking, lacked = self._shortened.find(hashes.whole(starts, stops))
        sizes = stops - starts
        rows = np.repeat(np.arange(len(starts)), sizes)
        places = _counted(sizes) + starts[rows]
        kept = doubtful[places]
        rows, places = rows[kept], places[kept]
        shorter = hashes.without(starts[rows], stops[rows], places)
        others, with_other = self._shortened.find(shorter)
        # A character is another one where both lack it in the same place.
        same = self._shortened.places[with_other] == places[others] - starts[rows[others]]
        others, with_other = others[same], with_other[same]
        extra, without_extra = self._words.find(shorter)
        within = self._shortened.places[lacked].astype(np.int64)
        return Near(
            *(
                np.concatenate(parts).astype(np.int64)
                for parts in (
                    (starts[lacking], starts[rows[others]], starts[rows[extra]]),
                    (stops[lacking], stops[rows[others]], stops[rows[extra]]),
                    (
                        self._shortened.words[lacked],
                        self._shortened.words[with_other],
                        self._words.words[without_extra],
                    ),
                    (np.full(len(lacking), 1), np.full(len(others), 0), np.full(len(extra), 2)),
                    (np.minimum(starts[lacking] + within, stops[lacking]), places[others], places[extra]),
                    (within, places[others] - starts[rows[others]], np.zeros(len(extra))),
                )
            )
        )

    def _codes(self, word: int) -> NDArray[np.uint32]:
        return self.codes[self.starts[word] : self.starts[word + 1]]


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """Words near stretches of a text: arrays int64 [N] of what :class:`Hit` holds.

    Attributes:
        starts: of the stretches.
        stops: their ends.
        words: numbers of the words.
        edits: 0 for another character, 1 for a missing one, 2 for one too many.
        places: in the text.
        within: in the word.
    """

    starts: IntArray
    stops: IntArray
    words: IntArray
    edits: IntArray
    places: IntArray
    within: IntArray


class _Table:
    """Sorted hashes, and the words that they belong to."""

    def __init__(self, hashes: HashArray, words: NDArray[np.int32], places: NDArray[np.int8] | None = None) -> None:
        order = np.argsort(hashes)
        self._hashes = hashes[order]
        self.words = words[order]
        self.places = np.zeros(0, np.int8) if places is None else places[order]
        self._shift = np.uint64(64 - max(int(len(hashes) * _BITS_A_HASH).bit_length(), 3))
        self._filter = np.zeros((1 << (64 - int(self._shift))) // 8, dtype=np.uint8)
        bits = self._hashes >> self._shift
        np.bitwise_or.at(self._filter, bits >> np.uint64(3), np.uint8(1) << (bits & np.uint64(7)).astype(np.uint8))

    def find(self, hashes: HashArray) -> tuple[IntArray, IntArray]:
        """Numbers of those hashes that are here, and of all places where each stands."""
        bits = hashes >> self._shift
        passed = (self._filter[bits >> np.uint64(3)] >> (bits & np.uint64(7)).astype(np.uint8)) & 1
        asked = np.flatnonzero(passed)
        first = np.searchsorted(self._hashes, hashes[asked], side="left")
        sizes = np.searchsorted(self._hashes, hashes[asked], side="right") - first
        return np.repeat(asked, sizes), np.repeat(first, sizes) + _counted(sizes)


@dataclass(frozen=True, slots=True, eq=False)
class _Hashes:
    """Sums from which the hash of any stretch of a text follows: a polynomial of its characters, modulo 2^64.

    Attributes:
        sums: uint64 [K + 1], of the characters before each place, each times the base to the power of its place.
        inverse: uint64 [K + 2], the inverse of the base to the power of each place.
    """

    sums: HashArray
    inverse: HashArray

    @classmethod
    def of(cls, codes: NDArray[np.uint32]) -> _Hashes:
        """Sums of a text's characters."""
        mixed = (codes.astype(np.uint64) + np.uint64(1)) * _MIX
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX
        powers = np.cumprod(np.concatenate([_ONE, np.full(len(codes) + 1, _BASE, dtype=np.uint64)]))
        inverse = np.cumprod(np.concatenate([_ONE, np.full(len(codes) + 1, _INVERSE, dtype=np.uint64)]))
        sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mixed * powers[:-2])])
        return cls(sums, inverse)

    def whole(self, starts: IntArray, stops: IntArray) -> HashArray:
        """Hashes of stretches."""
        return _scatter((self.sums[stops] - self.sums[starts]) * self.inverse[starts])

    def without(self, starts: IntArray, stops: IntArray, places: IntArray) -> HashArray:
        """Hashes of stretches less the character at a place of each."""
        before = (self.sums[places] - self.sums[starts]) * self.inverse[starts]
        after = (self.sums[stops] - self.sums[places + 1]) * self.inverse[starts + 1]
        return _scatter(before + after)


_ONE: Final = np.ones(1, dtype=np.uint64)


def _scatter(hashes: HashArray) -> HashArray:
    """Spread what differs in the low bits over all."""
    hashes = (hashes ^ (hashes >> np.uint64(31))) * _MIX
    return hashes ^ (hashes >> np.uint64(29))


def codes_of(text: str) -> NDArray[np.uint32]:
    """Code points of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def boundaries(text: str) -> IntArray:
    """Places where a word may begin or end: everywhere but between two letters or digits of alphabets.

    Chinese and Japanese characters stand for themselves.
    """
    joined = np.array([False, *map(_is_letter, text), False])
    return np.flatnonzero(~(joined[:-1] & joined[1:]))


def _is_letter(char: str) -> bool:
    return char.isalnum() and not "\u2e80" <= char <= "\uff00" and char < "\U00020000"


def _stretches(text: str, longest: int) -> tuple[IntArray, IntArray]:
    """Begins and ends of all stretches between boundaries, none empty."""
    places = boundaries(text)
    beyond = np.searchsorted(places, places + longest, side="right")
    sizes = beyond - np.arange(len(places)) - 1
    first = np.repeat(np.arange(len(places)), sizes)
    return places[first], places[first + 1 + _counted(sizes)]


def _counted(sizes: IntArray) -> IntArray:
    """0, 1, ... up to each size, one after the other."""
    total = int(sizes.sum())
    return np.arange(total) - np.repeat(np.cumsum(sizes) - sizes, sizes)
