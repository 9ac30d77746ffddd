"""The route that diagnoses readings."""

from __future__ import annotations

import time

from flask import Response, jsonify, request
from flask_openapi3.blueprint import APIBlueprint

from lucidocr.doubtful import diagnose_page
from lucidocr.export.diagnosis import diagnoses_record
from lucidocr.export.diagnosis_schema import DiagnosesRecord
from lucidocr.serve import openapi
from lucidocr.serve.audit import note_result
from lucidocr.serve.fields import DiagnoseOptions
from lucidocr.serve.pictures import load
from lucidocr.serve.requests import Picture, take
from lucidocr.serve.service import Service

DiagnoseAnswer = openapi.answer("DiagnoseAnswer", DiagnosesRecord, processing_time_ms=(float, ...))


def blueprint(service: Service) -> APIBlueprint:
    """Route of a service that diagnoses."""
    routes = APIBlueprint("diagnose", __name__, abp_tags=[openapi.EXPLAIN])
    settings = service.settings

    def diagnoses(picture: Picture, asked: DiagnoseOptions) -> DiagnosesRecord:
        page = load(picture, settings)
        found = diagnose_page(service.reader, page, asked.complaint, max_lines=settings.max_explained)
        return diagnoses_record(found, rule=asked.score, pictures=asked.pictures)

    @routes.post(
        "/api/v1/diagnose",
        responses=openapi.gives(DiagnoseAnswer, 413, 415, 422, 501),
        openapi_extensions=openapi.takes(DiagnoseOptions),
    )
    def diagnose() -> Response:
        """Say why a picture may be misread, and what would help."""
        picture, asked = take(request, settings, DiagnoseOptions)
        began = time.perf_counter()
        record = service.answers.record(
            "diagnose", picture, asked, lambda: service.workers.run(lambda: diagnoses(picture, asked))
        )
        note_result((line["text"], line["confidence"]) for line in record["lines"])
        milliseconds = round(1000 * (time.perf_counter() - began), 1)
        return jsonify({"success": True, "processing_time_ms": milliseconds, **record})

    return routes
