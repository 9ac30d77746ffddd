"""Clients that send pictures of lines to a service, each of which waits for its answer and checks it.

``python -m benchmarks.load PORT --clients 64 --seconds 10`` is a process of its own, so that what clients cost is not
taken from the service's time within one interpreter; it prints an :class:`Outcome` as JSON. Requests are made before
the first is sent, and answers are only searched, not parsed: a request costs about a tenth of a millisecond.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import re
import socket
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Final

from PIL import Image, ImageDraw, ImageFont

PICTURES: Final = 1000
WARM_UP: Final = 1.0
_WARM_UP_EACH: Final = 0.02
"""Seconds at the start that are not counted, and how many more for each client: all have had an answer by then."""

_WORDS: Final = ("Invoice", "Total", "Number", "Date", "Order", "Customer", "Address", "Amount", "Paid", "Balance")
_TEXT: Final = re.compile(rb'"text":\s*"([^"]*)"')
_LENGTH: Final = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
_TIMEOUT: Final = 120.0


@dataclass(frozen=True, slots=True)
class Sent:
    """A request with a picture.

    Attributes:
        number: that is written on it, six digits, and on no other.
        data: the whole request.
    """

    number: str
    data: bytes


@dataclass(slots=True)
class Outcome:
    """What became of requests.

    Attributes:
        clients: at once.
        seconds: that were counted.
        answered: requests that were answered with a reading, within those.
        right: answers, at any time, with the number on their picture.
        misread: with another number that is on no picture.
        mixed_up: with the number of another picture.
        refused: 503, with Retry-After.
        broken: connections that ended without an answer, or other answers.
        milliseconds: latency at percentiles.
        client_seconds: processor time of the clients.
    """

    clients: int
    seconds: float = 0.0
    answered: int = 0
    right: int = 0
    misread: int = 0
    mixed_up: int = 0
    refused: int = 0
    broken: int = 0
    milliseconds: dict[str, float] = field(default_factory=dict)
    client_seconds: float = 0.0


def draw(count: int, *, seed: int = 0, path: str = "/ocr") -> list[Sent]:
    """Requests with pictures of lines, of varied widths and all different."""
    chance = random.Random(seed)  # noqa: S311 - pictures, no secrets
    font = ImageFont.load_default(28)
    numbers = chance.sample(range(100_000, 1_000_000), count)
    sent = []
    for number in numbers:
        text = " ".join([*chance.sample(_WORDS, chance.randint(0, 3)), str(number)])
        picture = Image.new("RGB", (round(font.getlength(text)) + 20, 48), "white")
        ImageDraw.Draw(picture).text((10, 8), text, fill="black", font=font)
        file = io.BytesIO()
        picture.save(file, "PNG")
        sent.append(Sent(str(number), request_of(file.getvalue(), path)))
    return sent


def request_of(picture: bytes, path: str = "/ocr") -> bytes:
    """A whole request that sends a picture in a form."""
    head = b'--limit\r\nContent-Disposition: form-data; name="image"; filename="line.png"\r\n\r\n'
    body = head + picture + b"\r\n--limit--\r\n"
    lines = (
        f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: multipart/form-data; boundary=limit",
        f"Content-Length: {len(body)}", "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode() + body


class Clients:
    """Threads that each send one request after another.

    Args:
        port: of the service, on this machine.
        sent: the requests; each client takes every n-th.
        clients: how many.
        on_answer: told after every answer how many there were.
    """

    def __init__(
        self, port: int, sent: Sequence[Sent], clients: int, *, on_answer: Callable[[int], None] | None = None
    ) -> None:
        self._port = port
        self._sent = sent
        self._known = {one.number for one in sent}
        self._on_answer = on_answer
        self._lock = threading.Lock()
        self._latencies: list[float] = []
        self._total = 0
        self.outcome = Outcome(clients)

    def run(
        self, *, seconds: float | None = None, requests: int | None = None, warm_up: float | None = None
    ) -> Outcome:
        """Send for some time, or so many requests.

        Args:
            seconds: that are counted, after the warm-up.
            requests: of all clients together.
            warm_up: seconds that are not counted; enough for all clients to have had an answer when None.
        """
        spent = time.process_time()
        began = time.perf_counter()
        counted = began + (WARM_UP + _WARM_UP_EACH * self.outcome.clients if warm_up is None else warm_up)
        until = counted + seconds if seconds is not None else float("inf")
        threads = [
            threading.Thread(target=self._client, args=(first, counted, until, requests or 1 << 60))
            for first in range(self.outcome.clients)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        outcome = self.outcome
        outcome.seconds = round(time.perf_counter() - counted if seconds is None else seconds, 2)
        outcome.answered = len(self._latencies)
        outcome.milliseconds = percentiles(self._latencies)
        outcome.client_seconds = round(time.process_time() - spent, 2)
        return outcome

    def _client(self, first: int, counted: float, until: float, requests: int) -> None:
        connection = None
        number = first
        while time.perf_counter() < until and number < requests:
            sent = self._sent[number % len(self._sent)]
            number += self.outcome.clients
            began = time.perf_counter()
            try:
                connection = connection or socket.create_connection(("127.0.0.1", self._port), timeout=_TIMEOUT)
                connection.sendall(sent.data)
                status, answer = receive(connection)
            except OSError:
                status, answer = 0, b""
            ended = time.perf_counter()
            self._note(sent, status, answer, ended - began if counted <= ended <= until else None)
            if status != 200:
                if connection is not None:
                    connection.close()
                connection = None
                time.sleep(0.05 if status == 0 else 0.5)
        if connection is not None:
            connection.close()

    def _note(self, sent: Sent, status: int, answer: bytes, seconds: float | None) -> None:
        outcome = self.outcome
        found = _TEXT.search(answer) if status == 200 else None
        digits = "".join(filter(str.isdigit, found[1].decode(errors="replace"))) if found else ""
        with self._lock:
            self._total += 1
            if status == 503:
                outcome.refused += 1
            elif found is None:
                outcome.broken += 1
            else:
                if seconds is not None:
                    self._latencies.append(seconds)
                outcome.right += digits == sent.number
                outcome.mixed_up += digits != sent.number and digits in self._known
                outcome.misread += digits != sent.number and digits not in self._known
            total = self._total
        if self._on_answer is not None:
            self._on_answer(total)


def receive(connection: socket.socket) -> tuple[int, bytes]:
    """Status and body of an answer.

    Raises:
        OSError: the connection ends before the answer does.
    """
    data = b""
    while (head := data.find(b"\r\n\r\n")) < 0:
        data += _some(connection)
    length = _LENGTH.search(data, 0, head + 2)
    end = head + 4 + (int(length[1]) if length else 0)
    while len(data) < end:
        data += _some(connection)
    return int(data[9:12]), data[head + 4 : end]


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(65_536)
    if not data:
        raise ConnectionResetError
    return data


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Latency in milliseconds at the usual percentiles; empty for fewer than two."""
    if len(seconds) < 2:
        return {}
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return {f"p{share}": round(1000 * cuts[share - 1], 1) for share in (50, 95, 99)}


def main() -> None:
    """Send and print what became of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--requests", type=int)
    parser.add_argument("--pictures", type=int, default=PICTURES)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    sent = draw(options.pictures, seed=options.seed)
    clients = Clients(options.port, sent, options.clients)
    print(json.dumps(asdict(clients.run(seconds=options.seconds, requests=options.requests))))


if __name__ == "__main__":
    main()
