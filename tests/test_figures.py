"""How committed results become thresholds and tables."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from benchmarks import tables
from benchmarks.floor import Floor, load_floors
from benchmarks.reading import SETS
from lucidocr.evaluate import Evaluation

FLOOR = Floor(dataset="words", limit=200, line_accuracy=0.7, cer=0.1)


def found(line_accuracy: float, cer: float) -> Evaluation:
    return Evaluation("words", "tune", "zh", 200, line_accuracy, cer, 5.25, 0)


def test_what_is_good_enough_passes() -> None:
    assert FLOOR.verdict(found(0.7, 0.1)) is None


@pytest.mark.parametrize(("line_accuracy", "cer"), [(0.69, 0.1), (0.7, 0.11)])
def test_what_is_worse_is_said(line_accuracy: float, cer: float) -> None:
    verdict = FLOOR.verdict(found(line_accuracy, cer))
    assert verdict is not None
    assert verdict.startswith("words: ")


def test_committed_floors_are_of_known_sets() -> None:
    floors = load_floors()
    assert floors
    assert {floor.dataset for floor in floors} <= set(SETS)


def test_a_misspelt_key_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "floor.json"
    path.write_text(json.dumps([asdict(FLOOR) | {"acuracy": 1}]), encoding="utf-8")
    with pytest.raises(TypeError, match="acuracy"):
        load_floors(path)


def test_table_of_readings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "RESULTS", tmp_path)
    before = "a\n<!-- table:reading -->\nold\n<!-- /table -->\nb\n"
    assert "Not measured yet" in tables.renew(before)
    (tmp_path / "reading.json").write_text(json.dumps([asdict(found(0.7256, 0.0871))]), encoding="utf-8")
    text = tables.renew(before)
    assert "| words | tune | zh | 200 | 0.726 | 0.087 | 5.2 |" in text
    assert "old" not in text
    assert tables.renew(text) == text
    assert text.startswith("a\n")
    assert text.endswith("<!-- /table -->\nb\n")


def test_an_unknown_table_is_an_error() -> None:
    with pytest.raises(KeyError, match="speed"):
        tables.renew("<!-- table:speed -->\n<!-- /table -->\n")
