"""From a picture to its reading."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lucidocr.types.arrays import FloatArray, ImageArray, IntArray, frozen
from lucidocr.types.correction import Correction
from lucidocr.types.preparation import Preparation


@dataclass(frozen=True, slots=True, eq=False)
class PageImage:
    """A decoded picture, upright and in colour.

    Attributes:
        pixels: uint8 [H, W, 3], RGB, EXIF orientation applied, transparency laid over white.
        source: where it came from, for messages ("invoice.png", "<bytes>").
        number: of the page in its document, counted from one.
        dpi: resolution in dots per inch; None where it is unknown.
        native: lines of the text that the page of a PDF holds itself; none elsewhere.
    """

    pixels: ImageArray
    source: str = "<array>"
    number: int = 1
    dpi: float | None = None
    native: tuple[Line, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "pixels", frozen(self.pixels))

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
            object.__setattr__(self, name, frozen(getattr(self, name)))


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """What the network says of each step along a line; the only place that maps frames to pixels.

    The distribution over {blank} and the charset factorises: ``P(blank | t)`` is a probability of its own, and
    ``P(c | t) = (1 - P(blank | t)) * P(c | not blank, t)``. The second factor is computed only where it can matter:
    on all other frames every character is taken to have probability zero (the effect on log P(text) is measured and
    about 1e-4 nats at worst; see docs/adr).

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
            object.__setattr__(self, name, frozen(getattr(self, name)))

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
        correction: the readings that were compared; None where the recogniser's own was taken as it is.
        preparation: what was tried on the picture before it was read; None where nothing was.
    """

    text: str
    log_prob: float
    confidence: float
    spans: tuple[Span, ...]
    correction: Correction | None = None
    preparation: Preparation | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A read line in its place on the page.

    Attributes:
        text: what was read.
        confidence: probability in [0, 1] that the whole string is right.
        box: four (x, y) corners in page pixels, clockwise from the top left of the text.
        spans: one per character; ``left`` and ``right`` are in pixels of the upright line image.
        quads: per character, its four (x, y) corners in page pixels, clockwise from its top left.
        vertical: whether upright characters stand one below the other; the line image is then of them laid side by
            side.
        correction: the readings that were compared; None where the recogniser's own was taken as it is.
        as_read: what was read, where ``text`` was rewritten for display; None where it was not.
        preparation: what was tried on the line's picture before it was read; None where nothing was.
    """

    text: str
    confidence: float
    box: tuple[tuple[float, float], ...]
    spans: tuple[Span, ...] = ()
    quads: tuple[tuple[tuple[float, float], ...], ...] = ()
    vertical: bool = False
    correction: Correction | None = None
    as_read: str | None = None
    preparation: Preparation | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table; of a form, a label (column 0) or its value (column 1), with one row for each entry.

    Attributes:
        row: counted from zero, of the cell's top.
        column: counted from zero, of its left side.
        text: what stands in it, its lines joined; empty for an empty cell.
        lines: numbers of the page's lines of which it holds something.
        box: four (x, y) corners in page pixels, clockwise from the top left as the text is read.
        row_span: rows that it covers.
        column_span: columns that it covers.
    """

    row: int
    column: int
    text: str
    lines: tuple[int, ...]
    box: tuple[tuple[float, float], ...]
    row_span: int = 1
    column_span: int = 1


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of a page that belong together.

    Attributes:
        kind: what they make up; "form" is labels with their values.
        lines: numbers of the page's lines, in reading order.
        box: four (x, y) corners in page pixels, clockwise from the top left as the text is read.
        level: of a heading, 1 for the largest; 0 otherwise.
        cells: of a table or a form, row by row.
    """

    kind: Literal["paragraph", "heading", "table", "form"]
    lines: tuple[int, ...]
    box: tuple[tuple[float, float], ...]
    level: int = 0
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Everything read from one picture.

    Attributes:
        lines: the lines in reading order; empty when the picture holds no text.
        width: width of the picture, pixels.
        height: height of the picture, pixels.
        source: where the picture came from.
        mode: "line" when it was read as one line image, "page" when lines were looked for, "native" when the text is
            the file's own.
        number: of the page in its document, counted from one.
        dpi: resolution of the picture in dots per inch; None where it is unknown.
        blocks: what the lines make up, in reading order; each line belongs to one. None for a single line.
    """

    lines: tuple[Line, ...]
    width: int
    height: int
    source: str = "<array>"
    mode: str = field(default="page")
    number: int = 1
    dpi: float | None = None
    blocks: tuple[Block, ...] = ()

    @property
    def text(self) -> str:
        """All lines, one below the other."""
        return "\n".join(line.text for line in self.lines)

    @property
    def confidence(self) -> float:
        """Mean confidence of the lines, weighted by their length; 0 for a page without text."""
        total = sum(len(line.text) for line in self.lines)
        return sum(line.confidence * len(line.text) for line in self.lines) / total if total else 0.0
