"""Made-up diagnoses for tests of the faces: what they say can be foretold."""

from __future__ import annotations

from lucidocr.preprocess import to_grey
from lucidocr.preprocess.indicators import INDICATORS
from lucidocr.types import (
    CAUSES,
    Attempt,
    Cause,
    Counterfactual,
    DiagnosedLine,
    DiagnosedPage,
    Diagnosis,
    Finding,
    ImageArray,
    Line,
    LookAlike,
    Measured,
    Preparation,
    Recognition,
    Resemblance,
    Span,
)
from tests.evidence import WIDE, line_pixels

STEPS: dict[Cause, tuple[str, ...]] = {
    "background": ("lines", "watermark"),
    "light": ("flatten",),
    "blur": ("sharpen",),
    "noise": ("denoise",),
    "skew": ("deskew",),
}

PREPARATION = Preparation(
    before="l0",
    confidence_before=0.4,
    attempts=(
        Attempt(("deskew",), "skew 4.2, usually 0.1", "10", 0.8),
        Attempt(("denoise", "sharpen"), "noise 0.3, usually 0.02", "l0", 0.3),
    ),
    chosen=("deskew",),
)


def diagnosis_of(
    text: str,
    *,
    truth: str | None = None,
    verdict: Cause | None = "skew",
    mended: str = "mended",
    pixels: ImageArray | None = None,
) -> Diagnosis:
    """A diagnosis of a reading.

    Args:
        text: what is read.
        truth: what the line says.
        verdict: the most probable cause, of probability 0.6; without one the slope is the most probable, with 0.3.
        mended: what is read after levelling; the reading itself after every other step.
        pixels: the line image; one that is drawn when None.
    """
    first: Cause = verdict or "skew"
    share = 0.6 if verdict else 0.3
    rest = (1 - share) / (len(CAUSES) - 1)
    others = [cause for cause in CAUSES if cause != first]
    findings = [_finding(first, share, text, mended), *(_finding(cause, rest, text, mended) for cause in others)]
    spans = tuple(Span(char, n, n + 1, WIDE * n + 2.0, WIDE * n + WIDE - 2.0, 0.5) for n, char in enumerate(text))
    return Diagnosis(
        image=line_pixels(text) if pixels is None else to_grey(pixels),
        recognition=Recognition(text, -0.5, 0.55, spans),
        truth=truth,
        right=None if truth is None else text == truth,
        verdict=verdict,
        findings=tuple(findings),
        indicators=tuple((name, float(number)) for number, name in enumerate(INDICATORS)),
    )


def _finding(cause: Cause, probability: float, text: str, mended: str) -> Finding:
    return Finding(
        cause=cause,
        probability=probability,
        indicators=(Measured("skew", 4.25, -1.0, 1.0),) if cause == "skew" else (),
        tested=tuple(
            Counterfactual(step, text, mended if step == "deskew" else text, 0.5, 0.9) for step in STEPS.get(cause, ())
        ),
        look_alike=LookAlike(0, text[0], "x", float("inf"), 0.75) if cause == "look_alike" and text else None,
        resemblances=(Resemblance(0, text[0], 0.1, 0.3),) if cause == "font" and text else (),
        heat_on_background=1.5 if cause == "background" else None,
        summary=f"About {cause}.",
        advice="Fine-tune on lines in this typeface (lucidocr finetune).",
    )


def diagnosed_page(*diagnoses: Diagnosis, mode: str = "page", count: int | None = None) -> DiagnosedPage:
    """Lines one below the other, forty pixels apart; the first was mended."""
    lines = tuple(
        DiagnosedLine(_line(one, 40.0 * number, PREPARATION if number == 0 else None), one)
        for number, one in enumerate(diagnoses)
    )
    return DiagnosedPage(lines, len(lines) if count is None else count, 640, 480, "page.png", mode)


def _line(diagnosis: Diagnosis, top: float, preparation: Preparation | None) -> Line:
    height, width = diagnosis.image.shape
    box = ((5.0, top), (5.0 + width, top), (5.0 + width, top + height), (5.0, top + height))
    return Line(diagnosis.recognition.text, 0.7, box, preparation=preparation)
