"""The evidence for a picture as files: a page to look at, a record to compute with, and pictures to show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from lucidocr.explain.render import alignment_picture, full_heat, heat_overlay, maps_of, png, strongest_heat
from lucidocr.export.bundle import bundle
from lucidocr.export.explanation import Detail, explanation_record, heat_file, line_file
from lucidocr.preprocess import normalise_line
from lucidocr.types import ExplainedLine, ExplainedPage

PAGE: Final = "explanation.html"
RECORD: Final = "explanation.json"

_STYLES = ("evidence.css", "report.css")
_SCRIPTS = ("chinese.js", "language.js", "words.js", "parts.js", "evidence.js", "report.js")


def report_files(page: ExplainedPage) -> Iterator[tuple[str, bytes]]:
    """Everything that is written about one picture, file by file.

    Args:
        page: the evidence.

    Yields:
        A relative path with forward slashes, and the file's content: the pictures of every line, ``explanation.json``
        and ``explanation.html``.
    """
    for number, line in enumerate(page.lines):
        yield from _pictures(line, number)
    record = json.dumps(explanation_record(page, Detail(files=True)), ensure_ascii=False, indent=1, allow_nan=False)
    yield RECORD, _encoded(record + "\n")
    yield PAGE, page_bytes(page)


def page_bytes(page: ExplainedPage) -> bytes:
    """One self-contained HTML page, see :mod:`lucidocr.export.bundle`."""
    record = explanation_record(page, Detail(pictures=True))
    return bundle("report.html", record, source=page.source, styles=_STYLES, scripts=_SCRIPTS)


def report_page(page: ExplainedPage) -> str:
    """:func:`page_bytes` as a text."""
    return page_bytes(page).decode("utf-8")


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")  # a file's name may hold bytes that are not UTF-8


def _pictures(line: ExplainedLine, number: int) -> Iterator[tuple[str, bytes]]:
    explanation = line.explanation
    yield line_file(number, "line"), png(explanation.image)
    yield line_file(number, "network"), png(normalise_line(explanation.image))
    yield line_file(number, "alignment"), png(alignment_picture(explanation))
    strongest = strongest_heat(maps_of(explanation))
    for heat in maps_of(explanation):
        yield heat_file(number, heat), png(heat_overlay(explanation, heat, full_heat(heat, strongest)))
