"""Which requests are worked on, which wait, and which are sent away for a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from waitress.task import ThreadedTaskDispatcher

from lucidocr.serve.channels import Channel


class _Quiet(ThreadedTaskDispatcher):
    """Hands requests to threads without a word in the log for each that has to wait."""

    def add_task(self, task: Any) -> None:
        """Let a request wait for a thread."""
        with self.lock:
            self.queue.append(task)
            self.queue_cv.notify()


class Dispatcher(_Quiet):
    """Hands requests to threads; those that come while too many wait are refused by a thread of its own.

    Args:
        threads: requests in work at once.
        queue: most that wait.
        patience: longest that one waits, seconds; it is refused then.
        refused: told of every refusal.
    """

    def __init__(self, threads: int, *, queue: int, patience: float, refused: Callable[[], None]) -> None:
        super().__init__()
        self._most = queue
        self._patience = patience
        self._refused = refused
        self._refusals = _Quiet()
        self._refusals.set_thread_count(1)
        self.set_thread_count(threads)

    def add_task(self, task: Any) -> None:
        """Let a request wait for a thread, or refuse it."""
        if isinstance(task, Channel):
            task.wait_until = time.monotonic() + self._patience
        if len(self.queue) < self._most:
            super().add_task(task)
            return
        self._refused()
        if isinstance(task, Channel):
            task.refuse()
        self._refusals.add_task(task)

    def shutdown(self, cancel_pending: bool = True, timeout: int = 5) -> bool:
        """End all threads."""
        self._refusals.shutdown(cancel_pending, timeout)
        return bool(super().shutdown(cancel_pending, timeout))
