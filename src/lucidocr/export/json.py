"""A page as JSON: the one schema of the command line and the HTTP service.

Coordinates are pixels of the upright picture, origin at its top left, rounded to a hundredth; confidences are
probabilities in [0, 1], rounded to six digits. ``left`` and ``right`` of a span are measured along the upright line.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest
from typing import TypedDict

from lucidocr.types import Line, Page, Span

Corners = list[list[float]]
"""Four [x, y], clockwise from the top left of the text."""


class SpanRecord(TypedDict):
    """One character: what it is, where it is, how sure; ``box`` is null where its place on the page is unknown."""

    char: str
    left: float
    right: float
    confidence: float
    box: Corners | None


class LineRecord(TypedDict):
    """One line."""

    text: str
    confidence: float
    box: Corners
    spans: list[SpanRecord]


class PageRecord(TypedDict):
    """One picture."""

    source: str
    width: int
    height: int
    mode: str
    text: str
    confidence: float
    lines: list[LineRecord]


def _corners(points: Iterable[tuple[float, float]]) -> Corners:
    return [[round(float(x), 2), round(float(y), 2)] for x, y in points]


def _span_record(span: Span, quad: tuple[tuple[float, float], ...] | None) -> SpanRecord:
    return {
        "char": span.char,
        "left": round(float(span.left), 2),
        "right": round(float(span.right), 2),
        "confidence": round(float(span.confidence), 6),
        "box": None if quad is None else _corners(quad),
    }


def _line_record(line: Line) -> LineRecord:
    quads = line.quads[: len(line.spans)]
    return {
        "text": line.text,
        "confidence": round(float(line.confidence), 6),
        "box": _corners(line.box),
        "spans": [_span_record(span, quad) for span, quad in zip_longest(line.spans, quads)],
    }


def page_record(page: Page) -> PageRecord:
    """Turn a page into values that :mod:`json` can write."""
    return {
        "source": page.source,
        "width": page.width,
        "height": page.height,
        "mode": page.mode,
        "text": page.text,
        "confidence": round(float(page.confidence), 6),
        "lines": [_line_record(line) for line in page.lines],
    }
