"""A batch as the command line composes it, with what is read by stubs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lucidocr.batch.run import Batch
from lucidocr.batch.sinks import FileSink, Sink
from lucidocr.batch.store import Begin, Store
from lucidocr.batch.tasks import Engine, Failure, Outcome

MakeEngine = Callable[[Path], Engine]
MakeSink = Callable[[Store], Sink]


class Progress:
    """Counts, and calls back at every document."""

    def __init__(self, call: Callable[[int], None] = lambda done: None) -> None:
        self.before = self.done = 0
        self.call = call

    def skipped(self) -> None:
        self.before += 1

    def finished(self, outcome: Outcome) -> None:
        self.done += 1
        self.call(self.done)


def to_files(store: Store) -> Sink:
    return FileSink(store.folder, store.journal)


def run(
    names: list[str],
    folder: Path,
    engine: MakeEngine,
    *,
    begin: Begin = "new",
    how: str = "so",
    sink: MakeSink = to_files,
    suffix: str = ".txt",
    progress: Progress | None = None,
) -> tuple[Batch, dict[str, Failure]]:
    """Run a batch; returns it, and what could not be read."""
    with Store(folder, begin) as store:
        store.journal.begin(how, {})
        batch = Batch(names, folder, suffix, store.journal, sink(store), progress or Progress())
        batch.run(engine(store.parts))
        return batch, dict(store.journal.failures())


def files(folder: Path) -> dict[str, bytes]:
    """What a batch has written, its own notes left out."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".lucidocr" not in path.parts
    }
