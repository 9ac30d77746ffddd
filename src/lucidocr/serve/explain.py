"""The route that explains readings."""

from __future__ import annotations

import time

from flask import Response, jsonify, request
from flask_openapi3.blueprint import APIBlueprint

from lucidocr.evidence import explain_page
from lucidocr.explain.methods import METHODS
from lucidocr.export.explanation import explanation_record
from lucidocr.export.explanation_schema import ExplanationRecord
from lucidocr.serve import openapi
from lucidocr.serve.audit import note_result
from lucidocr.serve.fields import ExplainOptions
from lucidocr.serve.pictures import load
from lucidocr.serve.requests import Picture, take
from lucidocr.serve.service import Service
from lucidocr.serve.settings import Settings

ExplainAnswer = openapi.answer("ExplainAnswer", ExplanationRecord, processing_time_ms=(float, ...))


def blueprint(service: Service) -> APIBlueprint:
    """Route of a service that explains."""
    routes = APIBlueprint("explain", __name__, abp_tags=[openapi.EXPLAIN])
    settings = service.settings

    def evidence(picture: Picture, asked: ExplainOptions) -> ExplanationRecord:
        image = load(picture, settings)
        page = explain_page(service.reader, image, asked.question, max_lines=_max_lines(asked, settings))
        return explanation_record(page, asked.detail)

    @routes.post(
        "/api/v1/explain",
        responses=openapi.gives(ExplainAnswer, 413, 415, 422, 501),
        openapi_extensions=openapi.takes(ExplainOptions),
    )
    def explain() -> Response:
        """Explain how a picture is read."""
        picture, asked = take(request, settings, ExplainOptions)
        began = time.perf_counter()
        record = service.answers.record(
            "explain", picture, asked, lambda: service.workers.run(lambda: evidence(picture, asked))
        )
        note_result((line["text"], line["confidence"]) for line in record["lines"])
        milliseconds = round(1000 * (time.perf_counter() - began), 1)
        return jsonify({"success": True, "processing_time_ms": milliseconds, **record})

    return routes


def _max_lines(asked: ExplainOptions, settings: Settings) -> int:
    """Most lines to explain in one request: one where they are read many times over for it."""
    slow = any(method.slow for method in METHODS if method.name in asked.methods)
    return 1 if slow or asked.faithfulness else settings.max_explained
