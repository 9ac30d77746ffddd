"""Terms weighed and added, confidences that follow from them, and the part that holds the weights."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lucidocr.correct.fusion import (
    CORRECTION,
    FAINTEST,
    UNFITTED,
    FusionCalibration,
    FusionPlan,
    FusionWeights,
    character_evidence,
    line_evidence,
    load_plan,
    score,
    shares,
    term_values,
)
from lucidocr.correct.language import load_language_model
from lucidocr.errors import ModelError
from lucidocr.model import load_model
from lucidocr.types import Terms

WEIGHTS = FusionWeights(recogniser=1.0, opinion=2.0, language=0.5, kept=0.125, lexicon=4.0)


def test_the_score_is_the_weighted_sum() -> None:
    full = Terms(recogniser=-1.0, language=-8.0, lexicon=0.5, opinion=-0.25)
    assert score([term_values(full, kept=True)], WEIGHTS) == pytest.approx([-1 - 0.5 - 4 + 0.125 + 2])


def test_absent_terms_count_nothing_and_hopeless_ones_are_bounded() -> None:
    values = term_values(Terms(recogniser=-math.inf, opinion=-1e9), kept=False)
    assert values == (FAINTEST, FAINTEST, 0.0, 0.0, 0.0)


def test_shares_add_up_to_one_however_far_apart() -> None:
    found = shares(np.array([0.0, -1.0, -2000.0]))
    assert found.sum() == pytest.approx(1.0)
    assert found[0] / found[1] == pytest.approx(math.e)


def test_confidence_rises_with_every_evidence() -> None:
    calibration = FusionCalibration(-1.0, -0.5, 0.3, 0.1, 1.0, 0.5, 0.0)
    weak = calibration.line(line_evidence(Terms(-2.0, opinion=-2.0), 0.5))
    for terms, share in (
        (Terms(-0.2, opinion=-2.0), 0.5),
        (Terms(-2.0, opinion=-0.2), 0.5),
        (Terms(-2.0, opinion=-2.0), 0.9),
    ):
        assert weak < calibration.line(line_evidence(terms, share)) < 1
    own, other = np.array([0.5, 0.9]), np.array([0.5, 0.99])
    alone, both = (calibration.characters(character_evidence(own, more)) for more in (None, other))
    assert alone[0] == pytest.approx(0.5)
    assert alone[1] == pytest.approx(0.9)
    assert both[1] > alone[1]


@pytest.mark.parametrize("log_prob", [0.0, -1e-12, -0.01, -5.0, -math.inf])
def test_without_fitting_the_confidence_is_about_the_probability(log_prob: float) -> None:
    confidence = UNFITTED.calibration.line(line_evidence(Terms(log_prob), 1.0))
    assert 0 <= confidence <= 1
    assert confidence == pytest.approx(math.exp(log_prob), abs=0.17)


@pytest.mark.parametrize(
    "make",
    [
        lambda: FusionWeights(recogniser=math.nan),
        lambda: FusionCalibration(0.5, 0, 0, 0, 0, 0, 0),
        lambda: FusionCalibration(0, 0, -0.5, 0, 0, 0, 0),
        lambda: FusionCalibration(0, 0, 0, 0, -1, 0, 0),
        lambda: FusionPlan(UNFITTED, UNFITTED, 1.5, 0.5),
    ],
)
def test_nonsense_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(ModelError):
        make()


class TestPart:
    @pytest.fixture
    def folder(self, toy_model: Path, tmp_path: Path) -> Path:
        return shutil.copytree(toy_model, tmp_path / "model")

    @staticmethod
    def write(folder: Path, content: Any) -> None:
        import hashlib

        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        (folder / CORRECTION).write_bytes(data)
        described = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        described["parts"][CORRECTION] = {"sha256": hashlib.sha256(data).hexdigest()}
        (folder / "model.json").write_text(json.dumps(described), encoding="utf-8")

    def test_a_model_without_it_has_no_plan(self, folder: Path) -> None:
        assert load_plan(load_model(folder), "fp32") is None

    def test_what_is_written_is_read(self, folder: Path) -> None:
        plan = FusionPlan(UNFITTED, UNFITTED, 0.75, 0.5)
        self.write(folder, {"format_version": 1, "precisions": {"fp32": asdict(plan)}})
        assert load_plan(load_model(folder), "fp32") == plan
        assert load_plan(load_model(folder), "int8") is None

    @pytest.mark.parametrize(
        "content",
        [
            b"{",
            [],
            {"format_version": 2, "precisions": {}},
            {"format_version": 1, "precisions": {"fp32": {}}},
            {"format_version": 1, "precisions": {"fp32": {"alone": 1, "asked": 2, "doubt": 0.5, "ask": 0.5}}},
        ],
    )
    def test_what_is_not_of_the_form_is_an_error(self, folder: Path, content: Any) -> None:
        self.write(folder, content)
        with pytest.raises(ModelError):
            load_plan(load_model(folder), "fp32")


def test_the_shipped_weights_belong_to_the_shipped_language_model() -> None:
    model = load_model()
    described = json.loads(model.read_part(CORRECTION))
    assert described["language"] == load_language_model().description["sha256"]
    for precision in ("fp32", "int8"):
        plan = load_plan(model, precision)
        assert plan is not None
        assert plan.asked.weights.opinion > 0 < plan.alone.weights.language
        assert 0.5 < plan.ask < 1
