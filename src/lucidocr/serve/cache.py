"""Answers that are kept, so that the same picture with the same options is not read twice."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, Literal, Protocol

import numpy as np

from lucidocr import __version__
from lucidocr.correct.lexicon import Lexicon
from lucidocr.model import Model
from lucidocr.serve.fields import Options
from lucidocr.serve.requests import Picture
from lucidocr.serve.settings import Settings

Outcome = Literal["memory", "shared", "joined", "computed"]
"""Where an answer came from: this process, the store that processes share, another request for the same that was in
work, or nowhere."""

Record = dict[str, Any]

_OVERHEAD: Final = 300
"""Bytes that an entry takes beside its value, about."""

_PACKAGES: Final = ("rapidocr", "onnxruntime", "opencv-python-headless", "numpy", "pillow")
"""Whose versions may change what is read."""


BESIDE: Final = frozenset(
    {"host", "port", "model", "threads", "workers", "batching", "lanes", "batch_wait", "request_threads", "queue",
     "cache_bytes", "cache_redis", "cache_seconds", "max_bytes", "request_seconds", "receive_seconds", "allow_urls",
     "url_seconds", "hosts", "proxies", "keys", "key_limit", "address_limit", "limit_store", "audit", "audit_bytes",
     "audit_files", "audit_text", "jobs", "jobs_bytes", "job_bytes", "job_documents", "job_pages", "job_seconds"}
)  # fmt: skip
"""Settings that change no answer; others are taken to change some. The model counts by itself."""


class Store(Protocol):
    """Keeps values for several processes; never raises for being out of reach."""

    def get(self, key: str) -> bytes | None:
        """The value of a key, if it can be had."""

    def put(self, key: str, value: bytes) -> None:
        """Keep a value, if that is possible."""


class Cache:
    """Records of answers by what they answer; the least recently used go first.

    A record is computed once, however many threads ask for it at the same time. An error is never kept, and never
    handed to another thread than the one that met it.

    Args:
        limit: bytes of memory; nothing is kept here where it is 0.
        store: asked for what is not in memory.
        observe: told where every answer came from.
    """

    def __init__(
        self, limit: int, store: Store | None = None, *, observe: Callable[[Outcome], None] | None = None
    ) -> None:
        self._limit = limit
        self._store = store
        self._observe = observe or (lambda _: None)
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._flights: dict[str, _Flight] = {}

    @property
    def size(self) -> int:
        """Bytes that are kept in memory, about."""
        return self._bytes

    def __len__(self) -> int:
        return len(self._kept)

    def record(self, key: str, compute: Callable[[], Mapping[str, Any]]) -> Record:
        """What answers a request: kept, or computed now.

        Args:
            key: of :func:`key_of`.
            compute: makes the record, of what JSON can hold; its errors are raised.
        """
        if not self._limit and self._store is None:
            return dict(compute())
        with self._lock:
            value = self._recent(key)
            flight = self._flights.get(key)
            if value is None and flight is None:
                self._flights[key] = own = _Flight()
            else:
                own = None
        if value is not None:
            return self._found(value, "memory")
        if own is not None:
            return self._led(key, own, compute)
        if flight is not None:
            flight.landed.wait()
            if flight.value is not None:
                return self._found(flight.value, "joined")
        return self._computed(key, compute)

    def _led(self, key: str, flight: _Flight, compute: Callable[[], Mapping[str, Any]]) -> Record:
        """The record had by this thread, while others may wait for it."""
        try:
            flight.value, outcome = self._fetched_or_made(key, compute)
        finally:
            with self._lock:
                del self._flights[key]
                if flight.value is not None:
                    self._keep(key, flight.value)
            flight.landed.set()
        return self._found(flight.value, outcome)

    def _fetched_or_made(self, key: str, compute: Callable[[], Mapping[str, Any]]) -> tuple[bytes, Outcome]:
        fetched = self._store.get(key) if self._store is not None else None
        if fetched is not None and _is_record(fetched):
            return fetched, "shared"
        made = _to_bytes(compute())
        if self._store is not None:
            self._store.put(key, made)
        return made, "computed"

    def _computed(self, key: str, compute: Callable[[], Mapping[str, Any]]) -> Record:
        """The record computed by this thread: the one that it waited for met an error."""
        value = _to_bytes(compute())
        with self._lock:
            self._keep(key, value)
        return self._found(value, "computed")

    def _found(self, value: bytes, outcome: Outcome) -> Record:
        self._observe(outcome)
        record: Record = json.loads(value)
        return record

    def _recent(self, key: str) -> bytes | None:
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key]

    def _keep(self, key: str, value: bytes) -> None:
        """Keep a value, and drop the oldest ones that are too many with it."""
        if len(value) + _OVERHEAD > self._limit:
            return
        old = self._kept.pop(key, None)
        self._bytes -= 0 if old is None else len(old) + _OVERHEAD
        self._kept[key] = value
        self._bytes += len(value) + _OVERHEAD
        while self._bytes > self._limit:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= len(dropped) + _OVERHEAD


class _Flight:
    """A record that one thread computes and others may wait for; its value is None where that went wrong."""

    def __init__(self) -> None:
        self.landed = threading.Event()
        self.value: bytes | None = None


class Answers:
    """The cache of one service, by requests.

    Args:
        cache: keeps the records.
        identity: of :func:`identity_of`.
    """

    def __init__(self, cache: Cache, identity: str) -> None:
        self._cache = cache
        self._identity = identity

    @property
    def size(self) -> int:
        """See :attr:`Cache.size`."""
        return self._cache.size

    def record(
        self, route: str, picture: Picture, options: Options, compute: Callable[[], Mapping[str, Any]]
    ) -> Record:
        """What answers a request; the name of the picture is that of this very request.

        Args:
            route: what is asked for.
            picture: what was sent.
            options: of the request.
            compute: see :meth:`Cache.record`.
        """
        key = key_of(self._identity, route, picture.data, dict(options))
        return self._cache.record(key, compute) | {"source": picture.source}


def _to_bytes(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _is_record(value: bytes) -> bool:
    """Whether bytes from a store are a record: others may write to it, too."""
    try:
        return isinstance(json.loads(value), dict)
    except (ValueError, RecursionError):
        return False


def identity_of(model: Model, precision: str, settings: Settings) -> str:
    """What all answers of a service depend on: the model's weights, the programs that read, and its settings."""
    programs = {name: _version(name) for name in _PACKAGES}
    chosen = settings.model_dump(mode="json", exclude=set(BESIDE))
    return _digest([__version__, dict(model.parts), model.charset.chars, precision, programs, chosen])


def key_of(identity: str, route: str, picture: bytes, options: Mapping[str, object]) -> str:
    """What an answer depends on, as a digest.

    Args:
        identity: of :func:`identity_of`.
        route: what is asked for.
        picture: the file that was sent.
        options: all of the request's, by name; a lexicon counts by its content.

    Raises:
        TypeError: an option of a kind whose content is not known here.
    """
    return _digest([identity, route, sha256(picture).hexdigest(), described(options)])


def described(value: object) -> Any:
    """A value as JSON can hold it, such that values which differ are described differently.

    Raises:
        TypeError: a value of a kind that is not known here.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Lexicon):
        return {"lexicon": value.identity}
    if isinstance(value, np.ndarray):
        return {"array": value.tolist(), "dtype": str(value.dtype)}
    if isinstance(value, Mapping):
        return {str(name): described(value[name]) for name in sorted(value)}
    if isinstance(value, list | tuple):
        return [described(one) for one in value]
    raise TypeError(f"{type(value).__name__} cannot be part of a key")


def _digest(value: object) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode("ascii")).hexdigest()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
