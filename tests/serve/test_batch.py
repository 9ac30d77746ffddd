"""Batches: sent, asked about, fetched, taken back and forgotten."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image

from lucidocr.correct.corrector import Correcting
from lucidocr.export import FORMATS, page_record
from lucidocr.serve import Service, Settings, create_app
from lucidocr.serve.keys import make_key, write_keys
from lucidocr.types import Page, PageImage
from tests.fakes import FakeReader, encoded, picture_of
from tests.pdfs import pdf_of, shown

PNG = encoded(picture_of("hello"))
ROUTE = "/api/v1/batch"


class SlowReader(FakeReader):
    """Reads a page each time it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.let = threading.Semaphore(0)
        self.begun = threading.Semaphore(0)

    def read(self, source: Any, *, mode: str = "auto", correcting: Correcting | None = None, **_: object) -> Page:
        self.begun.release()
        assert self.let.acquire(timeout=20)
        return super().read(source, mode=mode, correcting=correcting)


@pytest.fixture
def slow() -> Iterator[SlowReader]:
    reader = SlowReader()
    yield reader
    for _ in range(1000):
        reader.let.release()


def send(client: FlaskClient, *documents: tuple[bytes, str], **fields: object) -> str:
    files = [(BytesIO(data), name) for data, name in documents]
    answer = client.post(ROUTE, data={"documents": files, **fields})
    assert answer.status_code == 202, answer.get_json()
    job = answer.get_json()["job"]
    assert answer.headers["Location"] == f"{ROUTE}/{job['id']}"
    return str(job["id"])


def wait(client: FlaskClient, job: str) -> dict[str, Any]:
    for _ in range(500):
        record = client.get(f"{ROUTE}/{job}").get_json()["job"]
        if record["state"] == "done":
            return dict(record)
        time.sleep(0.02)
    raise AssertionError(record)


def refused(answer: Any, status: int, code: str) -> str:
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (status, code), answer.get_json()
    return str(answer.get_json()["error"]["message"])


def test_documents_of_all_kinds_are_read(client: FlaskClient, fake: FakeReader) -> None:
    pdf = pdf_of(shown("one", 10, 50), shown("two", 10, 50))
    job = send(client, (PNG, "a.png"), (pdf, "b.pdf"), (b"no picture", "c.png"), mode="page")
    record = wait(client, job)
    assert [(one["source"], one["pages"]) for one in record["documents"]] == [("a.png", 1), ("b.pdf", 2), ("c.png", 0)]
    assert [one["error"] and one["error"]["code"] for one in record["documents"]] == [None, None, "not_an_image"]
    assert [one["result"] is None for one in record["documents"]] == [False, False, True]
    assert record["expires"] > record["created"]
    assert fake.modes == ["page"] * 3
    first = client.get(record["documents"][0]["result"]).get_json()
    assert first == {"success": True, "source": "a.png", "pages": [page_record(fake.read(PNG)) | {"source": "a.png"}]}
    second = client.get(record["documents"][1]["result"]).get_json()
    assert [page["page"] for page in second["pages"]] == [1, 2]
    refused(client.get(f"{ROUTE}/{job}/documents/2"), 415, "not_an_image")
    refused(client.get(f"{ROUTE}/{job}/documents/3"), 404, "no_such_job")


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_what_one_request_would_give(client: FlaskClient, form: str) -> None:
    job = send(client, (PNG, "a.png"))
    record = wait(client, job)
    answer = client.get(f"{record['documents'][0]['result']}?format={form}")
    assert (answer.status_code, answer.mimetype) == (200, FORMATS[form].media_type)
    if form not in {"json", "pdf"}:  # a PDF holds when it was made
        alone = client.post("/ocr", data={"image": (BytesIO(PNG), "a.png"), "format": form})
        assert answer.data == alone.data


def test_json_says_the_same_as_a_form(client: FlaskClient, fake: FakeReader) -> None:
    documents = [{"image_base64": base64.b64encode(PNG).decode(), "name": "a.png"}]
    asked = {"documents": documents, "lm": False, "spaces": "add", "pages": "1"}
    answer = client.post(ROUTE, json=asked)
    assert answer.status_code == 202
    record = wait(client, answer.get_json()["job"]["id"])
    assert record["documents"][0]["source"] == "a.png"
    assert fake.corrected_with[-1] == Correcting(language=False)
    page = client.get(record["documents"][0]["result"]).get_json()["pages"][0]
    assert page["text"] == "发票 Invoice\n42.00"


def test_pages_are_chosen(client: FlaskClient) -> None:
    pdf = pdf_of(*(shown(str(number), 10, 50) for number in range(4)))
    job = send(client, (pdf, "a.pdf"), pages="2-3")
    record = wait(client, job)
    pages = client.get(record["documents"][0]["result"]).get_json()["pages"]
    assert [page["page"] for page in pages] == [2, 3]
    assert client.get(f"{record['documents'][0]['result']}?format=pdf").data.startswith(b"%PDF-")


