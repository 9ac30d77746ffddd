"""Regular expressions as automata: what they match is found in time that no expression can blow up.

The syntax is that of Python's ``re`` without what needs memory of the text: no back references, no look-around, no
flags and no anchors but ``^`` at the beginning and ``$`` at the end. An expression becomes the automaton of its
positions (Glushkov 1961), which has a state for each character that it names and no empty moves.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from lucidocr.correct.expression import Chain, Choice, Leaf, Node, Repeat, parse_expression, size_of
from lucidocr.errors import OptionError

MAX_POSITIONS: Final = 1000
"""Characters that an expression may name, repetitions counted out."""

MAX_STATES: Final = 1000
"""Sets of positions that an expression may be in: what bounds the time of a search along a line."""

_REMEDY: Final = "Make the regular expression simpler, or split it in several."


class State(NamedTuple):
    """Where an automaton is.

    Attributes:
        following: positions that may be next.
        accepts: whether the text so far is a match.
    """

    following: frozenset[int]
    accepts: bool


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """A regular expression.

    Attributes:
        source: as it was written.
        leaves: what each position matches: an expression for one character.
        follows: for each position, those that may come after it.
        last: positions that a match may end in.
        start: the state before any character.
        from_start: whether a match begins where the text does.
        to_end: whether a match ends where the text does.
    """

    source: str
    leaves: tuple[str, ...]
    follows: tuple[frozenset[int], ...]
    last: frozenset[int]
    start: State
    from_start: bool
    to_end: bool

    @classmethod
    def parse(cls, source: str, *, bounded: bool = True) -> Pattern:
        """Compile an expression.

        Args:
            source: the expression.
            bounded: whether one that can be in too many states is refused; a search gives it up otherwise.

        Raises:
            OptionError: it is none, uses what is left out here, or is too large.
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what a later Python may read otherwise: it is read as by this one
                re.compile(source)
        except (re.error, OverflowError, RecursionError) as error:
            raise OptionError(f"/{source}/ is no regular expression: {error}", remedy="See Python's `re`.") from error
        expression = parse_expression(source)
        if size_of(expression.node) > MAX_POSITIONS:
            raise OptionError(f"/{source}/ names more than {MAX_POSITIONS} characters", remedy=_REMEDY)
        builder = _Builder()
        part = builder.build(expression.node)
        pattern = cls(
            source,
            tuple(builder.leaves),
            tuple(map(frozenset, builder.follows)),
            frozenset(part.last),
            State(frozenset(part.first), part.empty),
            expression.from_start,
            expression.to_end,
        )
        if bounded:
            pattern._check_states()
        return pattern

    def after(self, state: State, matching: Iterable[int]) -> State | None:
        """The state after a character; None where no match can follow.

        Args:
            state: before it.
            matching: positions that match the character; others than those of the state are passed over.
        """
        entered = state.following.intersection(matching)
        if not entered:
            return None
        following = frozenset().union(*(self.follows[position] for position in entered))
        return State(following, not self.last.isdisjoint(entered))

    def matches(self, text: str) -> bool:
        """Whether the expression matches the whole of a text."""
        state = self.start
        for char in text:
            after = self.after(state, self._matching(state, char))
            if after is None:
                return False
            state = after
        return state.accepts

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Where the expression matches: begin and end of the leftmost match, its longest; then beyond it.

        Matches of nothing are passed over.
        """
        begin = 0
        while begin < len(text):
            stop = self._longest(text, begin)
            if stop > begin:
                yield begin, stop
            if self.from_start:
                return
            begin = max(stop, begin + 1)

    def _longest(self, text: str, begin: int) -> int:
        state = self.start
        longest = begin
        for place in range(begin, len(text)):
            after = self.after(state, self._matching(state, text[place]))
            if after is None:
                break
            state = after
            if state.accepts and (not self.to_end or place + 1 == len(text)):
                longest = place + 1
        return longest

    def _matching(self, state: State, char: str) -> list[int]:
        return [position for position in state.following if leaf_matches(self.leaves[position], char)]

    def _check_states(self) -> None:
        """Refuse an expression that is in too many states.

        Characters that the same leaves match lead to the same states; those beyond the basic plane are left out.
        """
        signatures: dict[str, set[int]] = {}
        for leaf in dict.fromkeys(self.leaves):
            positions = [position for position, other in enumerate(self.leaves) if other == leaf]
            for char in members(leaf, _BASIC):
                signatures.setdefault(char, set()).update(positions)
        atoms = {frozenset(positions) for positions in signatures.values()}
        seen, waiting = {self.start}, [self.start]
        while waiting:
            state = waiting.pop()
            found = {after for atom in atoms if (after := self.after(state, atom)) is not None} - seen
            seen |= found
            waiting += found
            if len(seen) > MAX_STATES:
                raise OptionError(f"/{self.source}/ can be in more than {MAX_STATES} states", remedy=_REMEDY)


_BASIC: Final = "".join(chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000)


@lru_cache(maxsize=4096)
def leaf_matches(leaf: str, char: str) -> bool:
    """Whether an expression for one character matches this one."""
    return _compiled(leaf).fullmatch(char) is not None


@lru_cache(maxsize=256)
def members(leaf: str, chars: str) -> frozenset[str]:
    """Those of several characters that an expression for one character matches."""
    return frozenset(_compiled(leaf).findall(chars))


@lru_cache(maxsize=256)
def _compiled(leaf: str) -> re.Pattern[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return re.compile(leaf)


class _Part(NamedTuple):
    """What is known of a part of an expression: whether it matches nothing, and the positions at its ends."""

    empty: bool
    first: list[int]
    last: list[int]


class _Builder:
    """Gives positions to an expression."""

    def __init__(self) -> None:
        self.leaves: list[str] = []
        self.follows: list[set[int]] = []

    def build(self, node: Node) -> _Part:
        """Positions of a part, and of what is in it."""
        match node:
            case Leaf(source):
                self.leaves.append(source)
                self.follows.append(set())
                return _Part(False, [len(self.leaves) - 1], [len(self.leaves) - 1])
            case Choice(parts):
                built = [self.build(part) for part in parts]
                first = [position for part in built for position in part.first]
                return _Part(any(part.empty for part in built), first, [p for part in built for p in part.last])
            case Chain(parts):
                whole = _Part(True, [], [])
                for part in parts:
                    whole = self._then(whole, self.build(part))
                return whole
            case Repeat(part, least, most):
                return self._repeat(part, least, most)

    def _then(self, before: _Part, after: _Part) -> _Part:
        self._link(before.last, after.first)
        first = before.first + after.first if before.empty else before.first
        last = before.last + after.last if after.empty else after.last
        return _Part(before.empty and after.empty, first, last)

    def _repeat(self, node: Node, least: int, most: int | None) -> _Part:
        """Copies in a row: each may be followed by the next, and all but those that must be there may be the last."""
        copies = [self.build(node) for _ in range(max(least, 1) if most is None else most)]
        if not copies:
            return _Part(True, [], [])
        empty = least == 0 or copies[0].empty
        for number in range(1, len(copies)):
            self._link(copies[number - 1].last, copies[number].first)
        if most is None:
            self._link(copies[-1].last, copies[-1].first)
        needed = 0 if empty else least - 1
        return _Part(empty, copies[0].first, [position for copy in copies[needed:] for position in copy.last])

    def _link(self, before: Iterable[int], after: Iterable[int]) -> None:
        after = list(after)
        for position in before:
            self.follows[position].update(after)
