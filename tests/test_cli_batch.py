"""``lucidocr batch``, with the toy model in real worker processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lucidocr import cli
from lucidocr.batch.tasks import Failure, Outcome, Task
from lucidocr.cli.batch import shares
from lucidocr.cli.progress import BatchProgress
from lucidocr.errors import OptionError
from lucidocr.export import FORMATS
from tests.batch.running import files
from tests.fakes import picture_of

Run = Callable[..., Result]


@pytest.fixture
def run(toy_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    for name in ("scans/a.png", "scans/deep/a.png", "scans/a.tif"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        picture_of(name).save(path)

    def invoke(*arguments: str) -> Result:
        fixed = ("--model", str(toy_model), "--mode", "line", "--jobs", "1", "-o", "out")
        return CliRunner().invoke(cli.main, ["batch", *arguments, *fixed])

    return invoke


def test_folders_are_mirrored(run: Run) -> None:
    result = run("scans")
    assert (result.exit_code, result.stdout) == (0, "")
    assert set(files(Path("out"))) == {"scans/a.png.txt", "scans/deep/a.png.txt", "scans/a.tif.txt"}
    assert "3 of 3 documents" in result.stderr


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_what_read_writes(run: Run, form: str, toy_model: Path) -> None:
    assert run("scans/a.png", "--format", form).exit_code == 0
    (content,) = files(Path("out")).values()
    arguments = ["read", "scans/a.png", "--format", form, "--mode", "line", "--model", str(toy_model), "-o", "one"]
    CliRunner().invoke(cli.main, arguments)
    one = Path("one").read_bytes()
    if form == "json":  # says for every page that it succeeded
        for record in (records := json.loads(one)):
            del record["success"]
        assert json.loads(content) == records
    else:
        assert content == one


def test_bad_files_are_listed_at_the_end(run: Run, tmp_path: Path) -> None:
    (tmp_path / "scans" / "bad.png").write_bytes(b"no picture")
    result = run("scans", "gone.png")
    assert result.exit_code == 1
    head, *rest = result.stderr.splitlines()[-3:]
    assert head == "lucidocr: 2 could not be read:"
    assert [line.split(": ")[1] for line in rest] == ["gone.png", "scans/bad.png"]
    assert len(files(Path("out"))) == 3


def test_a_second_run_must_resume(run: Run) -> None:
    run("scans")
    result = run("scans")
    assert result.exit_code == 2
    assert "--resume" in result.stderr
    assert run("scans", "--resume").exit_code == 0
    assert run("scans", "--overwrite").exit_code == 0


def test_options_that_change_readings_read_again(run: Run) -> None:
    run("scans")
    journal = Path("out/.lucidocr/journal.jsonl")
    before = journal.read_text(encoding="ascii")
    for options, lines in ((("--threads", "1"), 1), (("--pdf-text", "ignore"), 4)):
        run("scans", "--resume", *options)
        after = journal.read_text(encoding="ascii")
        assert len(after.splitlines()) - len(before.splitlines()) == lines
        before = after


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("scans", "--resume", "--overwrite"),
        ("scans", "--ray-address", "auto"),
        ("scans", "--format", "word"),
        ("scans", "--threads", "100000"),
        ("scans", "--pages", "x-"),
    ],
)
def test_bad_usage(run: Run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code in {1, 2}
    assert "Traceback" not in result.output


def test_a_broken_model_is_said_before_anything_is_read(run: Run, tmp_path: Path) -> None:
    result = CliRunner().invoke(cli.main, ["batch", "scans", "--model", "scans", "-o", "out"])
    assert result.exit_code == 3
    assert "model" in result.stderr


@pytest.mark.parametrize(
    ("jobs", "threads", "expected"),
    [(None, None, (8, 1)), (2, None, (2, 4)), (None, 3, (2, 3)), (2, 2, (2, 2)), (None, 8, (1, 8))],
)
def test_cores_are_shared_out(jobs: int | None, threads: int | None, expected: tuple[int, int]) -> None:
    assert shares(jobs, threads, 8) == expected


@pytest.mark.parametrize(("jobs", "threads"), [(9, None), (None, 9), (4, 3)])
def test_more_than_the_cores_are_refused(jobs: int | None, threads: int | None) -> None:
    with pytest.raises(OptionError, match="more than the 8 cores"):
        shares(jobs, threads, 8)


def test_ctrl_c_ends_it_and_resume_goes_on(run: Run, toy_model: Path, tmp_path: Path) -> None:
    for number in range(300):
        picture_of(str(number)).save(tmp_path / "scans" / f"{number}.png", compress_level=1)
    fixed = ["--model", str(toy_model), "--mode", "line", "--jobs", "1", "-o", "out"]
    process = subprocess.Popen(
        [sys.executable, "-m", "lucidocr", "batch", "scans", *fixed],
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        start_new_session=True,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - what runs in the background ignores it
    )
    journal = tmp_path / "out" / ".lucidocr" / "journal.jsonl"
    deadline = time.monotonic() + 60
    while not journal.is_file() or journal.read_bytes().count(b"\n") < 5:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: to the workers too
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "--resume goes on" in stderr
    assert "Traceback" not in stderr
    assert not (tmp_path / "out" / ".lucidocr" / "parts").exists()
    assert run("scans", "--resume").exit_code == 0
    assert len(files(tmp_path / "out")) == 303


class TestProgress:
    DONE = Outcome(Task("a", "a", ""), 2)
    BAD = Outcome(Task("b", "b", ""), failure=Failure("error", "no"))

    def test_a_bar_on_a_terminal(self, capsys: pytest.CaptureFixture[str]) -> None:
        with BatchProgress(4, terminal=True) as progress:
            progress.skipped()
            progress.finished(self.DONE)
            progress.finished(self.BAD)
        text = capsys.readouterr().err
        assert "3/4" in text
        assert "bad=1" in text
        assert "pages=2" in text

    def test_a_line_now_and_then_elsewhere(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with BatchProgress(4, terminal=False) as progress:
            progress.skipped()
            progress.finished(self.DONE)
            assert capsys.readouterr().err == ""
            monkeypatch.setattr("lucidocr.cli.progress.LINE_SECONDS", -1.0)
            progress.finished(self.BAD)
            assert capsys.readouterr().err.startswith("lucidocr: 3 of 4 documents, ")
        assert capsys.readouterr().err.count("\n") == 1
