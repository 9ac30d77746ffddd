"""One thread for NumPy's matrix products.

They are small here. Where BLAS spreads them over several threads, each waits for the others: beside a busy process that
takes a hundred times as long as one thread alone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from threadpoolctl import ThreadpoolController


class BlasThreads:
    """The thread setting of the process's BLAS libraries, which its users share.

    Libraries are looked for once, at the first use: NumPy's is there by then, and those that other packages load later
    are none of our business.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._libraries: ThreadpoolController | None = None
        self._before: list[tuple[Any, int]] = []

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold BLAS to one thread while any user is inside; the last one restores what was."""
        with self._lock:
            if self._libraries is None:  # looking for them takes milliseconds
                self._libraries = ThreadpoolController().select(user_api="blas")
            self._users += 1
            if self._users == 1:
                self._before = [(library, library.num_threads) for library in self._libraries.lib_controllers]
                for library, _ in self._before:
                    _limit(library, 1)
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if self._users == 0:
                    for library, threads in self._before:
                        _limit(library, threads)


def _limit(library: Any, threads: int) -> None:
    """Set a library's threads, whichever of our threads did so before.

    From 3.8 on, threadpoolctl lets only the first thread that sets them do so again, until it is told to forget it.
    """
    forget = getattr(library, "clear_controlling_thread", None)
    if forget is not None:
        forget(force=True)
    library.set_num_threads(threads)
    if forget is not None:
        forget(force=True)


one_blas_thread = BlasThreads().one
