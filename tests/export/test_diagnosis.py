"""Diagnoses for programs, for terminals and as a page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import jsonschema
import pytest
from pydantic import TypeAdapter

from lucidocr.diagnose.diagnoser import ADVICE, MENDED_BY
from lucidocr.export.diagnosis import diagnoses_record
from lucidocr.export.diagnosis_page import diagnoses_page
from lucidocr.export.diagnosis_schema import DiagnosesRecord
from lucidocr.export.diagnosis_text import diagnoses_text
from lucidocr.export.diagnosis_words import CAUSE_NAMES, INDICATOR_NAMES, STEP_NAMES
from lucidocr.preprocess.indicators import INDICATORS
from lucidocr.preprocess.steps import STEPS
from lucidocr.types import CAUSES, Cause
from tests.diagnoses import diagnosed_page, diagnosis_of
from tests.export.test_report import EVIL, Reader
from tests.export.test_words import chinese

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "docs" / "schema" / "diagnosis-1.json"


def test_the_published_schema_is_that_of_the_record() -> None:
    published = json.loads(SCHEMA.read_text(encoding="utf-8"))
    described = TypeAdapter(DiagnosesRecord).json_schema()
    assert {name: published[name] for name in described} == described


@pytest.mark.parametrize("pictures", [False, True])
def test_records_obey_it(pictures: bool) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    page = diagnosed_page(diagnosis_of("ab", truth="mended"), diagnosis_of(""), diagnosis_of("c", verdict=None))
    record = diagnoses_record(page, pictures=pictures)
    jsonschema.validate(json.loads(json.dumps(record, allow_nan=False)), schema)
    first = record["lines"][0]["diagnosis"]
    assert ("image" in first, "image" in first["causes"][0]["tested"][0]) == (pictures, pictures)
    assert ("image" in record["lines"][0]["preparation"]) is pictures
    assert sum(one["probability"] for one in first["causes"]) == pytest.approx(1, abs=1e-5)
    assert set(first["indicators"]) == set(INDICATORS)


def test_readings_after_steps_are_judged_where_the_truth_is_known() -> None:
    known = diagnoses_record(diagnosed_page(diagnosis_of("ab", truth="MENDED")), rule="alnum")
    tested = {
        one["step"]: one["right"] for cause in known["lines"][0]["diagnosis"]["causes"] for one in cause["tested"]
    }
    assert (tested["deskew"], tested["denoise"]) == (True, False)
    blind = diagnoses_record(diagnosed_page(diagnosis_of("ab")))
    assert blind["lines"][0]["diagnosis"]["causes"][0]["tested"][0]["right"] is None


def test_an_impossible_rival_has_no_margin() -> None:
    record = diagnoses_record(diagnosed_page(diagnosis_of("ab", verdict="look_alike")))
    assert record["lines"][0]["diagnosis"]["causes"][0]["look_alike"]["margin"] is None


def test_a_verdict_in_words() -> None:
    text = diagnoses_text(diagnoses_record(diagnosed_page(diagnosis_of("ab"), count=3)))
    assert text.splitlines() == [
        "“ab”  (55.0%)",
        "  at x 5-53 y 0-32",
        "  likely cause: slope",
        "  slope  ████████████········  60%",
        "  - slope: 4.25, usually -1 to 1 degrees",
        "  fix tested: levelled, it reads “mended” (90.0%)",
        "  advice: Fine-tune on lines in this typeface (lucidocr finetune).",
        "",
        "2 more lines read, not doubtful",
    ]


def test_it_abstains_openly() -> None:
    text = diagnoses_text(diagnoses_record(diagnosed_page(diagnosis_of("ab", verdict=None), mode="line")))
    assert "unsure: no cause is probable enough to be named; most so slope" in text
    assert "likely cause" not in text
    assert "advice" not in text


def test_where_nothing_is_wrong_nothing_is_advised() -> None:
    text = diagnoses_text(diagnoses_record(diagnosed_page(diagnosis_of("ab", verdict="nothing"), mode="line")))
    assert "nothing wrong was found" in text
    assert "fix tested" not in text


def test_a_known_truth() -> None:
    def told(truth: str) -> str:
        return diagnoses_text(diagnoses_record(diagnosed_page(diagnosis_of("ab", truth=truth), mode="line")))

    assert "wrong; it says: “mended”" in told("mended")
    assert "it reads “mended” (90.0%), which is right" in told("mended")
    assert "fixes tested: none of the steps makes it read better" in told("else")
    assert "  right: “ab”" in told("ab")


@pytest.mark.parametrize("verdict", CAUSES)
def test_every_cause_can_be_told(verdict: Cause) -> None:
    text = diagnoses_text(diagnoses_record(diagnosed_page(diagnosis_of("ab", verdict=verdict), mode="line")))
    assert CAUSE_NAMES[verdict] in text
    assert "nan" not in text
    assert "inf" not in text


def test_pictures_without_lines() -> None:
    assert diagnoses_text(diagnoses_record(diagnosed_page(count=0))) == "no text found\n"
    assert diagnoses_text(diagnoses_record(diagnosed_page(count=1))) == "1 line read, none doubtful\n"


def test_there_are_words_for_everything_in_both_languages() -> None:
    assert set(CAUSE_NAMES) == set(get_args(Cause))
    assert set(STEP_NAMES) == set(STEPS)
    assert set(INDICATOR_NAMES) == set(INDICATORS)
    assert {step for steps in MENDED_BY.values() for step in steps} <= set(STEP_NAMES)
    words = {*CAUSE_NAMES.values(), *STEP_NAMES.values(), *ADVICE.values()}
    words |= {word for pair in INDICATOR_NAMES.values() for word in pair if word}
    assert words <= set(chinese())


def test_a_page_needs_nothing_and_holds_texts_as_texts() -> None:
    page = diagnoses_page([diagnoses_record(diagnosed_page(diagnosis_of(EVIL), diagnosis_of("元")), pictures=True)])
    html = Reader(page.decode("utf-8"))
    assert html.named == []
    assert html.tags.count("script") == 2
    record = json.loads(html.record)
    assert [line["diagnosis"]["reading"] for line in record["pages"][0]["lines"]] == [EVIL, "元"]
    assert "default-src 'none'" in page.decode("utf-8")
