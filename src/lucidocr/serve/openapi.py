"""The service's description of itself (OpenAPI 3.1): what requests and answers are made of, from the models.

A route says what it takes with :func:`takes` and what it gives with :func:`gives`; see :mod:`lucidocr.serve.api`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Literal, NotRequired, get_args, get_origin

import flask_openapi3_swagger
from flask import Blueprint, Response, current_app, jsonify, render_template
from flask_openapi3.models.info import Info
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI
from pydantic import BaseModel, Field, ValidationError, create_model
from typing_extensions import get_type_hints

from lucidocr import __version__
from lucidocr.export import FORMATS
from lucidocr.serve.fields import Options, option_error
from lucidocr.serve.requests import DOCUMENTS, FORM_PICTURE

Schema = dict[str, Any]

READ: Final = Tag(name="reading", description="What a picture says.")
EXPLAIN: Final = Tag(name="evidence", description="Why it was read so.")
BATCH: Final = Tag(name="batches", description="Documents and many pictures at once.")
SERVICE: Final = Tag(name="service", description="What the service can do, and how it is.")

PICTURES: Final[Mapping[str, Schema]] = {
    "image_base64": {
        "type": "string",
        "format": "byte",
        "minLength": 1,
        "description": "A picture's file in base64; data:image/png;base64, in front of it is tolerated.",
    },
    "image_url": {
        "type": "string",
        "format": "uri",
        "minLength": 1,
        "description": "A public http(s) address, where the service fetches such.",
    },
}
FILE: Final[Schema] = {"type": "string", "format": "binary"}


class ErrorDetail(BaseModel):
    """What went wrong."""

    code: str = Field(description="For programs; docs/errors.md lists them.")
    message: str = Field(description="For people: what is wrong, and what to do.")


class ErrorAnswer(BaseModel):
    """What every error looks like."""

    success: Literal[False]
    error: ErrorDetail


def application(name: str, **options: Any) -> OpenAPI:
    """An application that describes itself; the options are Flask's."""
    return OpenAPI(
        name,
        info=Info(title="lucidocr", version=__version__, description="Reads text in pictures, and shows why."),
        security_schemes={
            "bearer": {"type": "http", "scheme": "bearer"},
            "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        },
        doc_ui=False,
        validation_error_status=400,
        validation_error_model=ErrorAnswer,
        validation_error_callback=_refuse,
        **options,
    )


def _refuse(error: ValidationError) -> Any:
    raise option_error(error, ())


def answer(name: str, record: type, **more: Any) -> type[BaseModel]:
    """The model of an answer that is made of a record of :mod:`lucidocr.export`, and says that it is a success."""
    fields: dict[str, Any] = {"success": (Literal[True], ...), **more}
    for key, kind in get_type_hints(record, include_extras=True).items():
        origin: object = get_origin(kind)
        optional = origin is NotRequired
        fields[key] = (get_args(kind)[0] | None, None) if optional else (kind, ...)
    return create_model(name, __doc__=record.__doc__, **fields)


def gives(success: type[BaseModel], *errors: int, status: int = 200, formats: bool = False) -> dict[Any, Any]:
    """The ``responses`` of a route: a success, and errors that all have the envelope.

    Args:
        success: its answer in JSON.
        errors: statuses of errors beside those that every route has.
        status: of the success.
        formats: whether the answer may also be in another format of :data:`lucidocr.export.FORMATS`.
    """
    responses: dict[Any, Any] = {status: success}
    if formats:
        success.model_config["openapi_extra"] = {"content": _formats(success)}  # type: ignore[typeddict-unknown-key]
    return responses | _refusals(errors)


def gives_picture(*errors: int) -> dict[Any, Any]:
    """The ``responses`` of a route whose success is a PNG."""
    success = {"description": "OK", "content": {"image/png": {"schema": FILE}}}
    return {200: success} | _refusals(errors)


def _refusals(errors: Iterable[int]) -> dict[Any, Any]:
    """Errors of a route and those that every one has, which all have the envelope."""
    return dict.fromkeys(sorted({400, 401, 403, 429, 500, 503, *errors}), ErrorAnswer)


def _formats(success: type[BaseModel]) -> dict[str, Schema]:
    """What is answered in each media type; in JSON, the format paddle is an array."""
    content: dict[str, Schema] = {
        form.media_type: {"schema": FILE if form.binary else {"type": "string"}} for form in FORMATS.values()
    }
    named = {"$ref": f"#/components/schemas/{success.__name__}"}
    return content | {
        "application/json": {"schema": {"anyOf": [named, {"type": "array", "items": {"type": "object"}}]}}
    }


def takes(kind: type[Options]) -> Schema:
    """The ``openapi_extensions`` of a route that takes a picture, in JSON or a form, and options."""
    options = properties_of(kind)
    body = _with_picture(options)
    form = _form(FORM_PICTURE, FILE | {"description": "A picture's file."}, options)
    return {"requestBody": _body({"application/json": body, "multipart/form-data": form})}


def takes_form(kind: type[Options]) -> Schema:
    """The same for a route that takes forms only."""
    form = _form(FORM_PICTURE, FILE | {"description": "A picture's file."}, properties_of(kind))
    return {"requestBody": _body({"multipart/form-data": form})}


def takes_documents(kind: type[Options], most: int) -> Schema:
    """The same for a route that takes documents."""
    options = properties_of(kind)
    document = _with_picture({"name": {"anyOf": [{"type": "string", "minLength": 1}, {"type": "null"}]}})
    count = {"minItems": 1, "maxItems": most}
    body = {
        "type": "object",
        "properties": {DOCUMENTS: {"type": "array", "items": document, **count}, **options},
        "required": [DOCUMENTS],
        "additionalProperties": False,
    }
    form = _form(DOCUMENTS, {"type": "array", "items": FILE, **count}, options)
    return {"requestBody": _body({"application/json": body, "multipart/form-data": form})}


def properties_of(kind: type[Options]) -> dict[str, Schema]:
    """The fields of a model as JSON schemas; null is as good as no field."""
    properties: dict[str, Schema] = kind.model_json_schema()["properties"]
    return {name: _nullable(schema) for name, schema in properties.items()}


def _with_picture(options: Mapping[str, Schema]) -> Schema:
    """A JSON object with a picture, in one of the ways to give it."""
    ways = [
        {
            "type": "object",
            "title": name,
            "properties": {one: PICTURES[one] if one == name else {"type": "null"} for one in PICTURES} | dict(options),
            "required": [name],
            "additionalProperties": False,
        }
        for name in PICTURES
    ]
    return {"oneOf": ways}


def _nullable(schema: Schema) -> Schema:
    said = {name: schema[name] for name in ("description", "default") if schema.get(name) is not None}
    rest = {name: value for name, value in schema.items() if name not in {"description", "default", "title"}}
    kinds = rest.get("anyOf", [rest])
    return {"anyOf": [*(one for one in kinds if one != {"type": "null"}), {"type": "null"}], **said}


def _form(files: str, schema: Schema, options: Mapping[str, Schema]) -> Schema:
    """What a form holds: its files, and texts in place of everything else."""
    texts = {name: _as_text(option) for name, option in options.items()}
    return {
        "type": "object",
        "properties": {files: schema, **texts},
        "required": [files],
        "additionalProperties": False,
    }


def _as_text(option: Schema) -> Schema:
    """A field of a form; what it is without being given is said, as pages that show a form fill it in."""
    said: Schema = {"description": option["description"]} if "description" in option else {}
    default = option.get("default")
    kinds = [kind for kind in option["anyOf"] if kind != {"type": "null"}]
    named = [str(name) for kind in kinds for name in kind.get("enum", ())]
    flags = ["true", "false"] if any(kind.get("type") == "boolean" for kind in kinds) else []
    if named or flags:
        text = str(default).lower() if isinstance(default, bool) else default
        return {"type": "string", "enum": [*named, *flags], **said} | ({} if text is None else {"default": text})
    if kinds[0].get("type") == "integer":
        return {"type": "integer", "minimum": 0, **said}
    if kinds[0].get("type") == "array" and "enum" in kinds[0]["items"]:
        return {"type": "array", "items": kinds[0]["items"], **said}
    return {"type": "string", **said, "example": ""}


def _body(content: Mapping[str, Schema]) -> Schema:
    return {"required": True, "content": {kind: {"schema": schema} for kind, schema in content.items()}}


def blueprint() -> Blueprint:
    """The routes of the description, and of Swagger UI to look at it; all that it needs comes from here."""
    static = Path(flask_openapi3_swagger.__file__).parent / "templates" / "swagger"
    routes = Blueprint("document", __name__, static_folder=static, static_url_path="/static/swagger")

    @routes.get("/openapi")
    def page() -> str:
        return render_template("openapi.html")

    @routes.get("/openapi.json")
    def schema() -> Response:
        app = current_app
        return jsonify(app.api_doc)  # type: ignore[attr-defined]  # an OpenAPI

    return routes
