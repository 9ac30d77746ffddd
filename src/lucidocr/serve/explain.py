"""The route that explains readings."""

from __future__ import annotations

import time

from flask import Blueprint, Response, jsonify, request

from lucidocr import io
from lucidocr.evidence import ExplainingReader, explain_page
from lucidocr.explain.methods import METHODS
from lucidocr.export.explanation import explanation_record
from lucidocr.serve.explain_requests import ExplainRequest, parse_explain
from lucidocr.serve.settings import Settings


def blueprint(settings: Settings, reader: ExplainingReader) -> Blueprint:
    """Route of a service that explains with this reader."""
    routes = Blueprint("explain", __name__)

    @routes.post("/api/v1/explain")
    def explain() -> Response:
        asked = parse_explain(request, settings)
        began = time.perf_counter()
        image = io.load(asked.picture.data, max_pixels=settings.max_pixels, name=asked.picture.source)
        page = explain_page(reader, image, asked.question, max_lines=_max_lines(asked, settings))
        record = explanation_record(page, asked.detail)
        milliseconds = round(1000 * (time.perf_counter() - began), 1)
        return jsonify({"success": True, "processing_time_ms": milliseconds, **record})

    return routes


def _max_lines(asked: ExplainRequest, settings: Settings) -> int:
    """Most lines to explain in one request: one where they are read many times over for it."""
    slow = any(method.slow for method in METHODS if method.name in asked.question.methods)
    return 1 if slow or asked.question.faithfulness else settings.max_explained
