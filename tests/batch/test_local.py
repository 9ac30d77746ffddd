"""Worker processes of this machine, and what becomes of documents that end them."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest

from lucidocr.batch.local import LocalEngine
from lucidocr.batch.tasks import Engine, Opener
from lucidocr.errors import ModelError, WorkerError
from tests.batch import stubs
from tests.batch.running import MakeEngine, Progress, files, run


def engine(opener: Opener = stubs.opener, jobs: int = 2) -> MakeEngine:
    return lambda parts: LocalEngine(opener, parts, jobs=jobs, threads=1)


@pytest.fixture
def scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(12):
        (folder / f"{number}.png").write_bytes(b"x" * number)
    return folder


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    yield
    assert multiprocessing.active_children() == []


def test_every_document_has_a_file(scans: Path) -> None:
    batch, failures = run(["scans"], Path("out"), engine())
    assert files(Path("out")) == {f"scans/{n}.png.txt": f"{n} bytes\n".encode() for n in range(12)}
    assert (batch.summary.read, batch.summary.pages, batch.summary.skipped, failures) == (12, 12, 0, {})


def test_bad_documents_are_listed_and_the_rest_is_read(scans: Path) -> None:
    (scans / "3.png").write_bytes(b"bad")
    (scans / "4.png").write_bytes(b"bug")
    batch, failures = run(["scans", "nowhere/*"], Path("out"), engine())
    assert {source: failure.code for source, failure in failures.items()} == {
        "scans/3.png": "damaged_image", "scans/4.png": "error", "nowhere/*": "not_found",
    }  # fmt: skip
    assert (batch.summary.read, batch.summary.failed) == (10, 3)
    assert len(files(Path("out"))) == 10


def test_a_document_that_ends_its_worker_once_is_read(scans: Path, tmp_path: Path) -> None:
    (scans / "3.png").write_bytes(f"once {tmp_path / 'note'}".encode())
    batch, failures = run(["scans"], Path("out"), engine())
    assert (batch.summary.read, failures) == (12, {})


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_document_that_always_ends_its_worker_is_bad(scans: Path, jobs: int) -> None:
    (scans / "3.png").write_bytes(b"deadly")
    batch, failures = run(["scans"], Path("out"), engine(jobs=jobs))
    assert failures["scans/3.png"].code == "worker_lost"
    assert "killed by signal 9, 2 times" in failures["scans/3.png"].message
    assert (batch.summary.read, batch.summary.failed) == (11, 1)


def test_a_broken_model_ends_the_batch(scans: Path) -> None:
    with pytest.raises(ModelError, match="there is no model"):
        run(["scans"], Path("out"), engine(stubs.broken_opener))
    (scans / "3.png").write_bytes(b"model")
    with pytest.raises(ModelError, match="altered"):
        run(["scans"], Path("out"), engine(), begin="resume")


def test_workers_that_die_before_they_read_end_the_batch(scans: Path) -> None:
    with pytest.raises(WorkerError, match="while it loaded the model, 3 times"):
        run(["scans"], Path("out"), engine(stubs.deadly_opener))


def test_an_interrupted_batch_goes_on(scans: Path) -> None:
    def interrupt(done: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(["scans"], Path("out"), engine(), progress=Progress(interrupt))
    assert 5 <= len(files(Path("out"))) < 12
    progress = Progress()
    batch, _ = run(["scans"], Path("out"), engine(), begin="resume", progress=progress)
    assert (batch.summary.skipped, batch.summary.read) == (5, 7)
    assert (progress.before, progress.done) == (5, 7)
    assert len(files(Path("out"))) == 12


def test_no_more_documents_are_taken_than_are_read(scans: Path, tmp_path: Path) -> None:
    taken = 0

    class Counting:
        def __init__(self, inner: Engine) -> None:
            self.inner = inner

        def run(self, tasks: Iterator) -> Iterator:  # type: ignore[type-arg]
            def counted() -> Iterator:  # type: ignore[type-arg]
                nonlocal taken
                for task in tasks:
                    taken += 1
                    yield task

            return self.inner.run(counted())

    most = 0

    def look(done: int) -> None:
        nonlocal most
        most = max(most, taken - done)

    run(["scans"], Path("out"), lambda parts: Counting(engine()(parts)), progress=Progress(look))
    assert most <= 2
