"""The most probable texts of a line: CTC prefix beam search (Hannun 2014, algorithm 1), scored exactly."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Final, NamedTuple

import numpy as np

from lucidocr.align import margin_of
from lucidocr.charset import Charset
from lucidocr.decode import best_path, strip
from lucidocr.errors import OptionError
from lucidocr.trellis import log_probabilities, without_margin
from lucidocr.types import Frames

BEAM: Final = 16
"""Prefixes that are followed at once."""

_CHOICES: Final = 6
"""Characters of a frame that may go on a prefix."""

_FAINTEST: Final = 1e-4
"""Probability of a character at a frame below which it goes on no prefix."""

_SCORED: Final = 2
"""Texts that are scored for each one wanted."""

Prefix = tuple[int, ...]


class ScoredText(NamedTuple):
    """A text that a line may hold.

    Attributes:
        text: without spaces at its ends.
        log_prob: natural log of P(text | picture), summed over all CTC paths.
    """

    text: str
    log_prob: float


class _Mass(NamedTuple):
    """Probability of all paths of a prefix, relative to the frame's best.

    Attributes:
        blank: of those that end in blank.
        label: of those that end in its last label.
    """

    blank: float
    label: float

    @property
    def total(self) -> float:
        """Of all of them."""
        return self.blank + self.label


def beam_search(frames: Frames, charset: Charset, *, count: int = 5, beam: int = BEAM) -> list[ScoredText]:
    """Look for the most probable texts.

    The search decides which texts are compared; their probabilities are exact. The greedy reading is among them.

    Args:
        frames: what the network says of the line.
        charset: whose classes the frames are about.
        count: of the texts wanted.
        beam: prefixes that are followed at once.

    Returns:
        At most ``count`` texts, the most probable first.

    Raises:
        OptionError: fewer than one text or prefix.
    """
    if count < 1 or beam < 1:
        raise OptionError("a beam search needs at least one prefix, and gives at least one text")
    margin = margin_of(charset)
    greedy = tuple(run.label for run in strip(best_path(frames), charset))
    searched = dict.fromkeys(without_margin(prefix, margin) for prefix in _prefixes(frames, max(beam, count)))
    found = list(dict.fromkeys([greedy, *list(searched)[: _SCORED * count]]))
    log_probs = log_probabilities(frames, found, margin=margin).tolist()
    scored = [ScoredText(charset.decode(text), log_prob) for text, log_prob in zip(found, log_probs, strict=True)]
    return sorted(scored, key=lambda one: (-one.log_prob, one.text))[:count]


def _prefixes(frames: Frames, beam: int) -> list[Prefix]:
    """The texts that a beam of prefixes ends with, the heaviest first."""
    if not len(frames.active):
        return [()]
    choices = _choices(frames)
    blanks = np.exp(frames.log_blank[frames.active].astype(np.float64)).tolist()
    beams: dict[Prefix, _Mass] = {(): _Mass(1.0, 0.0)}
    before = -1
    for row, frame in enumerate(frames.active.tolist()):
        if frame > before + 1:  # blanks only: what factor they have in common is left out
            beams = {prefix: _Mass(mass.total, 0.0) for prefix, mass in beams.items()}
        beams = _best(_step(beams, choices[row], blanks[row]), beam)
        before = frame
    return list(beams)


def _choices(frames: Frames) -> list[list[tuple[int, float]]]:
    """Classes worth a look at each active frame, and their probabilities there; the best one in any case."""
    least = math.log(_FAINTEST) - frames.log_other[frames.active]
    rows, labels = np.nonzero(frames.log_chars >= least[:, None])
    bare = np.setdiff1d(np.arange(len(least)), rows)
    rows = np.concatenate([rows, bare])
    labels = np.concatenate([labels, frames.log_chars[bare].argmax(axis=1)]) if len(bare) else labels
    logs = frames.log_chars[rows, labels] + frames.log_other[frames.active[rows]]
    order = np.lexsort((-logs, rows))
    choices: list[list[tuple[int, float]]] = [[] for _ in least]
    likely = zip(
        rows[order].tolist(), labels[order].tolist(), np.exp(logs[order].astype(np.float64)).tolist(), strict=True
    )
    for row, label, probability in likely:
        if len(choices[row]) < _CHOICES:
            choices[row].append((label, probability))
    return choices


def _step(beams: dict[Prefix, _Mass], choices: list[tuple[int, float]], blank: float) -> dict[Prefix, _Mass]:
    """Follow every prefix through one frame."""
    blanks: defaultdict[Prefix, float] = defaultdict(float)
    labels: defaultdict[Prefix, float] = defaultdict(float)
    for prefix, mass in beams.items():
        blanks[prefix] += mass.total * blank
        for label, probability in choices:
            if prefix and prefix[-1] == label:
                labels[prefix] += mass.label * probability
                labels[(*prefix, label)] += mass.blank * probability
            else:
                labels[(*prefix, label)] += mass.total * probability
    return {prefix: _Mass(blanks[prefix], labels[prefix]) for prefix in blanks.keys() | labels.keys()}


def _best(beams: dict[Prefix, _Mass], count: int) -> dict[Prefix, _Mass]:
    """The heaviest prefixes, weighed against the heaviest of all so that long lines do not underflow."""
    ranked = sorted(beams.items(), key=lambda item: (-item[1].total, item[0]))[:count]
    heaviest = ranked[0][1].total or 1.0
    return {prefix: _Mass(mass.blank / heaviest, mass.label / heaviest) for prefix, mass in ranked}
