"""Connections of the production server: slow clients are sent away, and refusals have the service's envelope."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.task import ErrorTask
from waitress.utilities import Error

from lucidocr.errors import BusyError
from lucidocr.serve.errors import envelope
from lucidocr.serve.security import HEADERS

Server = Any
"""A waitress server; its published types describe few of the parts that are used here."""


class RequestTimeout(Error):  # noqa: N818  (called as HTTP calls it)
    """A client takes too long to send its request."""

    code = 408
    reason = "Request Timeout"


class Overloaded(Error):  # noqa: N818  (the same)
    """Too many requests wait already."""

    code = 503
    reason = "Service Unavailable"
    retry_after = 2


class EnvelopeErrorTask(ErrorTask):
    """Answer a request that never reaches the application: a broken head, a body far too large, a client too slow."""

    def service(self) -> None:
        """Answer, if somebody is still there."""
        with suppress(ClientDisconnected):  # else the server would log the path, which a broken request has none of
            super().service()

    def execute(self) -> None:
        """Write the answer."""
        error = self.request.error  # type: ignore[attr-defined]  # what the stubs call Error is a parser here
        busy = isinstance(error, Overloaded)
        code = BusyError.code if busy else error.reason.lower().replace(" ", "_")
        body = json.dumps(envelope(code, f"{error.reason}: {error.body}")).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers = [*self.response_headers, ("Content-Type", "application/json"), *HEADERS.items()]
        if busy:
            self.response_headers.append(("Retry-After", str(Overloaded.retry_after)))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Channel(HTTPChannel):
    """A connection whose requests must be there in time, however many bytes come meanwhile.

    The server closes a connection on which nothing comes by itself; a client that sends a byte now and then would keep
    it for ever.
    """

    error_task_class = EnvelopeErrorTask
    receive_seconds = 120.0
    wait_until = float("inf")
    requests: list[HTTPRequestParser]
    requests_lock: threading.Lock
    server: Server
    _current: HTTPRequestParser | None = None
    _began = 0.0

    def received(self, data: bytes) -> bool:
        """Take what came; end a request that has been on its way for too long."""
        taken = bool(super().received(data))
        now = time.monotonic()
        if self.request is not self._current:
            self._current, self._began = self.request, now
        elif self.request is not None and now - self._began > self.receive_seconds:
            self._give_up()
        return taken

    def send_continue(self) -> None:
        """Give a client that asked first leave to send its body, where there is one that is wanted.

        Given for a request that is whole or refused already, it would be waited for for ever.
        """
        if self.request is not None and self.request.completed:
            self.request.expect_continue = False
        else:
            super().send_continue()

    def _give_up(self) -> None:
        with self.requests_lock:
            late = self.request
            if late is None:
                return
            late.error = RequestTimeout(f"it was not there within {self.receive_seconds:g} s")
            self.request = self._current = None
            self.requests.append(late)
            if len(self.requests) == 1:
                self.server.add_task(self)

    def service(self) -> None:
        """Answer a request; refuse one that has waited for too long, whose sender has probably given up."""
        if time.monotonic() > self.wait_until:
            self.refuse()
        super().service()

    def refuse(self) -> None:
        """Let the request that is to be worked on be answered with a refusal."""
        self.requests[0].error = Overloaded("too many requests wait already; ask again in a few seconds")

    @property
    def is_idle(self) -> bool:
        """Whether nothing was asked that is not answered."""
        return self.request is None and not self.requests and not self.total_outbufs_len


def channels(receive_seconds: float, per_address: int | None) -> Any:
    """What makes connections, in place of a class of them.

    Args:
        receive_seconds: how long a request may be on its way.
        per_address: most connections of one address; any number when None.
    """
    limit = receive_seconds

    class Limited(Channel):
        receive_seconds = limit

    def make(
        server: Server,
        sock: socket.socket,
        addr: Any,
        adj: Adjustments,
        map: Mapping[int, Any] | None = None,  # noqa: A002
    ) -> Channel | None:
        if per_address is not None and isinstance(addr, tuple):
            same = sum(other.addr[0] == addr[0] for other in list(server.active_channels.values()))
            if same >= per_address:
                sock.close()
                return None
        return Limited(server, sock, addr, adj, map=map)

    return make
