"""A file of lines that is only ever added to, laid aside when it is large, and never in the way."""

from __future__ import annotations

import fcntl
import os
import sys
import threading
from pathlib import Path


class Journal:
    """Adds lines to a file; any number of threads and processes do so at once.

    A line is written in one piece. When the file is full it becomes ``NAME.1``, what was that ``NAME.2``, and so on;
    the oldest goes. What cannot be written, because the disk is full for instance, is left out and counted; the first
    time, and when it works again, a line on stderr says so.

    Args:
        path: the file; it is made when there is a line.
        max_bytes: size from which it is laid aside.
        keep: files laid aside that are kept.
    """

    def __init__(self, path: Path, *, max_bytes: int, keep: int) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._keep = keep
        self._lock = threading.Lock()
        self._lost = 0

    @property
    def lost(self) -> int:
        """Lines that could not be written since the last that could."""
        return self._lost

    def add(self, line: str) -> None:
        """Add one line; errors are kept to oneself."""
        with self._lock:
            try:
                self._write(line.encode("utf-8", "backslashreplace") + b"\n")
            except OSError as error:
                if not self._lost:
                    print(f"lucidocr: {self._path} cannot be written to: {error}", file=sys.stderr)  # noqa: T201
                self._lost += 1
            else:
                if self._lost:
                    print(f"lucidocr: {self._path} is written to again; lines lost: {self._lost}", file=sys.stderr)  # noqa: T201
                self._lost = 0

    def _write(self, line: bytes) -> None:
        """Write a line under a lock that other processes heed, so that none writes to a file being laid aside."""
        while True:
            file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                if self._is_laid_aside(file):
                    continue
                size = os.fstat(file).st_size
                if size and size + len(line) > self._max_bytes and self._is_plain(file):
                    self._lay_aside()
                    continue
                written = os.write(file, line)
                if written < len(line):
                    os.ftruncate(file, size)  # no half lines: the next one would be joined to it
                    raise OSError(28, "no space left for a whole line")
                return
            finally:
                os.close(file)

    def _is_laid_aside(self, file: int) -> bool:
        """Whether another process has laid the file aside since it was opened."""
        try:
            return not os.path.samestat(os.fstat(file), self._path.stat())
        except FileNotFoundError:
            return True

    @staticmethod
    def _is_plain(file: int) -> bool:
        return os.fstat(file).st_mode & 0o170000 == 0o100000

    def _lay_aside(self) -> None:
        older = [self._path.with_name(f"{self._path.name}.{number}") for number in range(1, self._keep + 1)]
        for source, target in reversed(list(zip([self._path, *older], older, strict=False))):
            if source.exists():
                source.replace(target)
        if not older:
            self._path.unlink()
