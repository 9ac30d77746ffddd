"""Texts as a language model sees them: what no model of language can decide is made equal.

A text is a sequence of symbols. A run of letters and digits is one symbol, whatever it says: a number, or another one.
All characters that mean the same (traditional and simplified, full-width and half-width) are the same symbol. Spaces
beside Chinese characters are dropped: whether there are any is the typesetter's taste.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast

import numpy as np
from numpy.typing import NDArray

NUMBER: Final = "\ue000"
"""Stands for a number."""

WORD: Final = "\ue001"
"""Stands for any other run of letters and digits."""

_SHOWN: Final = {"number": NUMBER, "code": WORD, "word": WORD, "gap": ""}

BEGIN: Final = 1
"""Class of the beginning of a text."""

UNKNOWN: Final = 2
"""Class of all characters that have none of their own."""

FIRST: Final = 3
"""Class of the first character that has one."""

CHARACTER_COST: Final = math.log(62) - math.log(7 / 8)
"""What a character costs of which nothing is known, such as one of a code or a dropped space, nats."""

_END: Final = "\n"
_LETTERS: Final = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0300-\u036f"
_HAN: Final = "\u2e80-\u9fff\uf900-\ufaff"
_WIDE: Final = f"{_HAN}\uff01-\uff0f\uff1a-\uff20"
_RUN: Final = f"[{_LETTERS}0-9]+"
_TOKENS: Final = re.compile(
    f"(?P<number>(?<![{_LETTERS}0-9])[¥$€£]?[0-9]+(?:[.,:/×-][0-9]+)*(?![/_-]?[{_LETTERS}0-9]))"
    f"|(?P<code>(?=[{_LETTERS}/_-]*[0-9]){_RUN}(?:[/_-]{_RUN})*"
    f"|(?<![{_HAN}])[{_HAN}](?=[A-Z][·.]?[0-9A-Z]{{4,6}}(?![{_LETTERS}0-9]))[A-Z][·.]?[0-9A-Z]+)"
    f"|(?P<word>[{_LETTERS}]+)"
    f"|(?P<gap>(?<=[{_WIDE}]) +| +(?=[{_WIDE}]))"
)
"""What is one symbol, and what is none. A code holds digits and letters, perhaps in several parts; a number plate is
a code with its province."""


Kind = Literal["number", "code", "word", "gap"]


@dataclass(frozen=True, slots=True)
class Token:
    """A run of letters and digits, or dropped spaces.

    Attributes:
        text: number of the text that it stands in.
        kind: what it is.
        value: what it says.
    """

    text: int
    kind: Kind
    value: str


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """Several texts as symbols.

    Attributes:
        symbols: one after the other; a line feed ends each.
        tokens: in the order in which they stand.
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
        kind = cast("Kind", match.lastgroup)
        tokens.append(Token(text, kind, match[0]))
        parts.append(_SHOWN[kind])
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
