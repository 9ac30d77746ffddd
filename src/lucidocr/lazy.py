"""What is made when it is first needed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

_Part = TypeVar("_Part")


class Lazy(Generic[_Part]):
    """Something that is made when it is first needed, once, whichever thread needs it.

    Args:
        make: makes it.
    """

    def __init__(self, make: Callable[[], _Part]) -> None:
        self._make = make
        self._made: _Part | None = None
        self._lock = threading.Lock()

    def get(self) -> _Part:
        """The thing itself; what stops it from being made is raised each time."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made
