"""The routes that read pictures."""

from __future__ import annotations

import time
from typing import Protocol

from flask import Blueprint, Response, jsonify, request

from lucidocr import io
from lucidocr.correct.corrector import Correcting
from lucidocr.correct.display import normalise_page
from lucidocr.export import FORMATS, Sheet, page_record
from lucidocr.pipeline import Mode
from lucidocr.serve.requests import OcrRequest, parse, parse_form
from lucidocr.serve.settings import Settings
from lucidocr.types import Page, PageImage


class PageReader(Protocol):
    """What the service needs of a reader; many threads call it at once."""

    def read(self, source: PageImage, *, mode: Mode = "auto", correcting: Correcting | None = None) -> Page:
        """Read a decoded picture."""


def blueprint(settings: Settings, reader: PageReader) -> Blueprint:
    """Routes of a service that reads with this reader."""
    routes = Blueprint("api", __name__)

    def answer(asked: OcrRequest) -> Response:
        began = time.perf_counter()
        image = io.load(asked.picture.data, max_pixels=settings.max_pixels, name=asked.picture.source)
        page = normalise_page(reader.read(image, mode=asked.mode, correcting=asked.correcting), asked.shown)
        if asked.form != "json":
            form = FORMATS[asked.form]
            return Response(b"".join(form.write([Sheet(image, page)])), mimetype=form.media_type)
        milliseconds = round(1000 * (time.perf_counter() - began), 1)
        return jsonify({"success": True, "processing_time_ms": milliseconds, **page_record(page)})

    @routes.post("/ocr")
    def ocr_form() -> Response:
        return answer(parse_form(request, settings))

    @routes.post("/api/v1/ocr")
    def ocr() -> Response:
        return answer(parse(request, settings))

    @routes.get("/healthz")
    def health() -> Response:
        return jsonify({"status": "ok"})

    return routes