def test_pages_can_be_looked_at(client: FlaskClient) -> None:
    pdf = pdf_of(shown("one", 10, 50), shown("two", 10, 50), shown("three", 10, 50))
    job = send(client, (PNG, "a.png"), (pdf, "b.pdf"), pages="2-")
    record = wait(client, job)
    assert record["documents"][0]["error"]["code"] == "bad_option"  # a picture has no second page
    pages = client.get(record["documents"][1]["result"]).get_json()["pages"]
    answer = client.get(f"{ROUTE}/{job}/documents/1/pages/2")
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert Image.open(BytesIO(answer.data)).size == (pages[0]["width"], pages[0]["height"])
    small = client.get(f"{ROUTE}/{job}/documents/1/pages/3?side=50")
    assert Image.open(BytesIO(small.data)).size == (50, 25)
    for place in ("documents/1/pages/1", "documents/1/pages/4", "documents/0/pages/1", "documents/7/pages/1"):
        refused(client.get(f"{ROUTE}/{job}/{place}"), 404, "no_such_job")
    for place in ("documents/1/pages/0", "documents/1/pages/2?side=5", "documents/1/pages/2?size=50"):
        refused(client.get(f"{ROUTE}/{job}/{place}"), 400, "bad_option")
    client.delete(f"{ROUTE}/{job}")
    refused(client.get(f"{ROUTE}/{job}/documents/1/pages/2"), 404, "no_such_job")


def test_a_page_has_at_most_the_pixels_that_it_is_read_with(fake: FakeReader) -> None:
    client = create_app(Settings(max_pixels=5000), fake).test_client()
    job = send(client, (pdf_of(shown("one", 10, 50)), "a.pdf"))
    wait(client, job)
    width, height = Image.open(BytesIO(client.get(f"{ROUTE}/{job}/documents/0/pages/1").data)).size
    assert width * height <= 5000


