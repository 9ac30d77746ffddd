"""One document read into one file, as every worker does it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lucidocr.batch.tasks import Failure, Read
from lucidocr.errors import ModelError, OutputError
from lucidocr.export import FORMATS, Sheet
from lucidocr.options import PageReader, ReadingOptions

FATAL = (ModelError, OutputError)
"""Errors that would be the same for all documents."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker is told.

    Attributes:
        options: how documents are read.
        form: what they are written as, a key of :data:`lucidocr.export.FORMATS`.
    """

    options: ReadingOptions
    form: str

    def open(self) -> Read:
        """Load the model; see :data:`lucidocr.batch.tasks.Opener`."""
        return partial(self.write, self.options.make_reader())

    def write(self, reader: PageReader, source: str, path: Path) -> int:
        """Read a document into a new file; see :data:`lucidocr.batch.tasks.Read`.

        The file is on disk when this returns: it is given its name afterwards, and a name must not survive a power cut
        that its content does not.
        """
        counter = _Counter(self.options.sheets(reader, source, source))
        pieces = FORMATS[self.form].write(counter)
        first = next(pieces, b"")  # a document that is none leaves no file
        try:
            with path.open("xb") as file:
                file.write(first)
                for piece in _of_document(pieces):
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
        except _DocumentError as error:
            path.unlink()
            raise error.cause from None
        except OSError as error:
            raise cannot_write(path.parent, error) from error
        return counter.count


def cannot_write(folder: Path, error: OSError) -> OutputError:
    """The error that ends a batch: no room, no rights, or no folder any more."""
    return OutputError(
        f"{str(folder)!r} cannot be written to ({error.strerror or error})",
        remedy="Make room, or see to your rights; then go on with --resume.",
    )


def attempt(read: Read, source: str, path: Path) -> tuple[int, Failure | None]:
    """Read a document; what is wrong with it is a value, so that the worker goes on.

    Raises:
        ModelError, OutputError: it would be the same for all documents.
    """
    try:
        return read(source, path), None
    except FATAL:
        raise
    except Exception as error:  # noqa: BLE001 - one document must not end the others
        return 0, Failure.of(error)


class _Counter:
    """Counts the pages that pass."""

    def __init__(self, sheets: Iterator[Sheet]) -> None:
        self.count = 0
        self._sheets = sheets

    def __iter__(self) -> Iterator[Sheet]:
        for sheet in self._sheets:
            self.count += 1
            yield sheet


class _DocumentError(Exception):
    """Sets errors of the document apart from those of the file that is written meanwhile."""

    def __init__(self, cause: Exception) -> None:
        self.cause = cause


def _of_document(pieces: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from pieces
    except Exception as error:
        raise _DocumentError(error) from error
