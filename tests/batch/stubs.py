"""What worker processes read with instead of a real reader; importable, since other processes import it."""

from __future__ import annotations

import os
import signal
import time
from functools import partial
from pathlib import Path

from lucidocr.batch.tasks import Read
from lucidocr.errors import DamagedImageError, ModelError


def read_length(source: str, path: Path) -> int:
    """ "Reads" a document: how many bytes it has; some documents do harm."""
    content = Path(source).read_bytes()
    if content == b"bad":
        raise DamagedImageError(f"{source} breaks off")
    if content == b"bug":
        raise ZeroDivisionError(source)
    if content == b"model":
        raise ModelError("the model is altered")
    if content == b"deadly":
        os.kill(os.getpid(), signal.SIGKILL)
    if content.startswith(b"once "):  # the path of a note that it has killed already
        note = Path(content[5:].decode())
        if not note.exists():
            note.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    path.write_text(f"{len(content)} bytes\n", encoding="utf-8")
    return 1


def read_slowly(seconds: float, source: str, path: Path) -> int:
    time.sleep(seconds)
    return read_length(source, path)


def opener() -> Read:
    return read_length


def slow_opener() -> Read:
    return partial(read_slowly, 0.05)


def broken_opener() -> Read:
    raise ModelError("there is no model")


def deadly_opener() -> Read:
    os.kill(os.getpid(), signal.SIGKILL)
    return read_length
