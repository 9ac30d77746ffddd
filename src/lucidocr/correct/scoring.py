"""What a network's frames say of any text, one with characters outside of the network's alphabet among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lucidocr.align import Stay, make_spans, margin_of
from lucidocr.charset import Charset
from lucidocr.ink import find_ink
from lucidocr.places import weigh_places
from lucidocr.trellis import log_probabilities, make_trellis
from lucidocr.types import Frames, ImageArray, Span

LOG_UNKNOWN: Final = -7.0
"""Natural log of P(a given character outside of the alphabet | not blank), the same at every frame. The network cannot
tell; it is small enough that such a character wins only where another source is sure of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Scorer:
    """Scores texts by one network's frames of a line.

    Attributes:
        frames: with one class more than the alphabet has, which stands for all characters outside of it.
        charset: the alphabet.
    """

    frames: Frames
    charset: Charset

    @classmethod
    def of(cls, frames: Frames, charset: Charset) -> Scorer:
        """A scorer of frames whose classes are those of an alphabet."""
        unknown = np.full((len(frames.active), 1), LOG_UNKNOWN, dtype=np.float32)
        return cls(replace(frames, log_chars=np.hstack([frames.log_chars, unknown])), charset)

    def encode(self, text: str) -> list[int]:
        """Classes of a text."""
        return [self.charset.encode(char)[0] if char in self.charset else len(self.charset) for char in text]

    def log_probs(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Natural log of P(text | picture) of each text, its ends free of spaces; -inf where it has no room."""
        return log_probabilities(self.frames, [self.encode(text) for text in texts], margin=margin_of(self.charset))

    def posteriors(self, text: str) -> NDArray[np.float64]:
        """The probability of each character of a text against all that might stand in its place: float64 [K] in [0, 1].

        Raises:
            AlignmentError: the text has no room on the line.
        """
        trellis = make_trellis(self.frames, self.encode(text), margin=margin_of(self.charset))
        return np.exp(weigh_places(self.frames, trellis).log_own)

    def place(self, text: str, confidences: Sequence[float], pixels: ImageArray) -> tuple[Span, ...]:
        """Where the K characters of a text lie on the line.

        Args:
            text: what the line says.
            confidences: K probabilities that a character is right.
            pixels: uint8 [h, w] grey, the line as cut.

        Raises:
            AlignmentError: the text has no room on the line.
        """
        trellis = make_trellis(self.frames, self.encode(text), margin=margin_of(self.charset))
        return make_spans(text, Stay.of(trellis.occupancy), confidences, self.frames, find_ink(pixels))
