"""POST /api/v1/diagnose, and the field preprocess."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from pathlib import Path

import jsonschema
import pytest
from flask.testing import FlaskClient
from PIL import Image

from lucidocr.serve import Settings, create_app
from tests.diagnoses import PREPARATION
from tests.fakes import FakeReader, encoded, picture_of

PNG = encoded(picture_of("a"))
SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "diagnosis-1.json"


@pytest.fixture
def fake() -> FakeReader:
    return FakeReader(confidence=0.6, preparation=PREPARATION)


@pytest.fixture
def client(fake: FakeReader) -> FlaskClient:
    return create_app(Settings(max_explained=2), fake).test_client()


def form(**fields: str) -> dict[str, object]:
    return {"image": (BytesIO(PNG), "a.png"), **fields}


def test_the_answer_obeys_the_schema(client: FlaskClient) -> None:
    answer = client.post("/api/v1/diagnose", data=form())
    assert answer.status_code == 200
    body = answer.get_json()
    assert (body.pop("success"), body["source"], len(body["lines"])) == (True, "a.png", 2)
    assert body.pop("processing_time_ms") >= 0
    jsonschema.validate(body, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert body["lines"][0]["diagnosis"]["verdict"] == "skew"
    assert "image" not in body["lines"][0]["diagnosis"]


def test_json_with_a_text_and_pictures(client: FlaskClient, fake: FakeReader) -> None:
    fake.texts = ("42.00",)
    sent = {"image_base64": base64.b64encode(PNG).decode(), "text": "mended", "score": "alnum", "pictures": True}
    (line,) = client.post("/api/v1/diagnose", json=sent).get_json()["lines"]
    assert fake.diagnosed == [("mended", "alnum")]
    assert line["diagnosis"]["right"] is False
    assert line["diagnosis"]["causes"][0]["tested"][0]["right"] is True
    for picture in (line["diagnosis"]["image"], line["diagnosis"]["causes"][0]["tested"][0]["image"]):
        assert Image.open(BytesIO(base64.b64decode(picture))).format == "PNG"
    assert line["preparation"]["attempts"][0]["pictures"][0]["step"] == "deskew"


BOX = [[2, 2], [102, 2], [102, 40], [2, 40]]


@pytest.mark.parametrize("how", ["form", "json"])
def test_one_line_of_a_page_by_its_box(client: FlaskClient, fake: FakeReader, how: str) -> None:
    fake.texts, fake.confidence = ("42.00",), 0.99  # which is not doubtful, and diagnosed all the same
    if how == "form":
        answer = client.post("/api/v1/diagnose", data=form(box=json.dumps(BOX), text="43.00", pictures="true"))
    else:
        sent = {"image_base64": base64.b64encode(PNG).decode(), "box": BOX, "text": "43.00", "pictures": True}
        answer = client.post("/api/v1/diagnose", json=sent)
    body = answer.get_json()
    (line,) = body["lines"]
    assert fake.diagnosed == [("43.00", "exact")]
    assert fake.modes == ["line"]
    assert (line["box"], line["vertical"], body["mode"], body["width"]) == (BOX, False, "page", 320)
    assert Image.open(BytesIO(base64.b64decode(line["diagnosis"]["image"]))).size == (104, 42)  # with its margin


def test_a_column_by_its_box(client: FlaskClient, fake: FakeReader) -> None:
    fake.texts = ("42",)
    (line,) = client.post("/api/v1/diagnose", data=form(box=json.dumps(BOX), vertical="true")).get_json()["lines"]
    assert line["vertical"] is True


@pytest.mark.parametrize(
    "fields", [{"box": "[[0,0],[1,1]]"}, {"box": "[[0,0],[900,0],[900,40],[0,40]]"}, {"vertical": "true"}]
)
def test_boxes_that_are_none(client: FlaskClient, fields: dict[str, str]) -> None:
    answer = client.post("/api/v1/diagnose", data=form(**fields))
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "bad_option")


def test_a_line_that_is_known_to_be_misread(client: FlaskClient, fake: FakeReader) -> None:
    client.post("/api/v1/diagnose", data=form(mode="line", misread="true"))
    assert set(fake.complained) == {True}


def test_sure_lines_are_left_out_unless_asked_for(client: FlaskClient, fake: FakeReader) -> None:
    fake.confidence, fake.preparation = 0.97, None
    assert client.post("/api/v1/diagnose", data=form()).get_json()["lines"] == []
    assert len(client.post("/api/v1/diagnose", data=form(all="true")).get_json()["lines"]) == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "a", "mode": "page"},
        {"text": "a", "misread": "true"},
        {"score": "best"},
        {"all": "perhaps"},
        {"truth": "a"},
        {"preprocess": "on"},
    ],
)
def test_what_cannot_be(client: FlaskClient, fields: dict[str, str]) -> None:
    answer = client.post("/api/v1/diagnose", data=form(**fields))
    assert (answer.status_code, answer.get_json()["success"]) == (400, False)


def test_too_many_lines(client: FlaskClient, fake: FakeReader) -> None:
    fake.texts = ("a", "b", "c")
    answer = client.post("/api/v1/diagnose", data=form())
    assert answer.status_code == 400
    assert "3 lines" in answer.get_json()["error"]["message"]


@pytest.mark.parametrize("route", ["/ocr", "/api/v1/ocr", "/api/v1/diagnose"])
def test_preprocess_reaches_the_reader(client: FlaskClient, fake: FakeReader, route: str) -> None:
    for value in ("off", "both"):
        assert client.post(route, data=form(preprocess=value)).status_code == 200
    assert client.post(route, data=form()).status_code == 200
    assert fake.prepared_with == ["off", "both", None]


def test_a_batch_takes_it(client: FlaskClient, fake: FakeReader) -> None:
    sent = {"documents": [(BytesIO(PNG), "a.png")], "preprocess": "both"}
    job = client.post("/api/v1/batch", data=sent).get_json()["job"]["id"]
    for _ in range(200):
        if client.get(f"/api/v1/batch/{job}").get_json()["job"]["state"] == "done":
            break
    assert fake.prepared_with == ["both"]


def test_readings_have_what_was_tried(client: FlaskClient) -> None:
    plain = client.post("/ocr", data=form()).get_json()["lines"][0]["preparation"]
    assert (plain["chosen"], "image" in plain) == (["deskew"], False)
    shown = client.post("/ocr", data=form(pictures="true")).get_json()["lines"][0]["preparation"]
    assert Image.open(BytesIO(base64.b64decode(shown["image"]))).format == "PNG"


def test_options_list_the_fields(client: FlaskClient) -> None:
    fields = client.get("/api/v1/options").get_json()["fields"]
    assert fields["/api/v1/ocr"]["preprocess"]["anyOf"][0]["enum"] == ["off", "auto", "both"]
    assert set(fields["/api/v1/diagnose"]) == {
        "mode", "text", "box", "vertical", "misread", "score", "all", "preprocess", "pictures",
    }  # fmt: skip
    assert "preprocess" in fields["/api/v1/batch"]
