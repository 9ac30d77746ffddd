"""Workers on a Ray cluster, by Ray Data: a pool of actors, each of which holds one model.

Workers read documents from storage that all nodes see under the same paths. Readings travel back to the batch, which
alone writes to the output folder: so a node that dies leaves nothing half done, a document that Ray reads twice is
written once, and journal and resuming are those of the local engine.
"""

from __future__ import annotations

import logging
import os
import pickle
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import ray
import ray.data
from ray.exceptions import RayError

from lucidocr.batch.local import LocalEngine
from lucidocr.batch.reading import cannot_write
from lucidocr.batch.tasks import Failure, Opener, Outcome, Task
from lucidocr.errors import LucidOcrError, WorkerError

_CHUNK_PER_JOB: Final = 100
_LEAST_CHUNK: Final = 1000
"""Documents are handed to Ray Data in chunks, so that a million are never listed at once."""

_TOGETHER: Final = 4
"""Documents that a worker is handed at once."""

_Reply = tuple[int, Failure | None] | LucidOcrError
"""Pages and failure of a document, or an error that ends the batch."""


class RayEngine:
    """Reads on a Ray cluster.

    Args:
        opener: loads the model in each worker.
        parts: folder for readings that have come back.
        jobs: how many workers; as many as the cluster has room for when None.
        threads: that each may use; Ray counts them as CPUs.
        address: of the cluster; one is started on this machine when None.
    """

    def __init__(
        self, opener: Opener, parts: Path, *, jobs: int | None, threads: int, address: str | None = None
    ) -> None:
        self._opener = opener
        self._parts = parts
        self._jobs = jobs
        self._threads = threads
        self._address = address

    def run(self, tasks: Iterator[Task]) -> Iterator[Outcome]:
        """See :meth:`lucidocr.batch.tasks.Engine.run`.

        Raises:
            ModelError, OutputError: from a worker.
            WorkerError: there is no such cluster, or Ray gives up.
        """
        parts = (self._parts / str(number) for number in count())
        with _connected(self._address):
            resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
            jobs = self._jobs or max(int(resources.get("CPU", 1)) // self._threads, 1)
            while chunk := list(islice(tasks, max(_LEAST_CHUNK, _CHUNK_PER_JOB * jobs))):
                for row in self._rows(chunk, jobs):
                    reply: _Reply = pickle.loads(row["reply"])  # noqa: S301  (from our own worker)
                    if isinstance(reply, LucidOcrError):
                        raise reply
                    yield _outcome(chunk[row["number"]], *reply, row["content"], next(parts))

    def _rows(self, chunk: Sequence[Task], jobs: int) -> Iterator[dict[str, Any]]:
        """What comes back of a chunk, in any order.

        Ray starts workers anew that are lost with their node, and hands out again what they had. What a document does
        to the process that reads it is seen to on the node, or Ray would hand it out for ever.
        """
        items = [{"number": number, "source": task.source} for number, task in enumerate(chunk)]
        blocks = -(-len(items) // _TOGETHER)
        size = min(jobs, blocks)
        worker: Any = _Worker  # Ray Data takes a class for a function that has state
        rows = ray.data.from_items(items, override_num_blocks=blocks).map(
            worker,
            fn_constructor_args=(self._opener, self._threads, str(Path.cwd())),
            # From one up: actors that are idle are let go of, so that those of a lost node find room elsewhere.
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=size, initial_size=size),
            num_cpus=self._threads,
        )
        try:
            yield from rows.iter_rows()
        except RayError as error:
            remedy = "See to the cluster; then go on with --resume."
            raise WorkerError(f"Ray gives up ({error})", remedy=remedy) from error


class _Worker:
    """Reads documents on a node, in a process beside the actor's own: it may die of a document.

    Args:
        opener: loads the model.
        threads: to use.
        folder: that relative paths start from.
    """

    def __init__(self, opener: Opener, threads: int, folder: str) -> None:
        with suppress(OSError):  # a node without it says that documents are not there
            os.chdir(folder)
        self._parts = TemporaryDirectory(prefix="lucidocr-")
        self._waiting: deque[Task] = deque()
        engine = LocalEngine(opener, Path(self._parts.name), jobs=1, threads=threads)
        self._outcomes = engine.run(iter(self._waiting.popleft, None))

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """Read the document of a row."""
        reply, content = self._read(row["source"])
        return {"number": row["number"], "reply": pickle.dumps(reply), "content": content}

    def _read(self, source: str) -> tuple[_Reply, bytes]:
        self._waiting.append(Task(source, "", ""))
        try:
            outcome = next(self._outcomes)
        except LucidOcrError as error:
            return error, b""
        if outcome.part is None:
            return (0, outcome.failure), b""
        content = outcome.part.read_bytes()
        outcome.part.unlink()
        return (outcome.pages, None), content


def _outcome(task: Task, pages: int, failure: Failure | None, content: bytes, part: Path) -> Outcome:
    return Outcome(task, failure=failure) if failure else Outcome(task, pages, _put(part, content))


def _put(part: Path, content: bytes) -> Path:
    """Write a reading that has come back, as workers on this machine do."""
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise cannot_write(part.parent, error) from error
    return part


@contextmanager
def _connected(address: str | None) -> Iterator[None]:
    """A connection to the cluster, which reports no usage statistics and keeps its logs to itself."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # what it says of our actors is for its developers
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    options: dict[str, Any] = {} if address else {"include_dashboard": False}
    try:
        ray.init(address=address or "local", logging_level=logging.ERROR, log_to_driver=False, **options)
    except (RayError, ConnectionError, RuntimeError, ValueError) as error:
        raise WorkerError(f"the Ray cluster cannot be reached ({error})", remedy="Check --ray-address.") from error
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    try:
        yield
    finally:
        ray.shutdown()
