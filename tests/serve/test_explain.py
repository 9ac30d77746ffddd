"""What the route that explains answers."""

from __future__ import annotations

import base64
import json
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from PIL import Image

from lucidocr.serve import Settings, create_app
from tests.fakes import FakeReader, encoded, picture_of

PNG = encoded(picture_of("hello"))
BASE64 = base64.b64encode(PNG).decode()
BOX = [[10, 4], [140, 4], [140, 40], [10, 40]]
ROUTE = "/api/v1/explain"


def ask(client: FlaskClient, **fields: object) -> dict[str, object]:
    answer = client.post(ROUTE, json={"image_base64": BASE64, **fields})
    body = answer.get_json()
    assert (answer.status_code, body["success"]) == (200, True), body
    return body


def test_every_line_is_explained(client: FlaskClient, fake: FakeReader) -> None:
    body = ask(client)
    assert body["processing_time_ms"] > 0
    assert (body["format_version"], body["source"], body["width"], body["height"]) == (1, "<base64>", 320, 48)
    assert [line["text"] for line in body["lines"]] == list(fake.texts)
    assert [method["name"] for method in body["methods"]] == ["hirescam"]
    first = body["lines"][0]["characters"][0]
    assert first["char"] == "发"
    assert first["attention"] is None
    assert set(first["maps"]["hirescam"]) == {"peak", "against", "range", "grid"}


def test_a_form_says_the_same_as_json(client: FlaskClient) -> None:
    asked = {
        "methods": "hirescam, ink",
        "attention": "true",
        "overlay": "true",
        "maps": "values",
        "box": json.dumps(BOX),
    }
    form = client.post(ROUTE, data={"image": (BytesIO(PNG), "<base64>"), **asked}).get_json()
    body = ask(client, methods=["hirescam", "ink"], attention=True, overlay=True, maps="values", box=BOX)
    assert form.pop("processing_time_ms") > 0
    assert body.pop("processing_time_ms") > 0
    assert form == body
    assert [method["name"] for method in body["methods"]] == ["hirescam", "ink", "attention"]


def test_repeated_methods_in_a_form(client: FlaskClient, fake: FakeReader) -> None:
    form = {"image": (BytesIO(PNG), "a.png"), "methods": ["gradcam", "ink"], "line": "1"}
    body = client.post(ROUTE, data=form).get_json()
    assert [method["name"] for method in body["methods"]] == ["gradcam", "ink"]
    assert [line["text"] for line in body["lines"]] == [fake.texts[1]]


def test_an_unsound_method_comes_with_a_warning(client: FlaskClient) -> None:
    warnings = {method["name"]: method["warning"] for method in ask(client, methods=["hirescam", "gradcam"])["methods"]}
    assert warnings["hirescam"] == ""
    assert warnings["gradcam"]


def test_overlays_are_pictures(client: FlaskClient) -> None:
    (line,) = ask(client, overlay=True, box=BOX)["lines"]
    layer = Image.open(BytesIO(base64.b64decode(line["characters"][0]["maps"]["hirescam"]["overlay"])))
    assert layer.format == "PNG"
    assert layer.convert("RGBA").getextrema()[3][0] == 0  # where there is no heat, the line shows
    assert Image.open(BytesIO(base64.b64decode(line["image"]))).size == (line["width"], line["height"])
    assert Image.open(BytesIO(base64.b64decode(line["network_image"]))).height == 32


@pytest.mark.parametrize(("maps", "there"), [("none", False), ("peaks", True), ("values", True)])
def test_detail_of_maps(client: FlaskClient, maps: str, there: bool) -> None:
    character = ask(client, maps=maps, line=0)["lines"][0]["characters"][0]
    assert ("maps" in character) == there
    if there:
        assert ("values" in character["maps"]["hirescam"]) == (maps == "values")


def test_values_are_raw_and_signed(client: FlaskClient) -> None:
    heat = ask(client, maps="values", line=0)["lines"][0]["characters"][0]["maps"]["hirescam"]
    values = heat["values"]
    assert (min(map(min, values)), max(map(max, values))) == tuple(heat["range"]) == (-1.0, 2.0)


def test_a_column(client: FlaskClient) -> None:
    (line,) = ask(client, box=[[10, 4], [40, 4], [40, 40], [10, 40]], vertical=True)["lines"]
    assert line["vertical"]


def test_one_line_by_its_number(client: FlaskClient, fake: FakeReader) -> None:
    assert [line["text"] for line in ask(client, line=1)["lines"]] == [fake.texts[1]]


def test_a_given_text(client: FlaskClient, fake: FakeReader) -> None:
    body = ask(client, text="abc")
    (line,) = body["lines"]
    assert (body["mode"], line["text"], line["reading"]["text"]) == ("line", "abc", fake.texts[0])
    assert fake.modes == []  # it is one line: nothing is looked for


