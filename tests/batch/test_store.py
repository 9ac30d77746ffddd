from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lucidocr.batch.store import Begin, Store
from lucidocr.errors import OutputError


def test_a_folder_is_made_and_let_go_of(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "out"
    with Store(folder) as store:
        (store.parts / "1").touch()
    assert [path.name for path in folder.iterdir()] == [".lucidocr"]
    assert not store.parts.exists()


def test_a_second_run_must_say_how(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.journal.begin("so", {})
    with pytest.raises(OutputError, match="--resume"):
        Store(tmp_path)
    with Store(tmp_path, "resume"):
        assert "so" in (tmp_path / ".lucidocr" / "journal.jsonl").read_text(encoding="ascii")
    with Store(tmp_path, "overwrite"):
        assert (tmp_path / ".lucidocr" / "journal.jsonl").read_text(encoding="ascii") == ""


def test_a_run_that_ended_before_it_began_is_none(tmp_path: Path) -> None:
    for _ in range(2):
        Store(tmp_path).__exit__(None, None, None)


@pytest.mark.parametrize("begin", ["new", "resume"])
def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path, begin: Begin) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(OutputError, match="not empty"):
        Store(tmp_path, begin)
    Store(tmp_path, "overwrite").__exit__(None, None, None)
    assert (tmp_path / "mine.txt").exists()


@pytest.mark.parametrize("begin", ["resume", "overwrite"])
def test_one_batch_at_a_time(tmp_path: Path, begin: Begin) -> None:
    with Store(tmp_path) as store:
        (store.parts / "1").touch()
        with pytest.raises(OutputError, match="another batch is at work"):
            Store(tmp_path, begin)
        assert (store.parts / "1").exists()


def test_a_killed_batch_lets_go_and_leaves_parts_that_are_removed(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from lucidocr.batch.store import Store\n"
        "store = Store(Path(sys.argv[1])); store.journal.begin('so', {}); (store.parts / '1').touch()\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert (tmp_path / ".lucidocr" / "parts" / "1").exists()
    with Store(tmp_path, "resume") as store:
        assert list(store.parts.iterdir()) == []


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written to"):
        Store(tmp_path / "file" / "out")
