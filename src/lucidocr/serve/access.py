"""Who may ask, under which name, and how often.

A service on one's own machine is within reach of every page that one's browser shows. Such a page can send forms to it,
and can have its own name point to this machine. It is told from others by what browsers add: the name that was asked
for (``Host``), and where the page comes from (``Origin``, ``Sec-Fetch-Site``).
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

from flask import Flask, Request, request
from werkzeug.middleware.proxy_fix import ProxyFix

from lucidocr.errors import AccessError, OptionError, RateError
from lucidocr.serve.audit import notes
from lucidocr.serve.keys import Keyring
from lucidocr.serve.settings import Settings

if TYPE_CHECKING:
    from limits.storage import Storage

OPEN: Final = frozenset(
    {"static", "page.static", "page.index", "document.static", "document.page", "document.schema",
     "health.live", "health.ready"}
)  # fmt: skip
"""Endpoints that need no key and count towards no limit: they say nothing about anybody."""

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_SAME_SITE: Final = frozenset({"same-origin", "none"})

Hit = Callable[[str], None]


def register(app: Flask, settings: Settings) -> None:
    """Let an application refuse who may not ask.

    Raises:
        OptionError: a file of keys that cannot be read, or limits that are none.
    """
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    names = _own_names(settings)
    keyring = Keyring(settings.keys) if settings.keys is not None else None
    by_address = _limiter(settings.address_limit, settings, "address")
    by_key = _limiter(settings.key_limit, settings, "key")
    if settings.key_limit is not None and keyring is None:
        raise OptionError("there is a limit for keys, and no file of keys", remedy="Name one with --keys.")

    @app.before_request
    def check() -> None:
        if request.endpoint in OPEN:
            return
        _check_host(request, names)
        _check_origin(request)
        by_address(_network(request.remote_addr))
        if keyring is not None:
            notes().key = keyring.check(_key_of(request)).id
            by_key(notes().key or "")


def _own_names(settings: Settings) -> frozenset[str] | None:
    """Names under which the service may be asked, beside numbers; None for any."""
    if "*" in settings.hosts:
        return None
    own = ("localhost", socket.gethostname(), settings.host)
    return frozenset(name.lower().rstrip(".") for name in (*own, *settings.hosts))


def _check_host(asked: Request, names: frozenset[str] | None) -> None:
    """Refuse names that are not the service's: another site's may have come to point here (DNS rebinding).

    A page that was loaded from a number or from a name of this service is this service's own.
    """
    host = _name_of(asked.host)
    if names is None or host in names or host.endswith(".localhost") or _is_number(host):
        return
    raise AccessError(f"this service is not called {host!r}", remedy="Start it with --hosts and its name.")


def _check_origin(asked: Request) -> None:
    """Refuse what another site's page sends; programs that are no browsers name no origin."""
    if asked.method in _SAFE_METHODS:
        return  # without leave, no page reads the answer to these
    origin = asked.headers.get("Origin")
    elsewhere = asked.headers.get("Sec-Fetch-Site", "none") not in _SAME_SITE
    if elsewhere or (origin is not None and not _is_own(origin, asked.host)):
        raise AccessError("a page of another site asks", remedy="Ask from the service's own page, or from a program.")


def _is_own(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    ports = {"http": ":80", "https": ":443"}
    if parts.scheme not in ports:
        return False
    standard = ports[parts.scheme]
    return parts.netloc.lower().removesuffix(standard) == host.lower().removesuffix(standard)


def _name_of(host: str) -> str:
    """The name in a Host header, without its port."""
    name = host.partition("]")[0].removeprefix("[") if host.startswith("[") else host.partition(":")[0]
    return name.lower().rstrip(".")


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _key_of(asked: Request) -> str | None:
    """The key in ``Authorization: Bearer`` or ``X-API-Key``."""
    kind, _, key = asked.headers.get("Authorization", "").partition(" ")
    return key.strip() if kind.lower() == "bearer" else asked.headers.get("X-API-Key")


def _network(address: str | None) -> str:
    """What stands for a client: its address, or the /64 that an IPv6 client can choose addresses from."""
    try:
        number = ipaddress.ip_address(address or "")
    except ValueError:
        return address or ""
    if number.version == 4:
        return str(number)
    return str(number.ipv4_mapped or ipaddress.ip_network((number, 64), strict=False))


def _limiter(limit: str | None, settings: Settings, kind: str) -> Hit:
    """A function that counts a request and refuses one too many; the library is loaded where there is a limit."""
    if limit is None:
        return lambda _: None
    from limits import parse, storage, strategies  # noqa: PLC0415  (a tenth of a second)
    from limits.errors import ConfigurationError, StorageError  # noqa: PLC0415

    try:
        allowed = parse(limit)
        far = strategies.MovingWindowRateLimiter(_store(settings.limit_store))
    except (ValueError, ConfigurationError) as error:
        raise OptionError(
            f"the limit {limit!r} in {settings.limit_store!r} cannot be kept ({error})",
            remedy="Give limits like 600/minute, and memory:// or redis://HOST.",
        ) from error
    near = strategies.MovingWindowRateLimiter(storage.MemoryStorage())

    def again(counts: strategies.RateLimiter, who: str) -> float | None:
        """Seconds to wait; None where the request may be made."""
        if counts.hit(allowed, kind, who):
            return None
        return max(1.0, counts.get_window_stats(allowed, kind, who).reset_time - time.time())

    def hit(who: str) -> None:
        try:
            seconds = again(far, who)
        except StorageError:  # each process counts by itself as long as the store is gone
            seconds = again(near, who)
        if seconds is not None:
            raise RateError(f"there were more than {limit} requests of this {kind}", retry_after=seconds)

    return hit


def _store(address: str) -> Storage:
    from limits.storage import storage_from_string  # noqa: PLC0415  (as above)

    patience = {"socket_timeout": 1, "socket_connect_timeout": 1} if address.startswith("redis") else {}
    return cast("Storage", storage_from_string(address, wrap_exceptions=True, **patience))
