"""The production server: waitress, with its own refusals in the service's envelope."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from flask import Flask
from waitress import wasyncore
from waitress.server import TcpWSGIServer, create_server

from lucidocr.errors import OptionError
from lucidocr.serve.channels import Server, channels
from lucidocr.serve.dispatch import Dispatcher
from lucidocr.serve.draining import closed_by_signals, serve_until_closed
from lucidocr.serve.service import Service

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
    return serve_at(app, bound)


def serve_at(app: Flask, bound: socket.socket) -> TcpWSGIServer:
    """A server for a socket that is bound already; see :func:`listen`."""
    service = service_of(app)
    settings = service.settings
    dispatcher = Dispatcher(
        settings.request_threads,
        queue=settings.queue,
        patience=settings.request_seconds,
        refused=service.metrics.refused,
    )
    server = create_server(
        app,
        sockets=[bound],
        _dispatcher=dispatcher,
        ident="lucidocr",
        max_request_body_size=max(REFUSED_BODY, 2 * settings.max_body, settings.max_batch_body + 1_000_000),
        clear_untrusted_proxy_headers=not settings.proxies,
        connection_limit=OPEN_CONNECTIONS,
        channel_timeout=max(1, int(settings.receive_seconds)),
        asyncore_use_poll=True,
        channel_request_lookahead=1,  # by which it is seen that a client has gone, and its request is not begun
    )
    service.metrics.watch_queue(lambda: len(dispatcher.queue))
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
    server = listen(app, host=host, port=port)
    service = service_of(app)
    with closed_by_signals(server, service.closing):
        announce(address(server, host))
        serve_until_closed(server, service.closing, grace=service.settings.request_seconds)
    service.jobs.close()


def stop(server: Server) -> None:
    """End a server that ``run()`` of another thread serves; what is unanswered stays so."""
    server.task_dispatcher.shutdown()
    # Sockets are closed by the thread that waits for them: closing them under it is an error there.
    with suppress(OSError):  # that thread, awake for another reason, may have closed the trigger already
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))  # noqa: SLF001


def service_of(app: Flask) -> Service:
    """What an application serves."""
    return cast("Service", app.extensions["lucidocr"])


def address(server: TcpWSGIServer, host: str) -> str:
    """The address at which a browser on this machine finds a server that listens at a host."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
    shown = everywhere.get(host, host)
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{server.getsockname()[1]}/"
