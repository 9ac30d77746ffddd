"""Several processes at one address, one of which is killed while it reads."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from lucidocr.cli import main
from tests.fakes import encoded, form_of
from tests.toy import CHARS, paint_line


def ask(port: int, text: str) -> str:
    """What the service reads from a picture of a text."""
    body, content_type = form_of(encoded(Image.fromarray(paint_line(text)).convert("RGB")))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("POST", "/ocr", body, {"Content-Type": content_type})
        answer = connection.getresponse()
        read = json.loads(answer.read())
    finally:
        connection.close()
    assert answer.status == 200, read
    return str(read["text"])


def get(port: int, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    text = connection.getresponse().read().decode()
    connection.close()
    return text


def workers_of(server: subprocess.Popen[str]) -> set[int]:
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text(encoding="ascii")
    return {int(one) for one in children.split()}


def eventually(port: int, text: str) -> str:
    """As :func:`ask`, for as long as connections break."""
    for _ in range(100):
        try:
            return ask(port, text)
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
    raise AssertionError("nobody answers")


@pytest.fixture
def server(toy_model: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    command = [sys.executable, "-m", "lucidocr", "serve", "--port", "0", "--workers", "2", "--model", str(toy_model)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline()
        port = int(address.rstrip("/\n").rpartition(":")[2])
        eventually(port, "a")
        try:
            yield process, port
        finally:
            process.terminate()
            process.wait(30)


def test_a_process_that_is_killed_is_replaced(server: tuple[subprocess.Popen[str], int]) -> None:
    process, port = server
    before = workers_of(process)
    assert len(before) == 2
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    assert all(eventually(port, CHARS[:n]) == CHARS[:n] for n in range(1, 8))
    for _ in range(300):
        after = workers_of(process)
        if len(after) == 2 and victim not in after:
            break
        time.sleep(0.1)
    assert len(after) == 2
    assert victim not in after
    assert max(before) in after
    assert eventually(port, "abc") == "abc"


def test_metrics_are_those_of_all_processes(server: tuple[subprocess.Popen[str], int]) -> None:
    _, port = server
    for n in range(1, 8):
        ask(port, CHARS[:n])
    counted = [line for line in get(port, "/metrics").splitlines() if line.startswith("lucidocr_lines_total")]
    assert [float(line.split()[-1]) for line in counted] == [8.0]


def test_it_ends_when_it_is_told_to(server: tuple[subprocess.Popen[str], int]) -> None:
    process, port = server
    assert ask(port, "abc") == "abc"
    process.terminate()
    assert process.wait(60) == 0
    assert process.stderr is not None
    assert process.stderr.read() == ""


def test_what_was_accepted_is_answered_before_the_end(server: tuple[subprocess.Popen[str], int]) -> None:
    process, port = server
    body, content_type = form_of(encoded(Image.fromarray(paint_line("abc")).convert("RGB")))
    asked = []
    for _ in range(16):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("POST", "/ocr", body, {"Content-Type": content_type})
        asked.append(connection)
    process.terminate()
    for connection in asked:
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["text"]) == (200, "abc")
        connection.close()
    assert process.wait(60) == 0


def test_without_gunicorn_there_is_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lucidocr.serve.processes", None)
    done = CliRunner().invoke(main, ["serve", "--workers", "2"])
    assert done.exit_code == 3
    assert "lucidocr[serve]" in done.output
