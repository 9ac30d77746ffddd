"""Fetching a picture from an address on the public network, and from nowhere else.

A service that fetches what its users name can be sent to machines that only the service reaches. Here every name is
resolved once, every address of it is vetted, and the connection goes to the vetted address itself, so that neither a
redirect nor a name that changes between two questions (DNS rebinding) leads inside. Proxies from the environment are
not used: they would resolve the name themselves.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast
from urllib.parse import SplitResult, urljoin, urlsplit

from lucidocr.errors import TooLargeError, UrlError

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
AddressRule = Callable[[IpAddress], bool]
Resolver = Callable[[str, int], Sequence[str]]

MAX_BYTES = 100_000_000
MAX_REDIRECTS = 5
TIMEOUT = 15.0
"""Seconds for the whole fetch, redirects included."""

_SMALLER = "Name a smaller picture, or download it and read the file with the command line."
_CHUNK = 65_536
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_ALSO_INNER = (ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("64:ff9b:1::/48"))
"""Ranges for protocols' own use that older releases of Python 3.11 take for public."""

_HEADERS = {"Accept": "image/*", "Accept-Encoding": "identity", "Connection": "close", "User-Agent": "lucidocr"}


def fetch(
    url: str,
    *,
    timeout: float = TIMEOUT,
    max_bytes: int = MAX_BYTES,
    resolve: Resolver | None = None,
    allow: AddressRule | None = None,
) -> bytes:
    """Fetch what an http or https address points to.

    Args:
        url: the address.
        timeout: seconds for everything.
        max_bytes: most bytes to take.
        resolve: name and port -> addresses; the system's resolver by default.
        allow: which addresses may be connected to; :func:`is_public` by default.

    Returns:
        The body of the answer.

    Raises:
        UrlError: another scheme, an address that is not public, too many redirects, no answer in time.
        TooLargeError: more than ``max_bytes`` bytes.
    """
    deadline = time.monotonic() + timeout
    for _ in range(MAX_REDIRECTS + 1):
        answer = _get(url, deadline, max_bytes, resolve or system_resolver, allow or is_public)
        if isinstance(answer, bytes):
            return answer
        url = answer.location
    raise UrlError(f"{url!r} redirects more than {MAX_REDIRECTS} times")


def is_public(address: IpAddress) -> bool:
    """Whether an address belongs to the public internet, looking through IPv6 wrappings of IPv4."""
    embedded = _embedded(address)
    if embedded is not None:
        return is_public(embedded)
    special = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    site_local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    inner = address.is_private or address.is_link_local or any(address in network for network in _ALSO_INNER)
    return address.is_global and not (special or site_local or inner)


def system_resolver(host: str, port: int) -> list[str]:
    """All addresses of a name, as the system knows them.

    Raises:
        OSError: the name has none.
    """
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _embedded(address: IpAddress) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for (mapped, compatible, 6to4, Teredo, NAT64), or None."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64 or (int(address) >> 32 == 0 and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


@dataclass(frozen=True, slots=True)
class _Redirect:
    location: str


def _get(url: str, deadline: float, max_bytes: int, resolve: Resolver, allow: AddressRule) -> bytes | _Redirect:
    """One request, following nothing."""
    parts, port = _split(url)
    host = cast("str", parts.hostname)
    try:
        with _connect(parts.scheme, host, port, _vetted(host, port, resolve, allow, deadline), deadline) as stream:
            connection = http.client.HTTPConnection(host, port)
            connection.default_port = 443 if parts.scheme == "https" else 80
            connection.auto_open = 0  # a lost connection is never opened again by name
            connection.sock = cast("socket.socket", _TimedSocket(stream, deadline))
            connection.request("GET", _target(parts), headers=_HEADERS)
            response = connection.getresponse()
            if response.status in _REDIRECTS:
                return _Redirect(urljoin(url, _location(response, url)))
            if response.status != HTTPStatus.OK:
                raise UrlError(f"{url!r} answers with status {response.status}")
            return _body(response, max_bytes)
    except TimeoutError as error:
        raise UrlError(f"{url!r} does not answer in time") from error
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
        raise UrlError(f"{url!r} could not be fetched ({type(error).__name__})") from error


