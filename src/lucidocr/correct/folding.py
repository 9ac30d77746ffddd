"""Texts as a language model sees them: what no model of language can decide is made equal.

A text is a sequence of symbols. A run of letters and digits is one symbol, whatever it says: a number, or a word. All
characters that mean the same (traditional and simplified, full-width and half-width) are the same symbol. Spaces beside
Chinese characters are dropped: whether there are any is the typesetter's taste.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

NUMBER: Final = "\ue000"
"""Stands for a number."""

WORD: Final = "\ue001"
"""Stands for any other run of letters and digits."""

BEGIN: Final = 1
"""Class of the beginning of a text."""

UNKNOWN: Final = 2
"""Class of all characters that have none of their own."""

FIRST: Final = 3
"""Class of the first character that has one."""

_END: Final = "\n"
_LETTERS: Final = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
_HAN: Final = "\u2e80-\u9fff\uf900-\ufaff\uff01-\uff0f\uff1a-\uff20"
_TOKENS: Final = re.compile(
    f"(?P<number>(?<![{_LETTERS}0-9])[0-9]+(?:[.,:/-][0-9]+)*(?![{_LETTERS}0-9]))"
    f"|(?P<word>[{_LETTERS}0-9]+)"
    f"|(?P<gap>(?<=[{_HAN}]) +| +(?=[{_HAN}]))"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A run of letters and digits.

    Attributes:
        text: number of the text that it stands in.
        value: what it says.
        number: whether it is a number.
    """

    text: int
    value: str
    number: bool


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """Several texts as symbols.

    Attributes:
        symbols: one after the other; a line feed ends each.
        tokens: in the order of their symbols.
    """

    symbols: str
    tokens: tuple[Token, ...]


def fold(texts: Sequence[str]) -> Folded:
    """Texts without line feeds as symbols."""
    tokens: list[Token] = []
    parts: list[str] = []
    joined = _END.join(texts) + _END
    done = text = 0
    for match in _TOKENS.finditer(joined):
        before = joined[done : match.start()]
        text += before.count(_END)
        parts.append(before)
        done = match.end()
        if match.lastgroup != "gap":
            number = match.lastgroup == "number"
            tokens.append(Token(text, match[0], number))
            parts.append(NUMBER if number else WORD)
    parts.append(joined[done:])
    return Folded("".join(parts), tuple(tokens))


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """Which class each character belongs to.

    Attributes:
        table: uint16, class by code point; 0 for the line feed, :data:`UNKNOWN` for characters without a class.
        log_sizes: float64 by class, natural log of how many characters share it.
    """

    table: NDArray[np.uint16]
    log_sizes: NDArray[np.float64]

    @classmethod
    def of(cls, groups: Sequence[str]) -> Classes:
        """From the characters of each class, the one of :data:`FIRST` first."""
        highest = max((ord(char) for group in groups for char in group), default=0)
        table = np.full(highest + 2, UNKNOWN, dtype=np.uint16)
        for number, group in enumerate(groups, start=FIRST):
            table[[ord(char) for char in group]] = number
        table[ord(_END)] = 0
        sizes = [1.0] * FIRST + [float(len(group)) for group in groups]
        return cls(table, np.log(np.array(sizes)))

    def encode(self, symbols: str) -> NDArray[np.uint16]:
        """Classes of characters."""
        points = np.frombuffer(symbols.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        return np.asarray(self.table[np.minimum(points, len(self.table) - 1)])


def with_beginnings(classes: NDArray[np.uint16]) -> tuple[NDArray[np.uint16], NDArray[np.bool_]]:
    """Texts' classes, each ended by a 0, with :data:`BEGIN` before every text.

    Returns:
        The longer sequence, and where in it the classes given are.
    """
    ends = np.flatnonzero(classes == 0)
    starts = np.r_[0, ends[:-1] + 1]
    longer = np.insert(classes, starts, BEGIN)
    given = np.ones(len(longer), dtype=bool)
    given[starts + np.arange(len(starts))] = False
    return longer, given


