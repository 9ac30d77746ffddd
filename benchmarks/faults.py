"""What happens when things go wrong while clients ask; results go to ``results/faults.json``.

``python -m benchmarks.faults`` starts the service by ``lucidocr serve``, lets clients send pictures that each carry
their own number, and makes something fail meanwhile: the cache server goes or hangs, a process is killed, there is no
room for the log, clients send a byte a second or too many at once, the service is told to end. It takes about two
minutes and needs redis-server; ``--quick`` takes less and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.load import Clients, Outcome, draw, receive
from benchmarks.reading import RESULTS
from benchmarks.servers import Server, lucidocr, serving

CLIENTS: Final = 8
SECONDS: Final = 12.0
SLOW: Final = 200
"""Clients that send a byte a second."""

MANY: Final = 200
QUEUE: Final = 64
"""Clients that ask at once, and how many may wait, where there are to be too many."""

_NO_CACHE: Final = ("--cache-bytes", "0")


@dataclass(frozen=True, slots=True)
class Fault:
    """What was done, and what became of it.

    Attributes:
        name: what failed.
        happened: in words, from what was seen.
        outcome: of all requests.
    """

    name: str
    happened: str
    outcome: Outcome


def meanwhile(server: Server, clients: int, seconds: float, act: Callable[[], None]) -> Outcome:
    """Let clients ask for some time, and do something after a third of it."""
    sent = Clients(server.port, draw(500), clients)
    timer = threading.Timer(seconds / 3, act)
    timer.start()
    outcome = sent.run(seconds=seconds, warm_up=0)
    timer.join()
    return outcome


def cache_server_gone(seconds: float) -> Fault:
    """Redis is killed, and comes back."""
    with TemporaryDirectory() as folder, serving_with_redis(folder) as (server, port, redis):

        def kill() -> None:
            redis.kill()
            redis.wait()

        before = meanwhile(server, CLIENTS, seconds, kill)
        failures = metric(server, "lucidocr_cache_store_failures_total")
        with redis_at(port, folder):
            again = wait_until(lambda: ask_new(server) and keys_at(port) > 0, 30)
    return Fault(
        "cache server killed", f"Redis failed {failures:.0f} times; used again {said(again)} it came back", before
    )


def cache_server_hangs(seconds: float) -> Fault:
    """Redis is stopped, so that it accepts connections and says nothing."""
    with TemporaryDirectory() as folder, serving_with_redis(folder) as (server, _, redis):
        outcome = meanwhile(server, CLIENTS, seconds, lambda: redis.send_signal(signal.SIGSTOP))
        failures = metric(server, "lucidocr_cache_store_failures_total")
        redis.send_signal(signal.SIGCONT)
    return Fault("cache server hangs", f"{failures:.0f} requests waited a tenth of a second in vain", outcome)


def worker_killed(seconds: float) -> Fault:
    """One of two processes is killed while it reads."""
    with serving(lucidocr(*_NO_CACHE, "--workers", "2")) as server:
        wait_until(lambda: len(server.workers) == 2 and ask_new(server), 60)
        victim = server.workers[0]
        replaced: list[float | None] = []

        def kill() -> None:
            os.kill(victim, signal.SIGKILL)
            replaced.append(wait_until(lambda: len(server.workers) == 2 and victim not in server.workers, 60))

        outcome = meanwhile(server, CLIENTS, seconds, kill)
    return Fault("a process of two killed", f"a new one was there {said(replaced[0])} the kill", outcome)


def no_room_for_the_log(seconds: float) -> Fault:
    """The audit log is on a device that is full."""
    with serving(lucidocr(*_NO_CACHE, "--audit", "/dev/full")) as server:
        outcome = meanwhile(server, CLIENTS, seconds, lambda: None)
    return Fault("no room for the audit log", unharmed(outcome).replace("other ", ""), outcome)


def slow_clients(seconds: float) -> Fault:
    """Many clients send a byte now and then, and never a whole request."""
    with serving(lucidocr(*_NO_CACHE, "--receive-seconds", "5")) as server:
        stop = threading.Event()
        idle = [threading.Thread(target=dribble, args=(server.port, stop)) for _ in range(4)]
        for thread in idle:
            thread.start()
        outcome = meanwhile(server, CLIENTS, seconds, lambda: None)
        stop.set()
        for thread in idle:
            thread.join()
    return Fault(f"{SLOW} clients that send a byte a second", unharmed(outcome), outcome)


def too_many(seconds: float) -> Fault:
    """More clients ask than may wait."""
    with serving(lucidocr(*_NO_CACHE, "--queue", str(QUEUE))) as server:
        outcome = meanwhile(server, MANY, seconds, lambda: None)
        refused = metric(server, "lucidocr_requests_refused_total")
        calm = ask_new(server)
    after = "answered again at once" if calm else "still not answered"
    return Fault(
        f"{MANY} clients where {QUEUE} may wait",
        f"{refused:.0f} were told to come back after 2 seconds; when they were gone, {after}",
        outcome,
    )


def told_to_end(seconds: float) -> Fault:
    """SIGTERM while clients ask: what was accepted is answered."""
    ended: list[float] = []
    with serving(lucidocr(*_NO_CACHE)) as server:
        sent = draw(500)
        accepted = [socket.create_connection(("127.0.0.1", server.port), timeout=60) for _ in range(32)]
        for connection, one in zip(accepted, sent, strict=False):
            connection.sendall(one.data)
        time.sleep(min(0.3, seconds))
        server.process.terminate()
        began = time.perf_counter()
        outcome = Outcome(len(accepted))
        for connection, one in zip(accepted, sent, strict=False):
            try:
                status, answer = receive(connection)
            except OSError:
                status, answer = 0, b""
            right = status == 200 and one.number.encode() in answer
            outcome.right += right
            outcome.broken += not right
            connection.close()
        server.process.wait(60)
        ended.append(time.perf_counter() - began)
        code = server.process.returncode
    return Fault("told to end (SIGTERM)", f"it ended {ended[0]:.1f} s later, with exit code {code}", outcome)


def clients_gone(seconds: float) -> Fault:
    """Clients that go away before their answers come."""
    with serving(lucidocr(*_NO_CACHE)) as server:

        def leave() -> None:
            for one in draw(100, seed=1):
                with socket.create_connection(("127.0.0.1", server.port)) as connection:
                    connection.sendall(one.data)

        outcome = meanwhile(server, CLIENTS, seconds, leave)
    return Fault("100 clients go away before their answers", unharmed(outcome), outcome)


FAULTS: Final = (
    cache_server_gone,
    cache_server_hangs,
    worker_killed,
    no_room_for_the_log,
    slow_clients,
    too_many,
    clients_gone,
    told_to_end,
)


def dribble(port: int, stop: threading.Event) -> None:
    """Keep a quarter of the slow clients going; those that are sent away come back."""
    head = b"POST /ocr HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
    slow: list[socket.socket | None] = [None] * (SLOW // 4)
    while not stop.wait(1.0):
        for place, known in enumerate(slow):
            try:
                connection = known or socket.create_connection(("127.0.0.1", port), timeout=10)
                connection.sendall(b"x" if known else head)
                slow[place] = connection
            except OSError:
                slow[place] = None
    for left in slow:
        if left is not None:
            left.close()


@contextmanager
def redis_at(port: int, folder: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Redis server that keeps nothing on disk."""
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:  # noqa: S603
        try:
            wait_until(lambda: keys_at(port) >= 0, 10)
            yield process
        finally:
            process.kill()