def _split(url: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UrlError(f"{url!r} is not an address") from error
    if parts.scheme not in ("http", "https"):
        raise UrlError(f"{url!r} is not an http or https address")
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise UrlError("the address names no host, or carries a user name or password")
    if port is None:
        port = 443 if parts.scheme == "https" else 80
    return parts, port


def _target(parts: SplitResult) -> str:
    """What the request line asks for: path and query, percent-encoded where they hold more than ASCII."""
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return "".join(char if "!" <= char <= "~" else "".join(f"%{byte:02X}" for byte in char.encode()) for char in target)


def _location(response: http.client.HTTPResponse, url: str) -> str:
    location = response.getheader("Location")
    if not location:
        raise UrlError(f"{url!r} redirects to nowhere")
    return location


def _vetted(host: str, port: int, resolve: Resolver, allow: AddressRule, deadline: float) -> list[IpAddress]:
    """The addresses of a host, every one of which may be connected to."""
    addresses = [ipaddress.ip_address(text) for text in _resolved(host, port, resolve, deadline)]
    if not addresses:
        raise UrlError(f"{host!r} has no address")
    if not all(allow(address) for address in addresses):
        raise UrlError(f"{host!r} is not on the public network")
    return addresses


def _resolved(host: str, port: int, resolve: Resolver, deadline: float) -> Sequence[str]:
    """What a resolver says, in time: the system's cannot be hurried, and whose name server it asks is not known."""
    answer: Future[Sequence[str]] = Future()

    def ask() -> None:
        try:
            answer.set_result(resolve(host, port))
        except BaseException as error:  # noqa: BLE001  (raised below)
            answer.set_exception(error)

    threading.Thread(target=ask, name="lucidocr-resolve", daemon=True).start()
    return answer.result(timeout=_remaining(deadline))


def _connect(scheme: str, host: str, port: int, addresses: Sequence[IpAddress], deadline: float) -> socket.socket:
    """Connect to the first address that answers; the host's name serves TLS only."""
    failure: OSError | None = None
    for address in addresses:
        try:
            stream = socket.create_connection((str(address), port), timeout=_remaining(deadline))
        except OSError as error:
            failure = error
            continue
        return _encrypt(stream, host) if scheme == "https" else stream
    raise failure or OSError("no address")


def _encrypt(stream: socket.socket, host: str) -> socket.socket:
    try:
        return ssl.create_default_context().wrap_socket(stream, server_hostname=host)
    except BaseException:
        stream.close()
        raise


def _body(response: http.client.HTTPResponse, max_bytes: int) -> bytes:
    announced = response.length
    body = bytearray()
    if announced is None or announced <= max_bytes:
        while chunk := response.read(min(_CHUNK, max_bytes + 1 - len(body))):
            body += chunk
            if len(body) > max_bytes:
                break
        else:
            if announced is not None and len(body) < announced:
                raise http.client.IncompleteRead(bytes(body), announced - len(body))
            return bytes(body)
    raise TooLargeError(f"the address holds more than {max_bytes:,} bytes", remedy=_SMALLER)


def _remaining(deadline: float) -> float:
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise TimeoutError
    return remaining


class _TimedReader(io.RawIOBase):
    """A socket's incoming bytes, each wait bounded by what is left of the whole time."""

    def __init__(self, stream: socket.socket, deadline: float) -> None:
        super().__init__()
        self._stream = stream
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._stream.settimeout(_remaining(self._deadline))
        return self._stream.recv_into(buffer)


class _TimedSocket:
    """The part of a socket that ``http.client`` uses, under one deadline: a drip of bytes does not extend it."""

    def __init__(self, stream: socket.socket, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        self._stream.settimeout(_remaining(self._deadline))
        self._stream.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        del mode  # http.client asks for "rb" only
        return io.BufferedReader(_TimedReader(self._stream, self._deadline))

    def close(self) -> None:
        """Nothing: ``http.client`` closes early, while the answer is still read; the stream's owner closes it."""
