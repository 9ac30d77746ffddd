"""Readings as rows of Parquet files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow import parquet as pq

from lucidocr.batch.parquet import SUFFIX, ParquetSink
from lucidocr.batch.reading import Job, attempt
from lucidocr.batch.sinks import Sink
from lucidocr.batch.store import Begin, Store
from lucidocr.batch.tasks import Outcome, Task
from lucidocr.options import ReadingOptions
from tests.batch.running import Progress, files, run
from tests.fakes import FakeReader, encoded, picture_of

pytestmark = pytest.mark.system


class Here:
    """Reads with a fake in this process."""

    def __init__(self, parts: Path) -> None:
        self.parts = parts

    def run(self, tasks: Iterator[Task]) -> Iterator[Outcome]:
        job = Job(ReadingOptions(), "json")
        for number, task in enumerate(tasks):
            part = self.parts / str(number)
            pages, failure = attempt(lambda source, path: job.write(FakeReader(), source, path), task.source, part)
            yield Outcome(task, failure=failure) if failure else Outcome(task, pages, part)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scans").mkdir()
    for number in range(5):
        picture_of(str(number), size=(100 + number, 40)).save(tmp_path / "scans" / f"{number}.png")
    (tmp_path / "scans" / "bad.png").write_bytes(b"no picture")
    return tmp_path


def go(begin: Begin = "new", how: str = "so", progress: Progress | None = None) -> int:
    """Run a batch with two documents a file; returns how many were read."""

    def sink(store: Store) -> Sink:
        return ParquetSink(store.folder, store.parts, store.journal, documents=2)

    batch, _ = run(["scans"], Path("out"), Here, begin=begin, how=how, sink=sink, suffix=SUFFIX, progress=progress)
    return batch.summary.read


def widths() -> list[tuple[str, int]]:
    rows = pq.read_table("out/", filters=None).to_pylist()
    return sorted((row["document"], row["width"]) for row in rows)


EXPECTED = [(f"scans/{number}.png", 100 + number) for number in range(5)]


def test_a_row_for_each_page(here: Path) -> None:
    assert go() == 5
    assert sorted(files(Path("out"))) == [f"readings-00000{n}.parquet" for n in (1, 2, 3)]
    assert widths() == EXPECTED
    row = pq.read_table("out/").to_pylist()[0]
    assert row["text"] == "发票 Invoice\n42.00"
    assert json.loads(row["reading"])["source"] == row["source"]


def test_what_waited_for_its_file_is_read_again_after_a_kill(here: Path) -> None:
    def stop(done: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        go(progress=Progress(stop))
    done = len(widths())
    assert 2 <= done < 5
    assert go("resume") == 5 - done
    assert widths() == EXPECTED
    assert go("resume") == 0


def test_rows_of_changed_documents_are_replaced(here: Path) -> None:
    go()
    picture_of("x", size=(333, 40)).save("scans/0.png")
    (here / "scans" / "1.png").write_bytes(encoded(picture_of("1"))[:100])
    assert go("resume") == 1
    assert widths() == [("scans/0.png", 333), *EXPECTED[2:]]


def test_other_options_replace_all_rows(here: Path) -> None:
    go()
    assert go("resume", "otherwise") == 5
    assert widths() == EXPECTED


@pytest.mark.parametrize("name", ["readings-000001.parquet", "readings-000003.parquet"])
def test_a_file_that_is_gone_is_made_again(here: Path, name: str) -> None:
    go()
    (here / "out" / name).unlink()
    assert go("resume") in {1, 2}
    assert widths() == EXPECTED
    assert not (here / "out" / name).exists()
