"""The output folder of a batch: who may write to it, and where it keeps what is its own."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

from lucidocr.batch.journal import Journal
from lucidocr.batch.reading import cannot_write
from lucidocr.errors import OutputError

OWN: Final = ".lucidocr"
"""Folder in the output folder that holds the journal, the lock and parts; hidden, so that no listing finds it."""

Begin = Literal["new", "resume", "overwrite"]
"""Into an empty folder; where an earlier run ended; or in a folder that may hold anything, as if it were empty."""


class Store:
    """An output folder, held by one batch at a time; a context manager that lets go of it.

    The lock is the system's (``flock``): it ends with the process, however that ends.

    Args:
        folder: made where it is not there.
        begin: how to begin.

    Raises:
        OutputError: another batch holds the folder; a run ended in it and is not to be resumed; it holds something
            else; or it cannot be written to.
    """

    def __init__(self, folder: Path, begin: Begin = "new") -> None:
        self.folder = folder
        self.parts = folder / OWN / "parts"
        """Where files are written before they get their names: on the same file system."""
        try:
            _check(folder, begin)
            (folder / OWN).mkdir(parents=True, exist_ok=True)
            self._lock = os.open(folder / OWN / "lock", os.O_RDWR | os.O_CREAT, 0o666)
            try:
                self._hold(begin)
            except BaseException:
                os.close(self._lock)
                raise
        except OSError as error:
            raise cannot_write(folder, error) from error

    def _hold(self, begin: Begin) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._lock, 20).decode("ascii", "replace") or "unknown"
            raise OutputError(
                f"another batch is at work in {str(self.folder)!r} (process {holder})",
                remedy="Wait for it, or name another folder.",
            ) from None
        os.truncate(self._lock, 0)
        os.write(self._lock, str(os.getpid()).encode("ascii"))
        path = self.folder / OWN / "journal.jsonl"
        if begin == "overwrite":
            path.unlink(missing_ok=True)
        shutil.rmtree(self.parts, ignore_errors=True)
        self.parts.mkdir()
        self.journal = Journal(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.journal.close()
        shutil.rmtree(self.parts, ignore_errors=True)
        os.close(self._lock)


def _check(folder: Path, begin: Begin) -> None:
    """Refuse a folder that a batch would do harm in."""
    if begin == "overwrite" or not folder.exists():
        return
    journal = folder / OWN / "journal.jsonl"
    if journal.exists() and journal.stat().st_size:  # one that ended before it began has left an empty one
        if begin == "new":
            raise OutputError(
                f"an earlier batch wrote to {str(folder)!r}",
                remedy="Go on with it by --resume, begin anew by --overwrite, or name another folder.",
            )
    elif any(path.name != OWN for path in folder.iterdir()):
        raise OutputError(
            f"{str(folder)!r} is not empty", remedy="Name an empty or a new folder, or replace files by --overwrite."
        )
