"""What is read again, what is not, and that no output is lost; in this process."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from lucidocr.batch.journal import Entry
from lucidocr.batch.listing import Listed
from lucidocr.batch.reading import attempt
from lucidocr.batch.sinks import FileSink
from lucidocr.batch.store import Begin
from lucidocr.batch.tasks import Outcome, Task
from lucidocr.errors import OutputError
from tests.batch import stubs
from tests.batch.running import Progress, files, run


class Here:
    """An engine that reads in this process, and remembers what."""

    def __init__(self, parts: Path) -> None:
        self.parts = parts
        self.read: list[str] = []

    def run(self, tasks: Iterator[Task]) -> Iterator[Outcome]:
        for number, task in enumerate(tasks):
            part = self.parts / str(number)
            pages, failure = attempt(stubs.read_length, task.source, part)
            self.read.append(task.source)
            yield Outcome(task, failure=failure) if failure else Outcome(task, pages, part)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "b.png"):
        (tmp_path / "scans").mkdir(exist_ok=True)
        (tmp_path / "scans" / name).write_bytes(name.encode())
    return tmp_path


def reads(*names: str, resume: bool = True, how: str = "so") -> list[str]:
    """What a run reads."""
    made: list[Here] = []

    def engine(parts: Path) -> Here:
        made.append(Here(parts))
        return made[-1]

    run(list(names), Path("out"), engine, begin="resume" if resume else "new", how=how)
    return sorted(made[0].read)


def test_nothing_is_read_twice(here: Path) -> None:
    assert reads("scans", "scans/*.png", "./scans/a.png", resume=False) == ["scans/a.png", "scans/b.png"]
    assert reads("scans") == []


def test_a_changed_document_is_read_again(here: Path) -> None:
    reads("scans")
    (here / "scans" / "a.png").write_bytes(b"another")
    assert reads("scans") == ["scans/a.png"]
    assert files(Path("out"))["scans/a.png.txt"] == b"7 bytes\n"


def test_other_options_read_all_again(here: Path) -> None:
    reads("scans")
    assert len(reads("scans", how="otherwise")) == 2


@pytest.mark.parametrize("change", [lambda path: path.unlink(), lambda path: path.write_bytes(b"")])
def test_a_reading_that_is_gone_is_made_again(here: Path, change: object) -> None:
    reads("scans")
    change(here / "out" / "scans" / "a.png.txt")  # type: ignore[operator]
    assert reads("scans") == ["scans/a.png"]


def test_a_bad_document_is_tried_again(here: Path) -> None:
    (here / "scans" / "a.png").write_bytes(b"bad")
    assert len(reads("scans")) == 2
    assert reads("scans") == ["scans/a.png"]


def test_the_reading_of_a_document_that_went_bad_is_removed(here: Path) -> None:
    reads("scans")
    (here / "scans" / "a.png").write_bytes(b"bad")
    reads("scans")
    assert set(files(Path("out"))) == {"scans/b.png.txt"}


def test_two_documents_never_share_an_output(here: Path) -> None:
    (here / "in").mkdir()
    os.chdir(here / "in")
    (here / "in" / "scans").mkdir()
    (here / "in" / "scans" / "a.png").write_bytes(b"inner")
    _, failures = run(["scans/a.png", "../scans/a.png"], Path("out"), Here)
    assert {source: failure.code for source, failure in failures.items()} == {"../scans/a.png": "bad_output"}
    assert files(Path("out")) == {"scans/a.png.txt": b"5 bytes\n"}


def test_a_file_in_the_place_of_a_folder_is_a_bad_document(here: Path) -> None:
    (here / "x.png.txt").mkdir()
    (here / "x.png.txt" / "y.png").write_bytes(b"1")
    (here / "x.png").write_bytes(b"2")
    _, failures = run(["x.png", "x.png.txt"], Path("out"), Here)
    assert list(failures) == ["x.png.txt/y.png"]
    assert set(files(Path("out"))) == {"x.png.txt"}


def test_a_folder_that_cannot_be_written_to_ends_the_batch(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OutputError, match="No space left"):
        reads("scans")


@pytest.mark.parametrize("begin", ["new", "resume"])
def test_memory_does_not_grow_with_the_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begin: Begin) -> None:
    documents, held = 10_000, []

    class Idle:
        def run(self, tasks: Iterator[Task]) -> Iterator[Outcome]:
            return (Outcome(task, 1) for task in tasks)

    class Nowhere(FileSink):
        def take(self, outcome: Outcome) -> Outcome:
            self._journal.done(outcome, Entry(1, None))
            return outcome

    def look(done: int) -> None:
        if done in {1_000, documents}:
            traces = tracemalloc.take_snapshot().filter_traces(
                [tracemalloc.Filter(False, "*pathlib*")]  # whose table of strings is made anew now and then
            )
            held.append(sum(one.size for one in traces.statistics("filename")))

    def go(begin: Begin, progress: Progress) -> None:
        sink = lambda store: Nowhere(store.folder, store.journal)  # noqa: E731
        run([], tmp_path / "out", lambda parts: Idle(), begin=begin, sink=sink, progress=progress)

    listed = (Listed(f"folder/{n}.png") for n in range(2 * documents))
    monkeypatch.setattr("lucidocr.batch.run.listed", lambda names, outside: islice(listed, documents))
    if begin == "resume":
        go("new", Progress())
    tracemalloc.start()
    try:
        go(begin, Progress(look))
    finally:
        tracemalloc.stop()
    assert held[1] < held[0] + 50_000
