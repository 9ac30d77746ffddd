"""What a batch has done so far, in a file that only grows.

Every line is a JSON object. ``{"journal": 1, "how": ..., "options": {...}}`` begins a run; the lines below it belong to
it. ``{"output": ..., "stamp": ..., "pages": ..., "bytes": ...}`` says that a reading lies in its place, whole: it is
written after the file has been renamed (``"file"`` in place of ``"bytes"`` names the Parquet file that holds it).
``{"output": ..., "source": ..., "error": ..., "message": ...}`` says that there is none. The last line about an output
counts.

A line is handed to the system in one piece, so that a killed process loses none. What it promises is on disk before it:
the reading's file is synced. The journal itself is synced every :data:`SYNC_SECONDS`, since nothing but time is lost
with it: after a power cut the documents of its last seconds are read again.

Replaying a journal of a million lines must not need their memory: what is known is held in a temporary SQLite
database, which SQLite keeps on disk and deletes.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, Literal

from lucidocr.batch.tasks import Failure, Outcome, Task
from lucidocr.errors import OutputError

Claim = Literal["new", "again", "taken"]
"""Whether a run comes to a document for the first time, again, or to another one with the same output."""

VERSION: Final = 1
SYNC_SECONDS: Final = 5.0

_TABLES: Final = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -8000;
CREATE TABLE entry (output BLOB PRIMARY KEY, state BLOB, size INTEGER, file TEXT) WITHOUT ROWID;
CREATE TABLE claim (output BLOB PRIMARY KEY, source BLOB) WITHOUT ROWID;
CREATE TABLE failure (source TEXT, code TEXT, message TEXT);
CREATE TABLE outdated (file TEXT, output TEXT, PRIMARY KEY (file, output)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A reading that lies in its place.

    Attributes:
        size: bytes of its own file; None where it shares one with others.
        file: name of the file that it shares with others, or None.
    """

    size: int | None
    file: str | None


class Journal:
    """The journal of a batch, replayed and open for more.

    Args:
        path: the file; made where it is not there.

    Raises:
        OutputError: the file is no journal, or it cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._how = ""
        self._index = sqlite3.connect("", isolation_level=None)  # "": a temporary file
        self._index.executescript(_TABLES)
        try:
            self._index.execute("BEGIN")
            self._replay()
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        except OSError as error:
            self._index.close()
            raise OutputError(f"{str(path)!r} cannot be used ({error.strerror})") from error
        except OutputError:
            self._index.close()
            raise
        self._synced = time.monotonic()

    def begin(self, how: str, options: Mapping[str, object]) -> None:
        """Begin a run.

        Args:
            how: changes with everything on which a reading depends; what was read otherwise is not done.
            options: the same for people.
        """
        self._how = how
        self._append({"journal": VERSION, "how": how, "options": options})

    def claim(self, task: Task) -> Claim:
        """Note that this run comes to a document."""
        source, output = _digest(task.source), _digest(task.output)
        if self._index.execute("INSERT OR IGNORE INTO claim VALUES (?, ?)", (output, source)).rowcount:
            return "new"
        (before,) = self._index.execute("SELECT source FROM claim WHERE output = ?", (output,)).fetchone()
        return "again" if before == source else "taken"

    def find(self, task: Task) -> Entry | None:
        """The reading of a document that has not changed since, read in the way of this run."""
        row = self._index.execute(
            "SELECT size, file FROM entry WHERE output = ? AND state = ?",
            (_digest(task.output), self._state(task.stamp)),
        ).fetchone()
        return Entry(*row) if row else None

    def done(self, outcome: Outcome, entry: Entry) -> None:
        """Note that a reading lies in its place."""
        task = outcome.task
        place = {"file": entry.file} if entry.file else {"bytes": entry.size}
        self._take({"output": task.output, "stamp": task.stamp, "pages": outcome.pages, **place})

    def failed(self, task: Task, failure: Failure) -> None:
        """Note that a document could not be read."""
        record = {"output": task.output, "source": task.source, "error": failure.code, "message": failure.message}
        self._take(record)
        self.refuse(task.source, failure)

    def refuse(self, source: str, failure: Failure) -> None:
        """Remember for :meth:`failures` what has no place in the output folder."""
        row = (_plain(source), failure.code, _plain(failure.message))
        self._index.execute("INSERT INTO failure VALUES (?, ?, ?)", row)

    def failures(self) -> Iterator[tuple[str, Failure]]:
        """Sources that could not be read in this run, with the reasons."""
        for source, code, message in self._index.execute("SELECT * FROM failure ORDER BY source"):
            yield source, Failure(code, message)

    def outdated(self) -> Iterator[tuple[str, set[str]]]:
        """Shared files, each with the outputs in it that a later line replaces."""
        for (file,) in self._index.execute("SELECT DISTINCT file FROM outdated").fetchall():
            yield (
                file,
                {output for (output,) in self._index.execute("SELECT output FROM outdated WHERE file = ?", (file,))},
            )

    def last_file(self) -> str | None:
        """The greatest name of a shared file that any line has named, whether it is still there or not."""
        (name,) = self._index.execute(
            "SELECT MAX(file) FROM (SELECT file FROM entry UNION ALL SELECT file FROM outdated)"
        ).fetchone()
        return None if name is None else str(name)

    def close(self) -> None:
        """Sync and close the file."""
        os.fsync(self._file)
        os.close(self._file)
        self._index.close()

    def _replay(self) -> None:
        """Take up what is there; a line that was cut off is removed."""
        whole = 0
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    break
                try:
                    self._note(json.loads(line))
                except (ValueError, KeyError, TypeError) as error:
                    raise OutputError(
                        f"line {number} of {str(self._path)!r} is no entry of a journal",
                        remedy="Begin anew in another folder, or here with --overwrite.",
                    ) from error
                whole += len(line)
        os.truncate(self._path, whole)

    def _note(self, record: dict[str, Any]) -> None:
        """Take an entry into the index."""
        if "journal" in record:
            if record["journal"] != VERSION:
                raise ValueError(record["journal"])
            self._how = str(record["how"])
            return
        output = str(record["output"])
        key = _digest(output)
        before = self._index.execute("SELECT file FROM entry WHERE output = ?", (key,)).fetchone()
        file = record.get("file")
        if before and before[0] and before[0] != file:
            self._index.execute("INSERT OR IGNORE INTO outdated VALUES (?, ?)", (before[0], _plain(output)))
        if "error" in record:
            self._index.execute("DELETE FROM entry WHERE output = ?", (key,))
        else:
            row = (key, self._state(record["stamp"]), record.get("bytes"), file)
            self._index.execute("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?)", row)

    def _take(self, record: dict[str, Any]) -> None:
        self._append(record)
        self._note(record)

    def _append(self, record: Mapping[str, object]) -> None:
        line = json.dumps(record, separators=(",", ":")).encode("ascii") + b"\n"
        try:
            if os.write(self._file, line) != len(line):
                raise OutputError(f"{str(self._path)!r} cannot be written to", remedy="Make room, then --resume.")
            if time.monotonic() - self._synced > SYNC_SECONDS:
                os.fsync(self._file)
                self._synced = time.monotonic()
        except OSError as error:
            raise OutputError(
                f"{str(self._path)!r} cannot be written to ({error.strerror})", remedy="Make room, then --resume."
            ) from error

    def _state(self, stamp: str) -> bytes:
        return _digest(f"{self._how}\n{stamp}")


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _plain(text: str) -> str:
    """A text that every library takes; a file name may hold bytes that are none."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
