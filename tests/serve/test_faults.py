"""What the service does when clients, disks and those who run it do their worst, over real sockets."""

from __future__ import annotations

import http.client
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from waitress.adjustments import Adjustments
from waitress.channel import ClientDisconnected
from waitress.parser import HTTPRequestParser

from benchmarks.running import running
from lucidocr.serve import Settings, create_app
from lucidocr.serve import server as serving
from lucidocr.serve.channels import EnvelopeErrorTask, RequestTimeout
from tests.fakes import FakeReader, encoded, form_of, picture_of

PNG = encoded(picture_of("hello"))
BODY, TYPE = form_of(PNG)
HEAD = f"POST /ocr HTTP/1.1\r\nHost: localhost\r\nContent-Type: {TYPE}\r\nContent-Length: {len(BODY)}\r\n"


def ask(port: int, method: str = "POST", path: str = "/ocr") -> tuple[int, dict[str, object]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, BODY if method == "POST" else None, {"Content-Type": TYPE})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def answer_on(stream: socket.socket) -> tuple[int, dict[str, object]]:
    answer = http.client.HTTPResponse(stream)
    answer.begin()
    return answer.status, json.loads(answer.read())


@pytest.mark.parametrize("start", ["GET /healthz HTTP/1.1\r\n", HEAD + "\r\n--limit"], ids=["head", "body"])
def test_a_client_that_sends_a_byte_now_and_then_is_sent_away(start: str) -> None:
    with running(create_app(Settings(receive_seconds=0.5), FakeReader())) as server:
        with socket.create_connection(("127.0.0.1", server.effective_port), timeout=10) as stream:
            stream.sendall(start.encode())
            deadline = time.monotonic() + 20
            while not select.select([stream], [], [], 0.05)[0] and time.monotonic() < deadline:
                stream.sendall(b"x")
            status, body = answer_on(stream)
            assert status == 408
            assert body["error"]["code"] == "request_timeout"  # type: ignore[index]
            assert stream.recv(1) == b""
        assert ask(server.effective_port)[0] == 200


@contextmanager
def connected() -> Iterator[socket.socket]:
    """A connection to a service."""
    with ExitStack() as held:
        server = held.enter_context(running(create_app(Settings(), FakeReader())))
        yield held.enter_context(socket.create_connection(("127.0.0.1", server.effective_port), timeout=10))


EXPECT = "Expect: 100-continue\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("GET /healthz HTTP/1.1\r\nHost: localhost\r\n", 200),
        ("POST /ocr HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n", 400),
        (f"POST /ocr HTTP/1.1\r\nHost: localhost\r\nContent-Length: {1 << 30}\r\n", 413),
    ],
)
def test_a_client_that_asks_for_leave_to_send_nothing_or_too_much_is_answered(head: str, status: int) -> None:
    """Waitress would give leave, and wait for a body that does not come."""
    with connected() as stream:
        stream.sendall((head + EXPECT).encode())
        assert b" 100 " not in stream.recv(100, socket.MSG_PEEK)
        assert answer_on(stream)[0] == status


def test_a_client_that_asks_for_leave_to_send_a_picture_gets_it() -> None:
    with connected() as stream:
        stream.sendall((HEAD + EXPECT).encode())
        assert stream.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        stream.sendall(BODY)
        assert answer_on(stream)[0] == 200


def test_two_requests_on_one_connection_each_have_their_time() -> None:
    """The time of a request begins with its first byte, also where that came together with the end of another."""
    app = create_app(Settings(receive_seconds=1.0), FakeReader())
    whole = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with running(app) as server, socket.create_connection(("127.0.0.1", server.effective_port), timeout=10) as stream:
        stream.sendall(whole[:10])
        time.sleep(0.6)
        stream.sendall(whole[10:] + whole[:10])
        assert answer_on(stream)[0] == 200
        time.sleep(0.6)
        stream.sendall(whole[10:])
        assert answer_on(stream)[0] == 200


def test_hundreds_of_slow_clients_keep_nobody_from_being_served() -> None:
    with running(create_app(Settings(), FakeReader())) as server, ExitStack() as held:
        for _ in range(300):
            stream = held.enter_context(socket.create_connection(("127.0.0.1", server.effective_port), timeout=10))
            stream.sendall(HEAD.encode())
        assert ask(server.effective_port)[0] == 200


def test_a_refusal_that_nobody_waits_for_any_more_is_no_error() -> None:
    def gone(data: bytes) -> int:
        raise ClientDisconnected

    request = HTTPRequestParser(Adjustments())
    request.error = RequestTimeout("too slow")
    settled = SimpleNamespace(write_soon=gone, server=SimpleNamespace(server_name="", adj=Adjustments()))
    task = EnvelopeErrorTask(settled, request)
    task.service()
    assert task.close_on_finish


def test_no_address_takes_all_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "PER_ADDRESS", 20)
    with running(create_app(Settings(), FakeReader())) as server, ExitStack() as held:
        port = server.effective_port
        streams = []
        for _ in range(30):
            stream = socket.create_connection(("127.0.0.1", port), timeout=10, source_address=("127.0.0.2", 0))
            streams.append(held.enter_context(stream))
        assert ask(port)[0] == 200
        assert [stream.recv(1) for stream in streams[20:]] == [b""] * 10  # closed at once


@contextmanager
def started(*arguments: str, threads: int = 1) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The service as a process of its own."""
    command = [sys.executable, "-m", "lucidocr", "serve", "--port", "0", "--threads", str(threads), *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LUCIDOCR_")}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "lucidocr is at " in line, process.stderr.read() if process.stderr else ""
        yield process, int(line.rsplit(":", 1)[1].strip(" /\n"))
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_was_accepted_is_answered(number: signal.Signals) -> None:
    with started() as (process, port):
        assert ask(port)[0] == 200
        with ExitStack() as held:
            idle, partial, *whole = (
                held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60)) for _ in range(26)
            )
            partial.sendall(HEAD.encode() + b"\r\n" + BODY[:50])
            for stream in whole:
                stream.sendall(HEAD.encode() + b"\r\n" + BODY)
            process.send_signal(number)
            time.sleep(0.1)
            partial.sendall(BODY[50:])
            assert [answer_on(stream)[0] for stream in (partial, *whole)] == [200] * 25
            assert idle.recv(1) == b""
        assert process.wait(timeout=30) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
        with pytest.raises(ConnectionRefusedError):
            ask(port)


def test_a_full_disk_breaks_no_request_and_is_told_once() -> None:
    with started("--audit", "/dev/full") as (process, port):
        assert [ask(port)[0] for _ in range(3)] == [200] * 3
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        assert process.stderr is not None
        assert process.stderr.read().count("\n") == 1


def test_a_service_that_closes_says_that_it_is_not_ready() -> None:
    app = create_app(Settings(), FakeReader())
    client = app.test_client()
    assert client.get("/readyz").status_code == 200
    app.extensions["lucidocr"].closing.set()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "busy")
    assert client.get("/healthz").status_code == 200


def test_nothing_that_was_sent_stays_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large uploads pass through temporary files, which have no names."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with started() as (_, port):
        before = set(tmp_path.rglob("*"))
        body, kind = form_of(b"\0" * 9_000_000)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("POST", "/ocr", body, {"Content-Type": kind})
        assert connection.getresponse().status == 415
        connection.close()
        assert set(tmp_path.rglob("*")) == before
