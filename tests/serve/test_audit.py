"""Who asked for what: one line a request, and nothing in its way."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import threading
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from lucidocr.serve import Settings, create_app
from lucidocr.serve.journal import Journal
from lucidocr.serve.keys import make_key, write_keys
from tests.fakes import FakeReader, encoded, picture_of

PNG = encoded(picture_of("hello"))
DIGEST = hashlib.sha256(PNG).hexdigest()


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def upload(name: str = "secret.png") -> dict[str, object]:
    return {"image": (BytesIO(PNG), name)}


def test_what_is_noted_of_a_reading(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    client = create_app(Settings(audit=path), FakeReader()).test_client()
    client.post("/ocr", data=upload(), environ_base={"REMOTE_ADDR": "192.0.2.7"})
    (line,) = lines_of(path)
    assert line.pop("time").endswith("Z")
    assert line.pop("duration_ms") > 0
    assert line == {
        "address": "192.0.2.7",
        "key": None,
        "method": "POST",
        "route": "/ocr",
        "status": 200,
        "error": None,
        "inputs": [{"sha256": DIGEST, "bytes": len(PNG)}],
        "lines": 2,
        "characters": 15,
        "confidence": 0.9,
    }
    assert path.stat().st_mode & 0o077 == 0


def test_neither_texts_nor_names_are_noted_unless_asked(tmp_path: Path) -> None:
    for told in (False, True):
        path = tmp_path / f"{told}.jsonl"
        client = create_app(Settings(audit=path, audit_text=told), FakeReader()).test_client()
        client.post("/ocr", data=upload())
        client.post("/api/v1/explain", data=upload())
        client.post("/api/v1/ocr", json={"image_url": "https://secret.example/a.png"})
        client.get("/secret?secret=1")
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) == 4
        assert "secret" not in text
        assert ("发票" in text) == told
        assert lines_of(path)[1]["characters"] == 15


def test_errors_are_noted_and_who_asked(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    key, entry = make_key("Ann")
    write_keys(tmp_path / "keys.json", [entry])
    client = create_app(Settings(audit=path, keys=tmp_path / "keys.json"), FakeReader()).test_client()
    client.post("/ocr", data=upload(), headers={"X-API-Key": key})
    client.post("/ocr", data=upload())
    client.post("/ocr", data={"image": (BytesIO(b"x"), "a.png")}, headers={"X-API-Key": key})
    client.get("/nowhere", headers={"X-API-Key": key})
    seen = [(line["status"], line["error"], line["key"], line["route"]) for line in lines_of(path)]
    assert seen == [
        (200, None, entry.id, "/ocr"),
        (401, "key_refused", None, "/ocr"),
        (415, "not_an_image", entry.id, "/ocr"),
        (404, "not_found", entry.id, None),
    ]
    assert key not in path.read_text()


def test_the_page_and_those_who_watch_are_not_noted(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    client = create_app(Settings(audit=path), FakeReader()).test_client()
    for address in ("/", "/healthz", "/readyz", "/static/page.css"):
        client.get(address).close()
    assert not path.exists()
    client.post("/healthz")
    assert [line["status"] for line in lines_of(path)] == [405]


def test_a_batch_is_noted_when_it_comes_and_when_it_is_done(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    client = create_app(Settings(audit=path), FakeReader()).test_client()
    files = [(BytesIO(PNG), "secret.png"), (BytesIO(b"none"), "b.png")]
    job = client.post("/api/v1/batch", data={"documents": files}).get_json()["job"]["id"]
    for _ in range(500):
        done = [line for line in lines_of(path) if "failed" in line]
        if done:
            break
        time.sleep(0.01)
    came = lines_of(path)[0]
    assert (came["job"], came["route"], came["status"]) == (job, "/api/v1/batch", 202)
    assert [one["sha256"] for one in came["inputs"]] == [DIGEST, hashlib.sha256(b"none").hexdigest()]
    assert (done[0]["job"], done[0]["failed"], done[0]["lines"], done[0]["inputs"]) == (job, 1, 2, came["inputs"])
    assert "text" not in done[0]


def test_a_full_disk_breaks_no_request(capfd: pytest.CaptureFixture[str]) -> None:
    client = create_app(Settings(audit=Path("/dev/full")), FakeReader()).test_client()
    for _ in range(3):
        assert client.post("/ocr", data=upload()).status_code == 200
    complaint = capfd.readouterr().err
    assert complaint.count("\n") == 1
    assert "/dev/full cannot be written to" in complaint


@pytest.mark.parametrize("place", ["missing/audit.jsonl", "."])
def test_a_file_that_cannot_be_breaks_no_request(tmp_path: Path, place: str) -> None:
    client = create_app(Settings(audit=tmp_path / place), FakeReader()).test_client()
    assert client.post("/ocr", data=upload()).status_code == 200


def test_it_tells_when_it_works_again_and_what_was_lost(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "later" / "a.jsonl"
    journal = Journal(path, max_bytes=1000, keep=1)
    journal.add("1")
    journal.add("2")
    assert journal.lost == 2
    path.parent.mkdir()
    journal.add("3")
    assert (path.read_text(), journal.lost) == ("3\n", 0)
    said = capfd.readouterr().err.splitlines()
    assert len(said) == 2
    assert said[1].endswith("lines lost: 2")


def test_half_a_line_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lucidocr.serve import journal

    path = tmp_path / "a.jsonl"
    one = Journal(path, max_bytes=1000, keep=1)
    one.add("whole")
    real = journal.os.write
    monkeypatch.setattr(journal.os, "write", lambda file, data: real(file, data[:3]))
    one.add("broken")
    monkeypatch.undo()
    one.add("again")
    assert path.read_text() == "whole\nagain\n"


def test_files_are_laid_aside_by_size(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    journal = Journal(path, max_bytes=10, keep=2)
    for number in range(9):
        journal.add(f"{number:04}")
    contents = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert contents == {"a.jsonl": "0008\n", "a.jsonl.1": "0006\n0007\n", "a.jsonl.2": "0004\n0005\n"}


def test_none_is_kept_where_none_is_wanted_and_a_long_line_has_a_file_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    journal = Journal(path, max_bytes=10, keep=0)
    for text in ("a", "b" * 50, "c"):
        journal.add(text)
    assert [file.name for file in tmp_path.iterdir()] == ["a.jsonl"]
    assert path.read_text() == "c\n"


def test_a_file_that_somebody_else_moves_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    journal = Journal(path, max_bytes=1000, keep=1)
    journal.add("1")
    path.rename(tmp_path / "moved")
    journal.add("2")
    assert path.read_text() == "2\n"


def write_many(path: Path, name: int) -> None:
    journal = Journal(path, max_bytes=2000, keep=500)
    for number in range(200):
        journal.add(json.dumps({"who": name, "number": number}))


def test_no_line_is_lost_or_mixed_up_among_processes_and_threads(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=write_many, args=(path, name)) for name in (0, 1)]
    threads = [threading.Thread(target=write_many, args=(path, name)) for name in (2, 3)]
    for worker in (*processes, *threads):
        worker.start()
    for worker in (*processes, *threads):
        worker.join()
    found = [(line["who"], line["number"]) for file in tmp_path.iterdir() for line in lines_of(file)]
    assert sorted(found) == [(who, number) for who in range(4) for number in range(200)]
    assert all(file.stat().st_size <= 2000 for file in tmp_path.iterdir())
