"""Which requests are worked on, which wait, and which are sent away for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from waitress.task import ThreadedTaskDispatcher

from lucidocr.serve.channels import Channel


class Dispatcher(ThreadedTaskDispatcher):
    """Hands requests to threads; those that come while too many wait are refused by a thread of its own.

    Args:
        threads: requests in work at once.
        queue: most that wait.
        refused: told of every refusal.
    """

    def __init__(self, threads: int, *, queue: int, refused: Callable[[], None]) -> None:
        super().__init__()
        self._most = queue
        self._refused = refused
        self._refusals = ThreadedTaskDispatcher()
        self._refusals.set_thread_count(1)
        self.set_thread_count(threads)

    def add_task(self, task: Any) -> None:
        """Let a request wait for a thread, or refuse it."""
        with self.lock:
            if len(self.queue) < self._most:
                self.queue.append(task)
                self.queue_cv.notify()
                return
        self._refused()
        if isinstance(task, Channel):
            task.refuse()
        self._refusals.add_task(task)

    def shutdown(self, cancel_pending: bool = True, timeout: int = 5) -> bool:
        """End all threads."""
        self._refusals.shutdown(cancel_pending, timeout)
        return bool(super().shutdown(cancel_pending, timeout))
