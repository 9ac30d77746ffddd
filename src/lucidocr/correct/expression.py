"""The tree of a regular expression. What is left out here is refused by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from lucidocr.charset import canonical
from lucidocr.errors import OptionError

_COUNT: Final = re.compile(r"\{(\d*)(,?)(\d*)\}")
_HEXADECIMAL: Final = {"x": 2, "u": 4, "U": 8}
_GROUPS: Final = ("?:", "?P<")
_SPECIAL: Final = "|)"
_SETS: Final = "dDwWsS"

_MOST: Final = 1_000_000
"""Repetitions beyond which counts are not told apart: all are too many."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One character.

    Attributes:
        source: an expression of Python's ``re`` that matches it.
    """

    source: str


@dataclass(frozen=True, slots=True)
class Chain:
    """Parts one after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part over and over.

    Attributes:
        part: what is repeated.
        least: times.
        most: times; None for any number.
    """

    part: Node
    least: int
    most: int | None


Node = Leaf | Chain | Choice | Repeat


@dataclass(frozen=True, slots=True)
class Expression:
    """A regular expression.

    Attributes:
        node: its tree.
        from_start: whether it begins with ``^``.
        to_end: whether it ends with ``$``.
    """

    node: Node
    from_start: bool
    to_end: bool


def parse_expression(source: str) -> Expression:
    """Take an expression apart that Python's ``re`` has found to be one.

    Raises:
        OptionError: it uses what is left out here.
    """
    from_start = source.startswith("^")
    to_end = source.endswith("$") and not _is_escaped(source, len(source) - 1)
    parser = _Parser(source, int(from_start), len(source) - to_end)
    node = parser.choice()
    if (from_start or to_end) and isinstance(node, Choice):
        raise parser.refused("an anchor of one alternative (write ^(?:a|b)$)")
    return Expression(node, from_start, to_end)


def size_of(node: Node) -> int:
    """Characters that an expression names, repetitions counted out."""
    match node:
        case Leaf():
            return 1
        case Chain(parts) | Choice(parts):
            return sum(map(size_of, parts))
        case Repeat(part, least, most):
            return size_of(part) * (max(least, 1) if most is None else most)


def _is_escaped(source: str, place: int) -> bool:
    before = source[:place]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


class _Parser:
    """Reads an expression from left to right (recursive descent)."""

    def __init__(self, source: str, begin: int, stop: int) -> None:
        self._source = source
        self._at = begin
        self._stop = stop

    def choice(self) -> Node:
        """Alternatives, up to the end or a closing bracket."""
        parts = [self._chain()]
        while self._peek() == "|":
            self._at += 1
            parts.append(self._chain())
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def refused(self, what: str) -> OptionError:
        """An error that names what is left out."""
        return OptionError(
            f"/{self._source}/ uses {what} at character {self._at + 1}, which is not supported",
            remedy="Use characters, classes, groups, alternatives and repetitions only.",
        )

    def _peek(self) -> str:
        return self._source[self._at] if self._at < self._stop else ""

    def _take(self, count: int = 1) -> str:
        self._at += count
        return self._source[self._at - count : self._at]

    def _chain(self) -> Node:
        parts = []
        while self._peek() and self._peek() not in _SPECIAL:
            parts.append(self._repeated(self._one()))
        return parts[0] if len(parts) == 1 else Chain(tuple(parts))

    def _one(self) -> Node:
        match self._peek():
            case "(":
                return self._group()
            case "[":
                return Leaf(self._class())
            case "\\":
                return Leaf(self._escape())
            case ".":
                return Leaf(self._take())
            case "^" | "$":
                raise self.refused("an anchor inside of the expression")
            case _:
                return _literal(self._take())

    def _group(self) -> Node:
        if self._source.startswith("(?", self._at) and not self._source.startswith(_GROUPS, self._at + 1):
            raise self.refused(f"{self._source[self._at : self._at + 4]!r}")
        self._at += 1
        if self._source.startswith("?:", self._at):
            self._at += 2
        elif self._source.startswith("?P<", self._at):
            self._at = self._source.index(">", self._at) + 1
        node = self.choice()
        self._at += 1
        return node

    def _class(self) -> str:
        begin = self._at
        self._at += 1
        if self._peek() == "^":
            self._at += 1
        if self._peek() == "]":
            self._at += 1
        while self._peek() != "]":
            self._at += 2 if self._peek() == "\\" else 1
        self._at += 1
        return self._source[begin : self._at]

    def _escape(self) -> str:
        kind = self._source[self._at + 1]
        if kind.isdigit():
            raise self.refused("a back reference or an octal number")
        if kind.isalpha() and kind not in _SETS + "xuUntrfva":
            raise self.refused(rf"\{kind}")
        return self._take(2 + _HEXADECIMAL.get(kind, 0))

    def _repeated(self, node: Node) -> Node:
        while (count := self._count()) is not None:
            node = Repeat(node, *count)
            if self._peek() == "?":  # as few as may be: the texts that match are the same
                self._at += 1
            elif self._peek() == "+":
                raise self.refused("a possessive repetition")
        return node

    def _count(self) -> tuple[int, int | None] | None:
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        char = self._peek()
        if char in simple:
            self._at += 1
            return simple[char]
        found = _COUNT.match(self._source, self._at, self._stop)
        if char != "{" or found is None or found.group() == "{}":
            return None
        self._at = found.end()
        least, comma, most = found.groups()
        low = min(int(least or 0), _MOST)
        if not comma:
            return low, low
        return low, min(int(most), _MOST) if most else None


def _literal(char: str) -> Leaf:
    """A character, in the form in which it is read."""
    return Leaf(re.escape(canonical(char) or char))
