"""The shape of the evidence as JSON: what :mod:`lucidocr.export.explanation` writes and the faces read.

``span``, ``box``, ``peak`` and ``region`` are in pixels of the upright picture that was given, origin at its top left;
``left``, ``right``, ``centre``, ``deviation`` and ``grid`` are in pixels of the upright line image, which
``to_picture`` (a homography, rows first) maps to the picture. The line image of a column of upright characters is its
pieces side by side; ``to_picture`` maps the column that they were cut from. Pixels are rounded to a hundredth,
probabilities to six digits; log-probabilities are natural.
"""

from __future__ import annotations

from typing import Final, NotRequired

from typing_extensions import TypedDict  # pydantic describes no other before Python 3.12

FORMAT_VERSION: Final = 1


class MethodRecord(TypedDict):
    """A method whose heat is in the record; ``warning`` is empty, or says which sanity check it fails."""

    name: str
    title: str
    says: str
    warning: str


class AlternativeRecord(TypedDict):
    """What might stand in a character's place; ``char`` is empty for nothing at all."""

    char: str
    probability: float


class FaithfulnessRecord(TypedDict):
    """How far a map shows what the network goes by; see :class:`lucidocr.types.Faithfulness`."""

    energy: float
    pointing: bool
    deletion: float
    elsewhere: float
    insertion: float


class MapRecord(TypedDict):
    """One heat map; ``values`` are its rows from top to bottom, raw and signed, on the cells of ``grid``."""

    peak: list[float]
    against: str
    range: list[float]
    grid: list[float]
    faithfulness: NotRequired[FaithfulnessRecord]
    file: NotRequired[str]
    overlay: NotRequired[str]
    values: NotRequired[list[list[float]]]


class GlanceRecord(TypedDict):
    """A row of the attention table: at time step ``frame`` the head looks at ``region`` and would read ``char``."""

    frame: int
    region: list[float]
    grid: list[float]
    char: str
    probability: float


class PosteriorRecord(TypedDict):
    """P(character | frame, text) from frame ``first`` on."""

    first: int
    values: list[float]


class CharacterRecord(TypedDict):
    """One character and why it was read; ``contrast`` is null where the rival is quite impossible."""

    char: str
    span: list[float]
    box: list[list[float]]
    confidence: float
    alternatives: list[AlternativeRecord]
    against: str
    contrast: float | None
    left: float
    right: float
    centre: float
    deviation: float
    posterior: PosteriorRecord
    maps: NotRequired[dict[str, MapRecord]]
    attention: GlanceRecord | None


class ReadingRecord(TypedDict):
    """What was read, which differs from the text that is explained where that was given."""

    text: str
    log_prob: float
    confidence: float


class CandidateRecord(TypedDict):
    """One of the most probable strings of a line."""

    text: str
    log_prob: float
    confidence: float


class ExplainedLineRecord(TypedDict):
    """One line; ``notice`` is empty, or says what is left out and why."""

    text: str
    confidence: float
    log_prob: float
    box: list[list[float]]
    vertical: bool
    reading: ReadingRecord
    candidates: list[CandidateRecord]
    width: int
    height: int
    to_picture: list[list[float]]
    frames: int
    notice: str
    image: NotRequired[str]
    network_image: NotRequired[str]
    files: NotRequired[dict[str, str]]
    characters: list[CharacterRecord]


class ExplanationRecord(TypedDict):
    """One picture."""

    format_version: int
    source: str
    width: int
    height: int
    mode: str
    text: str
    methods: list[MethodRecord]
    lines: list[ExplainedLineRecord]
