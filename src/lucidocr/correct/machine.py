"""A regular expression over the characters that one line may hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lucidocr.charset import Charset
from lucidocr.correct.pattern import MAX_STATES, Pattern, State, members
from lucidocr.types import Frames, IntArray

_CHOICES: Final = 4
"""Characters of a large class that are worth a look at a frame."""

_FEW: Final = 40
"""Members of a class that are all worth a look."""


class Place(NamedTuple):
    """Where a text with a margin around it is.

    Attributes:
        state: of the pattern; None where nothing but margin may follow.
        leading: whether nothing but margin was said.
        over: whether what was said before is a match, and only margin came after it.
    """

    state: State | None
    leading: bool
    over: bool

    @property
    def accepts(self) -> bool:
        """Whether the text, without its margin, is a match."""
        return self.over or (self.state is not None and self.state.accepts)

    def by(self, pattern: Pattern, positions: frozenset[int]) -> Place | None:
        """The place after a character that these positions match."""
        after = pattern.after(self.state, positions) if self.state is not None else None
        return None if after is None else Place(after, leading=False, over=False)

    def by_margin(self, pattern: Pattern, positions: frozenset[int]) -> Place | None:
        """The place after a character of the margin, which the pattern may take as its own."""
        if self.leading:
            return self
        after = pattern.after(self.state, positions) if self.state is not None else None
        return None if after is None and not self.accepts else Place(after, leading=False, over=self.accepts)


@dataclass(frozen=True, slots=True, eq=False)
class Machine:
    """An expression's automaton over the characters that are worth a look on one line.

    A move goes from a state by a class into another state. Moves by one class into one state are one *entry*.

    Attributes:
        accepts: bool [Q], whether a match may end in a state; state 0 is the start.
        first: int64 [Q + 1], number of each state's first move; moves of a state follow each other.
        sources: int64 [M], state of each move.
        entries: int64 [M], entry of each move.
        classes: int64 [E], class of each entry.
        targets: int64 [E], state of each entry.
        again: int64 [E], the entry by the same class out of an entry's state; E where there is none.
    """

    accepts: NDArray[np.bool_]
    first: IntArray
    sources: IntArray
    entries: IntArray
    classes: IntArray
    targets: IntArray
    again: IntArray

    @classmethod
    def of(cls, pattern: Pattern, frames: Frames, charset: Charset, margin: int | None) -> Machine | None:
        """Follow a pattern from its start by every character that is worth a look; None beyond the most states.

        Args:
            pattern: what the text must match.
            frames: of the line.
            charset: whose classes the frames are about.
            margin: class that may also stand around the text, any number of times.
        """
        atoms = _atoms(pattern, frames, charset)
        start = Place(pattern.start, leading=True, over=False)
        numbers = {start: 0}
        places = [start]
        moves: list[tuple[int, int, int]] = []
        for number, place in enumerate(places):  # grows as it goes
            if len(places) > MAX_STATES:
                return None
            for label, positions in _arcs(place, atoms, margin):
                after = place.by_margin(pattern, positions) if label == margin else place.by(pattern, positions)
                if after is None:
                    continue
                if after not in numbers:
                    numbers[after] = len(places)
                    places.append(after)
                moves.append((number, label, numbers[after]))
        entries = {pair: place for place, pair in enumerate(dict.fromkeys((label, to) for _, label, to in moves))}
        by = {(source, label): entries[label, to] for source, label, to in moves}
        first = np.searchsorted([source for source, _, _ in moves], np.arange(len(places) + 1))
        return cls(
            np.array([place.accepts for place in places]),
            first.astype(np.int64),
            np.array([source for source, _, _ in moves], dtype=np.int64),
            np.array([entries[label, to] for _, label, to in moves], dtype=np.int64),
            np.array([label for label, _ in entries], dtype=np.int64),
            np.array([to for _, to in entries], dtype=np.int64),
            np.array([by.get((to, label), len(entries)) for label, to in entries], dtype=np.int64),
        )


def _arcs(
    place: Place, atoms: Mapping[frozenset[int], Sequence[int]], margin: int | None
) -> Iterator[tuple[int, frozenset[int]]]:
    """Classes that may be said in a place, and the positions that each matches."""
    matched = False
    for positions, labels in atoms.items():
        matched = matched or margin in labels
        if place.state is not None and place.state.following.isdisjoint(positions):
            labels = [label for label in labels if label == margin]  # noqa: PLW2901
        for label in labels:
            yield label, positions
    if margin is not None and not matched:
        yield margin, frozenset()


def _atoms(pattern: Pattern, frames: Frames, charset: Charset) -> dict[frozenset[int], list[int]]:
    """Classes worth a look, by the positions of a pattern that they match."""
    positions: defaultdict[int, set[int]] = defaultdict(set)
    for leaf in dict.fromkeys(pattern.leaves):
        own = [position for position, other in enumerate(pattern.leaves) if other == leaf]
        for label in _worth_a_look(leaf, frames, charset).tolist():
            positions[label].update(own)
    for leaf in dict.fromkeys(pattern.leaves):  # what one class has proposed, another may match too
        own = [position for position, other in enumerate(pattern.leaves) if other == leaf]
        known = members(leaf, charset.chars)
        for label, matching in positions.items():
            if charset.chars[label] in known:
                matching.update(own)
    atoms: defaultdict[frozenset[int], list[int]] = defaultdict(list)
    for label, matching in sorted(positions.items()):
        atoms[frozenset(matching)].append(label)
    return dict(atoms)


def _worth_a_look(leaf: str, frames: Frames, charset: Charset) -> IntArray:
    """Classes of a character class: all where they are few, else the best ones of each frame."""
    labels = _labels(leaf, charset)
    if len(labels) <= _FEW or not len(frames.active):
        return labels[:_FEW]
    said = frames.log_chars[:, labels] if len(labels) < len(charset) else frames.log_chars
    return np.unique(labels[np.argpartition(-said, _CHOICES - 1, axis=1)[:, :_CHOICES]])


@lru_cache(maxsize=64)
def _labels(leaf: str, charset: Charset) -> IntArray:
    known = members(leaf, charset.chars)
    return np.array([label for label, char in enumerate(charset.chars) if char in known], dtype=np.int64)
