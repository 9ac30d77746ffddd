"""The routes by which a service says what it can do and how it is."""

from __future__ import annotations

from typing import Any, Literal

from flask import Response, jsonify
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from lucidocr import __version__
from lucidocr.errors import BusyError
from lucidocr.export import FORMATS
from lucidocr.export.explanation import method_records
from lucidocr.export.explanation_schema import MethodRecord
from lucidocr.serve import openapi
from lucidocr.serve.fields import MAX_LEXICON, BatchOptions, DiagnoseOptions, ExplainOptions, OcrOptions, Options
from lucidocr.serve.service import Service
from lucidocr.serve.settings import Settings

LANGUAGES = {"zh_en": ["zh-Hans", "zh-Hant", "en"]}
"""What the models that come with the package read, as BCP 47 has it; others are unknown."""

PICTURES = ["image/jpeg", "image/png", "image/bmp", "image/tiff", "image/webp", "image/gif"]


class ModelRecord(BaseModel):
    """The model that reads."""

    name: str
    characters: int = Field(description="That it can tell apart.")
    languages: list[str] = Field(description="As BCP 47 names them; empty where that is unknown.")


class FormatRecord(BaseModel):
    """A format of answers."""

    name: str
    media_type: str
    suffix: str
    binary: bool


class OptionsAnswer(BaseModel):
    """What the service can do, and how much of it."""

    success: Literal[True]
    version: str
    model: ModelRecord | None
    modes: list[str]
    formats: list[FormatRecord]
    methods: list[MethodRecord]
    inputs: list[str] = Field(description="Media types of pictures; a batch takes application/pdf, too.")
    limits: dict[str, float] = Field(description="Bytes, pixels, lines, seconds or counts, as their names say.")
    features: dict[str, bool] = Field(description="What there is, and what there is not.")
    fields: dict[str, dict[str, dict[str, Any]]] = Field(description="For each route its fields, as JSON schemas.")


class HealthAnswer(BaseModel):
    """The service is there."""

    status: Literal["ok"]


def blueprint(service: Service) -> APIBlueprint:
    """Routes of a service that says what it can do."""
    routes = APIBlueprint("about", __name__, abp_tags=[openapi.SERVICE])
    answer = _options(service)

    @routes.get("/api/v1/options", responses=openapi.gives(OptionsAnswer))
    def options() -> Response:
        """Say what can be asked for, and how much of it."""
        return jsonify(answer)

    return routes


def health(service: Service) -> APIBlueprint:
    """Routes for those who watch over a service."""
    routes = APIBlueprint("health", __name__, abp_tags=[openapi.SERVICE])

    @routes.get("/healthz", responses={200: HealthAnswer, 500: openapi.ErrorAnswer})
    def live() -> Response:
        """Say that the service is alive."""
        return jsonify({"status": "ok"})

    @routes.get("/readyz", responses={200: HealthAnswer, 503: openapi.ErrorAnswer})
    def ready() -> Response:
        """Say whether it takes requests: not once it is closing."""
        if service.closing.is_set():
            raise BusyError("the service is closing", retry_after=10)
        return jsonify({"status": "ok"})

    return routes


def _options(service: Service) -> dict[str, Any]:
    settings = service.settings
    kinds: dict[str, type[Options]] = {
        "/api/v1/ocr": OcrOptions,
        "/api/v1/explain": ExplainOptions,
        "/api/v1/diagnose": DiagnoseOptions,
        "/api/v1/batch": BatchOptions,
    }
    fields = {route: openapi.properties_of(kind) for route, kind in kinds.items()}
    return {
        "success": True,
        "version": __version__,
        "model": _model(service),
        "modes": fields["/api/v1/ocr"]["mode"]["anyOf"][0]["enum"],
        "formats": [
            {"name": name, "media_type": form.media_type, "suffix": form.suffix, "binary": form.binary}
            for name, form in FORMATS.items()
        ],
        "methods": method_records(),
        "inputs": PICTURES,
        "limits": _limits(settings),
        "features": {
            "image_url": settings.allow_urls,
            "keys": settings.keys is not None,
            "batch": settings.jobs > 0 and settings.workers == 1,
            "audit": settings.audit is not None,
        },
        "fields": fields,
    }


def _limits(settings: Settings) -> dict[str, float]:
    names = ("max_bytes", "max_pixels", "max_aspect", "max_explained", "request_seconds", "receive_seconds")
    batch = ("job_bytes", "job_documents", "job_pages", "job_seconds")
    return {name: getattr(settings, name) for name in (*names, *batch)} | {"max_lexicon": MAX_LEXICON}


def _model(service: Service) -> dict[str, Any] | None:
    """What is known of the model; nothing of a reader that is not this package's."""
    model = getattr(service.reader, "model", None)
    if model is None:
        return None
    return {"name": model.name, "characters": len(model.charset), "languages": LANGUAGES.get(model.name, [])}
