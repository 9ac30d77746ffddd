"""The values that flow from a picture to its reading.

``PageImage -> LineImage -> Frames -> Recognition -> Line -> Page`` for reading, and ``Recognition -> Alignment ->
Explanation`` for the evidence: every step takes one of these and returns the next, all frozen, all made of NumPy arrays
and plain Python values. Pixel coordinates have their origin at the top left
corner of the picture that the user gave, x to the right and y down, and a pixel's centre lies at (x + 0.5, y + 0.5).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

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
        vertical: whether upright characters stand one below the other; the line image is then of them laid side by
            side.
    """

    text: str
    confidence: float
    box: tuple[tuple[float, float], ...]
    spans: tuple[Span, ...] = ()
    quads: tuple[tuple[tuple[float, float], ...], ...] = ()
    vertical: bool = False


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


@dataclass(frozen=True, slots=True)
class Alternative:
    """What might stand in a character's place.

    Attributes:
        char: a string of length one; empty for no character at all.
        probability: in [0, 1], given that the rest of the line is as read; calibrated, as the character's confidence
            is, of which the others share what is left in proportion to their posteriors.
    """

    char: str
    probability: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that a whole line may hold.

    Attributes:
        text: the text.
        log_prob: natural log of P(text | picture).
        confidence: calibrated probability in [0, 1] that it is right as a whole; all but the best share what the best
            one's leaves, in proportion to their probabilities.
    """

    text: str
    log_prob: float
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """Where one string lies on a line, from the exact posteriors of its CTC states.

    Attributes:
        text: the string: the reading, or any other.
        log_prob: natural log of P(text | picture).
        occupancy: float32 [T, 2K + 1], P(state s at frame t | text); states are blank, first character, blank, ...,
            last character, blank (Graves 2006, section 4.1). Rows sum to one.
        centres: float32 [K], expected place of each character, pixels of the line image.
        deviations: float32 [K], standard deviation of that place, pixels.
        spans: one per character; the interval of each ends in valleys of the ink.
    """

    text: str
    log_prob: float
    occupancy: FloatArray
    centres: FloatArray
    deviations: FloatArray
    spans: tuple[Span, ...]

    def __post_init__(self) -> None:
        for name in ("occupancy", "centres", "deviations"):
            object.__setattr__(self, name, _frozen(getattr(self, name)))


@dataclass(frozen=True, slots=True)
class CharacterEvidence:
    """Why one character was read.

    Attributes:
        span: the character, its place and its calibrated confidence.
        alternatives: the most probable readings of this place, best first, the character itself among them; their
            probabilities and those of all others add up to one.
        against: the strongest rival, a string of length one, or empty where nothing at all is the rival; never the same
            letter in its other case, which is told by the neighbours' size and not by the character.
        contrast: log P(text) - log P(text with the rival in this place), nats; positive where the reading wins.
    """

    span: Span
    alternatives: tuple[Alternative, ...]
    against: str
    contrast: float


@dataclass(frozen=True, slots=True, eq=False)
class HeatMap:
    """How much each place of a line speaks for a character, by one method.

    Attributes:
        method: name of the method, "hirescam".
        position: number of the character in the text.
        against: what the character was held against; empty for its absence.
        values: float32 [h, w], raw and signed: drawing code clips and scales, nothing else does.
        box: left, top, right, bottom of the grid in pixels of the line image; all cells are of one size.
    """

    method: str
    position: int
    against: str
    values: FloatArray
    box: tuple[float, float, float, float]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", _frozen(self.values))

    @property
    def peak(self) -> tuple[float, float]:
        """Middle of the cell of the highest value, (x, y) in pixels of the line image."""
        row, column = divmod(int(self.values.argmax()), self.values.shape[1])
        left, top, right, bottom = self.box
        height, width = self.values.shape
        return left + (column + 0.5) * (right - left) / width, top + (row + 0.5) * (bottom - top) / height


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """How far one heat map shows what the network goes by.

    All changes are of the character's contrast, log P(text) - log P(text with its rival), in nats.

    Attributes:
        method: of the map.
        position: number of the character in the text.
        energy: share in [0, 1] of the heat that lies in the character's aligned box.
        pointing: whether the hottest place lies there.
        deletion: by how much the contrast falls when the hottest pixels are erased.
        elsewhere: the same for as many pixels of the same shape at a random place of the line.
        insertion: by how much the contrast rises when only the hottest pixels are put on the empty line.
    """

    method: str
    position: int
    energy: float
    pointing: bool
    deletion: float
    elsewhere: float
    insertion: float


@dataclass(frozen=True, slots=True)
class Glance:
    """Where the attention head looks for one character.

    Attributes:
        position: number of the character in the text.
        frame: the time step with the character's highest posterior.
        region: left, top, right, bottom of where most of the attention lies, pixels of the line image.
        char: what the head itself would read there.
        probability: of that, by the head.
        weights: the attention over the line; its values are not negative and add up to one.
    """

    position: int
    frame: int
    region: tuple[float, float, float, float]
    char: str
    probability: float
    weights: HeatMap


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """The evidence for one line's text.

    Attributes:
        image: uint8 [h, w], the line as cut, grey; all places are in its pixels.
        recognition: what was read, whatever text is explained.
        alignment: of the text that is explained.
        confidence: calibrated probability in [0, 1] that this text is right as a whole.
        characters: one per character of the text.
        candidates: the most probable readings of the line, best first.
        maps: heat maps, by method and within a method by character.
        glances: the attention table, one row per character; empty where it was not asked for.
        faithfulness: a verdict on each map, in their order; empty where it was not asked for.
    """

    image: ImageArray
    recognition: Recognition
    alignment: Alignment
    confidence: float
    characters: tuple[CharacterEvidence, ...]
    candidates: tuple[Candidate, ...] = ()
    maps: tuple[HeatMap, ...] = ()
    glances: tuple[Glance, ...] = ()
    faithfulness: tuple[Faithfulness, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "image", _frozen(self.image))


@dataclass(frozen=True, slots=True, eq=False)
class ExplainedLine:
    """The evidence for one line in its place on the page.

    Attributes:
        cut: the line image that was explained.
        explanation: the evidence; places in it are in pixels of that line image.
        notice: what of the evidence asked for is not there, and why; empty when all is.
        edges: of a column of upright characters, whose line image is equally wide pieces of it side by side, the upper
            edges of the pieces and the lower one of the last; ``cut.to_page`` is then from pixels of the column.
    """

    cut: LineImage
    explanation: Explanation
    notice: str = ""
    edges: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ExplainedPage:
    """The evidence for what was read from one picture.

    Attributes:
        lines: in reading order; empty when the picture holds no text.
        width: width of the picture, pixels.
        height: height of the picture, pixels.
        source: where the picture came from.
        mode: "line" when it was taken as one line image, "page" when lines were looked for.
    """

    lines: tuple[ExplainedLine, ...]
    width: int
    height: int
    source: str = "<array>"
    mode: str = "page"
