"""Readings as rows of Parquet files, a row for each page: for programs that read a million of them."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet as pq

from lucidocr.batch.journal import Entry, Journal
from lucidocr.batch.reading import cannot_write
from lucidocr.batch.tasks import Outcome, Task

FORM: Final = "json"
"""What workers write for this sink."""

SUFFIX: Final = ""
"""A document is known by its path as named."""

SCHEMA: Final = pa.schema(
    [
        ("document", pa.string()),  # its output path, which is unique
        ("source", pa.string()),
        ("page", pa.int32()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("mode", pa.string()),
        ("confidence", pa.float64()),
        ("text", pa.large_string()),
        ("reading", pa.large_string()),  # the page as JSON, docs/schema/page-1.json
    ]
)
_PLAIN: Final = ("source", "page", "width", "height", "mode", "confidence", "text")


class ParquetSink:
    """Gathers readings and writes them as whole files, ``readings-000001.parquet`` and so on.

    Documents are done when their file is: what has been read since the last one is read again after a kill. Rows of
    documents that have changed since are taken out of their files at the end, or with the next run.

    Args:
        folder: the output folder.
        parts: where files are written before they get their names.
        journal: is told of every document once its rows are there.
        documents: most of them in a file.
        size: most bytes of JSON in a file, about.
        seconds: that a reading may wait for its file.
    """

    def __init__(
        self,
        folder: Path,
        parts: Path,
        journal: Journal,
        *,
        documents: int = 5000,
        size: int = 256_000_000,
        seconds: float = 300.0,
    ) -> None:
        self._folder = folder
        self._parts = parts
        self._journal = journal
        self._limits = (documents, size, seconds)
        self._waiting: list[Outcome] = []
        self._rows: list[dict[str, Any]] = []
        self._size = 0
        self._since = time.monotonic()
        self._number = self._last_number()
        self._take_out_outdated()

    def holds(self, task: Task, entry: Entry) -> bool:  # noqa: ARG002  (files are shared)
        """See :class:`lucidocr.batch.sinks.Sink`: the file is there."""
        return entry.file is not None and (self._folder / entry.file).is_file()

    def take(self, outcome: Outcome) -> Outcome:
        """See :class:`lucidocr.batch.sinks.Sink`."""
        if outcome.failure is not None:
            self._journal.failed(outcome.task, outcome.failure)
        elif outcome.part is not None:
            content = outcome.part.read_bytes()
            outcome.part.unlink()
            if not self._waiting:
                self._since = time.monotonic()
            self._rows += [_row(outcome.task, record) for record in json.loads(content)]
            self._waiting.append(outcome)
            self._size += len(content)
        found = (len(self._waiting), self._size, time.monotonic() - self._since)
        if self._waiting and any(value >= limit for value, limit in zip(found, self._limits, strict=True)):
            self._write()
        return outcome

    def close(self) -> None:
        """See :class:`lucidocr.batch.sinks.Sink`."""
        if self._waiting:
            self._write()
        self._take_out_outdated()

    def _last_number(self) -> int:
        """The greatest number that a file has or had: what the journal says of a name must stay true of it."""
        names = [path.name for path in self._folder.glob("readings-*.parquet")]
        last = max([*names, self._journal.last_file() or ""])
        return int(last.removeprefix("readings-").removesuffix(".parquet") or 0)

    def _write(self) -> None:
        self._number += 1
        name = f"readings-{self._number:06}.parquet"
        self._put(pa.Table.from_pylist(self._rows, schema=SCHEMA), name)
        for outcome in self._waiting:
            self._journal.done(outcome, Entry(None, name))
        self._waiting, self._rows, self._size = [], [], 0

    def _take_out_outdated(self) -> None:
        """Remove rows that later ones replace; doing it twice does no harm."""
        for name, documents in self._journal.outdated():
            path = self._folder / name
            if path.is_file():
                table = pq.read_table(path)
                kept = table.filter(pc.invert(pc.is_in(table["document"], pa.array(sorted(documents), pa.string()))))
                if kept.num_rows < table.num_rows:
                    self._put(kept, name)

    def _put(self, table: pa.Table, name: str) -> None:
        part = self._parts / name
        try:
            with part.open("wb") as file:
                pq.write_table(table, file, compression="zstd")
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._folder / name)
        except OSError as error:
            raise cannot_write(self._folder, error) from error


def _row(task: Task, record: dict[str, Any]) -> dict[str, Any]:
    plain = {name: record[name] for name in _PLAIN}
    return {"document": _text(task.output), **plain, "reading": json.dumps(record, ensure_ascii=False)}


def _text(name: str) -> str:
    """A name as Parquet takes it; bytes that are no UTF-8 are escaped."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
