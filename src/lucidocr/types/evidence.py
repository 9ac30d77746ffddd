"""The evidence for a reading."""

from __future__ import annotations

from dataclasses import dataclass

from lucidocr.types.arrays import FloatArray, ImageArray, frozen
from lucidocr.types.reading import LineImage, Recognition, Span


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
            object.__setattr__(self, name, frozen(getattr(self, name)))


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
        object.__setattr__(self, "values", frozen(self.values))

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
        object.__setattr__(self, "image", frozen(self.image))


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
