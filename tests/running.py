"""The production server in a thread of the test, started and stopped cleanly."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from flask import Flask
from waitress import wasyncore
from waitress.server import TcpWSGIServer

from lucidocr.serve.server import listen


@contextmanager
def running(app: Flask, host: str = "127.0.0.1") -> Iterator[TcpWSGIServer]:
    server = listen(app, host=host, port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        server.task_dispatcher.shutdown()
        # Sockets are closed by the thread that waits for them: closing them under it is an error there.
        with suppress(OSError):  # the thread, awake for another reason, may have run it and closed the trigger
            server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        thread.join(timeout=10)
        assert not thread.is_alive()
