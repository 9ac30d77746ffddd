"""Where readings are put: a file for each document."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Protocol

from lucidocr.batch.journal import Entry, Journal
from lucidocr.batch.reading import cannot_write
from lucidocr.batch.tasks import Failure, Outcome, Task
from lucidocr.errors import OutputError


class Sink(Protocol):
    """Puts readings into their places, and notes in the journal what has become of every document."""

    def holds(self, task: Task, entry: Entry) -> bool:
        """Whether a reading is still where the journal says."""

    def take(self, outcome: Outcome) -> Outcome:
        """Put a reading into its place, or note its failure; returns what has become of it.

        Raises:
            OutputError: the batch cannot go on.
        """

    def close(self) -> None:
        """Put into place what still waits for it; called at the end of a batch that was not broken off."""


class FileSink:
    """One file for each document: renamed from the batch's folder of parts, so that it appears whole.

    Args:
        folder: the output folder.
        journal: is told of every file once it is there.
    """

    def __init__(self, folder: Path, journal: Journal) -> None:
        self._folder = folder
        self._journal = journal

    def holds(self, task: Task, entry: Entry) -> bool:
        """See :class:`Sink`: there is a file of that size."""
        try:
            return (self._folder / task.output).stat().st_size == entry.size
        except OSError:
            return False

    def take(self, outcome: Outcome) -> Outcome:
        """See :class:`Sink`. A failure also removes the reading of what the document was before."""
        target = self._folder / outcome.task.output
        if outcome.part is not None:
            try:
                size = outcome.part.stat().st_size
                target.parent.mkdir(parents=True, exist_ok=True)
                outcome.part.replace(target)
            except (FileExistsError, NotADirectoryError, IsADirectoryError):  # a/b.png beside a file called a
                outcome = Outcome(outcome.task, failure=_in_the_way(outcome.task))
            except OSError as error:
                if error.errno != errno.ENAMETOOLONG:
                    raise cannot_write(target.parent, error) from error
                outcome = Outcome(outcome.task, failure=_in_the_way(outcome.task))
            else:
                self._journal.done(outcome, Entry(size, None))
        if outcome.failure is not None:
            _remove(target)
            self._journal.failed(outcome.task, outcome.failure)
        return outcome

    def close(self) -> None:
        """Nothing waits."""


def _in_the_way(task: Task) -> Failure:
    return Failure.of(OutputError(f"{task.output!r} cannot be a file in the output folder"))


def _remove(path: Path) -> None:
    if path.is_file():
        path.unlink(missing_ok=True)
