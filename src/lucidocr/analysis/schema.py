"""The shape of an analysis as JSON, published as docs/schema/analysis-1.json.

Shares and probabilities are in [0, 1]; ``low`` and ``high`` of a share are the bounds of its 95 % interval. ``off`` is
the recogniser alone in pictures as they are: everything is about its readings, except where another way is named.
"""

from __future__ import annotations

from typing import Final

from typing_extensions import TypedDict  # pydantic describes no other before Python 3.12

from lucidocr.export.diagnosis_schema import DiagnosisRecord

FORMAT_VERSION: Final = 1


class UnreadableRecord(TypedDict):
    """A line whose picture cannot be used."""

    file: str
    message: str


class WayRecord(TypedDict):
    """How well lines are read in one way: off, auto, both or default.

    Of the lines, ``gained`` are right only in this way and ``lost`` only with ``off``; ``chance`` is the probability
    that both would differ at least as much if neither way were better (sign test).
    """

    way: str
    right: int
    share: float
    low: float
    high: float
    cer: float
    gained: int
    lost: int
    chance: float


class BinRecord(TypedDict):
    """Lines that are alike in one respect."""

    label: str
    n: int
    right: int
    share: float
    low: float
    high: float


class GroupingRecord(TypedDict):
    """All lines, grouped by length, script, text_height or an indicator."""

    name: str
    bins: list[BinRecord]


class ConfusionRecord(TypedDict):
    """A character read in place of another; ``truth`` is empty where one was added, ``read`` where one was left out.

    ``likeness`` is how alike both look in plain print, -1 to 1, null where that is unknown. ``files`` are lines in
    which it happened, the most confident first.
    """

    truth: str
    read: str
    count: int
    likeness: float | None
    files: list[str]


class CauseRecord(TypedDict):
    """Lines whose likely cause this is; ``cause`` is null for those without a verdict.

    ``expected`` is the sum of the cause's probabilities over all failures, ``mended`` how many of the lines a step
    makes right, by step.
    """

    cause: str | None
    count: int
    share: float
    expected: float | None
    mended: dict[str, int]
    advice: str
    files: list[str]


class ReliabilityRecord(TypedDict):
    """Lines whose confidences lie between two bounds: their mean confidence, and the share that is right."""

    low: float
    high: float
    n: int
    said: float
    right: float


class CalibrationRecord(TypedDict):
    """What the confidences of lines are worth.

    ``ece`` is the expected calibration error over bins of equal width, ``ece_floor`` what a perfect calibration would
    score on as many lines, ``auroc`` null where all lines are right or all wrong.
    """

    bins: list[ReliabilityRecord]
    ece: float
    ece_floor: float
    brier: float
    auroc: float | None


class FailureRecord(TypedDict):
    """A misread line; ``after`` is what is read after each step, ``mended_by`` the steps after which it is right."""

    file: str
    truth: str
    reading: str
    confidence: float
    verdict: str | None
    causes: dict[str, float]
    after: dict[str, str]
    mended_by: list[str]


class WeakRecord(TypedDict):
    """A group that is read worse than the whole set, beyond chance; ``lost`` more of it would be right if not."""

    grouping: str
    label: str
    n: int
    share: float
    lost: float


class CharacterRecord(TypedDict):
    """A character of the labels that was misread; ``known`` is whether the alphabet has it."""

    char: str
    seen: int
    wrong: int
    read: list[str]
    known: bool


class StepRecord(TypedDict):
    """How many of the misread lines are right after one step, whatever the plan thinks of it."""

    step: str
    mended: int


class WordRecord(TypedDict):
    """A word of which one or two characters were misread, ``near`` times; what a lexicon may put right."""

    word: str
    seen: int
    near: int
    read: list[str]


class NextRecord(TypedDict):
    """What to do: lines to add by group and by character, steps to switch on, words for a lexicon.

    ``way`` is that of the ways without correction that reads most lines right.
    """

    way: str
    weak: list[WeakRecord]
    missing: list[CharacterRecord]
    characters: list[CharacterRecord]
    steps: list[StepRecord]
    words: list[WordRecord]


class AnalysisRecord(TypedDict):
    """A set of labelled lines analysed."""

    format_version: int
    dataset: str
    part: str | None
    rule: str
    model: str
    lines: int
    excluded: int
    unreadable: list[UnreadableRecord]
    ways: list[WayRecord]
    groupings: list[GroupingRecord]
    confusions: list[ConfusionRecord]
    causes: list[CauseRecord]
    calibration: CalibrationRecord
    instructive: list[str]
    next: NextRecord
    failures: list[FailureRecord]


class HeatRecord(TypedDict):
    """Heat of one misread character, as an address that holds a PNG; places are in pixels of the line.

    ``grid`` is where the heat lies, ``span`` the character, from left to right.
    """

    char: str
    against: str
    overlay: str
    grid: list[float]
    span: list[float]


class FixRecord(TypedDict):
    """The line after a step: a picture, as an address that holds it, and what is read."""

    step: str
    image: str
    after: str
    right: bool


class CardRecord(TypedDict):
    """A line that a page shows: its picture, as an address that holds it, and its differences from the truth."""

    file: str
    truth: str
    image: str
    width: int
    height: int
    kinds: list[list[str]]
    diagnosis: DiagnosisRecord
    heat: list[HeatRecord]
    fixes: list[FixRecord]
