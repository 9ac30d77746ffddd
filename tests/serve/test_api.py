"""What the two routes answer to what is right."""

from __future__ import annotations

import base64
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from lucidocr.export import FORMATS, page_record
from lucidocr.serve import Settings, create_app, requests
from tests.fakes import FakeReader, encoded, picture_of

PNG = encoded(picture_of("hello"))
BASE64 = base64.b64encode(PNG).decode()


def upload(data: bytes = PNG, name: str = "a.png", **fields: str) -> dict[str, object]:
    return {"data": {"image": (BytesIO(data), name), **fields}}


@pytest.mark.parametrize("route", ["/ocr", "/api/v1/ocr"])
def test_upload(client: FlaskClient, fake: FakeReader, route: str) -> None:
    answer = client.post(route, **upload(mode="line"))
    assert answer.status_code == 200
    body = answer.get_json()
    assert body.pop("success") is True
    assert body.pop("processing_time_ms") > 0
    assert body == page_record(fake.read(PNG)) | {"source": "a.png"}
    assert fake.modes[0] == "line"


@pytest.mark.parametrize(
    "text",
    [BASE64, f"data:image/png;base64,{BASE64}", f"{BASE64[:40]}\n{BASE64[40:]}"],
    ids=["plain", "data", "wrapped"],
)
def test_base64(client: FlaskClient, fake: FakeReader, text: str) -> None:
    body = client.post("/api/v1/ocr", json={"image_base64": text}).get_json()
    assert body["success"] is True
    assert body["text"] == "发票 Invoice\n42.00"
    assert (body["width"], body["height"]) == (320, 48)
    assert fake.modes == ["auto"]


def test_null_is_a_field_that_is_not_there(client: FlaskClient) -> None:
    asked = {"image_base64": BASE64, "image_url": None, "mode": None}
    assert client.post("/api/v1/ocr", json=asked).get_json()["success"] is True


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_answered(client: FlaskClient, form: str) -> None:
    answer = client.post("/ocr", **upload(format=form))
    assert (answer.status_code, answer.mimetype) == (200, FORMATS[form].media_type)
    assert client.post("/api/v1/ocr", json={"image_base64": BASE64, "format": form}).mimetype == answer.mimetype
    if form == "text":
        assert answer.get_data(as_text=True) == "发票 Invoice\n42.00\n"


@pytest.mark.parametrize("form", ["word", 7, ["json"]])
def test_an_unknown_format(client: FlaskClient, form: object) -> None:
    answer = client.post("/api/v1/ocr", json={"image_base64": BASE64, "format": form})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "bad_option")


def test_url(fake: FakeReader, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def fetch(url: str, *, timeout: float, max_bytes: int) -> bytes:
        asked.append((url, timeout, max_bytes))
        return PNG

    monkeypatch.setattr(requests, "fetch", fetch)
    settings = Settings(allow_urls=True)
    url = "https://example.org/a.png"
    body = create_app(settings, fake).test_client().post("/api/v1/ocr", json={"image_url": url}).get_json()
    assert (body["success"], body["source"]) == (True, url)
    assert asked == [(url, settings.url_seconds, settings.max_bytes)]


def test_a_picture_without_text_is_a_result() -> None:
    answer = create_app(Settings(), FakeReader(texts=())).test_client().post("/ocr", **upload())
    assert answer.status_code == 200
    body = answer.get_json()
    assert (body["success"], body["text"], body["lines"]) == (True, "", [])


def test_health(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}


def test_a_picture_of_exactly_the_limit_is_read(fake: FakeReader) -> None:
    client = create_app(Settings(max_bytes=len(PNG)), fake).test_client()
    assert client.post("/ocr", **upload()).status_code == 200
    assert client.post("/api/v1/ocr", json={"image_base64": BASE64}).status_code == 200


def test_what_helps_is_asked_for(client: FlaskClient, fake: FakeReader) -> None:
    client.post("/ocr", **upload())
    client.post("/ocr", **upload(second_opinion="off", lm="off", lexicon="Invoice\n/[0-9]+/", lexicon_mode="only"))
    client.post("/api/v1/ocr", json={"image_base64": BASE64, "lm": False, "lexicon": ["Invoice", "发票"]})
    plain, first, second = fake.corrected_with
    assert plain is None
    assert first is not None
    assert (first.language, first.opinion, first.lexicon_mode) == (False, "off", "only")
    assert first.lexicon is not None
    assert (first.lexicon.words, len(first.lexicon.patterns)) == (("Invoice",), 1)
    assert second is not None
    assert (second.language, second.opinion, second.lexicon_mode) == (False, "auto", "prefer")
    assert second.lexicon is not None
    assert len(second.lexicon) == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"lm": "maybe"},
        {"lm": ["on"]},
        {"second_opinion": "sometimes"},
        {"second_opinion": {}},
        {"lexicon": 7},
        {"lexicon": ["a", 7]},
        {"lexicon": "/(/"},
        {"lexicon": "a" * (requests.MAX_LEXICON + 1)},
        {"lexicon_mode": "never"},
        {"width": "wide"},
        {"script": ["simplified"]},
    ],
)
def test_help_that_there_is_not(client: FlaskClient, fields: dict[str, object]) -> None:
    answer = client.post("/api/v1/ocr", json={"image_base64": BASE64, **fields})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "bad_option")


def test_readings_are_rewritten_for_display() -> None:
    client = create_app(Settings(), FakeReader(texts=("第3页",))).test_client()
    plain, shown = (client.post("/ocr", **upload(**fields)).get_json() for fields in ({}, {"spaces": "add"}))
    assert (plain["text"], plain["lines"][0]["as_read"]) == ("第3页", None)
    assert (shown["text"], shown["lines"][0]["as_read"]) == ("第 3 页", "第3页")
    assert len(shown["lines"][0]["spans"]) == 5
