"""Who asked for what, when, and how it went: a line of JSON a request, without what was sent or, unless asked, read."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from flask import Flask, Response, g, request

from lucidocr.serve.journal import Journal
from lucidocr.serve.settings import Settings
from lucidocr.types import Page

Record = dict[str, Any]
Reading = tuple[str, float]

QUIET: Final = frozenset({"static", "page.static", "page.index", "document.static", "health.live", "health.ready"})
"""Endpoints whose answers are not noted unless they are errors."""


@dataclass(slots=True)
class Notes:
    """What is known of the request at hand.

    Attributes:
        began: as of :func:`time.perf_counter`.
        key: identifier of the API key; None without one.
        error: code of the error that was answered.
        inputs: what was sent; only its hash and size are written.
        readings: text and confidence of every line that was read; None where nothing was.
        job: identifier of a batch.
    """

    began: float = field(default_factory=time.perf_counter)
    key: str | None = None
    error: str | None = None
    inputs: tuple[bytes, ...] = ()
    readings: tuple[Reading, ...] | None = None
    job: str | None = None


def notes() -> Notes:
    """The notes of the request at hand."""
    if "notes" not in g:
        g.notes = Notes()
    found: Notes = g.notes
    return found


def note_input(*data: bytes) -> None:
    """Note what was sent."""
    notes().inputs = data


def note_result(readings: Iterable[Reading]) -> None:
    """Note what was read."""
    notes().readings = tuple(readings)


def readings_of(*pages: Page) -> list[Reading]:
    """Text and confidence of every line."""
    return [(line.text, line.confidence) for page in pages for line in page.lines]


def inputs_of(data: Iterable[bytes]) -> list[Record]:
    """Hash and size of each input."""
    return [{"sha256": hashlib.sha256(one).hexdigest(), "bytes": len(one)} for one in data]


def summary(readings: Sequence[Reading]) -> Record:
    """Number of lines and characters, the lines' mean confidence (null without any), and the text."""
    return {
        "lines": len(readings),
        "characters": sum(len(text) for text, _ in readings),
        "confidence": round(sum(sure for _, sure in readings) / len(readings), 6) if readings else None,
        "text": "\n".join(text for text, _ in readings),
    }


class Audit:
    """Writes the lines; does nothing without a file.

    Args:
        settings: where to, how much of it, and whether with what was read.
    """

    def __init__(self, settings: Settings) -> None:
        self._with_text = settings.audit_text
        self._journal = (
            Journal(settings.audit, max_bytes=settings.audit_bytes, keep=settings.audit_files)
            if settings.audit is not None
            else None
        )

    @property
    def on(self) -> bool:
        """Whether anything is written."""
        return self._journal is not None

    def write(self, record: Record) -> None:
        """Write one line."""
        if self._journal is None:
            return
        if not self._with_text:
            record.pop("text", None)
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._journal.add(json.dumps({"time": now, **record}, ensure_ascii=False))

    def register(self, app: Flask) -> None:
        """Write a line for every request that an application answers."""

        @app.before_request
        def begin() -> None:
            g.notes = Notes()

        @app.after_request
        def end(response: Response) -> Response:
            known = notes()
            if self.on and (request.endpoint not in QUIET or response.status_code >= 400):
                self.write(
                    {
                        "address": request.remote_addr,
                        "key": known.key,
                        "method": request.method,
                        "route": request.url_rule.rule if request.url_rule else None,
                        "status": response.status_code,
                        "error": known.error,
                        "duration_ms": round(1000 * (time.perf_counter() - known.began), 1),
                        "inputs": inputs_of(known.inputs),
                        **({"job": known.job} if known.job else {}),
                        **({} if known.readings is None else summary(known.readings)),
                    }
                )
            return response
