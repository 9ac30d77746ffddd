"""The values that flow from a picture to its reading.

``PageImage -> LineImage -> Frames -> Recognition -> Line -> Page``: every step takes one of these and returns the
next, all frozen, all made of NumPy arrays and plain Python values. Pixel coordinates have their origin at the top left
corner of the picture that the user gave, x to the right and y down, and a pixel's centre lies at (x + 0.5, y + 0.5).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

ImageArray = NDArray[np.uint8]
FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

STRIDE = 4
"""Columns of a normalised line that one frame covers."""


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view


@dataclass(frozen=True, slots=True, eq=False)
class PageImage:
    """A decoded picture, upright and in colour.

    Attributes:
        pixels: uint8 [H, W, 3], RGB, EXIF orientation applied, transparency laid over white.
        source: where it came from, for messages ("invoice.png", "<bytes>").
    """

    pixels: ImageArray
    source: str = "<array>"

    def __post_init__(self) -> None:
        object.__setattr__(self, "pixels", _frozen(self.pixels))

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return int(self.pixels.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class LineImage:
    """One line of text, cut out and turned upright.

    Attributes:
        pixels: uint8 [h, w], grey, as cut: not yet scaled to the recogniser's height.
        box: float32 [4, 2], its corners in page pixels, clockwise from the top left of the text.
        to_page: float64 [3, 3], homography from line pixels to page pixels.
    """

    pixels: ImageArray
    box: FloatArray
    to_page: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in ("pixels", "box", "to_page"):
            object.__setattr__(self, name, _frozen(getattr(self, name)))


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """What the network says of each step along a line; the only place that maps frames to pixels.

    The distribution over {blank} and the charset factorises: ``P(blank | t)`` is a probability of its own, and
    ``P(c | t) = (1 - P(blank | t)) * P(c | not blank, t)``. The second factor is computed only where it can matter:
    on all other frames every character is taken to have probability zero (the effect on log P(text) is measured and
    below 1e-4 nats; see docs/adr).

    Attributes:
        log_blank: float32 [T], natural log of P(blank | t).
        log_other: float32 [T], natural log of 1 - P(blank | t).
        active: int64 [N], increasing frame numbers at which ``log_chars`` is given.
        log_chars: float32 [N, C], natural log of P(c | not blank, t); column c is ``charset[c]``.
        pixels_per_frame: width of a frame in pixels of the line image as cut (``LineImage.pixels``).
        width: width of that line image, pixels.
    """

    log_blank: FloatArray
    log_other: FloatArray
    active: IntArray
    log_chars: FloatArray
    pixels_per_frame: float
    width: int

    def __post_init__(self) -> None:
        for name in ("log_blank", "log_other", "active", "log_chars"):
            object.__setattr__(self, name, _frozen(getattr(self, name)))

    def __len__(self) -> int:
        return len(self.log_blank)

    def to_pixels(self, frame: float) -> float:
        """Left edge of a (fractional) frame in pixels of the line image, kept inside it."""
        return float(min(max(frame * self.pixels_per_frame, 0.0), self.width))


@dataclass(frozen=True, slots=True)
class Span:
    """The part of a line that one character was read from.

    Attributes:
        char: the character, a string of length one.
        start: first frame that emits it.
        stop: one past the last frame that emits it.
        left: left edge in pixels of the line image.
        right: right edge in pixels of the line image.
        confidence: probability in [0, 1] that this character is right.
    """

    char: str
    start: int
    stop: int
    left: float
    right: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Recognition:
    """The reading of one line image.

    Attributes:
        text: what was read; empty when the picture holds no text.
        log_prob: natural log of P(text | picture), summed over all CTC paths (Graves 2006, eq. 3).
        confidence: probability in [0, 1] that the whole string is right.
        spans: one per character of ``text``, in reading order.
    """

    text: str
    log_prob: float
    confidence: float
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A read line in its place on the page.

    Attributes:
        text: what was read.
        confidence: probability in [0, 1] that the whole string is right.
        box: four (x, y) corners in page pixels, clockwise from the top left of the text.
        spans: one per character; ``left`` and ``right`` are in pixels of the upright line image.
        quads: per character, its four (x, y) corners in page pixels, clockwise from its top left.
    """

    text: str
    confidence: float
    box: tuple[tuple[float, float], ...]
    spans: tuple[Span, ...] = ()
    quads: tuple[tuple[tuple[float, float], ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Everything read from one picture.

    Attributes:
        lines: the lines in reading order; empty when the picture holds no text.
        width: width of the picture, pixels.
        height: height of the picture, pixels.
        source: where the picture came from.
        mode: "line" when it was read as one line image, "page" when lines were looked for.
    """

    lines: tuple[Line, ...]
    width: int
    height: int
    source: str = "<array>"
    mode: str = field(default="page")

    @property
    def text(self) -> str:
        """All lines, one below the other."""
        return "\n".join(line.text for line in self.lines)

    @property
    def confidence(self) -> float:
        """Mean confidence of the lines, weighted by their length; 0 for a page without text."""
        total = sum(len(line.text) for line in self.lines)
        return sum(line.confidence * len(line.text) for line in self.lines) / total if total else 0.0
