"""How many heaps the C library keeps for the threads of a service.

glibc makes up to eight for each core. Every thread then keeps what its largest picture needed, and memory creeps up for
thousands of requests; with two it stays where it is after some hundred, and nothing is slower (benchmarks/serving.py).
"""

from __future__ import annotations

import ctypes
import sys
from typing import Final

MOST: Final = 2

_M_ARENA_MAX: Final = -8
"""Its number in glibc's malloc.h."""


def bound_arenas() -> None:
    """Let there be at most ``MOST`` from now on; nothing happens where the C library is another one."""
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, MOST)
