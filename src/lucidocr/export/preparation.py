"""What was tried on the pictures of lines before they were read: for programs, for people, and as pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NotRequired

from typing_extensions import TypedDict  # pydantic describes no other before Python 3.12

from lucidocr.types import Attempt, ImageArray, Page, Preparation


class StepPictureRecord(TypedDict):
    """The line's picture once a step is taken, those before it too: a PNG in base64."""

    step: str
    image: str


class AttemptRecord(TypedDict):
    """A line read after some steps; ``pictures`` has one for each step, where pictures were asked for."""

    steps: list[str]
    reason: str
    text: str
    confidence: float
    pictures: NotRequired[list[StepPictureRecord]]


class PreparationRecord(TypedDict):
    """Readings of a line as it is and after steps; ``chosen`` is empty where the picture as it is was kept.

    ``image`` is the line as it is, where pictures were asked for.
    """

    before: str
    confidence_before: float
    attempts: list[AttemptRecord]
    chosen: list[str]
    image: NotRequired[str]


def preparation_record(preparation: Preparation, pixels: ImageArray | None = None) -> PreparationRecord:
    """Turn what was tried into values that :mod:`json` can write.

    Args:
        preparation: what was tried.
        pixels: uint8 [h, w] grey, the line as cut, where its pictures before and after each step are wanted.
    """
    record: PreparationRecord = {
        "before": preparation.before,
        "confidence_before": round(float(preparation.confidence_before), 6),
        "attempts": [_attempt(one, pixels) for one in preparation.attempts],
        "chosen": list(preparation.chosen),
    }
    if pixels is not None:
        from lucidocr.export.step_pictures import picture_text  # noqa: PLC0415  (loads OpenCV, for pictures only)

        record["image"] = picture_text(pixels)
    return record


def _attempt(attempt: Attempt, pixels: ImageArray | None) -> AttemptRecord:
    record: AttemptRecord = {
        "steps": list(attempt.steps),
        "reason": attempt.reason,
        "text": attempt.text,
        "confidence": round(float(attempt.confidence), 6),
    }
    if pixels is not None:
        from lucidocr.export.step_pictures import picture_text, step_pictures  # noqa: PLC0415  (as above)

        pictures = step_pictures(pixels, attempt.steps)
        record["pictures"] = [{"step": step, "image": picture_text(image)} for step, image in pictures]
    return record


def preparations_text(page: Page) -> Iterator[str]:
    """The lines of a page whose pictures were mended to be read again, each with what was tried, best first.

    ``*`` stands before what was kept of them.
    """
    for number, line in enumerate(page.lines, start=1):
        if line.preparation is not None:
            yield f"{page.source}, page {page.number}, line {number}: picture {_outcome(line.preparation)}\n"
            yield from _rows(line.preparation)


def _outcome(preparation: Preparation) -> str:
    return f"mended by {', '.join(preparation.chosen)}" if preparation.chosen else "kept as it is"


def _rows(preparation: Preparation) -> Iterator[str]:
    width = max(len("as it is"), *(len(", ".join(one.steps)) for one in preparation.attempts))
    before = f"{preparation.confidence_before:.1%}".rjust(7)
    yield f"{' ' if preparation.chosen else '*'} {'as it is'.ljust(width)} {before}  {preparation.before}\n"
    for one in preparation.attempts:
        mark = "*" if one.steps == preparation.chosen else " "
        steps = ", ".join(one.steps).ljust(width)
        yield f"{mark} {steps} {f'{one.confidence:.1%}'.rjust(7)}  {one.text}  ({one.reason})\n"
