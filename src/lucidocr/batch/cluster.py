"""Workers on a Ray cluster, by Ray Data: a pool of actors, each of which holds one model.

Workers read documents from storage that all nodes see under the same paths. Readings travel back to the batch, which
alone writes to the output folder: so a node that dies leaves nothing half done, a document that Ray reads twice is
written once, and journal and resuming are those of the local engine.
"""

from __future__ import annotations

import logging
import os
import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import ray
import ray.data
from ray.exceptions import RayError

from lucidocr.batch.reading import attempt, cannot_write
from lucidocr.batch.tasks import Failure, Opener, Outcome, Read, Task
from lucidocr.errors import LucidOcrError, WorkerError

ROUNDS: Final = 3
"""How often a document is handed out whose worker dies; a node that is lost takes many documents with it."""

_CHUNK_PER_JOB: Final = 100
_LEAST_CHUNK: Final = 1000
"""Documents are handed to Ray Data in chunks, so that a million are never listed at once."""

_TOGETHER: Final = 4
"""Documents that are handed to a worker at once, in the first round."""


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
        number = 0
        with _connected(self._address):
            resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
            jobs = self._jobs or max(int(resources.get("CPU", 1)) // self._threads, 1)
            while chunk := list(islice(tasks, max(_LEAST_CHUNK, _CHUNK_PER_JOB * jobs))):
                for task, reply, content in self._read(chunk, jobs):
                    if isinstance(reply, LucidOcrError):
                        raise reply
                    pages, failure = reply
                    number += 1
                    part = self._parts / str(number)
                    yield Outcome(task, failure=failure) if failure else Outcome(task, pages, _put(part, content))

    def _read(self, chunk: Sequence[Task], jobs: int) -> Iterator[tuple[Task, _Reply, bytes]]:
        """Read a chunk; what a worker took with it is handed out again, each document by itself."""
        left = dict(enumerate(chunk))
        for round_number in range(ROUNDS):
            blocks = len(left) if round_number else -(-len(left) // _TOGETHER)
            for row in self._round(left, blocks, jobs):
                task = left.pop(row["number"], None)
                if task is not None:
                    yield task, pickle.loads(row["reply"]), row["content"]  # noqa: S301  (from our own worker)
            if not left:
                return
        failure = Failure.of(WorkerError(f"the process that read it, or its node, died {ROUNDS} times"))
        for task in left.values():
            yield task, (0, failure), b""

    def _round(self, left: dict[int, Task], blocks: int, jobs: int) -> Iterator[dict[str, Any]]:
        """The rows of documents that came back."""
        worker: Any = _Worker  # Ray Data takes a class for a function that has state
        items = [{"number": number, "source": task.source} for number, task in left.items()]
        size = min(jobs, blocks)
        rows = ray.data.from_items(items, override_num_blocks=blocks).map(
            worker,
            fn_constructor_args=(self._opener, str(Path.cwd())),
            # From one up: actors that are idle are let go of, so that those of a lost node find room elsewhere.
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=size, initial_size=size),
            num_cpus=self._threads,
            ray_remote_args_fn=_restarting,
        )
        try:
            yield from rows.iter_rows()
        except RayError as error:
            raise WorkerError(
                f"Ray gives up ({error})", remedy="See to the cluster; then go on with --resume."
            ) from error


def _restarting() -> dict[str, Any]:
    """Workers that die are started anew, but Ray does not hand out again what they were reading: we count that."""
    return {"max_restarts": -1, "max_task_retries": 0}


_Reply = tuple[int, Failure | None] | LucidOcrError
"""Pages and failure of a document, or an error that ends the batch."""


class _Worker:
    """Reads documents on a node; the model is loaded with the first one, so that what is wrong with it can be said.

    Args:
        opener: loads the model.
        folder: that relative paths start from.
    """

    def __init__(self, opener: Opener, folder: str) -> None:
        with suppress(OSError):  # a node without it says that documents are not there
            os.chdir(folder)
        self._opener = opener
        self._read: Read | None = None

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """Read the document of a row."""
        reply, content = self._attempt(row["source"])
        return {"number": row["number"], "reply": pickle.dumps(reply), "content": content}

    def _attempt(self, source: str) -> tuple[_Reply, bytes]:
        with TemporaryDirectory(prefix="lucidocr-") as folder:
            path = Path(folder) / "reading"
            try:
                if self._read is None:
                    self._read = self._opener()
                pages, failure = attempt(self._read, source, path)
            except LucidOcrError as error:
                return error, b""
            return (pages, failure), b"" if failure else path.read_bytes()


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
    quiet = logging.getLogger("ray.data")
    quiet.setLevel(logging.CRITICAL)  # lost blocks are our business
    options: dict[str, Any] = {} if address else {"include_dashboard": False}
    try:
        ray.init(address=address or "local", logging_level=logging.ERROR, log_to_driver=False, **options)
    except (RayError, ConnectionError, RuntimeError, ValueError) as error:
        raise WorkerError(f"the Ray cluster cannot be reached ({error})", remedy="Check --ray-address.") from error
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    context.max_errored_blocks = -1
    try:
        yield
    finally:
        ray.shutdown()
