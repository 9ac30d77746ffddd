"""The production server: waitress, with its own refusals in the service's envelope."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from typing import cast

from flask import Flask
from waitress.server import TcpWSGIServer, create_server

from lucidocr.errors import OptionError
from lucidocr.serve.channels import channels
from lucidocr.serve.draining import closed_by_signals, serve_until_closed
from lucidocr.serve.service import Service

CONNECTIONS = 8
"""Requests in work at once; the rest wait. Reading itself is bounded by the reader's threads."""

REFUSED_BODY = 1 << 26
"""Bodies from this size on are refused unread. Smaller ones are read, so that clients get to see the refusal."""


OPEN_CONNECTIONS = 1000
"""Connections at once; the rest wait to be accepted. One that nothing comes on costs a few kilobytes."""

PER_ADDRESS = 500
"""Connections at once of one address, so that no client takes all of them."""


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
    settings = _service(app).settings
    server = create_server(
        app,
        sockets=[bound],
        threads=CONNECTIONS,
        ident="lucidocr",
        max_request_body_size=max(REFUSED_BODY, 2 * settings.max_body, settings.max_batch_body + 1_000_000),
        clear_untrusted_proxy_headers=not settings.proxies,
        connection_limit=OPEN_CONNECTIONS,
        channel_timeout=max(1, int(settings.receive_seconds)),
        asyncore_use_poll=True,
    )
    one = cast("TcpWSGIServer", server)  # it would be something else for several sockets
    one.channel_class = channels(settings.receive_seconds, None if settings.proxies else PER_ADDRESS)
    return one


def run(app: Flask, *, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serve until interrupted or told to end (SIGTERM), and answer what was accepted by then.

    Args:
        app: the service.
        host: see :func:`listen`.
        port: see :func:`listen`.
        announce: called with the address once requests are accepted.

    Raises:
        OptionError: if that address cannot be listened at.
    """
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a line for every request that waits
    server = listen(app, host=host, port=port)
    service = _service(app)
    with closed_by_signals(server, service.closing):
        announce(address(server, host))
        serve_until_closed(server, service.closing, grace=service.settings.request_seconds)
    service.jobs.close()


def _service(app: Flask) -> Service:
    return cast("Service", app.extensions["lucidocr"])


def address(server: TcpWSGIServer, host: str) -> str:
    """The address at which a browser on this machine finds a server that listens at a host."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
    shown = everywhere.get(host, host)
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{server.getsockname()[1]}/"
