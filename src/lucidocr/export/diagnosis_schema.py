"""The shape of diagnoses as JSON, published as docs/schema/diagnosis-1.json: what the command and the service answer.

``box`` is in pixels of the upright picture that was given, origin at its top left. Probabilities are rounded to six
digits; log-probabilities are natural. Pictures are PNGs in base64.
"""

from __future__ import annotations

from typing import Final, NotRequired

from typing_extensions import TypedDict  # pydantic describes no other before Python 3.12

from lucidocr.export.preparation import PreparationRecord

FORMAT_VERSION: Final = 1


class MeasuredRecord(TypedDict):
    """An indicator that is out of the ordinary: nine in ten lines that are read right lie from ``low`` to ``high``."""

    name: str
    value: float
    low: float
    high: float


class CounterfactualRecord(TypedDict):
    """The line read again after a step; ``gain`` is in nats a character, ``right`` null where the truth is unknown.

    ``image`` is the line after the step, where pictures were asked for.
    """

    step: str
    before: str
    after: str
    gain: float
    confidence: float
    right: bool | None
    image: NotRequired[str]


class LookAlikeRecord(TypedDict):
    """Two characters that might be taken for each other; ``margin`` is null where the other is impossible."""

    position: int
    char: str
    other: str
    margin: float | None
    likeness: float


class ResemblanceRecord(TypedDict):
    """How much a character looks as it does in plain print; nine in ten that are read right are above ``usual``."""

    position: int
    char: str
    likeness: float
    usual: float


class FindingRecord(TypedDict):
    """One possible cause, and what speaks for it; see :class:`lucidocr.types.Finding`."""

    cause: str
    probability: float
    indicators: list[MeasuredRecord]
    tested: list[CounterfactualRecord]
    look_alike: LookAlikeRecord | None
    resemblances: list[ResemblanceRecord]
    heat_on_background: float | None
    summary: str
    advice: str


class DiagnosisRecord(TypedDict):
    """Why a line may be misread.

    ``reading`` is what the recogniser reads by itself. ``truth`` and ``right`` are null where they are unknown,
    ``verdict`` where no cause is probable enough to be named. ``causes`` are all causes, the most probable first,
    ``indicators`` all indicators. ``image`` is the line as cut, where pictures were asked for.
    """

    reading: str
    confidence: float
    truth: str | None
    right: bool | None
    verdict: str | None
    causes: list[FindingRecord]
    indicators: dict[str, float]
    image: NotRequired[str]


class DiagnosedLineRecord(TypedDict):
    """One line: ``text`` is what is read once everything is considered that helps."""

    text: str
    confidence: float
    box: list[list[float]]
    vertical: bool
    preparation: PreparationRecord | None
    diagnosis: DiagnosisRecord


class DiagnosesRecord(TypedDict):
    """One picture: ``count`` lines were read, and ``lines`` are those that were diagnosed.

    ``rule`` is that under which readings and truths are compared.
    """

    format_version: int
    source: str
    width: int
    height: int
    mode: str
    rule: str
    count: int
    lines: list[DiagnosedLineRecord]
