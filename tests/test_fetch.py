from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from lucidocr.errors import TooLargeError, UrlError
from lucidocr.fetch import IpAddress, fetch, is_public

LOOPBACK = ipaddress.ip_address("127.0.0.1")
Answer = Callable[[str, socket.socket], None]


class Server:
    """Answers requests on the loopback address as it is told, by path, and remembers them."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                stream, _ = self._listener.accept()
            except OSError:
                return
            with stream:
                request = stream.recv(65_536).decode("latin-1")
                self.requests.append(request)
                with suppress(OSError):  # the client may be gone
                    self.answers[request.split(" ")[1]](request, stream)

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def text(status: str, *headers: str, body: bytes = b"") -> Answer:
    head = "\r\n".join((f"HTTP/1.1 {status}", *headers, "", ""))
    return lambda _, stream: stream.sendall(head.encode("latin-1") + body)


def only_loopback(address: IpAddress) -> bool:
    return address == LOOPBACK


def get(url: str, **options: object) -> bytes:
    settings = {"timeout": 5.0, "max_bytes": 1000, "resolve": lambda *_: ["127.0.0.1"], "allow": only_loopback}
    return fetch(url, **{**settings, **options})  # type: ignore[arg-type]


def test_the_body_is_returned_and_the_name_is_asked_for(server: Server) -> None:
    server.answers["/a.png?x=1"] = text("200 OK", "Content-Length: 3", body=b"abc")
    assert get(f"http://pictures.example:{server.port}/a.png?x=1#part") == b"abc"
    assert f"\r\nHost: pictures.example:{server.port}\r\n" in server.requests[0]


def test_a_path_beyond_ascii_is_encoded(server: Server) -> None:
    server.answers["/%E5%8F%91%20a.png"] = text("200 OK", body=b"x")
    assert get(f"http://a.example:{server.port}/发 a.png") == b"x"


def test_chunks_and_bodies_without_a_length(server: Server) -> None:
    server.answers["/chunks"] = text("200 OK", "Transfer-Encoding: chunked", body=b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")
    server.answers["/open"] = text("200 OK", body=b"abc")
    assert get(f"http://a.example:{server.port}/chunks") == b"abc"
    assert get(f"http://a.example:{server.port}/open") == b"abc"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(server: Server, status: int) -> None:
    server.answers["/old"] = text(f"{status} Moved", "Location: new", "Content-Length: 0")
    server.answers["/new"] = text("200 OK", body=b"abc")
    assert get(f"http://a.example:{server.port}/old") == b"abc"


@pytest.mark.parametrize("target", ["http://10.0.0.1/", "http://inside.example/", "file:///etc/passwd", "gopher://a/"])
def test_a_redirect_to_the_inside_is_refused(server: Server, target: str) -> None:
    server.answers["/"] = text("302 Found", f"Location: {target}", "Content-Length: 0")
    names = {"a.example": "127.0.0.1", "10.0.0.1": "10.0.0.1", "inside.example": "192.168.1.1"}
    with pytest.raises(UrlError):
        get(f"http://a.example:{server.port}/", resolve=lambda host, _: [names[host]])
    assert len(server.requests) == 1


def test_redirects_end(server: Server) -> None:
    server.answers["/"] = text("302 Found", "Location: /", "Content-Length: 0")
    with pytest.raises(UrlError, match="redirects more than"):
        get(f"http://a.example:{server.port}/")
    server.answers["/"] = text("302 Found", "Content-Length: 0")
    with pytest.raises(UrlError, match="to nowhere"):
        get(f"http://a.example:{server.port}/")


def test_a_name_is_resolved_once_per_request(server: Server) -> None:
    """A name that first shows a public address and then an inner one leads to the first only."""
    server.answers["/"] = text("200 OK", body=b"abc")
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    assert get(f"http://rebinding.example:{server.port}/", resolve=lambda *_: next(answers)) == b"abc"
    assert next(answers) == ["10.0.0.1"]


def test_every_redirect_is_vetted_anew(server: Server) -> None:
    """The same name leads elsewhere after a redirect to itself (DNS rebinding): refused, and nothing is sent there."""
    server.answers["/"] = text("302 Found", "Location: /again", "Content-Length: 0")
    answers = iter([["127.0.0.1"], ["::ffff:169.254.169.254"]])
    with pytest.raises(UrlError, match="not on the public network"):
        get(f"http://rebinding.example:{server.port}/", resolve=lambda *_: next(answers))
    assert len(server.requests) == 1


def test_one_inner_address_among_several_is_enough_to_refuse(server: Server) -> None:
    with pytest.raises(UrlError, match="not on the public network"):
        get(f"http://a.example:{server.port}/", resolve=lambda *_: ["127.0.0.1", "10.0.0.1"])
    assert server.requests == []


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops", "204 No Content", "206 Partial Content"])
def test_other_answers_are_errors(server: Server, status: str) -> None:
    server.answers["/"] = text(status, "Content-Length: 0")
    with pytest.raises(UrlError, match=status[:3]):
        get(f"http://a.example:{server.port}/")


@pytest.mark.parametrize("headers", [("Content-Length: 1001",), (), ("Content-Length: 99999999999",)])
def test_too_many_bytes(server: Server, headers: tuple[str, ...]) -> None:
    server.answers["/"] = text("200 OK", *headers, body=b"a" * 1001)
    with pytest.raises(TooLargeError, match="1,000 bytes"):
        get(f"http://a.example:{server.port}/")


def test_the_limit_itself_is_allowed(server: Server) -> None:
    server.answers["/"] = text("200 OK", "Content-Length: 1000", body=b"a" * 1000)
    assert len(get(f"http://a.example:{server.port}/")) == 1000


@pytest.mark.parametrize("answer", [b"", b"rubbish\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"])
def test_answers_that_break_off_or_are_none(server: Server, answer: bytes) -> None:
    server.answers["/"] = lambda _, stream: stream.sendall(answer)
    with pytest.raises(UrlError, match="could not be fetched"):
        get(f"http://a.example:{server.port}/")


@pytest.mark.parametrize("drip", [b"X: 1\r\n", b""])
def test_time_is_limited_even_when_bytes_drip(server: Server, drip: bytes) -> None:
    def answer(_: str, stream: socket.socket) -> None:
        stream.sendall(b"HTTP/1.1 200 OK\r\n")
        for _ in range(40):
            stream.sendall(drip)
            time.sleep(0.05)

    server.answers["/"] = answer
    began = time.monotonic()
    with pytest.raises(UrlError, match="in time"):
        get(f"http://a.example:{server.port}/", timeout=0.3)
    assert time.monotonic() - began < 1.5


def test_time_is_limited_even_when_the_resolver_hangs() -> None:
    go = threading.Event()
    with pytest.raises(UrlError, match="in time"):
        get("http://a.example/", timeout=0.2, resolve=lambda *_: go.wait(20) and ["127.0.0.1"])
    go.set()


def test_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(UrlError, match="could not be fetched"):
        get(f"http://a.example:{port}/")


@pytest.mark.parametrize("url", ["ftp://a/", "file:///etc/passwd", "a.png", "http://", "http:///x", "http://a:x/", ""])
def test_addresses_of_other_kinds(url: str) -> None:
    with pytest.raises(UrlError):
        get(url)


@pytest.mark.parametrize("url", ["http://me:secret@a.example/", "http://me@a.example/"])
def test_credentials_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(UrlError) as caught:
        get(url)
    assert "secret" not in str(caught.value)


def test_names_that_do_not_resolve() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror("unknown")

    with pytest.raises(UrlError):
        get("http://a.example/", resolve=unknown)
    with pytest.raises(UrlError, match="no address"):
        get("http://a.example/", resolve=lambda *_: [])
    with pytest.raises(UrlError):
        get(f"http://{'a' * 70}.example/", resolve=lambda *_: ["not an address"])


def test_header_injection_is_impossible(server: Server) -> None:
    server.answers["/%00%7FX:%201"] = text("200 OK", body=b"x")
    assert get(f"http://a.example:{server.port}/\x00\x7f\r\nX: 1") == b"x"
    assert "\r\nX:" not in server.requests[0]


INNER = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.8",
    "192.168.0.1",
    "198.18.0.1",
    "64:ff9b:1::1",
    "192.0.2.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe",
    "fe80::1%lo",
]


@pytest.mark.parametrize("address", INNER)
def test_inner_addresses(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    with pytest.raises(UrlError, match="not on the public network"):
        fetch("http://a.example/", resolve=lambda *_: [address])


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "2606:2800:220:1::1", "64:ff9b::808:808", "2002:808:808::"]
)
def test_public_addresses(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "0", "[::ffff:7f00:1]"])
def test_the_system_resolver_sees_through_spellings_of_loopback(host: str) -> None:
    with pytest.raises(UrlError):
        fetch(f"http://{host}/", timeout=1)
