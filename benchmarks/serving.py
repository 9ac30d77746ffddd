"""How many lines services read a second, and how long each client waits; results go to ``results/serving.json``.

``python -m benchmarks.serving`` starts this project's service in several ways, and a small one around RapidOCR's
recogniser, all at once, and lets 1, 8, 64 and 200 clients ask each of them in turn, so that what slows the machine
slows all alike. Every picture is another one with its own number, which is looked for in its answer. Then it sends
20,000 requests to one service to see whether its memory stays flat, and lets 200 clients ask for minutes. It takes
about a quarter of an hour; ``--quick`` sees in about a minute that it works and writes nothing. ``--tune`` compares
settings of the service in place of that.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any, Final

from benchmarks.load import Clients, draw
from benchmarks.reading import RESULTS
from benchmarks.servers import Server, lucidocr, rapidocr, serving
from lucidocr.threads import available_cores

CLIENTS: Final = (1, 8, 64, 200)
SECONDS: Final = 12.0
REQUESTS: Final = 20_000
SOAK_SECONDS: Final = 180.0
SOAK_CLIENTS: Final = 200
FEW: Final = 64
"""Different pictures where answers are to come from the cache."""

_NO_CACHE: Final = ("--cache-bytes", "0")
_MEMORY_CLIENTS: Final = 16
_SMALL_CACHE: Final = ("--cache-bytes", "4000000")
"""Full after a thousand answers or so, so that what grows beside it is seen."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A way to serve.

    Attributes:
        name: in tables.
        command: that starts it.
        pictures: different ones that it is sent.
    """

    name: str
    command: Sequence[str]
    pictures: int = 1000


def contenders() -> list[Contender]:
    """What is compared."""
    cores = str(available_cores())
    return [
        Contender("lucidocr", lucidocr(*_NO_CACHE)),
        Contender("lucidocr, no batching", lucidocr(*_NO_CACHE, "--no-batching")),
        Contender(f"lucidocr, {cores} processes", lucidocr(*_NO_CACHE, "--workers", cores)),
        Contender("lucidocr, eight bits", lucidocr(*_NO_CACHE, "--precision", "int8")),
        Contender(
            f"lucidocr, eight bits, {cores} processes",
            lucidocr(*_NO_CACHE, "--precision", "int8", "--workers", cores),
        ),
        Contender("lucidocr, from the cache", lucidocr(), FEW),
        Contender("RapidOCR, 1 thread a line", rapidocr(1)),
        Contender(f"RapidOCR, {cores} threads a line", rapidocr(int(cores))),
    ]


def settings() -> list[Contender]:
    """Settings to choose among."""
    given: Mapping[str, Sequence[str]] = {
        "as it is": (),
        "wait 0": ("--batch-wait", "0"),
        "wait 2 ms": ("--batch-wait", "0.002"),
        "1 lane": ("--lanes", "1"),
        "3 lanes": ("--lanes", "3"),
        "4 threads": ("--request-threads", "4"),
        "16 threads": ("--request-threads", "16"),
        "48 threads": ("--request-threads", "48"),
        "no batching": ("--no-batching",),
        "no batching, 1 thread": ("--no-batching", "--threads", "1"),
    }
    return [Contender(name, lucidocr(*_NO_CACHE, *arguments)) for name, arguments in given.items()]


def ask(server: Server, clients: int, *, pictures: int, seconds: float) -> dict[str, Any]:
    """Let clients, a process of their own, ask for some time."""
    arguments = ["--clients", str(clients), "--seconds", str(seconds), "--pictures", str(pictures)]
    command = [sys.executable, "-m", "benchmarks.load", str(server.port), *arguments]
    before = server.cpu_seconds
    done = subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603 - this program
    found: dict[str, Any] = json.loads(done.stdout)
    asked = found["right"] + found["misread"] + found["mixed_up"]
    used = server.cpu_seconds - before
    return found | {
        "per_second": round(found["answered"] / found["seconds"], 1),
        "server_ms": round(1000 * used / max(1, asked), 2),
        "client_ms": round(1000 * found["client_seconds"] / max(1, asked), 2),
        "memory_mb": round(server.memory_mb, 1),
    }


def rates(chosen: Sequence[Contender], clients: Sequence[int], seconds: float) -> Iterator[dict[str, Any]]:
    """Every contender under every load, in turns."""
    with ExitStack() as stack:
        servers = {one.name: stack.enter_context(serving(one.command)) for one in chosen}
        for one in chosen:  # what is loaded with the first request, and what the cache is to hold
            Clients(servers[one.name].port, draw(one.pictures)[: max(FEW, 8)], 2).run(requests=FEW, warm_up=0)
        for count in clients:
            for one in chosen:
                found = ask(servers[one.name], count, pictures=one.pictures, seconds=seconds)
                print(
                    f"{one.name:36} {count:3} clients {found['per_second']:7.1f}/s {found['milliseconds']} "
                    f"server {found['server_ms']} ms, client {found['client_ms']} ms, {found['memory_mb']:.0f} MiB, "
                    f"misread {found['misread']}, mixed up {found['mixed_up']}, refused {found['refused']}, "
                    f"broken {found['broken']}",
                    flush=True,
                )
                yield {"name": one.name, **found}


def memory(requests: int) -> dict[str, Any]:
    """Resident memory of a service over many requests, of which most are new."""
    samples: list[dict[str, float]] = []
    with serving(lucidocr(*_SMALL_CACHE)) as server:
        every = max(1, requests // 20)

        def sample(count: int) -> None:
            if count % every == 0:
                samples.append({"requests": count, "rss_mb": round(server.memory_mb, 1)})

        clients = Clients(server.port, draw(min(requests, 5000)), _MEMORY_CLIENTS, on_answer=sample)
        began = time.perf_counter()
        outcome = clients.run(requests=requests, warm_up=0)
    samples.sort(key=lambda one: one["requests"])
    quarter = max(1, len(samples) // 4)
    rss = [one["rss_mb"] for one in samples]
    return {
        "requests": requests,
        "seconds": round(time.perf_counter() - began, 1),
        "samples": samples,
        "growth_mb": round(statistics.mean(rss[-quarter:]) - statistics.mean(rss[quarter : 2 * quarter] or rss), 1),
        "outcome": asdict(outcome),
    }


def soak(seconds: float, clients: int) -> dict[str, Any]:
    """Many clients for minutes: nothing may be lost or mixed up."""
    with serving(lucidocr(*_SMALL_CACHE)) as server:
        return ask(server, clients, pictures=3000, seconds=seconds)


def main() -> None:
    """Measure, print and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a minute or so, and nothing is written")
    parser.add_argument("--tune", action="store_true", help="compare settings; nothing is written")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each contender under each load")
    parser.add_argument("--clients", type=int, nargs="+", default=CLIENTS)
    parser.add_argument("--requests", type=int, default=REQUESTS, help="over which memory is watched")
    parser.add_argument("--soak-seconds", type=float, default=SOAK_SECONDS)
    options = parser.parse_args()
    if options.tune:
        list(rates(settings(), options.clients, options.seconds))
        return
    if options.quick:
        options.seconds, options.requests, options.soak_seconds = 1.0, 400, 5.0
    result = {
        "machine": platform.machine(),
        "cores": available_cores(),
        "python": platform.python_version(),
        "rates": list(rates(contenders(), options.clients, options.seconds)),
        "memory": memory(options.requests),
        "soak": soak(options.soak_seconds, SOAK_CLIENTS),
    }
    print(json.dumps({name: result[name] for name in ("memory", "soak")}, indent=2))
    if not options.quick:
        (RESULTS / "serving.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
