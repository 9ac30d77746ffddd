"""What travels between the parts of a batch: documents to read, and what became of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lucidocr.errors import LucidOcrError


@dataclass(frozen=True, slots=True)
class Task:
    """A document to read.

    Attributes:
        source: its path or address.
        output: the path of its reading below the output folder, parts divided by "/".
        stamp: what tells that the document has changed, see :func:`lucidocr.batch.listing.stamp_of`.
    """

    source: str
    output: str
    stamp: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a document could not be read.

    Attributes:
        code: of the error, see :mod:`lucidocr.errors`.
        message: what is wrong and what to do.
    """

    code: str
    message: str

    @classmethod
    def of(cls, error: Exception) -> Failure:
        """What an exception says; one that is not raised on purpose is an error of lucidocr's own."""
        if not isinstance(error, LucidOcrError):
            remedy = "`lucidocr --debug read` shows where; please report it with the document that causes it."
            error = LucidOcrError(f"internal error ({type(error).__name__}: {error})", remedy=remedy)
        return cls(error.code, str(error))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task.

    Attributes:
        task: that is finished.
        pages: that were read.
        part: the file that holds the reading, whole and on disk, in the batch's folder of parts; None after a failure.
        failure: why there is none.
    """

    task: Task
    pages: int = 0
    part: Path | None = None
    failure: Failure | None = None


Read = Callable[[str, Path], int]
"""Reads a document, by its path or address, into a new file, which is on disk then; returns the number of pages.

What is wrong with the document is a LucidOcrError; ModelError and OutputError would be the same for all documents.
"""

Opener = Callable[[], Read]
"""Loads the model; it is called once in every worker process and must bear to be pickled."""


class Engine(Protocol):
    """Reads documents in other processes."""

    def run(self, tasks: Iterator[Task]) -> Iterator[Outcome]:
        """Read documents, several at a time.

        Args:
            tasks: the documents; only as many are taken as are worked on.

        Yields:
            The outcome of every task, in any order.

        Raises:
            LucidOcrError: the batch cannot go on; what has been yielded stays true.
        """
