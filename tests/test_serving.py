"""What the benchmarks of the service are made of."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import pytest

from benchmarks import serving_tables
from benchmarks.load import Clients, Outcome, draw, percentiles, receive
from benchmarks.running import running
from lucidocr import io
from lucidocr.correct.corrector import Correcting
from lucidocr.serve import Settings, create_app
from lucidocr.types import Page, PageImage
from tests.fakes import FakeReader, line_of


class Oracle(FakeReader):
    """Knows what is on the pictures that it is sent, by their pixels."""

    def __init__(self, known: dict[bytes, str]) -> None:
        super().__init__()
        self.known = known

    def read(self, source: PageImage, *, mode: str = "auto", correcting: Correcting | None = None, **_: object) -> Page:  # type: ignore[override]
        text = self.known[source.pixels.tobytes()]
        return Page((line_of(text),), source.width, source.height, source.source, "line", source.number)


def picture_in(request: bytes) -> bytes:
    return request.split(b"\r\n\r\n", 2)[2].removesuffix(b"\r\n--limit--\r\n")


def pixels_of(request: bytes) -> bytes:
    return io.load(picture_in(request)).pixels.tobytes()


@contextmanager
def service_that_says(known: dict[bytes, str]) -> Iterator[int]:
    with running(create_app(Settings(cache_bytes=0), Oracle(known))) as server:
        yield int(server.effective_port)


def test_pictures_differ_and_are_the_same_for_the_same_seed() -> None:
    sent = draw(50)
    assert len({one.number for one in sent}) == len({one.data for one in sent}) == 50
    assert sent == draw(50)
    assert {one.number for one in sent}.isdisjoint(one.number for one in draw(50, seed=1))


def test_right_answers_are_counted() -> None:
    sent = draw(30)
    with service_that_says({pixels_of(one.data): f"Total {one.number}" for one in sent}) as port:
        outcome = Clients(port, sent, 5).run(requests=60, warm_up=0)
    assert (outcome.right, outcome.answered, outcome.misread, outcome.mixed_up, outcome.broken) == (60, 60, 0, 0, 0)
    assert outcome.milliseconds["p50"] <= outcome.milliseconds["p95"] <= outcome.milliseconds["p99"]


def test_answers_of_other_pictures_are_told_from_misread_ones() -> None:
    sent = draw(3)
    said = [sent[1].number, "12", f"Order {sent[2].number}"]
    with service_that_says({pixels_of(one.data): text for one, text in zip(sent, said, strict=True)}) as port:
        outcome = Clients(port, sent, 1).run(requests=3, warm_up=0)
    assert (outcome.right, outcome.misread, outcome.mixed_up) == (1, 1, 1)


def test_a_service_that_is_not_there_is_counted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    outcome = Clients(port, draw(2), 2).run(requests=4, warm_up=0)
    assert (outcome.broken, outcome.right, outcome.answered) == (4, 0, 0)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"])
def test_answers_that_break_off(answer: bytes) -> None:
    one, other = socket.socketpair()
    with one, other:
        other.sendall(answer)
        other.shutdown(socket.SHUT_WR)
        with pytest.raises(OSError):  # noqa: PT011 - any
            receive(one)


def test_an_answer_in_pieces() -> None:
    one, other = socket.socketpair()
    with one, other:

        def send() -> None:
            for piece in (b"HTTP/1.1 503 Serv", b"ice Unavailable\r\ncontent-", b"length: 4\r\n\r\nab", b"cd"):
                other.sendall(piece)

        thread = threading.Thread(target=send)
        thread.start()
        assert receive(one) == (503, b"abcd")
        thread.join()


def test_percentiles() -> None:
    assert percentiles([0.001 * n for n in range(1, 102)]) == {"p50": 51.0, "p95": 96.0, "p99": 100.0}
    assert percentiles([0.1]) == {}


def rate(name: str, clients: int, **more: object) -> dict[str, object]:
    known = asdict(Outcome(clients, 10.0, 1000, 1200, milliseconds={"p50": 8, "p95": 9, "p99": 12}))
    return known | {"name": name, "per_second": 100.0, "server_ms": 10.0, "client_ms": 0.2, "memory_mb": 200.0} | more


def test_tables() -> None:
    soak = rate("", 200, seconds=180.0, broken=3)
    samples = [{"requests": 1000 * n, "rss_mb": 300.0 + n} for n in range(1, 21)]
    result = {
        "cores": 2,
        "machine": "x86_64",
        "rates": [rate("ours", 8), rate("other", 8, server_ms=20.0), rate("ours", 64, mixed_up=1), rate("other", 64)],
        "memory": {"samples": samples, "growth_mb": 9.0},
        "soak": soak,
    }
    rows = serving_tables.rates(result).splitlines()
    assert [row.split(" | ")[0] for row in rows[2:6]] == ["| ours", "| ours", "| other", "| other"]
    assert "Of 4,801 answers 1 were those of another picture" in rows[-1]
    assert "| other | 20.0 | 50 |" in serving_tables.per_core(result)
    assert "| 1,000 | 6,000 |" in serving_tables.memory(result)
    assert "3 lost" in serving_tables.memory(result)
    fault = {"name": "fire", "happened": "it burnt", "outcome": asdict(Outcome(8, 1.0, right=5, broken=2))}
    assert "| fire | 8 | 5 | 0 | 0 | 2 |  | it burnt |" in serving_tables.faults({"faults": [fault]})
    costs = [{"precision": "fp32", "width": 280, "lines": lines, "ms": 8 / lines} for lines in (1, 2)]
    assert "| fp32 | 280 | 8.00 | 4.00 |" in serving_tables.microbatches({"costs": costs})
