from __future__ import annotations

import time
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from lucidocr.serve import Settings, create_app
from tests.fakes import FakeReader, encoded, form_of, picture_of
from tests.toy import CHARS, paint_line


def samples(client: FlaskClient) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels."""
    answer = client.get("/metrics")
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.get_data(as_text=True))
        for sample in family.samples
    }


def send(client: FlaskClient, text: str = "hello") -> int:
    body, content_type = form_of(encoded(picture_of(text)))
    return client.post("/ocr", data=body, content_type=content_type).status_code


def test_requests_lines_pixels_and_the_cache_are_counted(client: FlaskClient) -> None:
    assert [send(client, text) for text in ("one", "two", "one")] == [200] * 3
    client.get("/nowhere")
    client.post("/ocr", data=b"x", content_type="text/plain")
    found = samples(client)
    assert found["lucidocr_requests_total", "POST", "/ocr", "200"] == 3
    assert found["lucidocr_requests_total", "POST", "/ocr", "400"] == 1
    assert found["lucidocr_requests_total", "any", "none", "404"] == 1
    assert found["lucidocr_request_seconds_count", "/ocr"] == 4
    assert found["lucidocr_lines_total",] == 6
    assert found["lucidocr_pixels_total",] == 3 * 320 * 48
    assert found["lucidocr_cache_total", "computed"] == 2
    assert found["lucidocr_cache_total", "memory"] == 1
    assert found["lucidocr_cache_bytes",] > 0
    assert found["lucidocr_resident_bytes",] > 10_000_000
    assert found["lucidocr_requests_working",] == 1  # the one that asks


def test_addresses_that_do_not_exist_make_no_series(client: FlaskClient) -> None:
    samples(client)
    client.get("/nowhere")
    before = set(samples(client))
    for number in range(50):
        client.get(f"/nowhere/{number}")
    assert set(samples(client)) == before


def test_micro_batches_are_counted(toy_model: Path, tmp_path: Path) -> None:
    client = create_app(Settings(model=toy_model)).test_client()
    from PIL import Image

    picture = encoded(Image.fromarray(paint_line(CHARS[:5])).convert("RGB"))
    body, content_type = form_of(picture)
    answer = client.post("/api/v1/ocr", data=body, content_type=content_type)
    assert (answer.status_code, answer.get_json()["text"]) == (200, CHARS[:5])
    deadline = time.monotonic() + 10
    while (found := samples(client))["lucidocr_batch_lines_count",] < 1:  # counted once its lines are answered
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert found["lucidocr_lines_waiting",] == 0


def test_applications_do_not_share_counters(client: FlaskClient) -> None:
    send(client)
    other = create_app(Settings(), FakeReader()).test_client()
    assert ("lucidocr_requests_total", "POST", "/ocr", "200") not in samples(other)


@pytest.mark.parametrize("size", [0, 64_000_000])
def test_without_a_cache_everything_is_read(size: int, fake: FakeReader) -> None:
    client = create_app(Settings(cache_bytes=size), fake).test_client()
    assert [send(client), send(client)] == [200, 200]
    assert len(fake.modes) == (1 if size else 2)


def test_an_answer_from_the_cache_has_the_name_of_its_own_request(client: FlaskClient) -> None:
    data = encoded(picture_of("hello"))
    names = []
    for name in (b"first.png", b"second.png"):
        body, content_type = form_of(data)
        answer = client.post("/ocr", data=body.replace(b"a.png", name), content_type=content_type)
        names.append(answer.get_json()["source"])
    assert names == ["first.png", "second.png"]


def test_explanations_are_kept_apart_from_readings(client: FlaskClient, fake: FakeReader) -> None:
    body, content_type = form_of(encoded(picture_of("hello")))
    for route in ("/api/v1/ocr", "/api/v1/explain", "/api/v1/explain", "/api/v1/ocr"):
        assert client.post(route, data=body, content_type=content_type).status_code == 200
    explained = len(fake.explained)
    found = samples(client)
    assert (found["lucidocr_cache_total", "computed"], found["lucidocr_cache_total", "memory"]) == (2, 2)
    assert client.post("/api/v1/explain", data=body, content_type=content_type).status_code == 200
    assert len(fake.explained) == explained
