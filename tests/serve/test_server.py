"""The service behind its production server, over real sockets."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.running import running
from lucidocr.errors import OptionError
from lucidocr.serve import Settings, create_app
from lucidocr.serve.server import REFUSED_BODY, address, listen
from tests.fakes import FakeReader, encoded, form_of, picture_of

PNG = encoded(picture_of("hello"))


@pytest.fixture
def port() -> Iterator[int]:
    with running(create_app(Settings(), FakeReader())) as server:
        yield int(server.effective_port)


def ask(port: int, head: str, body: bytes = b"") -> tuple[int, dict[str, str], bytes]:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, dict(answer.getheaders()), answer.read()


def multipart() -> tuple[str, bytes]:
    body, content_type = form_of(PNG)
    return f"POST /ocr HTTP/1.1\nHost: localhost\nContent-Type: {content_type}\nContent-Length: {len(body)}", body


def test_a_picture_is_read(port: int) -> None:
    status, headers, body = ask(port, *multipart())
    assert status == 200
    assert headers["Server"] == "lucidocr"
    assert json.loads(body)["text"].startswith("发票")


def test_many_at_once(port: int) -> None:
    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda _: ask(port, *multipart())[0], range(64)))
    assert statuses == [200] * 64


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (f"POST /ocr HTTP/1.1\nHost: localhost\nContent-Length: {REFUSED_BODY}", 413),
        ("POST /ocr HTTP/1.1\nHost: localhost\nContent-Length: many", 400),
        ("GET / HTTP/1.1\nHost x", 400),
    ],
)
def test_refusals_of_the_server_itself_have_the_envelope(port: int, head: str, status: int) -> None:
    found, headers, body = ask(port, head)
    assert found == status
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert json.loads(body)["success"] is False
    assert ask(port, *multipart())[0] == 200


def test_a_client_that_goes_away_does_no_harm(port: int) -> None:
    head, body = multipart()
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body[:100])
    assert ask(port, head, body)[0] == 200


def test_a_port_in_use_is_an_error_with_a_way_out(port: int) -> None:
    with pytest.raises(OptionError, match=f"port {port}.*Choose --host or --port"):
        listen(create_app(Settings(), FakeReader()), host="127.0.0.1", port=port)


@pytest.mark.parametrize("host", ["256.1.1.1", "no such host", "x" * 300])
def test_a_host_that_is_none(host: str) -> None:
    with pytest.raises(OptionError, match="cannot listen"):
        listen(create_app(Settings(), FakeReader()), host=host, port=0)


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1")])
def test_address(host: str, shown: str) -> None:
    with running(create_app(Settings(), FakeReader()), host) as server:
        assert address(server, host) == f"http://{shown}:{server.effective_port}/"
