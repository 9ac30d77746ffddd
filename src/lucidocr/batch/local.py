"""Worker processes on this machine.

Each has a pipe of its own to the batch, so that it is known which document a process that dies was reading, and so that
the end of the pipe is the end of the worker: none is left over, whatever ends the batch. Processes are spawned and not
forked, since threads of ONNX Runtime and OpenCV do not survive a fork.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Final

from lucidocr.batch.reading import attempt
from lucidocr.batch.tasks import Failure, Opener, Outcome, Task
from lucidocr.errors import LucidOcrError, WorkerError

ATTEMPTS: Final = 2
"""How many worker processes one document may end."""

_STARTS: Final = 3
"""How many workers in a row may die while they load the model."""

_SPAWN: Final = multiprocessing.get_context("spawn")

Reply = tuple[int, Failure | None] | LucidOcrError | None
"""From a worker: pages and failure of a document, an error that ends the batch, or None: it has loaded the model."""


class LocalEngine:
    """Reads in processes of this machine.

    Args:
        opener: loads the model in each of them.
        parts: folder for what is being written.
        jobs: how many processes.
        threads: that each may use.
    """

    def __init__(self, opener: Opener, parts: Path, *, jobs: int, threads: int) -> None:
        self._opener = opener
        self._parts = parts
        self._jobs = jobs
        self._threads = threads
        self._numbers = count()

    def run(self, tasks: Iterator[Task]) -> Iterator[Outcome]:
        """See :meth:`lucidocr.batch.tasks.Engine.run`.

        Raises:
            ModelError, OutputError: from a worker.
            WorkerError: workers die before they have loaded the model.
        """
        queue = _Queue(tasks)
        crew: list[_Worker] = []
        lost = 0
        try:
            while True:
                self._employ(crew, queue)
                if not crew:
                    return
                for worker in _with_news(crew):
                    try:
                        reply = worker.receive()
                    except (EOFError, OSError):
                        crew.remove(worker)
                        lost = 0 if worker.ready else lost + 1
                        yield from _bury(worker, queue, lost)
                        continue
                    lost = 0
                    if reply is not None:
                        yield worker.finish(*reply)
        finally:
            for worker in crew:
                worker.end()

    def _employ(self, crew: list[_Worker], queue: _Queue) -> None:
        """Give every idle worker a document, hire more while there are documents, and let go of those without."""
        for worker in [one for one in crew if one.task is None]:
            task = queue.take()
            if task is None:
                crew.remove(worker)
                worker.end()
            else:
                worker.give(task, self._new_part())
        while len(crew) < self._jobs and (task := queue.take()) is not None:
            crew.append(_Worker(self._opener, self._threads))
            crew[-1].give(task, self._new_part())

    def _new_part(self) -> Path:
        return self._parts / str(next(self._numbers))


class _Queue:
    """Documents to read: those that lost their worker first.

    Args:
        tasks: those that were not tried yet.
    """

    def __init__(self, tasks: Iterator[Task]) -> None:
        self._tasks = tasks
        self._again: deque[Task] = deque()
        self._deaths: dict[Task, int] = {}

    def take(self) -> Task | None:
        """The next one, or None."""
        return self._again.popleft() if self._again else next(self._tasks, None)

    def give_back(self, task: Task, *, guilty: bool) -> bool:
        """Take a document back whose worker died; False where it has done so too often.

        Args:
            task: the document.
            guilty: whether it was being read, and not only waiting for the model.
        """
        deaths = self._deaths.pop(task, 0) + guilty
        if deaths >= ATTEMPTS:
            return False
        self._deaths[task] = deaths
        self._again.append(task)
        return True


class _Worker:
    """A process that reads, and the document that it has at hand."""

    def __init__(self, opener: Opener, threads: int) -> None:
        self.ready = False
        self.task: Task | None = None
        self._part = Path()
        self.connection, theirs = _SPAWN.Pipe()
        self.process: SpawnProcess = _SPAWN.Process(target=_work, args=(opener, threads, theirs), daemon=True)
        with _without_interrupts():
            self.process.start()
        theirs.close()

    def give(self, task: Task, part: Path) -> None:
        """Hand over a document; where the process is dead, the next :meth:`receive` says so."""
        self.task, self._part = task, part
        try:
            self.connection.send((task.source, str(part)))
        except OSError:
            return

    def receive(self) -> tuple[int, Failure | None] | None:
        """The news of the process: of its document, or None: that it has loaded the model.

        Raises:
            EOFError, OSError: it is dead.
            LucidOcrError: the batch cannot go on.
        """
        reply: Reply = self.connection.recv()
        if isinstance(reply, LucidOcrError):
            raise reply
        self.ready = True
        return reply

    def finish(self, pages: int, failure: Failure | None) -> Outcome:
        """The outcome of the document at hand, which is at hand no longer."""
        task, self.task = self.task, None
        if task is None:
            raise RuntimeError("a worker spoke unasked")
        return Outcome(task, failure=failure) if failure else Outcome(task, pages, self._part)

    def end(self) -> None:
        """End the process now; what it was writing is left in the folder of parts."""
        self.process.kill()
        self.process.join()
        self.connection.close()
        self.process.close()

    def end_reason(self) -> str:
        """How a process ended that is dead."""
        self.process.join()
        code = self.process.exitcode or 0
        return f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"


def _with_news(crew: list[_Worker]) -> list[_Worker]:
    """Workers that have said something or are dead; waits for the first."""
    ready = wait([worker.connection for worker in crew])
    return [worker for worker in crew if worker.connection in ready]


def _bury(worker: _Worker, queue: _Queue, lost: int) -> Iterator[Outcome]:
    """See to the document of a dead worker."""
    reason = worker.end_reason()
    task, ready = worker.task, worker.ready
    worker.end()
    if lost >= _STARTS:
        raise WorkerError(f"the process {reason} while it loaded the model, {lost} times in a row")
    if task is not None and not queue.give_back(task, guilty=ready):
        yield Outcome(task, failure=Failure.of(WorkerError(f"the process that read it {reason}, {ATTEMPTS} times")))


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Processes started within never meet Ctrl+C, which the terminal sends to all; the batch ends them itself."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(opener: Opener, threads: int, connection: Connection) -> None:
    """What a worker process does: load the model, read what it is given, and end with the batch."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _bound_threads(threads)
    try:
        read = opener()
        connection.send(None)
        while True:
            source, part = connection.recv()
            connection.send(attempt(read, source, Path(part)))
    except (EOFError, BrokenPipeError):
        return
    except LucidOcrError as error:
        connection.send(error)


def _bound_threads(threads: int) -> None:
    """OpenCV would use all cores for finding lines; ONNX Runtime is told by the reader."""
    import cv2  # noqa: PLC0415  (the batch itself reads nothing)

    cv2.setNumThreads(threads)


def _end_with_parent() -> None:
    """A batch that was killed leaves no process behind, not even until the end of a long document."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
