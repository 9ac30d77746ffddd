"""The tables of docs/scaling.md."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import tables

SPEED = {"pages": 500, "seconds": 250.0, "worker_mb": 360.4, "parent_mb": 65.0}
BATCH = {
    "machine": "x86_64",
    "cores": 2,
    "lines_per_page": 20,
    "kill": {"pages": 500, "kills": [10, 200, 400], "identical": True, "twice": 0, "left": 0},
    "speed": [{"jobs": 1, "pages_per_second": 2.0, **SPEED}, {"jobs": 2, "pages_per_second": 3.2, **SPEED}],
    "overhead": {"documents": 5000, "journal": 0.0123, "all": 6.4},
    "listing": [
        {"documents": 1_000_000, "begin": "new", "seconds": 99, "before_mb": 84, "peak_mb": 97, "journal_mb": 94}
    ],
}
PAGES = {"threads": 1, "sets": [{"dataset": "sroie", "seconds": 1.25}]}


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tables, "RESULTS", tmp_path)
    return tmp_path


def test_tables(results: Path) -> None:
    (results / "batch.json").write_text(json.dumps(BATCH), encoding="utf-8")
    (results / "pages.json").write_text(json.dumps(PAGES), encoding="utf-8")
    assert "killed (signal 9) when 10, 200, 400 were done: the same files" in tables.TABLES["batch_kill"]()
    assert "| 2 | 500 | 250 | 3.20 | 1.60 | 360 | 65 |" in tables.TABLES["batch_speed"]()
    assert "| 1,000,000 | first | 99 | 84 | 97 | 94 |" in tables.TABLES["batch_listing"]()
    # 1.25 s / 0.8 + 6.4 ms = 1.5689 s a page: 435.8 core hours, 27.2 h on 16 cores, 1.1 machines for a day
    assert "| sroie | 1.25 | 436 | 27 | 1.1 |" in tables.TABLES["million"]()


@pytest.mark.parametrize("name", ["batch_kill", "batch_listing", "batch_speed", "million"])
def test_not_yet_measured(results: Path, name: str) -> None:
    assert "Not measured yet: `python -m benchmarks.batch`" in tables.TABLES[name]()
