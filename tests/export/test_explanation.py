"""explanation.json: what is written, in which pixels."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from lucidocr.export.explanation import Detail, explanation_record, method_records
from lucidocr.export.explanation_schema import FORMAT_VERSION
from lucidocr.types import ExplainedLine, ExplainedPage, LineImage
from tests.evidence import WIDE, explained_line, explanation_of, page_of


def test_record_is_json_with_the_documented_keys() -> None:
    record = json.loads(json.dumps(explanation_record(page_of("ab"), Detail(files=True)), allow_nan=False))
    assert list(record) == ["format_version", "source", "width", "height", "mode", "text", "methods", "lines"]
    assert (record["format_version"], record["text"], record["mode"]) == (FORMAT_VERSION, "ab", "page")
    (line,) = record["lines"]
    assert (line["text"], line["confidence"], line["log_prob"]) == ("ab", 0.8, -0.25)
    assert line["box"] == [[10, 0], [58, 0], [58, 32], [10, 32]]
    assert not line["vertical"]
    assert (line["width"], line["height"], line["frames"], line["notice"]) == (2 * WIDE, 32, 12, "")
    assert line["candidates"] == [
        {"text": "ab", "log_prob": -0.25, "confidence": 0.8},
        {"text": "az", "log_prob": -2.0, "confidence": 0.1},
    ]
    assert line["files"]["alignment"] == "line-1/alignment.png"
    second = line["characters"][1]
    assert (second["char"], second["confidence"], second["span"]) == ("b", 0.75, [36, 56])
    assert second["box"] == [[36, 0], [56, 0], [56, 32], [36, 32]]
    assert second["alternatives"][0] == {"char": "b", "probability": 0.75}
    assert (second["against"], second["contrast"]) == ("x", 1.7918)
    assert (second["left"], second["right"], second["centre"], second["deviation"]) == (26, 46, 36, 2.5)
    assert second["posterior"] == {"first": 8, "values": [0.9, 0.6]}
    assert set(second["maps"]) == {"hirescam", "gradcam", "attention"}
    heat = second["maps"]["hirescam"]
    assert (heat["peak"], heat["file"]) == ([10 + 34 + 0, 14], "line-1/hirescam-2.png")
    assert (heat["against"], heat["range"], heat["grid"]) == ("x", [-1, 2], [0, 0, 72, 32])
    looked = second["attention"]
    assert (looked["frame"], looked["char"], looked["probability"]) == (8, "b", 0.9)
    assert (looked["region"], looked["grid"]) == ([38, 8, 54, 24], [28, 8, 44, 24])


def test_verdicts_stand_with_their_maps() -> None:
    line = explained_line(explanation_of("ab", methods=("hirescam", "gradcam"), faithfulness=True))
    (record,) = explanation_record(ExplainedPage((line,), 100, 100))["lines"]
    maps = record["characters"][1]["maps"]
    judged = {"energy": 0.75, "pointing": True, "deletion": 2.5, "elsewhere": 0.5, "insertion": 1.5}
    assert maps["hirescam"]["faithfulness"] == judged
    assert maps["gradcam"]["faithfulness"]["deletion"] == 0.25
    assert "faithfulness" not in maps["attention"]


def test_every_line_counts_its_own_files() -> None:
    record = explanation_record(page_of("a", "b"), Detail(files=True))
    assert [line["characters"][0]["maps"]["gradcam"]["file"] for line in record["lines"]] == [
        "line-1/gradcam-1.png",
        "line-2/gradcam-1.png",
    ]
    assert record["text"] == "a\nb"


def test_places_of_a_turned_line_are_those_of_the_picture() -> None:
    explanation = explanation_of("ab", attention=True)
    turned = np.array([[0.0, -1.0, 100.0], [1.0, 0.0, 20.0], [0.0, 0.0, 1.0]])  # a line that runs downwards
    box = np.array([(100, 20), (100, 68), (68, 68), (68, 20)], dtype=np.float32)
    line = ExplainedLine(LineImage(explanation.image, box, turned), explanation)
    (record,) = explanation_record(ExplainedPage((line,), 200, 200))["lines"]
    first = record["characters"][0]
    assert first["box"] == [[100, 22], [100, 42], [68, 42], [68, 22]]
    assert first["span"] == [84, 84]
    assert first["maps"]["hirescam"]["peak"] == [86, 30]
    assert first["attention"]["region"] == [76, 24, 92, 40]
    assert np.array(record["to_picture"]) @ [0, 0, 1] == pytest.approx([100, 20, 1])


def test_places_of_a_column_are_those_of_its_pieces() -> None:
    explanation = explanation_of("ab", attention=False)  # two pieces of 24 columns, 20 and 30 of 32 rows high
    box = np.array([(100, 200), (124, 200), (124, 250), (100, 250)], dtype=np.float32)
    stands = np.array([[1.0, 0.0, 100.0], [0.0, 1.0, 200.0], [0.0, 0.0, 1.0]])
    line = ExplainedLine(LineImage(explanation.image, box, stands), explanation, edges=(0, 20, 50))
    (record,) = explanation_record(ExplainedPage((line,), 300, 300))["lines"]
    first, second = record["characters"]
    assert record["vertical"]
    assert first["box"] == [[102, 200], [122, 200], [122, 220], [102, 220]]
    assert second["box"] == [[102, 220], [122, 220], [122, 250], [102, 250]]
    assert first["maps"]["hirescam"]["peak"] == [110, 208]  # (10, 14) of the row, 6 rows below the piece's edge
    assert second["maps"]["hirescam"]["peak"] == [110, 233]  # (34, 14) of the row


def test_methods_are_named_with_what_is_held_against_them() -> None:
    records = {record["name"]: record for record in explanation_record(page_of("a"))["methods"]}
    assert list(records) == ["hirescam", "gradcam", "attention"]
    assert records["gradcam"]["warning"]
    assert records["hirescam"]["warning"] == ""
    assert len(method_records()) > len(records)


def test_nothing_is_said_of_attention_that_was_not_asked_for() -> None:
    record = explanation_record(page_of("a", attention=False))
    assert [method["name"] for method in record["methods"]] == ["hirescam", "gradcam"]
    assert record["lines"][0]["characters"][0]["attention"] is None


def test_another_text_than_the_reading() -> None:
    line = explained_line(explanation_of("ab", reading="xy"))
    (record,) = explanation_record(ExplainedPage((line,), 100, 100))["lines"]
    assert (record["text"], record["reading"]["text"]) == ("ab", "xy")
    assert record["reading"]["log_prob"] == -0.25


def test_an_impossible_rival_is_null() -> None:
    explanation = explanation_of("a")
    (evidence,) = explanation.characters
    explanation = replace(explanation, characters=(replace(evidence, contrast=math.inf),))
    record = explanation_record(ExplainedPage((explained_line(explanation),), 9, 9))
    assert record["lines"][0]["characters"][0]["contrast"] is None


def test_a_character_that_no_frame_emits() -> None:
    explanation = explanation_of("a")
    silent = replace(explanation.alignment, occupancy=np.zeros((6, 3), np.float32))
    line = explained_line(replace(explanation, alignment=silent))
    record = explanation_record(ExplainedPage((line,), 9, 9))
    assert record["lines"][0]["characters"][0]["posterior"] == {"first": 0, "values": []}


def test_a_page_without_text() -> None:
    record = explanation_record(ExplainedPage((), 5, 6, "blank.png"))
    assert (record["text"], record["methods"], record["lines"]) == ("", [], [])
