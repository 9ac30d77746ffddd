"""Why a line may be misread, and what speaks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from lucidocr.types.arrays import ImageArray, frozen
from lucidocr.types.reading import Line, Recognition

Cause = Literal[
    "background",
    "font",
    "light",
    "blur",
    "low_resolution",
    "noise",
    "skew",
    "look_alike",
    "truncation",
    "unknown_character",
    "nothing",
]
"""What a misreading may come from: lines or watermarks behind the text, an unusual typeface, uneven or too little
light, blur, too few pixels, grain, a sloping line, a character that looks like another, text that is cut off, a
character that the alphabet lacks; or nothing is wrong."""

CAUSES: tuple[Cause, ...] = get_args(Cause)


@dataclass(frozen=True, slots=True)
class Measured:
    """An indicator that is out of the ordinary.

    Attributes:
        name: of the indicator, see :class:`lucidocr.preprocess.indicators.Indicators`.
        value: of this line.
        low: of nine in ten lines that are read right, the lowest.
        high: the highest.
    """

    name: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """The line read again without something.

    Attributes:
        step: what was done to the picture, see :data:`lucidocr.preprocess.steps.STEPS`.
        before: what is read in the picture as it is.
        after: what is read then.
        gain: by how much log P of what is read rises, nats a character.
        confidence: calibrated probability in [0, 1] that ``after`` is right.
    """

    step: str
    before: str
    after: str
    gain: float
    confidence: float


@dataclass(frozen=True, slots=True)
class LookAlike:
    """Two characters that might be taken for each other.

    Attributes:
        position: number of the character in the text.
        char: as read.
        other: what it might be, or is.
        margin: log P(char) - log P(other) in its place, nats.
        likeness: correlation of the two characters' shapes in plain print, -1 to 1.
    """

    position: int
    char: str
    other: str
    margin: float
    likeness: float


@dataclass(frozen=True, slots=True)
class Resemblance:
    """How much a character looks as it does in plain print.

    Attributes:
        position: number of the character in the text.
        char: as read.
        likeness: correlation of its picture with the nearest plain face's shape of it, -1 to 1.
        usual: that of nine in ten characters that are read right, the lowest.
    """

    position: int
    char: str
    likeness: float
    usual: float


@dataclass(frozen=True, slots=True)
class Finding:
    """One possible cause, and what speaks for it.

    Attributes:
        cause: the cause.
        probability: of it, in [0, 1]; those of all causes add up to one.
        indicators: those out of the ordinary that have to do with it.
        tested: readings with it mended, as far as it can be mended.
        look_alike: the pair that it is about.
        resemblances: characters that look unlike plain print.
        heat_on_background: share of the weakest character's heat that lies on lines, by the share that it would have if
            it lay evenly on its ink; None where no line was found.
        summary: all this in a sentence.
        advice: what to do.
    """

    cause: Cause
    probability: float
    indicators: tuple[Measured, ...] = ()
    tested: tuple[Counterfactual, ...] = ()
    look_alike: LookAlike | None = None
    resemblances: tuple[Resemblance, ...] = ()
    heat_on_background: float | None = None
    summary: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Diagnosis:
    """Why a line may be misread.

    Attributes:
        image: uint8 [h, w], the line as cut, grey.
        recognition: what the recogniser reads in it by itself.
        truth: what it says, where that is known.
        right: whether it was read right; None where that is not known.
        verdict: the most probable cause; None where none is probable enough to be named.
        findings: all causes, the most probable first.
        indicators: all indicators by name.
    """

    image: ImageArray
    recognition: Recognition
    truth: str | None
    right: bool | None
    verdict: Cause | None
    findings: tuple[Finding, ...]
    indicators: tuple[tuple[str, float], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "image", frozen(self.image))


@dataclass(frozen=True, slots=True, eq=False)
class DiagnosedLine:
    """A line of a page and what may be wrong with it.

    Attributes:
        line: the line as it is read, everything considered that helps, in its place.
        diagnosis: of what the recogniser reads by itself.
    """

    line: Line
    diagnosis: Diagnosis


@dataclass(frozen=True, slots=True, eq=False)
class DiagnosedPage:
    """What may be wrong with what was read from one picture.

    Attributes:
        lines: those that were diagnosed, in reading order.
        count: lines that were read, whether or not they were diagnosed.
        width: width of the picture, pixels.
        height: height of the picture, pixels.
        source: where the picture came from.
        mode: "line" when it was taken as one line image, "page" when lines were looked for, "native" when the text is
            the file's own, of which nothing is diagnosed.
    """

    lines: tuple[DiagnosedLine, ...]
    count: int
    width: int
    height: int
    source: str = "<array>"
    mode: str = "page"