@contextmanager
def serving_with_redis(folder: str) -> Iterator[tuple[Server, int, subprocess.Popen[bytes]]]:
    """The service with its answers in Redis only."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    arguments = lucidocr(*_NO_CACHE, "--cache-redis", f"redis://127.0.0.1:{port}/0")
    with redis_at(port, folder) as redis, serving(arguments) as server:
        yield server, port, redis


def keys_at(port: int) -> int:
    """How many keys a Redis holds; -1 where there is none."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"DBSIZE\r\n")
            return int(connection.recv(100).strip().lstrip(b":"))
    except (OSError, ValueError):
        return -1


_asked = [0]


def ask_new(server: Server) -> bool:
    """Whether a picture that was not sent before is read."""
    _asked[0] += 1
    outcome = Clients(server.port, draw(1, seed=10_000 + _asked[0]), 1).run(requests=1, warm_up=0)
    return outcome.right == 1


def metric(server: Server, name: str) -> float:
    """A counter of the service."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(name))


def wait_until(true: Callable[[], bool], seconds: float) -> float | None:
    """Seconds until something holds; None where it does not in time."""
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        if true():
            return time.perf_counter() - began
        time.sleep(0.1)
    return None


def unharmed(outcome: Outcome) -> str:
    """Whether any request had to suffer."""
    lost = outcome.refused + outcome.broken
    return f"{lost} other requests were lost" if lost else "no other request was lost"


def said(seconds: float | None) -> str:
    """When something came to be, after what follows."""
    return "never after" if seconds is None else f"{seconds:.1f} s after"


def main() -> None:
    """Make everything fail, print what happened and write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="shorter, and nothing is written")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="that clients ask for, in each case")
    parser.add_argument("--only", choices=[one.__name__ for one in FAULTS], help="one of them")
    options = parser.parse_args()
    seconds = 4.0 if options.quick else options.seconds
    found = []
    for make in FAULTS:
        if options.only in {None, make.__name__}:
            fault = make(seconds)
            print(json.dumps(asdict(fault), ensure_ascii=False), flush=True)
            found.append(asdict(fault))
    if not options.quick and not options.only:
        result = {"machine": platform.machine(), "seconds": seconds, "faults": found}
        Path(RESULTS / "faults.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
