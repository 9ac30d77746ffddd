"""The evidence for a picture as files: a page to look at, a record to compute with, and pictures to show."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterator
from importlib import resources
from string import Template
from typing import Final

from lucidocr import __version__
from lucidocr.explain.render import alignment_picture, full_heat, heat_overlay, maps_of, png, strongest_heat
from lucidocr.export.explanation import Detail, explanation_record, heat_file, line_file
from lucidocr.preprocess import normalise_line
from lucidocr.types import ExplainedLine, ExplainedPage

PAGE: Final = "explanation.html"
RECORD: Final = "explanation.json"

_STYLES = ("evidence.css", "report.css")
_SCRIPTS = ("chinese.js", "language.js", "words.js", "parts.js", "evidence.js", "report.js")
_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)


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
    """:func:`report_page` as a file."""
    return _encoded(report_page(page))


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


def report_page(page: ExplainedPage) -> str:
    """One self-contained HTML page: style, script, data and pictures are inside, and it fetches nothing.

    The page's policy lets its own script run, which it knows by its hash, and no other.
    """
    record = json.dumps(explanation_record(page, Detail(pictures=True)), ensure_ascii=False, allow_nan=False)
    template = Template(_resource("templates", "report.html"))
    script = "".join(_IMPORT.sub("", _resource("static", name)) for name in _SCRIPTS)
    return template.substitute(
        version=html.escape(__version__),
        source=html.escape(page.source),
        style="".join(_resource("static", name) for name in _STYLES),
        script=script,
        script_hash=f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}",
        record=record.replace("<", "\\u003c"),  # nothing in it can end the element that holds it
    )


def _resource(folder: str, name: str) -> str:
    return (resources.files("lucidocr.export") / folder / name).read_text(encoding="utf-8")
