"""Several processes that serve at one address: gunicorn starts, watches and replaces them, waitress serves in each.

gunicorn's own workers read a request in the thread that answers it, so that slow clients would hold threads; and their
queue has no end. In this one everything is as with a single process.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from lucidocr.serve.channels import Server
from lucidocr.serve.draining import serve_until_closed
from lucidocr.serve.metrics import FOLDER
from lucidocr.serve.server import serve_at, service_of
from lucidocr.serve.settings import Settings
from lucidocr.threads import available_cores

_SILENT: Final = 30
"""Seconds after which a process that shows no sign of life is replaced."""


def run_processes(settings: Settings, make: Callable[[Settings], Flask], *, announce: Callable[[str], None]) -> None:
    """Serve with several processes until interrupted or told to end, and answer what was accepted by then.

    Args:
        settings: of the service; cores are shared out, and batches, which a process keeps to itself, are not taken.
        make: makes the application, in each process.
        announce: called with the address once requests are accepted.

    Raises:
        SystemExit: at the end.
    """
    each = max(1, (settings.threads or available_cores()) // settings.workers)
    own = settings.model_copy(update={"threads": each, "jobs": 0})
    with _counted_together():
        _Application(own, make, announce).run()


class _Application(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """What gunicorn is told."""

    def __init__(self, settings: Settings, make: Callable[[Settings], Flask], announce: Callable[[str], None]) -> None:
        self._settings = settings
        self._make = make
        self._announce = announce
        super().__init__()

    def load_config(self) -> None:
        """Configure gunicorn; its own files and variables count for nothing."""
        settings = self._settings
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        for name, value in {
            "bind": f"{host}:{settings.port}",
            "workers": settings.workers,
            "worker_class": "lucidocr.serve.processes.WaitressWorker",
            "timeout": _SILENT,
            "graceful_timeout": round(settings.request_seconds) + 5,
            "loglevel": "warning",
            "control_socket_disable": True,
            "when_ready": self._ready,
            "child_exit": _gone,
        }.items():
            if name in self.cfg.settings:  # the control socket is new
                self.cfg.set(name, value)

    def load(self) -> Flask:
        """Make the application, in a process of its own."""
        return self._make(self._settings)

    def _ready(self, arbiter: Arbiter) -> None:
        port = arbiter.LISTENERS[0].sock.getsockname()[1]
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared, not bound
        host = self._settings.host
        self._announce(f"http://{everywhere.get(host, f'[{host}]' if ':' in host else host)}:{port}/")


class WaitressWorker(Worker):  # type: ignore[misc]  # gunicorn has no types
    """A process that serves with waitress."""

    def run(self) -> None:
        """Serve until told to end."""
        app: Flask = self.app.callable
        service = service_of(app)
        self._closing = service.closing
        self._server: Server = serve_at(app, self.sockets[0].sock)
        if not self.alive:  # told to end before there was a server
            self._closing.set()
        serve_until_closed(self._server, self._closing, grace=service.settings.request_seconds, beat=self._beat)
        service.jobs.close()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(0)  # libraries that were loaded before the fork end badly when this process unloads them

    def _beat(self) -> None:
        self.notify()
        if self.ppid != os.getppid():  # whoever would replace this process is gone
            self._closing.set()

    def handle_exit(self, sig: int, frame: Any) -> None:
        """End, once what was accepted is answered."""
        super().handle_exit(sig, frame)
        if hasattr(self, "_server"):
            self._closing.set()
            self._server.trigger.pull_trigger()

    def handle_quit(self, sig: int, frame: Any) -> None:
        """End in the same way on Ctrl+C, which the terminal sends to every process."""
        self.handle_exit(sig, frame)


def _gone(_: Arbiter, worker: Worker) -> None:
    """Forget the gauges of a process that has ended."""
    from prometheus_client import multiprocess  # noqa: PLC0415  (see lucidocr.serve.metrics)

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


@contextmanager
def _counted_together() -> Iterator[None]:
    """A folder in which all processes count."""
    if FOLDER in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="lucidocr-metrics-") as folder:
        os.environ[FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[FOLDER]
