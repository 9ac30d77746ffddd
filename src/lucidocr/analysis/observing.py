"""Labelled lines read in several ways and measured: what everything else of an analysis is computed from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from lucidocr import io
from lucidocr.correct.corrector import ALONE, Correcting
from lucidocr.errors import DatasetError, InputError
from lucidocr.evaluate import CHUNK, Dataset, LabelledLine
from lucidocr.metrics import Rule, edit_distance, normalise
from lucidocr.model import Model
from lucidocr.prepare import Preprocess
from lucidocr.preprocess import to_grey
from lucidocr.preprocess.indicators import measure
from lucidocr.types import Diagnosis, Explanation, ImageArray, Recognition

Way = Literal["off", "auto", "both", "default"]
"""How a line is read: by the recogniser alone in its picture as it is, mended where that is doubtful, or mended
wherever it may help; or as the command reads where nothing is said, doubtful readings corrected too."""

WAYS: Final[tuple[Way, ...]] = get_args(Way)

_HOW: Final[Mapping[Way, tuple[Correcting | None, Preprocess]]] = {
    "off": (ALONE, "off"),
    "auto": (ALONE, "auto"),
    "both": (ALONE, "both"),
    "default": (None, "auto"),
}

Tell = Callable[[str, int, int], None]
"""Told how far an analysis is: what is being done, how many of it are done, and how many there are."""


class AnalysedReader(Protocol):
    """What an analysis needs of a reader."""

    @property
    def model(self) -> Model:
        """The model that reads."""

    def read_lines(
        self,
        images: Sequence[ImageArray],
        *,
        correcting: Correcting | None = None,
        preprocess: Preprocess | None = None,
    ) -> list[Recognition]:
        """Read line images, order kept."""

    def diagnose(
        self, line: ImageArray, *, truth: str | None = None, misread: bool = False, rule: Rule = "exact"
    ) -> Diagnosis:
        """Find out why a line image may be misread."""

    def explain(self, line: ImageArray, *, method: str | Sequence[str] = ()) -> Explanation:
        """Explain what is read from a line image."""


class Outcome(NamedTuple):
    """What one way of reading gives.

    Attributes:
        text: what is read.
        confidence: calibrated probability in [0, 1] that it is right.
        errors: edit distance to the truth, both normalised; 0 where it is right.
    """

    text: str
    confidence: float
    errors: int


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """One labelled line, read and measured.

    Attributes:
        line: the picture's file and the truth.
        length: of the truth, characters after normalisation.
        outcomes: by way of reading; always that of "off".
        indicators: float32 [25], in the order of :data:`lucidocr.preprocess.indicators.INDICATORS`.
    """

    line: LabelledLine
    length: int
    outcomes: Mapping[Way, Outcome]
    indicators: NDArray[np.float32]

    @property
    def alone(self) -> Outcome:
        """What the recogniser reads by itself, in the picture as it is."""
        return self.outcomes["off"]

    @property
    def right(self) -> bool:
        """Whether that is right."""
        return self.alone.errors == 0


def file_of(line: LabelledLine) -> str:
    """Name of a line's picture, as the table of labels has it."""
    parts = line.path.parts
    return "/".join(parts[len(parts) - parts[::-1].index("images") :]) if "images" in parts else line.path.name


class Unreadable(NamedTuple):
    """A line whose picture cannot be used, and why."""

    line: LabelledLine
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """All lines of a set.

    Attributes:
        lines: those that were compared.
        excluded: number of lines of whose truth the rule leaves nothing.
        unreadable: lines whose pictures cannot be used.
    """

    lines: tuple[Observation, ...]
    excluded: int
    unreadable: tuple[Unreadable, ...]


def observe(
    reader: AnalysedReader, dataset: Dataset, rule: Rule, *, ways: Sequence[Way] = WAYS, tell: Tell = lambda *_: None
) -> Observations:
    """Read every line in every way and measure its picture; a few pictures are held in memory at a time.

    Args:
        reader: reads line images.
        dataset: what to read.
        rule: how texts are made comparable.
        ways: how to read; "off" is among them in any case.
        tell: told how far it is.

    Raises:
        DatasetError: nothing is left to compare.
    """
    wanted: tuple[Way, ...] = ("off", *(way for way in ways if way != "off"))
    known = [line for line in dataset.lines if normalise(line.text, rule)]
    unreadable: list[Unreadable] = []
    found: list[Observation] = []
    for start in range(0, len(known), CHUNK):
        chunk = known[start : start + CHUNK]
        pictures = list(_pictures(chunk, unreadable))
        found += _observed(reader, pictures, rule, wanted)
        tell("reading", start + len(chunk), len(known))
    if not found:
        raise DatasetError(
            f"no line of {dataset.name} can be compared under the rule {rule!r}",
            remedy="Choose another rule with --score (alnum, zh or exact), or look at the pictures.",
        )
    return Observations(tuple(found), len(dataset.lines) - len(known), tuple(unreadable))


def _pictures(chunk: Sequence[LabelledLine], unreadable: list[Unreadable]) -> Iterator[tuple[LabelledLine, ImageArray]]:
    for line in chunk:
        try:
            yield line, io.load(line.path).pixels
        except InputError as error:
            unreadable.append(Unreadable(line, str(error)))


def _observed(
    reader: AnalysedReader, pictures: Sequence[tuple[LabelledLine, ImageArray]], rule: Rule, ways: Sequence[Way]
) -> Iterator[Observation]:
    images = [pixels for _, pixels in pictures]
    readings = {
        way: reader.read_lines(images, correcting=_HOW[way][0], preprocess=_HOW[way][1]) for way in ways if images
    }
    for number, (line, pixels) in enumerate(pictures):
        wanted = normalise(line.text, rule)
        outcomes = {way: _outcome(readings[way][number], wanted, rule) for way in ways}
        yield Observation(line, len(wanted), outcomes, measure(to_grey(pixels)).values().astype(np.float32))


def _outcome(reading: Recognition, wanted: str, rule: Rule) -> Outcome:
    return Outcome(reading.text, reading.confidence, edit_distance(normalise(reading.text, rule), wanted))
