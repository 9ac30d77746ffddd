"""An analysis as a record and as a page."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from pydantic import TypeAdapter

from lucidocr.analysis.analyse import analyse, analysis_record
from lucidocr.analysis.cards import cards_of
from lucidocr.analysis.page import analysis_page
from lucidocr.analysis.schema import AnalysisRecord
from lucidocr.errors import DatasetError
from lucidocr.evaluate import load_dataset
from lucidocr.types import ImageArray, Recognition
from tests.analysis.sets import LABELS, READ, analysis_of, write_set
from tests.export.test_report import Reader
from tests.fakes import FakeAnalyst

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "analysis-1.json"


def test_the_published_schema_is_that_of_the_record() -> None:
    published = json.loads(SCHEMA.read_text(encoding="utf-8"))
    described = TypeAdapter(AnalysisRecord).json_schema()
    assert {name: published[name] for name in described} == described


def test_the_record(tmp_path: Path) -> None:
    record = analysis_record(analysis_of(tmp_path / "set"))
    jsonschema.validate(json.loads(json.dumps(record, allow_nan=False)), json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert (record["lines"], record["excluded"]) == (7, 0)
    assert [one["file"] for one in record["unreadable"]] == ["2.png"]
    assert [one["right"] for one in record["ways"]] == [2, 2, 2, 2]
    failures = {one["file"]: one for one in record["failures"]}
    assert set(failures) == {"1.png", "3.png", "4.png", "6.png", "7.png"}
    assert failures["3.png"]["mended_by"] == ["deskew"]
    assert failures["1.png"]["mended_by"] == []
    assert {(one["truth"], one["read"]) for one in record["confusions"]} >= {("l", "I"), ("元", "e")}
    (cause,) = record["causes"]
    assert (cause["cause"], cause["count"], cause["mended"]) == ("skew", 5, {"deskew": 1})
    assert record["next"]["steps"] == [{"step": "deskew", "mended": 1}]
    assert {one["char"] for one in record["next"]["missing"]} >= {"發", "元"}
    assert set(record["instructive"]) == set(failures)


def test_ways_are_compared_line_by_line(tmp_path: Path) -> None:
    class Mending(FakeAnalyst):
        def read_lines(self, images: list[ImageArray], **how: object) -> list[Recognition]:  # type: ignore[override]
            readings = super().read_lines(images)
            return [replace(one, text="mended") for one in readings] if how["preprocess"] == "both" else readings

    record = analysis_record(analysis_of(tmp_path / "set", Mending(texts=(READ,))))
    both = next(one for one in record["ways"] if one["way"] == "both")
    assert (both["right"], both["gained"], both["lost"], both["chance"]) == (1, 1, 2, 1.0)
    assert record["next"]["way"] == "off"


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    analyse(
        FakeAnalyst(texts=(READ,)), load_dataset(write_set(tmp_path / "set")), "zh", tell=lambda *one: told.append(one)
    )
    assert told[0] == ("reading", 8, 8)
    assert told[-1] == ("diagnosing", 5, 5)


def test_cards_and_page(tmp_path: Path) -> None:
    reader = FakeAnalyst(texts=(READ,))
    analysis = analysis_of(tmp_path / "set", reader)
    record = analysis_record(analysis)
    cards = cards_of(reader, analysis, record)
    assert set(cards) == {one["file"] for one in record["failures"]}
    assert cards["3.png"]["fixes"][0]["right"] is True
    assert cards["1.png"]["image"].startswith("data:image/webp;base64,")
    assert [one["char"] for one in cards["1.png"]["heat"]] == ["I"]
    page = analysis_page(record, cards).decode("utf-8")
    html = Reader(page)
    assert html.named == []
    assert html.tags.count("script") == 2
    assert "b" not in html.tags
    shown = json.loads(html.record)
    assert shown["cards"]["4.png"]["truth"] == LABELS[4]
    assert shown["wrong"] == 5
    assert "failures" not in shown


def test_large_pictures_are_made_small(tmp_path: Path) -> None:
    from PIL import Image

    folder = write_set(tmp_path / "set", ("x", "y"))
    Image.fromarray(np.full((400, 4000), 200, np.uint8)).save(folder / "images" / "0.png")
    reader = FakeAnalyst(texts=(READ,))
    analysis = analyse(reader, load_dataset(folder), "exact")
    card = cards_of(reader, analysis, analysis_record(analysis))["0.png"]
    assert (card["width"], card["height"]) == (4000, 400)
    assert len(card["image"]) < 4000


def test_where_every_line_is_right(tmp_path: Path) -> None:
    reader = FakeAnalyst(texts=("a",))
    analysis = analyse(reader, load_dataset(write_set(tmp_path / "set", ("a", "a"))), "exact")
    record = analysis_record(analysis)
    assert (record["failures"], record["causes"], record["instructive"]) == ([], [], [])
    assert record["calibration"]["auroc"] is None
    assert json.loads(Reader(analysis_page(record, {}).decode()).record)["wrong"] == 0


def test_where_nothing_can_be_compared(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no line"):
        analyse(FakeAnalyst(), load_dataset(write_set(tmp_path / "set", ("--", "??"))), "alnum")


def test_files_in_folders_keep_their_names(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", ("a",))
    (folder / "images" / "deep").mkdir()
    (folder / "images" / "0.png").rename(folder / "images" / "deep" / "0.png")
    (folder / "labels.tsv").write_text("deep/0.png\ta\n", encoding="utf-8")
    record = analysis_record(analyse(FakeAnalyst(texts=(READ,)), load_dataset(folder), "exact"))
    assert record["failures"][0]["file"] == "deep/0.png"
