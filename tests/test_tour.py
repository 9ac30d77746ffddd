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
    return re.findall(r"```(\w+)\n(.*?)```", (DOCS / name).read_text(encoding="utf-8"), re.DOTALL)


def test_the_tour_runs_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for language, code in blocks("tour.md"):
        if language == "python":
            exec(code, {})
            continue
        for line in code.splitlines():
            if not line.startswith(SERVICE):
                done = CliRunner().invoke(cli.main, shlex.split(line)[1:])
                assert done.exit_code == 0, (line, done.output)
    assert "42.50" in (tmp_path / "sample.json").read_text(encoding="utf-8")
    assert (tmp_path / "why.html").is_file()
    assert (tmp_path / "out" / "sample.png.json").is_file()
