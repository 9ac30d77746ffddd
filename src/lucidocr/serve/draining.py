"""Serving until a signal, and then answering what was accepted."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType
from typing import Final

from waitress import wasyncore

from lucidocr.serve.channels import Channel, Server

LINGER: Final = 0.5
"""Seconds for which a connection on which nothing has come yet is kept: what it is for may be on its way."""


def serve_until_closed(server: Server, closing: Event, *, grace: float, beat: Callable[[], None] | None = None) -> None:
    """Serve until somebody sets ``closing``; then take no more connections and answer what is there.

    Args:
        server: which listens.
        closing: looked at every second, and whenever the server's trigger is pulled.
        grace: longest time, seconds, for what is there.
        beat: called every second or more often.
    """
    connections = server._map  # noqa: SLF001
    beat = beat or (lambda: None)
    while not closing.is_set():
        beat()
        wasyncore.loop(timeout=1, use_poll=True, map=connections, count=1)
    _accept_waiting(server)
    wasyncore.dispatcher.close(server)
    began = time.monotonic()
    while server.active_channels and time.monotonic() < began + LINGER:
        beat()
        wasyncore.loop(timeout=0.1, use_poll=True, map=connections, count=1)
    while time.monotonic() < began + grace and _close_idle(server):
        beat()
        wasyncore.loop(timeout=0.1, use_poll=True, map=connections, count=1)
    server.task_dispatcher.shutdown(timeout=1)
    wasyncore.close_all(connections)


@contextmanager
def closed_by_signals(server: Server, closing: Event) -> Iterator[None]:
    """Set an event on SIGTERM and Ctrl+C; the second of them ends the process as it would have without this."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def close(number: int, frame: FrameType | None) -> None:
        del number, frame
        closing.set()
        restore()
        server.trigger.pull_trigger()  # wakes the server, which waits for its connections

    for number in before:
        signal.signal(number, close)
    try:
        yield
    finally:
        restore()


def _accept_waiting(server: Server) -> None:
    """Take the connections that the system has accepted already."""
    while True:
        known = len(server.active_channels)
        server.handle_accept()
        if len(server.active_channels) == known:
            return


def _close_idle(server: Server) -> bool:
    """Close connections that wait for nothing; whether others are left."""
    left = False
    for channel in list(server.active_channels.values()):
        if isinstance(channel, Channel) and channel.is_idle:
            channel.handle_close()
        else:
            left = True
    return left
