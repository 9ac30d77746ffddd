"""The most probable texts of a line among those that a regular expression matches.

A prefix beam search (Hannun 2014, algorithm 1) follows the expression's states beside CTC's. How much of all the paths
that lie ahead of a prefix can still become a match is known exactly, from a backward pass over frames and states, and
prefixes are ranked with it: none leads into a dead end, and the time is bounded by frames times states.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lucidocr.align import margin_of
from lucidocr.beam import ScoredText
from lucidocr.charset import Charset
from lucidocr.correct.machine import Machine
from lucidocr.correct.pattern import Pattern
from lucidocr.trellis import log_probabilities, without_margin
from lucidocr.types import Frames

_BEAM: Final = 24
"""Prefixes that are followed at once."""

_CHOICES: Final = 4
"""Characters that may go on a prefix at a frame."""

_SCORED: Final = 2
"""Texts that are scored for each one wanted."""

_MAX_CELLS: Final = 20_000_000
"""Frames times moves of the longest search: bounds memory, eight bytes a cell."""

Prefix = tuple[int, ...]


@lru_cache(maxsize=64)
def within(pattern_source: str) -> Pattern:
    """The expression of texts that hold a match of another one; of texts that match it where it is anchored."""
    pattern = Pattern.parse(pattern_source)
    inner = pattern_source[pattern.from_start : len(pattern_source) - pattern.to_end]
    before, after = "" if pattern.from_start else ".*", "" if pattern.to_end else ".*"
    return Pattern.parse(f"{before}(?:{inner}){after}", bounded=False)


def matching_texts(
    frames: Frames, charset: Charset, pattern: Pattern, *, count: int = 3, beam: int = _BEAM
) -> list[ScoredText]:
    """Look for the most probable texts that a whole expression matches.

    Args:
        frames: what the network says of the line.
        charset: whose classes the frames are about.
        pattern: what the text, without spaces at its ends, must match.
        count: of the texts wanted.
        beam: prefixes that are followed at once.

    Returns:
        At most ``count`` texts with their exact probabilities, the most probable first. None where no text that the
        frames allow matches, or where the expression has too many states or the line is too long for it.
    """
    margin = margin_of(charset)
    machine = Machine.of(pattern, frames, charset, margin)
    if machine is None or len(frames.active) * (len(machine.classes) + 1) > _MAX_CELLS:
        return []
    found = dict.fromkeys(without_margin(prefix, margin) for prefix in _search(frames, machine, max(beam, count)))
    kept = [text for text in found if pattern.matches(charset.decode(text))][: _SCORED * count]
    if not kept:
        return []
    log_probs = log_probabilities(frames, kept, margin=margin).tolist()
    scored = [ScoredText(charset.decode(text), log_prob) for text, log_prob in zip(kept, log_probs, strict=True)]
    return sorted((one for one in scored if one.log_prob > -np.inf), key=lambda one: (-one.log_prob, one.text))[:count]


@dataclass(frozen=True, slots=True, eq=False)
class _Ahead:
    """Probability, up to a factor, of all ways from a state through the frames that lie ahead to a match.

    Attributes:
        blank: float64 [Q], where the last frame was blank.
        label: float64 [E], where it said the class of an entry.
    """

    blank: NDArray[np.float64]
    label: NDArray[np.float64]


def _rested(frames: Frames) -> list[bool]:
    """Whether frames that emit blanks only follow each active frame."""
    return np.append(np.diff(frames.active) > 1, frames.active[-1] + 1 < len(frames)).tolist()


def _look_ahead(
    machine: Machine, blanks: Sequence[float], said: NDArray[np.float64], rests: Sequence[bool]
) -> list[_Ahead]:
    """What lies ahead after each active frame."""
    blank = machine.accepts.astype(np.float64)
    label = blank[machine.targets]
    ahead: list[_Ahead] = []
    for row in range(len(blanks) - 1, -1, -1):
        if rests[row]:
            label = blank[machine.targets]
        ahead.append(_Ahead(blank, label))
        spoken = said[row] * label
        onwards = np.bincount(machine.sources, spoken[machine.entries], minlength=len(blank))
        again = np.append(spoken, 0.0)[machine.again]
        rest = blanks[row] * blank
        blank = rest + onwards
        # A class that is said twice in a row without a blank is one character: it stays where it is.
        label = np.maximum(rest[machine.targets] + spoken + onwards[machine.targets] - again, 0.0)
        largest = max(float(blank.max()), float(label.max(initial=0.0))) or 1.0
        blank, label = blank / largest, label / largest
    return ahead[::-1]


@dataclass(frozen=True, slots=True)
class _Token:
    """The paths of a prefix.

    Attributes:
        entry: that its last label went by; -1 for the empty prefix.
        blank: probability, relative to the frame's best, of those that end in blank.
        label: of those that end in its last label.
    """

    entry: int
    blank: float
    label: float


def _search(frames: Frames, machine: Machine, beam: int) -> list[Prefix]:
    """Prefixes that a match may be, the heaviest first."""
    if not len(frames.active) or not len(machine.classes):
        return [()] if machine.accepts[0] else []
    blanks = np.exp(frames.log_blank[frames.active].astype(np.float64)).tolist()
    other = frames.log_other[frames.active, None].astype(np.float64)
    said = np.exp(other + frames.log_chars[:, machine.classes])
    rests = _rested(frames)
    ahead = _look_ahead(machine, blanks, said, rests)
    tokens: dict[Prefix, _Token] = {(): _Token(-1, 1.0, 0.0)}
    for row, blank in enumerate(blanks):
        tokens = _best(_step(tokens, machine, said[row], blank, ahead[row]), machine, ahead[row], beam)
        if rests[row]:
            tokens = {prefix: _Token(one.entry, one.blank + one.label, 0.0) for prefix, one in tokens.items()}
    return [prefix for prefix, one in tokens.items() if machine.accepts[_state(machine, one.entry)]]


def _state(machine: Machine, entry: int) -> int:
    return int(machine.targets[entry]) if entry >= 0 else 0


def _step(
    tokens: dict[Prefix, _Token], machine: Machine, said: NDArray[np.float64], blank: float, ahead: _Ahead
) -> dict[Prefix, _Token]:
    """Follow every prefix through one frame, by the characters with the most to come."""
    blanks: defaultdict[Prefix, float] = defaultdict(float)
    labels: defaultdict[Prefix, float] = defaultdict(float)
    entries: dict[Prefix, int] = {}
    promising = said * ahead.label
    for prefix, one in tokens.items():
        entries[prefix] = one.entry
        blanks[prefix] += (one.blank + one.label) * blank
        if one.entry >= 0:
            labels[prefix] += one.label * float(said[one.entry])
        state = _state(machine, one.entry)
        onwards = machine.entries[machine.first[state] : machine.first[state + 1]]
        if len(onwards) > _CHOICES:
            onwards = onwards[np.argpartition(-promising[onwards], _CHOICES - 1)[:_CHOICES]]
        for entry in onwards.tolist():
            label = int(machine.classes[entry])
            follows = one.blank if prefix and prefix[-1] == label else one.blank + one.label
            grown = (*prefix, label)
            entries[grown] = entry
            labels[grown] += follows * float(said[entry])
    return {prefix: _Token(entry, blanks[prefix], labels[prefix]) for prefix, entry in entries.items()}


def _best(tokens: dict[Prefix, _Token], machine: Machine, ahead: _Ahead, count: int) -> dict[Prefix, _Token]:
    """The prefixes with the most probable matches to come, weighed so that long lines do not underflow."""
    weighed = []
    for prefix, one in tokens.items():
        worth = one.blank * ahead.blank[_state(machine, one.entry)]
        worth += one.label * ahead.label[one.entry] if one.entry >= 0 else 0.0
        if worth > 0:
            weighed.append((-float(worth), prefix, one))
    kept = sorted(weighed, key=lambda item: item[:2])[:count]
    heaviest = max((one.blank + one.label for _, _, one in kept), default=1.0)
    return {prefix: _Token(one.entry, one.blank / heaviest, one.label / heaviest) for _, prefix, one in kept}
