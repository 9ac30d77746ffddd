"""A batch from its names to its summary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from lucidocr.batch.journal import Claim, Journal
from lucidocr.batch.listing import Listed, listed, output_of, stamp_of
from lucidocr.batch.sinks import Sink
from lucidocr.batch.tasks import Engine, Failure, Outcome, Task
from lucidocr.errors import LucidOcrError, OutputError


class Progress(Protocol):
    """Is told how a batch goes."""

    def skipped(self) -> None:
        """A document was there already, read by an earlier run, or came twice."""

    def finished(self, outcome: Outcome) -> None:
        """A document has been read, or could not be."""


@dataclass(slots=True)
class Summary:
    """What a batch has done so far.

    Attributes:
        read: documents that were read.
        pages: of these.
        skipped: documents that an earlier run had read.
        failed: documents that could not be read, and names that stand for none.
    """

    read: int = 0
    pages: int = 0
    skipped: int = 0
    failed: int = 0


@dataclass(slots=True)
class Batch:
    """Documents and where they go.

    Attributes:
        names: of files, folders, patterns and addresses.
        folder: the output folder.
        suffix: ending of a reading's name.
        journal: of the folder; its run has begun.
        sink: takes the readings.
        progress: is told.
        summary: of what has been done.
    """

    names: Sequence[str]
    folder: Path
    suffix: str
    journal: Journal
    sink: Sink
    progress: Progress
    summary: Summary = field(default_factory=Summary)

    def run(self, engine: Engine) -> None:
        """Read all documents that are not read yet.

        Raises:
            LucidOcrError: the batch cannot go on; what is in the journal is done.
        """
        for outcome in engine.run(self._tasks()):
            taken = self.sink.take(outcome)
            self.summary.failed += taken.failure is not None
            self.summary.read += taken.failure is None
            self.summary.pages += taken.pages
            self.progress.finished(taken)
        self.sink.close()

    def _tasks(self) -> Iterator[Task]:
        """What is still to be read; the rest is counted."""
        for one in listed(self.names, self.folder):
            task = Task(one.source, output_of(one.source, self.suffix), stamp_of(one.source))
            claim: Claim = "new" if one.error else self.journal.claim(task)
            if claim == "again":
                self.progress.skipped()
            elif error := _objection(one, task, claim):
                self.journal.refuse(one.source, Failure.of(error))
                self.summary.failed += 1
            elif (entry := self.journal.find(task)) is not None and self.sink.holds(task, entry):
                self.summary.skipped += 1
                self.progress.skipped()
            else:
                yield task


def count(names: Sequence[str], folder: Path) -> int:
    """How many documents names stand for; those that come twice are counted twice."""
    return sum(one.error is None for one in listed(names, folder))


def _objection(one: Listed, task: Task, claim: Claim) -> LucidOcrError | None:
    """Why a document is not even tried."""
    if claim == "taken":
        return OutputError(
            f"its reading would replace that of another document, {task.output!r}", remedy="Read it in another batch."
        )
    return one.error