ENCODED = base64.b64encode(PNG).decode()
WRONG: dict[str, dict[str, object]] = {
    "nothing": {},
    "none": {"documents": []},
    "texts": {"documents": ["a"]},
    "an empty one": {"documents": [{}]},
    "two in one": {"documents": [{"image_base64": ENCODED, "image_url": "https://example.org"}]},
    "an unknown field": {"documents": [{"image_base64": ENCODED, "title": "a"}]},
    "no name": {"documents": [{"image_base64": ENCODED, "name": 7}]},
    "too many": {"documents": [{"image_base64": ENCODED}] * 101},
    "an unknown option": {"documents": [{"image_base64": ENCODED}], "format": "pdf"},
    "an option of another value": {"documents": [{"image_base64": ENCODED}], "pdf_text": "never"},
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_not_taken(client: FlaskClient, case: str) -> None:
    refused(client.post(ROUTE, json=WRONG[case]), 400, "bad_option")


def test_wrong_pages_are_an_error_of_the_document(client: FlaskClient) -> None:
    record = wait(client, send(client, (PNG, "a.png"), pages="0"))
    assert record["documents"][0]["error"]["code"] == "bad_option"


def test_documents_are_limited_in_size(fake: FakeReader) -> None:
    client = create_app(Settings(job_bytes=len(PNG) * 2), fake).test_client()
    send(client, (PNG, "a.png"), (PNG, "b.png"))
    answer = client.post(ROUTE, data={"documents": [(BytesIO(PNG), "a.png"), (BytesIO(PNG * 2), "b.png")]})
    refused(answer, 413, "too_large")
    body = client.post(ROUTE, data=b"0" * 10_000_000, content_type="application/json")
    refused(body, 413, "too_large")


def test_pages_are_limited(fake: FakeReader) -> None:
    client = create_app(Settings(job_pages=3), fake).test_client()
    pdf = pdf_of(shown("a", 10, 50), shown("b", 10, 50))
    record = wait(client, send(client, (pdf, "a.pdf"), (pdf, "b.pdf")))
    first, second = record["documents"]
    assert (first["error"], second["error"]["code"], second["pages"]) == (None, "too_large", 1)


def test_progress_is_told_and_unread_documents_wait(slow: SlowReader) -> None:
    client = create_app(Settings(), slow).test_client()
    job = send(client, (PNG, "a.png"), (PNG, "b.png"))
    assert slow.begun.acquire(timeout=10)
    record = client.get(f"{ROUTE}/{job}").get_json()["job"]
    assert (record["state"], record["expires"]) == ("reading", None)
    assert [one["state"] for one in record["documents"]] == ["reading", "waiting"]
    answer = client.get(f"{ROUTE}/{job}/documents/1")
    refused(answer, 404, "no_such_job")
    assert answer.headers["Retry-After"] == "1"
    slow.let.release()
    assert slow.begun.acquire(timeout=10)
    record = client.get(f"{ROUTE}/{job}").get_json()["job"]
    assert [one["state"] for one in record["documents"]] == ["done", "reading"]
    assert client.get(f"{ROUTE}/{job}/documents/0").status_code == 200


def test_what_is_taken_back_is_gone_and_is_read_no_further(slow: SlowReader) -> None:
    app = create_app(Settings(), slow)
    client = app.test_client()
    job, other = send(client, (PNG, "a.png"), (PNG, "b.png")), send(client, (PNG, "c.png"))
    assert slow.begun.acquire(timeout=10)
    held = service_of(app).jobs.find(job, None)
    assert client.delete(f"{ROUTE}/{job}").get_json() == {"success": True}
    refused(client.get(f"{ROUTE}/{job}"), 404, "no_such_job")
    refused(client.delete(f"{ROUTE}/{job}"), 404, "no_such_job")
    slow.let.release()
    assert slow.begun.acquire(timeout=10)  # of the other batch
    slow.let.release()
    wait(client, other)
    assert len(slow.modes) == 2  # b.png was not read
    assert [(one.data, one.pages) for one in held.documents] == [(b"", [])] * 2


def service_of(app: Any) -> Service:
    service = app.extensions["lucidocr"]
    assert isinstance(service, Service)
    return service


def test_nothing_is_kept_after_its_time(fake: FakeReader) -> None:
    app = create_app(Settings(job_seconds=0.2), fake)
    client = app.test_client()
    job = send(client, (PNG, "a.png"))
    held = service_of(app).jobs.find(job, None)
    deadline = time.monotonic() + 10
    while held.documents[0].data and time.monotonic() < deadline:  # nobody asks, and it goes all the same
        time.sleep(0.02)
    assert (held.documents[0].data, held.documents[0].pages) == (b"", [])
    refused(client.get(f"{ROUTE}/{job}"), 404, "no_such_job")


@pytest.mark.parametrize("limits", [{"jobs": 1}, {"jobs_bytes": len(PNG) * 3 // 2}, {"jobs": 0}])
def test_only_so_many_are_kept(slow: SlowReader, limits: dict[str, int]) -> None:
    client = create_app(Settings(**limits), slow).test_client()
    if limits != {"jobs": 0}:
        first = send(client, (PNG, "a.png"))
    answer = client.post(ROUTE, data={"documents": (BytesIO(PNG), "b.png")})
    refused(answer, 503, "busy")
    assert int(answer.headers["Retry-After"]) > 0
    if limits != {"jobs": 0}:
        client.delete(f"{ROUTE}/{first}")
        send(client, (PNG, "c.png"))


def test_others_do_not_see_them(fake: FakeReader, tmp_path: Any) -> None:
    keys = [make_key(name) for name in ("a", "b")]
    write_keys(tmp_path / "keys.json", [entry for _, entry in keys])
    client = create_app(Settings(keys=tmp_path / "keys.json"), fake).test_client()
    mine, other = ({"Authorization": f"Bearer {key}"} for key, _ in keys)
    answer = client.post(ROUTE, data={"documents": (BytesIO(PNG), "a.png")}, headers=mine)
    place = f"{ROUTE}/{answer.get_json()['job']['id']}"
    assert client.get(place, headers=mine).status_code == 200
    refused(client.get(place, headers=other), 404, "no_such_job")
    refused(client.get(f"{place}/documents/0/pages/1", headers=other), 404, "no_such_job")
    refused(client.delete(place, headers=other), 404, "no_such_job")
    refused(client.get(place), 401, "key_refused")
    assert client.get(place, headers=mine).status_code == 200


def test_an_error_of_its_own_does_not_end_the_others(capfd: pytest.CaptureFixture[str]) -> None:
    class Broken(FakeReader):
        def read(self, source: Any, **options: Any) -> Page:
            assert isinstance(source, PageImage)
            if source.source == "a.png":
                raise ZeroDivisionError("secret")
            return super().read(source, **options)

    client = create_app(Settings(), Broken()).test_client()
    record = wait(client, send(client, (PNG, "a.png"), (PNG, "b.png")))
    assert [one["error"] and one["error"]["code"] for one in record["documents"]] == ["error", None]
    assert "secret" not in json.dumps(record)
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_a_service_that_closes_takes_no_more(fake: FakeReader) -> None:
    app = create_app(Settings(), fake)
    client = app.test_client()
    wait(client, send(client, (PNG, "a.png")))
    service_of(app).jobs.close()
    refused(client.post(ROUTE, data={"documents": (BytesIO(PNG), "b.png")}), 503, "busy")
    assert not [thread for thread in service_of(app).jobs._threads if thread.is_alive()]


def test_a_service_of_several_processes_takes_none(fake: FakeReader) -> None:
    client = create_app(Settings(workers=2), fake).test_client()
    refused(client.post(ROUTE, data={"documents": (BytesIO(PNG), "a.png")}), 501, "missing_part")
    assert client.get("/api/v1/options").get_json()["features"]["batch"] is False
