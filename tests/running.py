"""The production server in a thread of the test, started and stopped cleanly."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from waitress.server import TcpWSGIServer

from lucidocr.serve.server import listen, stop


@contextmanager
def running(app: Flask, host: str = "127.0.0.1") -> Iterator[TcpWSGIServer]:
    server = listen(app, host=host, port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        stop(server)
        thread.join(timeout=10)
        assert not thread.is_alive()
