"""The production server in a thread of a test or benchmark, started and stopped cleanly."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from lucidocr.serve.channels import Server
from lucidocr.serve.server import listen, stop


@contextmanager
def running(app: Flask, host: str = "127.0.0.1") -> Iterator[Server]:
    """Serve at a free port.

    Raises:
        OptionError: if that address cannot be listened at.
        RuntimeError: the server does not end.
    """
    server = listen(app, host=host, port=0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        stop(server)
        thread.join(timeout=10)
        if thread.is_alive():
            raise RuntimeError("the server goes on")
