from __future__ import annotations

import subprocess
import sys

from lucidocr.serve.arenas import MOST

COUNT = """
import ctypes, threading
from lucidocr.serve.arenas import bound_arenas
if {bounded}:
    bound_arenas()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
together = threading.Barrier(12)
def take():
    together.wait()
    for _ in range(100):
        libc.malloc(1000)
    together.wait()
threads = [threading.Thread(target=take) for _ in range(12)]
[one.start() for one in threads]
[one.join() for one in threads]
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
"""


def arenas(*, bounded: bool) -> int:
    """Heaps of a fresh process in which twelve threads take memory."""
    program = COUNT.format(bounded=bounded)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    return done.stdout.count("<heap nr=")


def test_threads_share_a_few_heaps() -> None:
    assert arenas(bounded=True) <= MOST < arenas(bounded=False)