def test_a_given_text_of_one_line_of_a_page(client: FlaskClient) -> None:
    assert [line["text"] for line in ask(client, text="abc", box=BOX)["lines"]] == ["abc"]
    assert [line["text"] for line in ask(client, text="abc", line=1, mode="page")["lines"]] == ["abc"]


@pytest.mark.parametrize(("has", "shown"), [(True, True), (False, False)])
def test_attention_where_there_is_one(has: bool, shown: bool) -> None:
    client = create_app(Settings(), FakeReader(has_attention=has)).test_client()
    character = ask(client, attention="auto", line=0)["lines"][0]["characters"][0]
    assert (character["attention"] is not None) == shown
    asked = {"image_base64": BASE64, "attention": True}
    assert client.post(ROUTE, json=asked).status_code == (200 if has else 501)


def test_a_picture_without_text() -> None:
    body = ask(create_app(Settings(), FakeReader(texts=())).test_client())
    assert (body["text"], body["methods"], body["lines"]) == ("", [], [])


def test_a_long_line_has_no_maps_and_says_so(fake: FakeReader) -> None:
    long = FakeReader(texts=("字" * 201,))
    (line,) = ask(create_app(Settings(), long).test_client(), attention=True)["lines"]
    assert "201 characters" in line["notice"]
    assert len(line["characters"]) == 201
    assert line["characters"][0]["maps"] == {}
    assert long.explained == [(None, (), False)]


BAD = {
    "unknown field": {"method": "ink"},
    "unknown method": {"methods": ["cam"]},
    "methods of another type": {"methods": 3},
    "method of another type": {"methods": [["ink"]]},
    "attention": {"attention": "yes"},
    "attention of another type": {"attention": 1.5},
    "faithfulness": {"faithfulness": 1},
    "overlay": {"overlay": [True]},
    "maps": {"maps": "all"},
    "maps of another type": {"maps": ["peaks"]},
    "text of another type": {"text": 5},
    "empty text": {"text": ""},
    "text of a page": {"text": "a", "mode": "page"},
    "line of another type": {"line": 1.0},
    "line is no flag": {"line": True},
    "line as text": {"line": "first"},
    "line too large": {"line": 2},
    "negative line": {"line": -1},
    "line and box": {"line": 0, "box": BOX},
    "column without box": {"vertical": True},
    "column of another type": {"vertical": "yes", "box": BOX},
    "box of three": {"box": BOX[:3]},
    "box of text": {"box": "here"},
    "box of names": {"box": {"left": 1}},
    "box turned over": {"box": BOX[::-1]},
    "crossed box": {"box": [BOX[0], BOX[2], BOX[1], BOX[3]]},
    "flat box": {"box": [[0, 0], [100, 0], [100, 0], [0, 0]]},
    "box outside": {"box": [[300, 4], [440, 4], [440, 40], [300, 40]]},
    "box nowhere": {"box": [[float("nan")] * 2] * 4},
    "unknown mode": {"mode": "word"},
}


@pytest.mark.parametrize("case", BAD)
def test_bad_fields(client: FlaskClient, case: str) -> None:
    answer = client.post(ROUTE, json={"image_base64": BASE64, **BAD[case]})
    body = answer.get_json()
    assert (answer.status_code, body["success"], body["error"]["code"]) == (400, False, "bad_option"), body
    assert ask(client)


def test_a_picture_is_needed(client: FlaskClient) -> None:
    assert client.post(ROUTE, json={"methods": ["ink"]}).get_json()["error"]["code"] == "bad_option"
    assert client.post(ROUTE, data=b"", content_type="text/plain").status_code == 415
    assert client.get(ROUTE).status_code == 405


def test_too_many_lines_at_once() -> None:
    client = create_app(Settings(max_explained=1), FakeReader()).test_client()
    answer = client.post(ROUTE, json={"image_base64": BASE64})
    assert answer.status_code == 400
    assert "2 lines" in answer.get_json()["error"]["message"]
    assert len(ask(client, line=1)["lines"]) == 1


def test_slow_methods_take_one_line_at_a_time(client: FlaskClient) -> None:
    assert client.post(ROUTE, json={"image_base64": BASE64, "methods": ["shap"]}).status_code == 400
    assert [method["name"] for method in ask(client, methods=["shap"], line=0)["methods"]] == ["shap"]


def test_maps_are_judged_one_line_at_a_time(client: FlaskClient) -> None:
    assert client.post(ROUTE, json={"image_base64": BASE64, "faithfulness": True}).status_code == 400
    heat = ask(client, faithfulness=True, line=0)["lines"][0]["characters"][0]["maps"]["hirescam"]
    assert heat["faithfulness"] == {
        "energy": 0.75, "pointing": True, "deletion": 2.5, "elsewhere": 0.5, "insertion": 1.5
    }  # fmt: skip
