"""Redis as the store that the cache of several processes shares."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final, TypeVar

from lucidocr.errors import MissingPartError, OptionError

SECONDS: Final = 0.1
"""Longest that Redis is waited for: less than most pictures take to read."""

_FIRST_REST: Final = 1.0
_LONGEST_REST: Final = 60.0
"""Seconds that Redis is left alone after it failed: twice as long every time, up to that."""

_PREFIX: Final = "lucidocr:1:"
_LOG: Final = logging.getLogger(__name__)

Result = TypeVar("Result")


class RedisStore:
    """See :class:`lucidocr.serve.cache.Store`; what fails or is slow is done without for a while.

    Args:
        url: ``redis://``, ``rediss://`` or ``unix://``, as redis-py takes it.
        keep: seconds that a value is kept.
        observe: told whenever Redis fails.
        clock: seconds that only ever grow.

    Raises:
        MissingPartError: the package redis is not installed.
        OptionError: another kind of address.
    """

    def __init__(
        self,
        url: str,
        *,
        keep: float,
        observe: Callable[[], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        try:
            import redis  # noqa: PLC0415 - an extra
            from redis.backoff import NoBackoff  # noqa: PLC0415
            from redis.retry import Retry  # noqa: PLC0415
        except ImportError as error:
            raise MissingPartError(
                "the cache in Redis needs the package redis", remedy="Run `pip install 'lucidocr[redis]'`."
            ) from error
        try:
            self._redis = redis.Redis.from_url(
                url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, retry=Retry(NoBackoff(), 0)
            )
        except ValueError as error:
            raise OptionError(
                f"{url!r} is no address of a Redis", remedy="Give one like redis://127.0.0.1:6379/0."
            ) from error
        self._failures = (redis.RedisError, OSError)
        self._keep = max(1, round(keep))
        self._observe = observe or (lambda: None)
        self._clock = clock
        self._lock = threading.Lock()
        self._rest = _FIRST_REST
        self._until = -float("inf")

    def get(self, key: str) -> bytes | None:
        """See :class:`lucidocr.serve.cache.Store`."""
        value = self._tried(lambda: self._redis.get(_PREFIX + key))
        return value if isinstance(value, bytes) else None

    def put(self, key: str, value: bytes) -> None:
        """See :class:`lucidocr.serve.cache.Store`."""
        self._tried(lambda: self._redis.set(_PREFIX + key, value, ex=self._keep))

    def _tried(self, ask: Callable[[], Result]) -> Result | None:
        if self._clock() < self._until:
            return None
        try:
            result = ask()
        except self._failures as error:
            self._leave_alone(error)
            return None
        with self._lock:
            self._rest = _FIRST_REST
        return result

    def _leave_alone(self, error: Exception) -> None:
        self._observe()
        with self._lock:
            if self._clock() < self._until:  # another thread has just noted the same
                return
            rest = self._rest
            self._until = self._clock() + rest
            self._rest = min(2 * rest, _LONGEST_REST)
        _LOG.warning("Redis does not answer (%s); the cache does without it for %g s", error, rest)
