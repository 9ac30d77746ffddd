"""The tour: its commands run in order on the picture that it draws."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from lucidocr import cli

DOCS = Path(__file__).parent.parent / "docs"
SERVICE = ("lucidocr serve", "curl")
"""What needs a service that goes on running; other tests see to it."""


def blocks(name: str) -> list[tuple[str, str]]:
    return re.findall(r"^```(\w*)\n(.*?)^```$", (DOCS / name).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def unmeasured(line: str) -> str:
    """A line without its percentages, which are other ones with other weights."""
    return re.sub(r"[\d.]+ ?%", "%", line)


def test_the_tour_runs_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    printed: list[str] = []
    for language, code in blocks("tour.md"):
        if language == "python":
            exec(code, {})
        if not language:
            assert unmeasured(code.splitlines()[0]) in printed
        if language != "sh":
            continue
        for line in code.splitlines():
            if not line.startswith(SERVICE):
                done = CliRunner().invoke(cli.main, shlex.split(line)[1:])
                assert done.exit_code == 0, (line, done.output)
                printed += map(unmeasured, done.output.splitlines())
    assert "42.50" in (tmp_path / "sample.json").read_text(encoding="utf-8")
    assert (tmp_path / "why.html").is_file()
    assert (tmp_path / "out" / "sample.png.json").is_file()
