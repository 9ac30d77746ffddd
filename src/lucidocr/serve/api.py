"""The routes that read pictures."""

from __future__ import annotations

import time
from functools import partial
from typing import Protocol

from flask import Response, jsonify, request
from flask_openapi3.blueprint import APIBlueprint

from lucidocr.assemble import cut_again
from lucidocr.correct.corrector import Correcting
from lucidocr.correct.display import normalise_page
from lucidocr.export import FORMATS, PageRecord, Sheet, page_record
from lucidocr.pipeline import Mode
from lucidocr.prepare import Preprocess
from lucidocr.serve import openapi
from lucidocr.serve.audit import note_result, readings_of
from lucidocr.serve.fields import OcrOptions
from lucidocr.serve.pictures import load
from lucidocr.serve.requests import Picture, take, take_form
from lucidocr.serve.service import Service
from lucidocr.types import Page, PageImage

OcrAnswer = openapi.answer("OcrAnswer", PageRecord, processing_time_ms=(float, ...))


class PageReader(Protocol):
    """What the service needs of a reader; many threads call it at once."""

    def read(
        self,
        source: PageImage,
        *,
        mode: Mode = "auto",
        correcting: Correcting | None = None,
        preprocess: Preprocess | None = None,
    ) -> Page:
        """Read a decoded picture."""


def blueprint(service: Service) -> APIBlueprint:
    """Routes of a service that reads."""
    routes = APIBlueprint("api", __name__, abp_tags=[openapi.READ])
    settings = service.settings
    gives = openapi.gives(OcrAnswer, 413, 415, 422, 501, formats=True)

    def read(picture: Picture, asked: OcrOptions) -> Sheet:
        image = load(picture, settings)
        page = service.reader.read(image, mode=asked.mode, correcting=asked.correcting, preprocess=asked.preparing)
        return Sheet(image, normalise_page(page, asked.shown))

    def written(picture: Picture, asked: OcrOptions) -> tuple[Page, bytes]:
        sheet = read(picture, asked)
        return sheet.page, b"".join(FORMATS[asked.format].write([sheet]))

    def recorded(picture: Picture, asked: OcrOptions) -> PageRecord:
        sheet = read(picture, asked)
        cut = partial(cut_again, sheet.image, sheet.page.mode) if asked.pictures else None
        return page_record(sheet.page, cut)

    def answer(picture: Picture, asked: OcrOptions) -> Response:
        began = time.perf_counter()
        if asked.format != "json":
            page, content = service.workers.run(lambda: written(picture, asked))
            note_result(readings_of(page))
            return Response(content, mimetype=FORMATS[asked.format].media_type)
        record = service.answers.record(
            "ocr", picture, asked, lambda: service.workers.run(lambda: recorded(picture, asked))
        )
        note_result((line["text"], line["confidence"]) for line in record["lines"])
        service.metrics.answered(record)
        milliseconds = round(1000 * (time.perf_counter() - began), 1)
        return jsonify({"success": True, "processing_time_ms": milliseconds, **record})

    @routes.post("/ocr", responses=gives, openapi_extensions=openapi.takes_form(OcrOptions))
    def ocr_form() -> Response:
        """Read a picture that a form holds."""
        return answer(*take_form(request, settings, OcrOptions))

    @routes.post("/api/v1/ocr", responses=gives, openapi_extensions=openapi.takes(OcrOptions))
    def ocr() -> Response:
        """Read a picture."""
        return answer(*take(request, settings, OcrOptions))

    return routes
