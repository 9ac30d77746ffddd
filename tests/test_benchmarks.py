"""What the comparisons with other readers are made of, without the other readers."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks import accuracy, tables
from benchmarks.accuracy import Score, Skipped, ask, find_datasets, measure, rule_of
from benchmarks.latency import Spread, draw_lines, interleave, peer_input


def make_set(folder: Path, texts: list[str], part: str | None = None) -> Path:
    (folder / "images").mkdir(parents=True)
    for number, _ in enumerate(texts):
        cv2.imwrite(str(folder / "images" / f"{number}.png"), np.full((8, 24), 200, np.uint8))
    rows = [f"{number}.png\t{text}\n" for number, text in enumerate(texts)]
    (folder / "labels.tsv").write_text("".join(rows), encoding="utf-8")
    if part:
        split = "".join(f"{number}.png\tbook\t{part}\n" for number, _ in enumerate(texts))
        (folder / "split.tsv").write_text(split, encoding="utf-8")
    return folder


class TestLatency:
    def test_lines_are_of_the_stated_size_and_differ(self) -> None:
        lines = draw_lines(3)
        assert {line.shape for line in lines} == {(32, 280)}
        assert len({line.tobytes() for line in lines}) == 3

    def test_the_peer_gets_its_own_height_and_range(self) -> None:
        images = peer_input(draw_lines(2))
        assert (images.shape, images.dtype) == ((2, 3, 48, 420), np.float32)
        assert -1 <= images.min() < 0 < images.max() <= 1

    def test_runs_take_turns(self) -> None:
        called: list[str] = []
        times = interleave({name: lambda name=name: called.append(name) for name in "ab"}, rounds=2, repeats=3)
        assert "".join(called) == "aabb" + "aaabbb" * 2
        assert {name: len(taken) for name, taken in times.items()} == {"a": 2, "b": 2}

    def test_spread(self) -> None:
        assert Spread.of([5.0, 1.0, 2.0, 4.0, 3.0]) == Spread(3.0, 2.0, 4.0)


class TestSets:
    def test_a_folder_of_sets_gives_those_that_have_the_part(self, tmp_path: Path) -> None:
        make_set(tmp_path / "one", ["a", "b", "c"], "report")
        make_set(tmp_path / "two", ["a"], "tune")
        make_set(tmp_path / "three", ["a"])
        found = list(find_datasets(tmp_path, "report", 2))
        assert [(one.name, one.part, len(one.lines)) for one in found] == [("one", "report", 2), ("three", None, 1)]

    def test_a_set_may_be_named_itself(self, tmp_path: Path) -> None:
        assert [one.name for one in find_datasets(make_set(tmp_path / "one", ["a"]), "report", 5)] == ["one"]

    @pytest.mark.parametrize(
        ("name", "text", "rule"), [("x", "街 12", "zh"), ("x", "Main", "alnum"), ("pdf_zh", "a", "zh")]
    )
    def test_rule(self, tmp_path: Path, name: str, text: str, rule: str) -> None:
        (found,) = find_datasets(make_set(tmp_path / name, [text]), "report", 5)
        assert rule_of(found) == rule


class TestAsking:
    @pytest.fixture
    def program(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        path = tmp_path / "program.py"
        monkeypatch.setattr(accuracy, "_PROGRAM", path)
        return path

    def test_answers_come_in_order(self, tmp_path: Path, program: Path) -> None:
        program.write_text(
            "import json, sys\n"
            "for number, line in enumerate(sys.stdin.read().split()):\n"
            "    print(json.dumps({'text': line[-5], 'ms': number}))\n",
            encoding="utf-8",
        )
        (one,) = find_datasets(make_set(tmp_path / "words", ["0", "1", "x"]), "report", 5)
        scores = measure("EasyOCR", [(one, [line.path for line in one.lines])], "en", sys.executable)
        assert scores == [
            Score("EasyOCR", "words", None, "en", "alnum", 3, pytest.approx(2 / 3), pytest.approx(1 / 3), 1)
        ]

    @pytest.mark.parametrize(
        ("source", "reason"),
        [
            ('print(\'{"missing": "no weights"}\')', "no weights"),
            ("raise SystemExit('fell over')", "fell over"),
            ('print(\'{"text": "the only answer", "ms": 1}\')', "it gave up"),
        ],
    )
    def test_a_reader_that_cannot_be_run_is_named(
        self, tmp_path: Path, program: Path, source: str, reason: str
    ) -> None:
        program.write_text(source, encoding="utf-8")
        (one,) = find_datasets(make_set(tmp_path / "words", ["a", "b"]), "report", 5)
        pictures = [line.path for line in one.lines]
        assert measure("EasyOCR", [(one, pictures)], "en", sys.executable) == Skipped("EasyOCR", "en", reason)

    def test_an_interpreter_that_is_not_there(self) -> None:
        assert "cannot be run" in ask("EasyOCR", "en", [], "/nowhere/python")


def test_readers_say_what_they_lack() -> None:
    assert ask("EasyOCR, recognition only", "zh", [Path("a.png")], sys.executable) == (
        "the package with its weights has no Chinese ones"
    )


class TestTables:
    @pytest.fixture
    def results(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(tables, "RESULTS", tmp_path)
        return tmp_path

    def test_latency(self, results: Path) -> None:
        spread = {"median": 2.5, "lower": 2.4, "upper": 2.6}
        timing = {
            "name": "lucidocr int8",
            "threads": 1,
            "lines": 32,
            "ms": spread,
            "ratio": {**spread, "median": 12.34},
        }
        start = {"name": "lucidocr int8", "load_ms": 11.6, "first_ms": 3.2, "peak_mb": 99.7}
        result = {"machine": "x86_64", "timings": [timing], "starts": [start]}
        (results / "latency.json").write_text(json.dumps(result), encoding="utf-8")
        assert "| lucidocr int8 | 1 | 32 | 2.50 | 12.3 | 2.4 to 2.6 |" in tables.TABLES["latency"]()
        assert "| lucidocr int8 | 12 | 3 | 100 |" in tables.TABLES["starts"]()

    def test_accuracy(self, results: Path) -> None:
        base = {"model": "A", "part": "report", "rule": "zh", "n": 9, "cer": 0.051, "ms": 4.0}
        scores = [
            {**base, "dataset": "pdf_zh", "script": "zh", "line_accuracy": 0.9},
            {**base, "dataset": "taigi_hanlo", "script": "zh", "line_accuracy": 0.5},
            {**base, "dataset": "plates_cn", "script": "zh", "line_accuracy": 0.0},
            {**base, "dataset": "sroie", "script": "en", "line_accuracy": 0.8, "ms": 6.0},
        ]
        skipped = [{"model": "B", "script": "zh", "reason": "no weights"}]
        result = {"machine": "x86_64", "scores": scores, "skipped": skipped}
        (results / "accuracy.json").write_text(json.dumps(result), encoding="utf-8")
        assert "| A | 0.700 | 0.800 | 4.0 | no |" in tables.TABLES["peers"]()
        text = tables.TABLES["accuracy"]()
        assert "| pdf_zh | 0.900 / 0.051 |" in text
        assert "B is left out (zh): no weights." in text

    def test_precision(self, results: Path) -> None:
        figures = {"fp32": {"line_accuracy": 0.9, "cer": 0.02}, "int8": {"line_accuracy": 0.8951, "cer": 0.021}}
        record = {"dataset": "sroie", "n": 200, "changed": 3, **figures}
        (results / "precision.json").write_text(json.dumps([record]), encoding="utf-8")
        assert "| sroie | 200 | 0.900 | 0.895 | 0.020 | 0.021 | 3 |" in tables.TABLES["precision"]()

    def test_correcting_summary(self, results: Path) -> None:
        ways = {
            "CRNN": {"lines": 0.8131, "sets": 0.672, "ms": 10.84},
            "Tesseract": {"lines": 0.6, "sets": 0.4, "ms": 22},
        }
        (results / "correcting.json").write_text(json.dumps({"all": ways, "sets": []}), encoding="utf-8")
        text = tables.TABLES["correcting_summary"]()
        assert "| CRNN | 0.813 | 0.672 | 10.8 |\n| Tesseract | 0.600 | 0.400 | 22.0 |" in text

    @pytest.mark.parametrize("name", ["latency", "starts", "peers", "accuracy", "precision", "correcting_summary"])
    def test_not_yet_measured(self, results: Path, name: str) -> None:
        assert "Not measured yet" in tables.TABLES[name]()
