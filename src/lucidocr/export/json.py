"""A page as JSON: the one schema of the command line and the HTTP service, published as docs/schema/page-1.json.

Coordinates are pixels of the upright picture, origin at its top left, rounded to a hundredth; confidences are
probabilities in [0, 1], rounded to six digits. ``left`` and ``right`` of a span are measured along the upright line.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest
from typing import Final

from typing_extensions import TypedDict  # pydantic describes no other before Python 3.12

from lucidocr.export.preparation import PreparationRecord, preparation_record
from lucidocr.types import Block, Cell, Correction, ImageArray, Line, Page, Span

SCHEMA_VERSION: Final = 1
"""Raised when a key changes its meaning or goes; keys may come without."""

Corners = list[list[float]]
"""Four [x, y], clockwise from the top left of the text."""


class SpanRecord(TypedDict):
    """One character: what it is, where it is, how sure; ``box`` is null where its place on the page is unknown."""

    char: str
    left: float
    right: float
    confidence: float
    box: Corners | None


class TermsRecord(TypedDict):
    """What each source says of a text, natural logs; null where it was not asked."""

    recogniser: float
    language: float | None
    lexicon: float | None
    opinion: float | None


class HypothesisRecord(TypedDict):
    """A text that was compared; ``probability`` is its share among those compared."""

    text: str
    origins: list[str]
    terms: TermsRecord
    score: float
    probability: float


class CorrectionRecord(TypedDict):
    """The readings of a doubtful line that were compared, and which won; ``asked`` is null where nobody was."""

    before: str
    after: str
    changed: bool
    confidence_before: float
    confidence: float
    asked: str | None
    hypotheses: list[HypothesisRecord]


class LineRecord(TypedDict):
    """One line.

    ``correction`` is null where the recogniser's own reading was taken as it is, ``as_read`` where the text was not
    rewritten for display, ``preparation`` where nothing was tried on the line's picture.
    """

    text: str
    confidence: float
    box: Corners
    vertical: bool
    spans: list[SpanRecord]
    correction: CorrectionRecord | None
    as_read: str | None
    preparation: PreparationRecord | None


class CellRecord(TypedDict):
    """One cell of a table, or the label (column 0) or value (column 1) of a form's entry."""

    row: int
    column: int
    row_span: int
    column_span: int
    text: str
    box: Corners
    lines: list[int]


class BlockRecord(TypedDict):
    """Lines that belong together, by their numbers; ``level`` is that of a heading."""

    kind: str
    level: int
    box: Corners
    lines: list[int]
    cells: list[CellRecord]


class PageRecord(TypedDict):
    """One picture, or one page of a document."""

    schema_version: int
    source: str
    page: int
    width: int
    height: int
    dpi: float | None
    mode: str
    text: str
    confidence: float
    lines: list[LineRecord]
    blocks: list[BlockRecord]


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


def _nats(log_prob: float | None) -> float | None:
    return None if log_prob is None else round(float(log_prob), 4)


def correction_record(correction: Correction) -> CorrectionRecord:
    """Turn a correction into values that :mod:`json` can write."""
    return {
        "before": correction.before,
        "after": correction.after,
        "changed": correction.changed,
        "confidence_before": round(float(correction.confidence_before), 6),
        "confidence": round(float(correction.confidence), 6),
        "asked": correction.asked or None,
        "hypotheses": [
            {
                "text": one.text,
                "origins": list(one.origins),
                "terms": {
                    "recogniser": round(float(one.terms.recogniser), 4),
                    "language": _nats(one.terms.language),
                    "lexicon": _nats(one.terms.lexicon),
                    "opinion": _nats(one.terms.opinion),
                },
                "score": round(float(one.score), 4),
                "probability": round(float(one.probability), 6),
            }
            for one in correction.hypotheses
        ],
    }


def _line_record(line: Line, pixels: ImageArray | None) -> LineRecord:
    quads = line.quads[: len(line.spans)]
    return {
        "text": line.text,
        "confidence": round(float(line.confidence), 6),
        "box": _corners(line.box),
        "vertical": line.vertical,
        "spans": [_span_record(span, quad) for span, quad in zip_longest(line.spans, quads)],
        "correction": None if line.correction is None else correction_record(line.correction),
        "as_read": line.as_read,
        "preparation": None if line.preparation is None else preparation_record(line.preparation, pixels),
    }


def _cell_record(cell: Cell) -> CellRecord:
    return {
        "row": cell.row,
        "column": cell.column,
        "row_span": cell.row_span,
        "column_span": cell.column_span,
        "text": cell.text,
        "box": _corners(cell.box),
        "lines": list(cell.lines),
    }


def _block_record(block: Block) -> BlockRecord:
    return {
        "kind": block.kind,
        "level": block.level,
        "box": _corners(block.box),
        "lines": list(block.lines),
        "cells": [_cell_record(cell) for cell in block.cells],
    }


def page_record(page: Page, cut: Callable[[Line], ImageArray] | None = None) -> PageRecord:
    """Turn a page into values that :mod:`json` can write.

    Args:
        page: the reading.
        cut: gives the line image of a line, uint8 [h, w] grey, where pictures of lines before and after the steps that
            were tried on them are wanted.
    """
    cuts = [None if cut is None or line.preparation is None else cut(line) for line in page.lines]
    return {
        "schema_version": SCHEMA_VERSION,
        "source": page.source,
        "page": page.number,
        "width": page.width,
        "height": page.height,
        "dpi": None if page.dpi is None else round(float(page.dpi), 2),
        "mode": page.mode,
        "text": page.text,
        "confidence": round(float(page.confidence), 6),
        "lines": [_line_record(line, cut) for line, cut in zip(page.lines, cuts, strict=True)],
        "blocks": [_block_record(block) for block in page.blocks],
    }


def document_json(pages: Iterable[Page]) -> Iterator[str]:
    """An array with one record a page."""
    yield json.dumps([page_record(page) for page in pages], ensure_ascii=False, indent=2) + "\n"
