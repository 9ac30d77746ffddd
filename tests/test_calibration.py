"""What a calibration does to probabilities, and what it refuses."""

from __future__ import annotations

import json
import math

import pytest

from lucidocr.calibration import (
    IDENTITY,
    Calibration,
    CharacterCalibration,
    LineCalibration,
    load_calibration,
    parse_calibration,
)
from lucidocr.errors import ModelError
from lucidocr.pipeline import Reader

ENTRY = {
    "line": {"slope_log_prob": 0.5, "slope_log_cost": -1.0, "offset": 0.25},
    "character": {"slope": 0.5, "offset": -0.5},
}


def part(**changes: object) -> bytes:
    return json.dumps({"format_version": 1, "precisions": {"fp32": ENTRY}, **changes}).encode()


def test_without_a_calibration_probabilities_stay_as_they_are() -> None:
    assert IDENTITY.line(math.log(0.3)) == pytest.approx(0.3)
    assert IDENTITY.character(0.3) == 0.3
    assert (IDENTITY.line(0.0), IDENTITY.line(-math.inf)) == (1.0, 0.0)


def test_the_logistic_functions_are_those_of_the_part() -> None:
    found = parse_calibration(part(), "fp32")
    logit = 0.5 * math.log(0.8) - math.log(-math.log(0.8)) + 0.25
    assert found.line(math.log(0.8)) == pytest.approx(1 / (1 + math.exp(-logit)))
    assert found.character(0.9) == pytest.approx(1 / (1 + math.exp(0.5 - 0.5 * math.log(9))))


def test_confidences_rise_with_probabilities_and_stay_within_bounds() -> None:
    found = parse_calibration(part(), "fp32")
    lines = [found.line(log) for log in (-math.inf, -1e4, -50.0, -3.0, -0.1, -1e-9, 0.0)]
    characters = [found.character(probability) for probability in (0.0, 1e-9, 0.2, 0.5, 1 - 1e-9, 1.0)]
    for confidences in (lines, characters):
        assert confidences == sorted(confidences)
        assert all(0 <= one <= 1 for one in confidences)


def test_a_precision_without_an_entry_is_not_calibrated() -> None:
    assert parse_calibration(part(), "int8") is IDENTITY


def test_a_model_without_the_part_is_not_calibrated(toy_reader: Reader) -> None:
    assert load_calibration(toy_reader.model) is IDENTITY


@pytest.mark.parametrize(
    "content",
    [
        b"no json",
        b"[]",
        part(format_version=2),
        part(more=1),
        part(precisions=[]),
        part(precisions={"fp32": {"line": ENTRY["line"]}}),
        part(precisions={"fp32": {**ENTRY, "character": {"slope": 1.0}}}),
        part(precisions={"fp32": {**ENTRY, "character": {"slope": "1", "offset": 0.0}}}),
        part(precisions={"fp32": {**ENTRY, "character": {"slope": -1.0, "offset": 0.0}}}),
        part(precisions={"fp32": {**ENTRY, "line": {**ENTRY["line"], "slope_log_cost": 0.1}}}),
        part(precisions={"fp32": {**ENTRY, "line": {**ENTRY["line"], "offset": math.nan}}}),
    ],
)
def test_a_part_of_another_form_is_refused(content: bytes) -> None:
    with pytest.raises(ModelError):
        parse_calibration(content, "fp32")


def test_a_calibration_that_falls_is_refused() -> None:
    with pytest.raises(ModelError, match="must not fall"):
        LineCalibration(-0.1, 0.0, 0.0)
    with pytest.raises(ModelError, match="must not fall"):
        CharacterCalibration(-0.1, 0.0)
    assert Calibration(LineCalibration(0.0, 0.0, 0.0)).line(-5.0) == 0.5
