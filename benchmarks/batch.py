"""What a batch costs beside the reading, and whether it bears being killed; results go to ``results/batch.json``.

``python -m benchmarks.batch`` draws pages and runs ``lucidocr batch`` on them: killed three times beside undisturbed,
and with each of the given numbers of jobs. Then it notes a million documents that are not read, to measure memory, and
what is done for every document beside reading it. ``--parts`` measures some of that and leaves the rest as it was;
``--quick`` sees that it works, and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.batches import command, draw_pages, kill_trial, run_watched
from benchmarks.memory import resident_mb
from benchmarks.reading import RESULTS
from lucidocr.batch.journal import Entry
from lucidocr.batch.run import Batch, count
from lucidocr.batch.sinks import FileSink
from lucidocr.batch.store import Begin, Store
from lucidocr.batch.tasks import Outcome, Task
from lucidocr.threads import available_cores

PAGES = 500
TIMED = 100
"""Pages to time."""

LISTED = 1_000_000
PER_FOLDER = 1000
NOTED = 5000
LINES = 20


@dataclass(frozen=True, slots=True)
class Speed:
    """A batch of drawn pages.

    Attributes:
        jobs: processes of one thread each.
        pages: that were read.
        seconds: wall clock, from the start of the command to its end.
        pages_per_second: of that.
        worker_mb: most memory of one worker, MiB.
        parent_mb: most memory of the batch's own process, MiB.
    """

    jobs: int
    pages: int
    seconds: float
    pages_per_second: float
    worker_mb: float
    parent_mb: float


@dataclass(frozen=True, slots=True)
class Listing:
    """Documents that are listed and noted in the journal, and not read.

    Attributes:
        documents: how many.
        begin: "new", or "resume" where all of them are done.
        seconds: wall clock.
        before_mb: memory before the first, MiB.
        peak_mb: most memory, MiB.
        journal_mb: size of the journal, MiB.
    """

    documents: int
    begin: Begin
    seconds: float
    before_mb: float
    peak_mb: float
    journal_mb: float


@dataclass(frozen=True, slots=True)
class Overhead:
    """What is done for a document beside reading it, milliseconds.

    Attributes:
        documents: over which it is the mean.
        journal: an entry, synced now and then.
        all: listing, writing and syncing a small file, renaming it, and the entry.
    """

    documents: int
    journal: float
    all: float


class _Quiet:
    """Shows nothing."""

    def skipped(self) -> None:
        """See :class:`lucidocr.batch.run.Progress`."""

    def finished(self, outcome: Outcome) -> None:
        """See :class:`lucidocr.batch.run.Progress`."""


class _Idle:
    """An engine that reads nothing."""

    def run(self, tasks: Iterator[Task]) -> Iterator[Outcome]:
        """See :class:`lucidocr.batch.tasks.Engine`."""
        return (Outcome(task, 1) for task in tasks)


class _Writing:
    """An engine that reads nothing and writes a few bytes as a worker does."""

    def __init__(self, parts: Path) -> None:
        self._parts = parts

    def run(self, tasks: Iterator[Task]) -> Iterator[Outcome]:
        """See :class:`lucidocr.batch.tasks.Engine`."""
        for number, task in enumerate(tasks):
            part = self._parts / str(number)
            with part.open("xb") as file:
                file.write(b"text\n" * 200)
                file.flush()
                os.fsync(file.fileno())
            yield Outcome(task, 1, part)


class _Nowhere(FileSink):
    """Notes what would be written."""

    def __init__(self, store: Store) -> None:
        super().__init__(store.folder, store.journal)
        self._store = store

    def holds(self, task: Task, entry: Entry) -> bool:
        """See :class:`lucidocr.batch.sinks.Sink`."""
        del task, entry
        return True

    def take(self, outcome: Outcome) -> Outcome:
        """See :class:`lucidocr.batch.sinks.Sink`."""
        self._store.journal.done(outcome, Entry(1, None))
        return outcome


def measure_speed(pages: Path, work: Path, jobs: int) -> Speed:
    """Time a batch of pages."""
    number = count([str(pages)], work)
    options = ("--jobs", str(jobs), "--threads", "1")
    seconds, parent, worker = run_watched(command(pages, work / f"jobs-{jobs}", *options))
    return Speed(jobs, number, round(seconds, 1), round(number / seconds, 3), round(worker, 1), round(parent, 1))


def make_files(folder: Path, number: int) -> None:
    """Make empty files, which are only listed."""
    for first in range(0, number, PER_FOLDER):
        part = folder / f"{first // PER_FOLDER:06}"
        part.mkdir(parents=True)
        for one in range(first, min(first + PER_FOLDER, number)):
            (part / f"{one:08}.png").touch()


def measure_listing(folder: Path, output: Path, begin: Begin) -> Listing:
    """List a folder's documents, and note them as done; in a process of its own, whose peak memory this is."""
    before = resident_mb()
    began = time.perf_counter()
    with Store(output, begin) as store:
        store.journal.begin("idle", {})
        number = count([str(folder)], output)
        Batch([str(folder)], output, ".txt", store.journal, _Nowhere(store), _Quiet()).run(_Idle())
        size = (output / ".lucidocr" / "journal.jsonl").stat().st_size / 2**20
    seconds = time.perf_counter() - began
    return Listing(number, begin, round(seconds, 1), round(before, 1), round(_peak_mb(), 1), round(size, 1))


