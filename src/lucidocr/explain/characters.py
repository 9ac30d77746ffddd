"""The evidence for each character of a text: its place, its confidence and its rivals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from lucidocr.align import place_text, text_trellis
from lucidocr.calibration import Calibration
from lucidocr.charset import Charset
from lucidocr.ink import Ink
from lucidocr.places import Places, weigh_places
from lucidocr.trellis import Trellis
from lucidocr.types import Alignment, Alternative, CharacterEvidence, Frames, Span

ALTERNATIVES: Final = 5
"""Readings of a place that are shown."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The evidence for a text of K characters.

    Attributes:
        trellis: of the text.
        alignment: of the text.
        characters: one per character.
    """

    trellis: Trellis
    alignment: Alignment
    characters: tuple[CharacterEvidence, ...]

    @classmethod
    def of(cls, frames: Frames, charset: Charset, text: str, ink: Ink, calibration: Calibration) -> Evidence:
        """Weigh a text on a line.

        Args:
            frames: what the network says of the line.
            charset: whose classes the frames are about.
            text: the reading, or any other.
            ink: of the line image.
            calibration: of the network.

        Raises:
            AlignmentError: the text cannot lie on the line, or holds characters that the model does not know.
            ImageSizeError: line and text are too long.
        """
        trellis = text_trellis(frames, charset, text)
        places = weigh_places(frames, trellis, ranked=ALTERNATIVES + 1)
        confidences = [calibration.character(float(own)) for own in np.exp(places.log_own)]
        alignment = place_text(frames, charset, trellis, ink, confidences)
        return cls(
            trellis,
            alignment,
            tuple(_weigh(places, charset, number, span) for number, span in enumerate(alignment.spans)),
        )


def _weigh(places: Places, charset: Charset, number: int, span: Span) -> CharacterEvidence:
    """What stands in one place, and what else might."""
    logs = places.log_candidates[number]
    order = np.argsort(-logs, kind="stable")[: ALTERNATIVES + 1]
    ranked = [(float(logs[row]), charset.chars[places.candidates[row]]) for row in order if logs[row] > -np.inf]
    ranked = sorted([*ranked, (float(places.log_nothing[number]), "")], key=lambda one: -one[0])
    best, against = next((log, char) for log, char in ranked if char.casefold() != span.char.casefold())
    shown = ranked[:ALTERNATIVES]
    if all(char != span.char for _, char in shown):
        shown = [*shown[:-1], (float(places.log_own[number]), span.char)]
    own = float(np.exp(places.log_own[number]))
    alternatives = [
        Alternative(char, span.confidence if char == span.char else shared(span.confidence, own, float(np.exp(log))))
        for log, char in shown
    ]
    return CharacterEvidence(
        span=span,
        alternatives=tuple(sorted(alternatives, key=lambda one: -one.probability)),
        against=against,
        contrast=float(places.log_own[number]) - best,
    )


def shared(confidence: float, own: float, other: float) -> float:
    """The calibrated probability of another reading: all others share what a confidence leaves, as they do before.

    Args:
        confidence: calibrated probability of one reading.
        own: its probability before calibration.
        other: that of another reading, also before.
    """
    return (1 - confidence) * min(other / (1 - own), 1.0) if own < 1 else 0.0
