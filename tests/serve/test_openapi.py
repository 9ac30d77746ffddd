"""The service's description of itself: whole, true of what is answered, and shown by a page that needs nothing else."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lucidocr import __version__
from lucidocr.explain.methods import METHOD_NAMES
from lucidocr.export import FORMATS
from lucidocr.serve import Settings, create_app
from lucidocr.serve.fields import BatchOptions, DiagnoseOptions, ExplainOptions, OcrOptions
from tests.fakes import FakeReader, encoded, form_of, picture_of

PNG = encoded(picture_of("hello"))
BASE64 = base64.b64encode(PNG).decode()
OPTIONS = {
    "/api/v1/ocr": OcrOptions,
    "/api/v1/explain": ExplainOptions,
    "/api/v1/diagnose": DiagnoseOptions,
    "/api/v1/batch": BatchOptions,
}


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    found = client.get("/openapi.json").get_json()
    assert isinstance(found, dict)
    return found


def operation(document: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    found = document["paths"][path][method]
    assert isinstance(found, dict)
    return found


def fits(document: dict[str, Any], method: str, path: str, answer: TestResponse) -> None:
    """See that an answer is one that the document announces."""
    content = operation(document, method, path)["responses"][str(answer.status_code)]["content"]
    schema = content[answer.mimetype]["schema"]
    if answer.mimetype == "application/json":
        whole = {**schema, "components": document["components"]}
        jsonschema.validate(answer.get_json(), whole, cls=jsonschema.Draft202012Validator)


def test_every_route_of_the_api_is_in_it(document: dict[str, Any]) -> None:
    routes = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule): (rule.methods or set()) - {"HEAD", "OPTIONS"}
        for rule in create_app(Settings(), FakeReader()).url_map.iter_rules()
        if rule.rule.startswith("/api/") or rule.rule in {"/ocr", "/healthz", "/readyz"}
    }
    described: dict[str, set[str]] = {path: {one.upper() for one in item} for path, item in document["paths"].items()}
    for path in routes:
        methods = {one for rule, one in _methods() if rule == path}
        assert described[path] == methods
    assert set(routes) <= set(described)


def _methods() -> list[tuple[str, str]]:
    return [
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in create_app(Settings(), FakeReader()).url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]


def test_it_says_what_it_is_and_is_sound(document: dict[str, Any]) -> None:
    assert (document["openapi"], document["info"]["version"]) == ("3.1.0", __version__)
    assert set(document["components"]["securitySchemes"]) == {"bearer", "header"}
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert named <= set(document["components"]["schemas"])
    for item in document["paths"].values():
        for one in item.values():
            assert one["summary"].endswith(".")


@pytest.mark.parametrize("path", OPTIONS)
def test_every_field_is_described_in_json_and_forms(document: dict[str, Any], path: str) -> None:
    content = operation(document, "post", path)["requestBody"]["content"]
    body = content["application/json"]["schema"]
    for schema in (*body.get("oneOf", [body]), content["multipart/form-data"]["schema"]):
        assert schema["additionalProperties"] is False
        assert set(OPTIONS[path].model_fields) < set(schema["properties"])
        assert all(schema["properties"][name]["description"] for name in OPTIONS[path].model_fields)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/ocr", {}),
        ("/api/v1/ocr", {"format": "pdf"}),
        ("/api/v1/ocr", {"format": "alto"}),
        ("/api/v1/explain", {"methods": list(METHOD_NAMES[:3]), "attention": True, "overlay": True, "maps": "values"}),
        ("/api/v1/explain", {"line": 0, "methods": ["ink"], "faithfulness": True}),
        ("/api/v1/diagnose", {"box": [[0, 0], [90, 0], [90, 40], [0, 40]], "pictures": True}),
        ("/api/v1/ocr", {"mode": "word"}),
        ("/api/v1/ocr", {"image_base64": "aa=="}),
        ("/api/v1/ocr", {"image_base64": None, "image_url": "https://example.org/a.png"}),
    ],
)
def test_answers_are_as_announced(client: FlaskClient, document: dict[str, Any], path: str, body: Any) -> None:
    fits(document, "post", path, client.post(path, json={"image_base64": BASE64, **body}))


def test_answers_to_others_are_as_announced(client: FlaskClient, document: dict[str, Any]) -> None:
    for path in ("/api/v1/options", "/healthz", "/readyz"):
        fits(document, "get", path, client.get(path))
    answer = client.post("/api/v1/batch", json={"documents": [{"image_base64": BASE64}]})
    fits(document, "post", "/api/v1/batch", answer)
    place = answer.headers["Location"]
    while (state := client.get(place)).get_json()["job"]["state"] != "done":
        fits(document, "get", "/api/v1/batch/{job}", state)
    result = "/api/v1/batch/{job}/documents/{number}"
    for query in ("", "?format=pdf", "?format=word", "?form=pdf"):
        fits(document, "get", result, client.get(f"{place}/documents/0{query}"))
    fits(document, "get", result, client.get(f"{place}/documents/1"))
    for number in (1, 2, 0):
        picture = client.get(f"{place}/documents/0/pages/{number}")
        fits(document, "get", f"{result}/pages/{{page}}", picture)
    fits(document, "delete", "/api/v1/batch/{job}", client.delete(place))
    fits(document, "get", "/api/v1/batch/{job}", client.get(place))
    fits(document, "get", "/api/v1/batch/{job}", client.get("/api/v1/batch/a.b"))


def test_options_say_what_there_is(client: FlaskClient) -> None:
    options = client.get("/api/v1/options").get_json()
    assert options["modes"] == ["auto", "line", "page"]
    assert [form["name"] for form in options["formats"]] == list(FORMATS)
    assert {method["name"] for method in options["methods"]} == {*METHOD_NAMES, "attention"}
    assert options["limits"]["max_bytes"] == Settings().max_bytes
    assert options["features"] == {"image_url": False, "keys": False, "batch": True, "audit": False}
    for route, kind in OPTIONS.items():
        assert set(options["fields"][route]) == set(kind.model_fields)
    assert options["model"] is None  # the reader is a stand-in


def test_options_name_the_model(toy_reader: Any) -> None:
    model = create_app(Settings(), toy_reader).test_client().get("/api/v1/options").get_json()["model"]
    assert model == {"name": toy_reader.model.name, "characters": len(toy_reader.model.charset), "languages": []}


def test_the_page_is_served_from_here_under_the_policy(client: FlaskClient) -> None:
    answer = client.get("/openapi")
    html = answer.get_data(as_text=True)
    policy = answer.headers["Content-Security-Policy"]
    (nonce,) = set(re.findall(r'nonce="([^"]+)"', html))
    assert f"script-src 'self' 'nonce-{nonce}';" in policy
    assert "unsafe" not in policy
    assert len(re.findall("<script ", html)) == len(re.findall(f'<script nonce="{nonce}"', html))
    for address in re.findall(r'(?:src|href)="([^"]+)"', html):
        with client.get(address) as file:
            assert file.status_code == 200, address
    assert nonce not in client.get("/openapi").get_data(as_text=True)
    assert "nonce" not in client.get("/").headers["Content-Security-Policy"]


def test_a_form_may_hold_a_lexicon_of_the_largest_size(client: FlaskClient, fake: FakeReader) -> None:
    body, kind = form_of(PNG)
    field = b'--limit\r\nContent-Disposition: form-data; name="lexicon"\r\n\r\n' + ("词" * 200_000).encode() + b"\r\n"
    answer = client.post("/ocr", data=field + body, content_type=kind)
    assert answer.status_code == 200
    lexicon = fake.corrected_with[-1]
    assert lexicon is not None
    assert lexicon.lexicon is not None
    assert len(lexicon.lexicon) == 1
