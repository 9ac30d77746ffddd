from __future__ import annotations

import json
from pathlib import Path

import pytest

from lucidocr.batch.journal import Entry, Journal
from lucidocr.batch.tasks import Failure, Outcome, Task
from lucidocr.errors import OutputError

A = Task("a.png", "a.png.txt", "1-1")
B = Task("b.png", "b.png.txt", "2-2")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def opened(path: Path, how: str = "so") -> Journal:
    journal = Journal(path)
    journal.begin(how, {"mode": "auto"})
    return journal


def written(path: Path, *tasks: Task, how: str = "so", file: str | None = None) -> None:
    journal = opened(path, how)
    for task in tasks:
        journal.done(Outcome(task, 1), Entry(None if file else 7, file))
    journal.close()


def found(path: Path, task: Task, how: str = "so") -> Entry | None:
    journal = opened(path, how)
    entry = journal.find(task)
    journal.close()
    return entry


def test_what_was_done_is_found_by_the_next_run(path: Path) -> None:
    written(path, A)
    assert found(path, A) == Entry(7, None)
    assert found(path, B) is None


def test_changed_documents_and_options_are_not_done(path: Path) -> None:
    written(path, A)
    assert found(path, Task(A.source, A.output, "1-9")) is None
    assert found(path, A, "otherwise") is None


def test_the_last_line_counts(path: Path) -> None:
    """Read one way, then another: going back to the first way reads again."""
    written(path, A)
    written(path, A, how="otherwise")
    assert found(path, A) is None
    assert found(path, A, "otherwise") == Entry(7, None)


def test_a_failure_undoes(path: Path) -> None:
    written(path, A)
    journal = opened(path)
    journal.failed(A, Failure("not_found", "gone"))
    assert journal.find(A) is None
    assert list(journal.failures()) == [("a.png", Failure("not_found", "gone"))]
    journal.close()
    assert found(path, A) is None


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_line_that_was_cut_off_is_dropped(path: Path, cut: int) -> None:
    written(path, A, B)
    path.write_bytes(path.read_bytes()[:-cut])
    journal = opened(path)
    assert journal.find(A) == Entry(7, None)
    assert journal.find(B) is None
    journal.done(Outcome(B, 1), Entry(8, None))
    journal.close()
    assert all(json.loads(line) for line in path.read_text(encoding="ascii").splitlines())
    assert found(path, B) == Entry(8, None)


@pytest.mark.parametrize("line", ["{", "[]", "{}", '{"output": "a"}', '{"journal": 9}', "\x00\x00"])
def test_what_is_no_journal_is_refused(path: Path, line: str) -> None:
    written(path, A)
    path.write_text(path.read_text(encoding="ascii") + line + "\n", encoding="ascii")
    with pytest.raises(OutputError, match="line 3 of"):
        Journal(path)


def test_a_document_is_claimed_once(path: Path) -> None:
    journal = opened(path)
    assert journal.claim(A) == "new"
    assert journal.claim(A) == "again"
    assert journal.claim(Task("/a.png", A.output, "3-3")) == "taken"
    journal.close()


def test_names_may_hold_bytes_that_are_no_text(path: Path) -> None:
    task = Task("\udce4.png", "\udce4.png.txt", "1-1")
    written(path, task)
    journal = opened(path)
    assert journal.find(task) == Entry(7, None)
    journal.failed(task, Failure("not_found", "\udce4.png"))
    assert list(journal.failures()) == [("\\udce4.png", Failure("not_found", "\\udce4.png"))]
    journal.close()


def test_rows_that_later_ones_replace(path: Path) -> None:
    written(path, A, B, file="1.parquet")
    written(path, A, how="otherwise", file="2.parquet")
    journal = opened(path)
    assert list(journal.outdated()) == [("1.parquet", {"a.png.txt"})]
    journal.close()
