"""The client against a service over a real socket."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.running import running
from lucidocr.client import Client, ServiceError
from lucidocr.export import page_record
from lucidocr.serve import Settings, create_app
from lucidocr.serve.keys import make_key, write_keys
from lucidocr.types import Page
from tests.fakes import FakeReader, encoded, picture_of
from tests.pdfs import pdf_of, shown

PNG = encoded(picture_of("hello"))


@pytest.fixture
def served(fake: FakeReader) -> Iterator[Client]:
    with running(create_app(Settings(), fake)) as server:
        yield Client(f"http://127.0.0.1:{server.effective_port}", timeout=30)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "发票.png").write_bytes(PNG)
    return tmp_path / "发票.png"


def test_a_picture_is_read(served: Client, fake: FakeReader, file: Path) -> None:
    expected = page_record(fake.read(PNG)) | {"source": "<base64>"}
    for picture in (file, str(file), PNG):
        page = served.ocr(picture, mode="line", lexicon=["a"])
        assert {name: page[name] for name in expected} == expected  # type: ignore[literal-required]
    assert set(fake.modes[1:]) == {"line"}
    assert served.export(PNG, "text") == "发票 Invoice\n42.00\n".encode()


def test_a_reading_is_explained(served: Client, fake: FakeReader) -> None:
    lines = served.explain(PNG, methods=["ink"], line=1)["lines"]
    assert [line["text"] for line in lines] == [fake.texts[1]]


def test_a_batch(served: Client, file: Path) -> None:
    job = served.submit([file, pdf_of(shown("a", 10, 50), shown("b", 10, 50)), b"none"], mode="page")
    done = served.wait(job["id"], every=0.02)
    assert [one["source"] for one in done["documents"]] == ["发票.png", "<base64>", "<base64>"]
    assert [one["pages"] for one in done["documents"]] == [1, 2, 0]
    error = done["documents"][2]["error"]
    assert error is not None
    assert error["code"] == "not_an_image"
    assert [page["page"] for page in served.document(job["id"], 1)] == [1, 2]
    assert served.export_document(job["id"], 1, "pdf").startswith(b"%PDF-")
    served.cancel(job["id"])
    with pytest.raises(ServiceError) as caught:
        served.job(job["id"])
    assert (caught.value.status, caught.value.code) == (404, "no_such_job")


def test_refusals_say_what_is_wrong(served: Client) -> None:
    for call, status, code in (
        (lambda: served.ocr(b"none"), 415, "not_an_image"),
        (lambda: served.ocr(PNG, mode="word"), 400, "bad_option"),
        (lambda: served.ocr("https://example.org/a.png"), 403, "url_refused"),
        (lambda: served.export_document("a b", 0, "pdf"), 400, "bad_option"),
    ):
        with pytest.raises(ServiceError) as caught:
            call()
        assert (caught.value.status, caught.value.code) == (status, code)
        assert caught.value.message in str(caught.value)
    with pytest.raises(FileNotFoundError):
        served.ocr("missing.png")


def test_keys_and_waiting(tmp_path: Path) -> None:
    key, entry = make_key("Ann")
    write_keys(tmp_path / "keys.json", [entry])
    settings = Settings(keys=tmp_path / "keys.json", key_limit="1/minute")
    with running(create_app(settings, FakeReader())) as server:
        url = f"http://127.0.0.1:{server.effective_port}/"
        with pytest.raises(ServiceError, match="key_refused"):
            Client(url).options()
        client = Client(url, key)
        assert client.options()["features"]["keys"] is True
        with pytest.raises(ServiceError) as caught:
            client.options()
        assert caught.value.code == "too_many_requests"
        assert caught.value.retry_after is not None
        assert 1 <= caught.value.retry_after <= 60
        assert client.is_ready()
        assert key not in repr(client)


def test_nobody_answers() -> None:
    client = Client("http://127.0.0.1:1", timeout=5)
    assert not client.is_ready()
    with pytest.raises(ServiceError) as caught:
        client.ocr(PNG)
    assert (caught.value.status, caught.value.code) == (0, "no_answer")


def test_waiting_ends() -> None:
    go = threading.Event()

    class Slow(FakeReader):
        def read(self, source: Any, **options: Any) -> Page:
            go.wait(20)
            return super().read(source, **options)

    with running(create_app(Settings(), Slow())) as server:
        client = Client(f"http://127.0.0.1:{server.effective_port}")
        job = client.submit([PNG])["id"]
        with pytest.raises(TimeoutError, match="is not done after"):
            client.wait(job, seconds=0.1, every=0.05)
        go.set()
        assert client.wait(job, every=0.02)["state"] == "done"


def test_it_needs_only_the_standard_library() -> None:
    code = "import sys, lucidocr.client; print(sorted({'numpy', 'flask', 'pydantic', 'cv2', 'PIL'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
