"""The examples of docs/api.md run against a service: curl's as they are, but for its address."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.running import running
from lucidocr.serve import Settings, create_app
from lucidocr.serve.keys import make_key, write_keys
from tests.fakes import FakeReader, encoded, picture_of
from tests.pdfs import pdf_of, shown

pytestmark = pytest.mark.system

DOCUMENT = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
HERE = "http://127.0.0.1:5000"


def curls() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", DOCUMENT, re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith("curl ")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("invoice.png", "line.png", "scan.png"):
        (tmp_path / name).write_bytes(encoded(picture_of(name)))
    (tmp_path / "report.pdf").write_bytes(pdf_of(*(shown(str(number), 10, 50) for number in range(4))))
    return tmp_path


@pytest.fixture
def served(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Address of a service that knows a key and a batch, and what examples name them by."""
    key, entry = make_key("Ann")
    write_keys(folder / "keys.json", [entry])
    reader = FakeReader(texts=("a", "b", "c"))
    with running(create_app(Settings(), reader)) as server:
        here = f"http://127.0.0.1:{server.effective_port}"
        sent = f"curl -sS -F documents=@report.pdf {here}/api/v1/batch"
        job = re.findall(r'"id":"([^"]+)"', subprocess.check_output(sent, shell=True, text=True, cwd=folder))[0]
        for _ in range(200):
            if '"state":"done"}' in subprocess.check_output(["curl", "-sS", f"{here}/api/v1/batch/{job}"], text=True):
                break
        yield here, {"KEY": key, "JOB": job}


def test_there_are_examples() -> None:
    assert len(curls()) >= 10


@pytest.mark.parametrize("line", curls())
def test_curl(line: str, folder: Path, served: tuple[str, dict[str, str]]) -> None:
    here, names = served
    command = line.replace(HERE, here).replace("curl ", "curl -sS --fail-with-body ", 1)
    run = subprocess.run(
        command, shell=True, capture_output=True, cwd=folder, env={"PATH": "/usr/bin:/bin", **names}, check=False
    )
    assert run.returncode == 0, (run.stdout, run.stderr)
    answer = (folder / "searchable.pdf").read_bytes() if "searchable.pdf" in line else run.stdout
    if "format=pdf" in line:
        assert answer.startswith(b"%PDF-")
    elif "/pages/2" in line:
        assert (folder / "page-2.png").read_bytes().startswith(b"\x89PNG")
    elif "format=markdown" in line:
        assert answer.count(b"\n") >= 4
    else:
        assert b'"success":true' in answer


def test_the_client(
    folder: Path,
    served: tuple[str, dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (block,) = re.findall(r"```py\n(.*?)```", DOCUMENT, re.DOTALL)
    monkeypatch.chdir(folder)
    exec(block.replace(HERE, served[0]), {})
    printed = capsys.readouterr().out
    assert printed.startswith("a\nb\nc 0.9\n")
    assert "400 bad_option there is no line 99" in printed
