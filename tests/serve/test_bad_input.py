"""Whatever is sent, the answer is the envelope with a fitting status, and the next request is served."""

from __future__ import annotations

import base64
import json
import logging
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from lucidocr.errors import ModelError
from lucidocr.serve import Settings, create_app
from tests.fakes import FakeReader, encoded, form_of, picture_of

PNG = encoded(picture_of("hello"))
JPEG = encoded(picture_of("hello"), "JPEG")


def bomb() -> bytes:
    return encoded(Image.new("1", (40_000, 40_000)))


def check(answer: TestResponse, status: int, code: str) -> str:
    """See that an answer is the envelope, and return its message."""
    assert answer.status_code == status
    assert answer.mimetype == "application/json"
    body = answer.get_json()
    assert set(body) == {"success", "error"}
    assert body["success"] is False
    assert set(body["error"]) == {"code", "message"}
    assert body["error"]["code"] == code
    message = body["error"]["message"]
    assert "Traceback" not in message
    assert str(Path(__file__).parents[2]) not in message
    return message


def still_serves(client: FlaskClient) -> None:
    assert client.post("/ocr", data={"image": (BytesIO(PNG), "a.png")}).get_json()["success"] is True


PICTURES = {
    "empty": (b"", 415, "not_an_image"),
    "text": (b"hello, I am no picture", 415, "not_an_image"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "not_an_image"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", 415, "not_an_image"),
    "truncated png": (PNG[: len(PNG) // 2], 422, "damaged_image"),
    "truncated jpeg": (JPEG[: len(JPEG) // 2], 422, "damaged_image"),
}


@pytest.mark.parametrize("case", PICTURES)
def test_bad_picture(client: FlaskClient, case: str) -> None:
    data, status, code = PICTURES[case]
    assert check(client.post("/ocr", data={"image": (BytesIO(data), "a.png")}), status, code).startswith("a.png ")
    if data:
        text = base64.b64encode(data).decode()
        check(client.post("/api/v1/ocr", json={"image_base64": text}), status, code)
    still_serves(client)


def test_decompression_bomb(client: FlaskClient) -> None:
    check(client.post("/ocr", data={"image": (BytesIO(bomb()), "bomb.png")}), 413, "image_size")
    still_serves(client)


@pytest.mark.parametrize(
    ("size", "status"),
    [((12_800, 32), 200), ((32, 12_800), 200), ((12_801, 32), 413), ((3000, 1), 413), ((40_000, 1_001), 413)],
)
def test_long_pictures_are_read_or_refused_by_their_size(
    client: FlaskClient, size: tuple[int, int], status: int
) -> None:
    """A strip that is one pixel high becomes 32 times as long when it is read as a line."""
    data = encoded(Image.new("L", size, 255))
    for route in ("/ocr", "/api/v1/explain"):
        answer = client.post(route, data={"image": (BytesIO(data), "long.png")})
        assert answer.status_code == status
        if status != 200:
            check(answer, status, "image_size")


@pytest.mark.parametrize("megabytes", [11, 20])
def test_over_10_mb(client: FlaskClient, megabytes: int) -> None:
    data = b"\0" * (megabytes * 1_000_000)
    body, content_type = form_of(data)
    message = check(client.post("/ocr", data=body, content_type=content_type), 413, "too_large")
    assert "large" in message or "10 MB" in message
    text = base64.b64encode(data).decode()
    check(client.post("/api/v1/ocr", json={"image_base64": text}), 413, "too_large")
    still_serves(client)


BODIES = {
    "no json": (b"{", 400, "bad_option"),
    "not utf-8": (b'{"image_base64": "\xff"}', 400, "bad_option"),
    "deep": (b"[" * 100_000, 400, "bad_option"),
    "array": (b"[]", 400, "bad_option"),
    "null": (b"null", 400, "bad_option"),
    "nothing": (b"{}", 400, "bad_option"),
    "both": (b'{"image_base64": "aa==", "image_url": "https://example.org"}', 400, "bad_option"),
    "unknown field": (b'{"image": "aa=="}', 400, "bad_option"),
    "number": (b'{"image_base64": 5}', 400, "bad_option"),
    "empty text": (b'{"image_base64": ""}', 400, "bad_option"),
    "unknown mode": (b'{"image_base64": "aa==", "mode": "word"}', 400, "bad_option"),
    "mode of another type": (b'{"image_base64": "aa==", "mode": ["line"]}', 400, "bad_option"),
    "not base64": (b'{"image_base64": "%%%"}', 400, "bad_input"),
    "bad padding": (b'{"image_base64": "abcde"}', 400, "bad_input"),
    "not ascii": ('{"image_base64": "图"}'.encode(), 400, "bad_input"),
    "surrogate": (b'{"image_base64": "\\ud800"}', 400, "bad_input"),
    "data without base64": (b'{"image_base64": "data:image/png,abc"}', 400, "bad_input"),
    "url not allowed": (b'{"image_url": "https://example.org/a.png"}', 403, "url_refused"),
}


@pytest.mark.parametrize("case", BODIES)
def test_bad_json(client: FlaskClient, case: str) -> None:
    data, status, code = BODIES[case]
    check(client.post("/api/v1/ocr", data=data, content_type="application/json"), status, code)
    still_serves(client)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/a.png",
        "http://localhost:5000/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://0/",
        "http://2130706433/",
        "file:///etc/passwd",
        "ftp://example.org/a.png",
        "not an address",
        "http://",
        "http://\ud800/",
    ],
)
def test_private_and_strange_addresses(fake: FakeReader, url: str) -> None:
    client = create_app(Settings(allow_urls=True), fake).test_client()
    body = json.dumps({"image_url": url})
    check(client.post("/api/v1/ocr", data=body, content_type="application/json"), 403, "url_refused")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"image": "a text"},
        {"image": (BytesIO(), "")},
        {"picture": (BytesIO(PNG), "a.png")},
        {"image": (BytesIO(PNG), "a.png"), "lang": "zh"},
        {"image": (BytesIO(PNG), "a.png"), "mode": "word"},
        {"image": [(BytesIO(PNG), "a.png"), (BytesIO(PNG), "b.png")]},
    ],
    ids=["none", "text", "no file", "unknown", "further", "mode", "two"],
)
def test_bad_form(client: FlaskClient, fields: dict[str, object]) -> None:
    check(client.post("/ocr", data=fields, content_type="multipart/form-data"), 400, "bad_option")
    still_serves(client)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/static/../settings.py", 404, "not_found"),
        ("GET", "/ocr", 405, "method_not_allowed"),
        ("DELETE", "/api/v1/ocr", 405, "method_not_allowed"),
        ("POST", "/", 405, "method_not_allowed"),
        ("POST", "/api/v1/ocr", 415, "unsupported_media_type"),
    ],
)
def test_protocol_errors(client: FlaskClient, method: str, path: str, status: int, code: str) -> None:
    answer = client.open(path, method=method)
    check(answer, status, code)
    assert ("Allow" in answer.headers) == (status == 405)


def test_an_error_of_its_own_is_logged_and_hidden(caplog: pytest.LogCaptureFixture) -> None:
    client = create_app(Settings(), FakeReader(failure=ZeroDivisionError("secret"))).test_client()
    with caplog.at_level(logging.ERROR):
        message = check(client.post("/ocr", data={"image": (BytesIO(PNG), "a.png")}), 500, "internal_error")
    assert "secret" not in message
    assert "ZeroDivisionError" in caplog.text


def test_an_error_of_the_model(caplog: pytest.LogCaptureFixture) -> None:
    client = create_app(Settings(), FakeReader(failure=ModelError("altered"))).test_client()
    check(client.post("/ocr", data={"image": (BytesIO(PNG), "a.png")}), 500, "bad_model")
