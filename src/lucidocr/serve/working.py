"""Work that is waited for only so long."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

from lucidocr.errors import BusyError, TimeLimitError

MOST: Final = 256
"""Threads at most; a server has fewer that ask."""

ABANDONED: Final = 4
"""Readings that nobody waits for any more, from which on no other is begun: each still takes a processor and memory."""

Result = TypeVar("Result")


class Workers:
    """Threads that read and explain, so that whoever asked can be answered in time.

    A thread cannot be stopped from outside. One that takes too long is left to itself, and only so many may be.

    Args:
        seconds: longest time that work is waited for.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._abandoned = 0
        self._pool = ThreadPoolExecutor(MOST, thread_name_prefix="lucidocr-work")

    def run(self, work: Callable[[], Result]) -> Result:
        """Do work and return its result; its errors are raised here.

        Raises:
            TimeLimitError: it takes too long.
            BusyError: too much that took too long is still running.
        """
        with self._lock:
            if self._abandoned >= ABANDONED:
                raise BusyError("the service is still at work on requests that took too long", retry_after=10)
        future = self._pool.submit(work)
        try:
            return future.result(timeout=self._seconds)
        except TimeoutError as error:
            if future.done():
                raise  # the work's own
            self._abandon(future)
            raise TimeLimitError(f"the request takes longer than {self._seconds:g} s", retry_after=10) from error

    def _abandon(self, future: Future[Result]) -> None:
        if future.cancel():
            return
        with self._lock:
            self._abandoned += 1
        future.add_done_callback(self._returned)

    def _returned(self, _: object) -> None:
        with self._lock:
            self._abandoned -= 1
