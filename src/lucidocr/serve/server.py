"""The production server: waitress, with its own refusals in the service's envelope."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import cast

from flask import Flask
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer, create_server
from waitress.task import ErrorTask

from lucidocr.errors import OptionError
from lucidocr.serve.errors import envelope
from lucidocr.serve.security import HEADERS

CONNECTIONS = 8
"""Requests in work at once; the rest wait. Reading itself is bounded by the reader's threads."""

REFUSED_BODY = 1 << 26
"""Bodies from this size on are refused unread. Smaller ones are read, so that clients get to see the refusal."""


class _EnvelopeErrorTask(ErrorTask):
    """Answer a request that never reaches the application: a broken head, or a body far too large."""

    def execute(self) -> None:
        error = self.request.error  # type: ignore[attr-defined]  # what the stubs call Error is a parser here
        code = error.reason.lower().replace(" ", "_")
        body = json.dumps(envelope(code, f"{error.reason}: {error.body}")).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers = [*self.response_headers, ("Content-Type", "application/json"), *HEADERS.items()]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):
    error_task_class = _EnvelopeErrorTask


def listen(app: Flask, *, host: str, port: int) -> TcpWSGIServer:
    """Bind an address and a port; ``run()`` of what is returned serves, ``close()`` ends it.

    Args:
        app: the service.
        host: name or number of one address, IPv4 or IPv6.
        port: 0 takes a free one, to be found with :func:`address`.

    Raises:
        OptionError: if that address cannot be listened at.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        bound = socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:
        raise OptionError(
            f"cannot listen at {host} port {port} ({error})", remedy="Choose --host or --port."
        ) from error
    server = create_server(
        app,
        sockets=[bound],
        threads=CONNECTIONS,
        ident="lucidocr",
        max_request_body_size=max(REFUSED_BODY, 2 * int(app.config["MAX_CONTENT_LENGTH"])),
        clear_untrusted_proxy_headers=True,
    )
    one = cast("TcpWSGIServer", server)  # it would be something else for several sockets
    one.channel_class = _Channel
    return one


def run(app: Flask, *, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serve until interrupted.

    Args:
        app: the service.
        host: see :func:`listen`.
        port: see :func:`listen`.
        announce: called with the address once requests are accepted.

    Raises:
        OptionError: if that address cannot be listened at.
    """
    server = listen(app, host=host, port=port)
    announce(address(server, host))
    server.run()


def address(server: TcpWSGIServer, host: str) -> str:
    """The address at which a browser on this machine finds a server that listens at a host."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
    shown = everywhere.get(host, host)
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{server.getsockname()[1]}/"
