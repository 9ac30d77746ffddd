"""What a service counts, for Prometheus: of one process, or of all that share the folder PROMETHEUS_MULTIPROC_DIR.

The library looks at that variable when it is first imported, so that is done where it is needed and not before.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Flask, Response, g, request

from lucidocr.gathering import Ran
from lucidocr.serve.cache import Outcome, Record

if TYPE_CHECKING:
    from prometheus_client import Gauge

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names the folder in which processes count together."""

_SECONDS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)
_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_LINES: Final = (1, 2, 3, 4, 6, 8, 12, 16, 32)


class Metrics:
    """The counters of one application; safe to use from many threads.

    Gauges of several processes are added up.
    """

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram  # noqa: PLC0415  (see above)

        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "lucidocr_requests", "Requests answered.", ["route", "method", "status"], registry=registry
        )
        self._seconds = Histogram(
            "lucidocr_request_seconds",
            "From when a thread takes a request to its answer.",
            ["route"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._refused = Counter(
            "lucidocr_requests_refused", "Requests sent away because too many waited.", registry=registry
        )
        self._lines = Counter("lucidocr_lines", "Lines of text in answers.", registry=registry)
        self._pixels = Counter("lucidocr_pixels", "Pixels of pictures that were answered for.", registry=registry)
        self._batch = Histogram(
            "lucidocr_batch_lines", "Lines that were recognised together.", buckets=_LINES, registry=registry
        )
        self._batch_seconds = Histogram(
            "lucidocr_batch_seconds", "That the network took for them.", buckets=_SECONDS, registry=registry
        )
        self._waited = Histogram(
            "lucidocr_line_wait_seconds", "That the oldest of them had waited.", buckets=_SECONDS, registry=registry
        )
        self._cache = Counter(
            "lucidocr_cache",
            "Where answers came from: memory, shared (Redis), joined (the same was in work) or computed.",
            ["outcome"],
            registry=registry,
        )
        self._store_failures = Counter(
            "lucidocr_cache_store_failures", "Times that Redis failed or was slow.", registry=registry
        )
        self._working = self._gauge("lucidocr_requests_working", "Requests in work.")
        self._queued = self._gauge("lucidocr_requests_queued", "Requests that wait for a thread.")
        self._waiting = self._gauge("lucidocr_lines_waiting", "Lines that wait to be recognised.")
        self._cache_bytes = self._gauge("lucidocr_cache_bytes", "Memory that kept answers take.")
        self._memory = self._gauge("lucidocr_resident_bytes", "Resident memory of the service.")
        self._sampled: list[Callable[[], None]] = [lambda: self._memory.set(resident_bytes())]

    def _gauge(self, name: str, says: str) -> Gauge:
        from prometheus_client import Gauge  # noqa: PLC0415

        return Gauge(name, says, registry=self._registry, multiprocess_mode="livesum")

    def ran(self, ran: Ran) -> None:
        """Count a micro-batch."""
        self._batch.observe(ran.lines)
        self._batch_seconds.observe(ran.seconds)
        self._waited.observe(ran.waited)

    def answered(self, record: Record) -> None:
        """Count what a picture's answer holds."""
        self._lines.inc(len(record["lines"]))
        self._pixels.inc(record["width"] * record["height"])

    def cached(self, outcome: Outcome) -> None:
        """Count where an answer came from."""
        self._cache.labels(outcome).inc()

    def store_failed(self) -> None:
        """Count that Redis failed."""
        self._store_failures.inc()

    def refused(self) -> None:
        """Count a request that was sent away."""
        self._refused.inc()

    def watch(self, *, waiting: Callable[[], int], cache_bytes: Callable[[], int]) -> None:
        """Say where to look for lines that wait and for the size of the cache."""
        self._sampled += [lambda: self._waiting.set(waiting()), lambda: self._cache_bytes.set(cache_bytes())]

    def watch_queue(self, queued: Callable[[], int]) -> None:
        """Say where to look for requests that wait for a thread."""
        self._sampled.append(lambda: self._queued.set(queued()))

    def register(self, app: Flask) -> None:
        """Count the requests of an application, and answer ``GET /metrics``."""

        @app.before_request
        def begin() -> None:
            g.metrics_began = time.perf_counter()
            self._working.inc()

        @app.after_request
        def end(response: Response) -> Response:
            route = request.url_rule.rule if request.url_rule else "none"
            method = request.method if request.url_rule else "any"
            self._requests.labels(route, method, str(response.status_code)).inc()
            if "metrics_began" in g:
                self._seconds.labels(route).observe(time.perf_counter() - g.metrics_began)
            return response

        @app.teardown_request
        def done(_: BaseException | None) -> None:
            if g.pop("metrics_began", None) is not None:
                self._working.dec()
                self._sample()

        app.register_blueprint(self._blueprint())

    def _blueprint(self) -> Blueprint:
        routes = Blueprint("metrics", __name__)

        @routes.get("/metrics")
        def metrics() -> Response:
            return Response(self.exposed(), content_type=_TYPE)

        return routes

    def exposed(self) -> bytes:
        """Everything, in Prometheus' text format."""
        from prometheus_client import CollectorRegistry, generate_latest, multiprocess  # noqa: PLC0415

        self._sample()
        registry = self._registry
        if FOLDER in os.environ:
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)

    def _sample(self) -> None:
        for sample in self._sampled:
            sample()


def resident_bytes() -> int:
    """Resident memory of this process; 0 where the system does not say (it is Linux that does)."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
