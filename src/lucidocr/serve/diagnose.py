"""The route that diagnoses readings."""

from __future__ import annotations

import time
from dataclasses import replace

from flask import Response, jsonify, request
from flask_openapi3.blueprint import APIBlueprint

from lucidocr.assemble import cut_quad
from lucidocr.doubtful import Complaint, diagnose_page
from lucidocr.evidence import checked_quad
from lucidocr.export.diagnosis import diagnoses_record
from lucidocr.export.diagnosis_schema import DiagnosesRecord
from lucidocr.serve import openapi
from lucidocr.serve.audit import note_result
from lucidocr.serve.fields import DiagnoseOptions
from lucidocr.serve.pictures import load
from lucidocr.serve.requests import Picture, take
from lucidocr.serve.service import ServedReader, Service
from lucidocr.types import DiagnosedLine, DiagnosedPage, FloatArray, Line, PageImage

DiagnoseAnswer = openapi.answer("DiagnoseAnswer", DiagnosesRecord, processing_time_ms=(float, ...))


def blueprint(service: Service) -> APIBlueprint:
    """Route of a service that diagnoses."""
    routes = APIBlueprint("diagnose", __name__, abp_tags=[openapi.EXPLAIN])
    settings = service.settings

    def diagnoses(picture: Picture, asked: DiagnoseOptions) -> DiagnosesRecord:
        page = load(picture, settings)
        if asked.box is None:
            found = diagnose_page(service.reader, page, asked.complaint, max_lines=settings.max_explained)
        else:
            found = _diagnose_box(service.reader, page, asked.box, asked.vertical, asked.complaint)
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


def _diagnose_box(
    reader: ServedReader, page: PageImage, box: FloatArray, vertical: bool, complaint: Complaint
) -> DiagnosedPage:
    """Diagnose the line inside a box, cut out as when the page was read."""
    pixels = cut_quad(page, checked_quad(box, page), vertical=vertical).pixels
    part = PageImage(pixels[..., None].repeat(3, axis=2), page.source, page.number)
    read = reader.read(part, mode="line", preprocess=complaint.preprocess).lines
    corners = tuple((float(x), float(y)) for x, y in box)
    line = replace(read[0], box=corners, vertical=vertical) if read else Line("", 0.0, corners, vertical=vertical)
    diagnosis = reader.diagnose(pixels, truth=complaint.truth, misread=complaint.misread, rule=complaint.rule)
    return DiagnosedPage((DiagnosedLine(line, diagnosis),), 1, page.width, page.height, page.source, "page")
