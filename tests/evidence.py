"""Made-up evidence for tests of the faces: its numbers can be foretold from the text."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lucidocr.types import (
    Alignment,
    Alternative,
    Candidate,
    CharacterEvidence,
    ExplainedLine,
    ExplainedPage,
    Explanation,
    Faithfulness,
    FloatArray,
    Glance,
    HeatMap,
    ImageArray,
    LineImage,
    Recognition,
    Span,
)

HEIGHT = 32
WIDE = 24
"""Pixels of the line image that each character takes."""
FRAME = 4
CONFIDENCES = (0.97, 0.75, 0.4)
"""Of the first, second, third character, and over again."""


def line_pixels(text: str, *, height: int = HEIGHT) -> ImageArray:
    """A dark block for every character but the space, on white."""
    pixels = np.full((height, WIDE * max(len(text), 1)), 255, dtype=np.uint8)
    for number, char in enumerate(text):
        if char != " ":
            pixels[6 : height - 6, WIDE * number + 4 : WIDE * (number + 1) - 4] = 30
    return pixels


def explanation_of(
    text: str,
    *,
    methods: Sequence[str] = ("hirescam", "gradcam"),
    attention: bool = True,
    pixels: ImageArray | None = None,
    reading: str | None = None,
    faithfulness: bool = False,
) -> Explanation:
    """The evidence for a text; every third character has nothing at all as its rival.

    Args:
        text: what is explained.
        methods: whose maps there are.
        attention: whether there are glances.
        pixels: the line image; one that :func:`line_pixels` draws when None.
        reading: what was read, where that is another text.
        faithfulness: whether there are verdicts: the first method of all is faithful, the others are not.
    """
    image = line_pixels(text) if pixels is None else pixels
    spans = tuple(_span(char, number) for number, char in enumerate(text))
    read = text if reading is None else reading
    maps = tuple(heat_of(method, number) for method in methods for number in range(len(text)))
    alignment = Alignment(
        text=text,
        log_prob=-0.25,
        occupancy=_occupancy(len(text), max(image.shape[1] // FRAME, 1)),
        centres=np.array([(span.left + span.right) / 2 for span in spans], dtype=np.float32),
        deviations=np.full(len(text), 2.5, dtype=np.float32),
        spans=spans,
    )
    return Explanation(
        image=image,
        recognition=Recognition(read, -0.25, math.exp(-0.25), spans if read == text else ()),
        alignment=alignment,
        confidence=0.8,
        characters=tuple(_evidence(span, number) for number, span in enumerate(spans)),
        candidates=(Candidate(read, -0.25, 0.8), Candidate(read[:-1] + "z", -2.0, 0.1)),
        maps=maps,
        glances=tuple(_glance(char, number) for number, char in enumerate(text)) if attention else (),
        faithfulness=tuple(_verdict(heat, heat.method == methods[0]) for heat in maps) if faithfulness else (),
    )


def page_of(*texts: str, methods: Sequence[str] = ("hirescam", "gradcam"), attention: bool = True) -> ExplainedPage:
    """Lines one below the other, forty pixels apart, ten from the left."""
    lines = tuple(
        explained_line(explanation_of(text, methods=methods, attention=attention), at=(10.0, 40.0 * number))
        for number, text in enumerate(texts)
    )
    return ExplainedPage(lines, 640, 480, "page.png", "page")


def explained_line(explanation: Explanation, *, at: tuple[float, float] = (0.0, 0.0)) -> ExplainedLine:
    """The evidence for a line that lies straight on its page."""
    (x, y), (height, width) = at, explanation.image.shape
    box = np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], dtype=np.float32)
    shift = np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])
    return ExplainedLine(LineImage(explanation.image, box, shift), explanation)


def heat_of(method: str, position: int) -> HeatMap:
    """Heat of 2 in one cell under the character, and of -1 in the cell to its right."""
    values = np.zeros((8, 3 * WIDE // FRAME), dtype=np.float32)
    values[3, WIDE // FRAME + 2], values[3, WIDE // FRAME + 3] = 2.0, -1.0
    left = float(WIDE * (position - 1))
    return HeatMap(method, position, "" if position % 3 == 2 else "x", values, (left, 0.0, left + 3 * WIDE, HEIGHT))


def _span(char: str, number: int) -> Span:
    first = number * WIDE // FRAME + 2
    return Span(char, first, first + 2, WIDE * number + 2.0, WIDE * (number + 1) - 2.0, CONFIDENCES[number % 3])


def _occupancy(characters: int, frames: int) -> FloatArray:
    occupancy = np.zeros((frames, 2 * characters + 1), dtype=np.float32)
    occupancy[:, 0] = 1.0
    for number in range(characters):
        first = number * WIDE // FRAME + 2
        occupancy[first:, :] = 0.0
        occupancy[first, 2 * number + 1], occupancy[first + 1, 2 * number + 1] = 0.9, 0.6
        occupancy[first, 2 * number], occupancy[first + 1, 2 * number + 2] = 0.1, 0.4
        occupancy[first + 2 :, 2 * number + 2] = 1.0
    return occupancy


def _evidence(span: Span, number: int) -> CharacterEvidence:
    rival = "" if number % 3 == 2 else "x"
    rest = 1 - span.confidence
    others = (Alternative(rival, rest / 2), Alternative("y", rest / 4), Alternative("<", rest / 8))
    alternatives = (Alternative(span.char, span.confidence), *others)
    contrast = math.log(span.confidence / (rest / 2))
    return CharacterEvidence(span, alternatives, rival, contrast)


def _verdict(heat: HeatMap, faithful: bool) -> Faithfulness:
    return Faithfulness(heat.method, heat.position, 0.75, faithful, 2.5 if faithful else 0.25, 0.5, 1.5)


def _glance(char: str, position: int) -> Glance:
    values = np.zeros((4, 3 * WIDE // FRAME), dtype=np.float32)
    values[1:3, WIDE // FRAME + 1 : 2 * WIDE // FRAME - 1] = 1.0
    left = float(WIDE * (position - 1))
    weights = HeatMap("attention", position, "", values / values.sum(), (left, 0.0, left + 3 * WIDE, HEIGHT))
    region = (left + WIDE + 4, 8.0, left + 2 * WIDE - 4, 24.0)
    return Glance(position, position * WIDE // FRAME + 2, region, char, 0.9, weights)