def measure_overhead(folder: Path, output: Path) -> Overhead:
    """Time everything but reading."""
    number = count([str(folder)], output)
    began = time.perf_counter()
    with Store(output) as store:
        store.journal.begin("idle", {})
        sink = FileSink(output, store.journal)
        Batch([str(folder)], output, ".txt", store.journal, sink, _Quiet()).run(_Writing(store.parts))
        everything = time.perf_counter() - began
        began = time.perf_counter()
        for one in range(number):
            store.journal.done(Outcome(Task("", f"{one}", "0-0"), 1), Entry(1, None))
        journal = time.perf_counter() - began
    return Overhead(number, round(1000 * journal / number, 4), round(1000 * everything / number, 3))


def _peak_mb() -> float:
    """Most resident memory that this process has had, MiB (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


def _listing_alone(folder: Path, output: Path, begin: str) -> dict[str, Any]:
    arguments = [sys.executable, "-m", "benchmarks.batch", "--listing", str(folder), str(output), begin]
    answer = subprocess.run(arguments, check=True, capture_output=True, text=True)  # noqa: S603  (our own command)
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


PARTS: Final = ("kill", "speed", "overhead", "listing")
"""What can be measured by itself."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything.

    Attributes:
        pages: to draw, and to read in the batch that is killed.
        timed: pages to time.
        listed: documents to list.
        noted: documents to time everything but reading with.
    """

    pages: int = PAGES
    timed: int = TIMED
    listed: int = LISTED
    noted: int = NOTED


def measure(work: Path, part: str, *, jobs: list[int], sizes: Sizes) -> Any:
    """Measure one of :data:`PARTS`.

    Args:
        work: a folder for pages, files and readings.
        part: which.
        jobs: numbers of processes to time; the batch that is killed has the most of them.
        sizes: how much of everything.
    """
    if part == "kill":
        draw_pages(work / "pages", sizes.pages, lines=LINES)
        options = ("--jobs", str(max(jobs)), "--format", "json")
        return asdict(kill_trial(work / "pages", work / "kill", *options))
    if part == "speed":
        draw_pages(work / "timed", sizes.timed, lines=LINES)
        return [asdict(measure_speed(work / "timed", work / "speed", number)) for number in jobs]
    if part == "overhead":
        make_files(work / "noted", sizes.noted)
        return asdict(measure_overhead(work / "noted", work / "overhead"))
    make_files(work / "listed", sizes.listed)
    return [_listing_alone(work / "listed", work / "listing", begin) for begin in ("new", "resume")]


def main() -> None:
    """Measure and write the results; parts that are not measured stay as they were."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--pages", type=int, default=PAGES)
    parser.add_argument("--timed", type=int, default=TIMED)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--listed", type=int, default=LISTED)
    parser.add_argument("--work", type=Path, help="where pages and readings go for the time being")
    parser.add_argument("--quick", action="store_true", help="small, and without results")
    parser.add_argument("--listing", nargs=3, metavar=("FOLDER", "OUT", "BEGIN"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.listing:
        folder, output, begin = options.listing
        print(json.dumps(asdict(measure_listing(Path(folder), Path(output), begin))))
        return
    sizes = Sizes(options.pages, options.timed, options.listed)
    if options.quick:
        sizes = Sizes(pages=12, timed=12, listed=20_000, noted=200)
    path = RESULTS / "batch.json"
    result = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    result |= {"machine": platform.machine(), "cores": available_cores(), "lines_per_page": LINES}
    for part in options.parts:
        with TemporaryDirectory(dir=options.work) as work:
            result[part] = measure(Path(work), part, jobs=options.jobs, sizes=sizes)
        print(part, result[part], flush=True)
        if not options.quick:
            path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
