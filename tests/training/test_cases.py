"""Lines that are misread for a known reason, and the forest that learns to name it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the train extra")

from lucidocr.calibration import IDENTITY
from lucidocr.charset import Charset
from lucidocr.diagnose.causes import DIAGNOSIS, describe_causes, parse_causes
from lucidocr.diagnose.examination import examine
from lucidocr.diagnose.probe import PROBE, Probe, parse_probe
from lucidocr.diagnose.shapes import load_shapes
from lucidocr.explain.explainer import Explainer
from lucidocr.model import load_model
from lucidocr.preprocess.indicators import INDICATORS
from lucidocr.recognise import Recogniser
from lucidocr.types import CAUSES, Cause, ImageArray
from lucidocr_training.alike import look_alikes
from lucidocr_training.cases import Case, apply_faults, but_for
from lucidocr_training.diagnosing import Sample, fit_causes, judge_causes

pytestmark = pytest.mark.torch


def picture(grey: int) -> ImageArray:
    return np.full((20, 40), grey, np.uint8)


def reads(images: Sequence[ImageArray]) -> list[str]:
    """A reader that reads a picture by its grey."""
    return ["right" if image[0, 0] > 100 else "wrong" for image in images]


class TestButFor:
    def test_causes_are_those_without_which_it_is_read_right(self) -> None:
        case = Case(
            picture(0), "right", "exact",
            {
                "blur": lambda: (picture(200), "right"),
                "noise": lambda: (picture(50), "right"),
                "look_alike": lambda: (picture(9), "wrong"),
            },
        )  # fmt: skip
        assert but_for(case, "wrong", reads) == {"blur", "look_alike"}

    def test_a_line_that_is_read_right_has_none(self) -> None:
        case = Case(picture(0), "right", "exact", {"blur": lambda: (picture(200), "right")})
        assert but_for(case, "right", reads) == frozenset()


def test_faults_happen_each_with_its_own_seed() -> None:
    noise, blur = ("noise", 0.7, 5), ("blur", 0.5, 8)
    base = np.asarray(Random(0).choices(range(256), k=30 * 80), np.uint8).reshape(30, 80)
    both = apply_faults(base, (blur, noise), ())
    assert (both == apply_faults(apply_faults(base, (blur,), ()), (noise,), ())).all()
    assert (apply_faults(base, (), ()) == base).all()


def test_look_alikes_are_known_ones_and_near_shapes() -> None:
    pairs = look_alikes(Charset("0O1l土士己已国A "), load_shapes())
    assert (pairs["0"], pairs["O"]) == ("O", "0")
    assert (pairs["土"], pairs["己"]) == ("士", "已")
    assert "国" not in pairs


NAMES = (*(f"probe: {cause}" for cause in CAUSES), *INDICATORS, "least likeness", "clue")


def sample(cause: Cause, clue: float, rng: Random) -> Sample:
    values = np.array([rng.uniform(0, 1) for _ in NAMES])
    blind, seeing = values.copy(), values.copy()
    blind[-1], seeing[-1] = clue + rng.gauss(0, 1.5), clue + rng.gauss(0, 0.1)
    return Sample(frozenset({cause}), NAMES, blind, seeing, 0.95 if cause == "nothing" else 0.4)


class TestCauses:
    def test_they_learn_what_a_feature_tells_and_judge_it(self) -> None:
        rng = Random(0)
        clues: dict[Cause, float] = {"blur": -4.0, "noise": 0.0, "skew": 4.0, "nothing": 9.0}
        samples = [sample(cause, clue, rng) for _ in range(120) for cause, clue in clues.items()]
        causes = fit_causes(samples[:360])
        seeing = judge_causes(causes, samples[360:], seeing=True)
        blind = judge_causes(causes, samples[360:], seeing=False)
        assert seeing["misread"] == 90
        assert seeing["top1"] > 0.7
        assert seeing["top1"] >= blind["top1"]
        assert blind["top2"] >= blind["top1"]

    def test_what_is_learnt_can_be_written_and_read(self) -> None:
        rng = Random(1)
        samples = [sample(cause, place, rng) for _ in range(20) for place, cause in enumerate(CAUSES)]
        causes = fit_causes(samples)
        again = parse_causes(json.dumps(describe_causes(causes)).encode())
        assert np.allclose(again.probabilities(samples[3].blind), causes.probabilities(samples[3].blind), atol=1e-2)
        assert again.usual.keys() == set(INDICATORS)
        assert all(low <= high for low, high in again.usual.values())

    def test_what_is_usual_is_told_by_lines_without_the_fault_in_question(self) -> None:
        rng = Random(2)
        samples = [sample("nothing", 0.0, rng) for _ in range(200)]
        noise, suspected = NAMES.index("noise"), NAMES.index("probe: noise")
        for number, one in enumerate(samples):
            one.blind[noise], one.blind[suspected] = (0.9, 1.0) if number % 2 else (0.1, -1.0)
        low, high = fit_causes(samples).usual["noise"]
        assert low <= high < 0.5


def test_the_bundled_causes_are_about_the_features_of_examinations() -> None:
    model = load_model(None)
    causes = parse_causes(model.read_part(DIAGNOSIS))
    probe = Probe(parse_probe(model.read_part(PROBE)), Explainer(model, threads=1).look)
    network = Recogniser(model, threads=1, precision="int8").frames
    found = examine(picture(250), network, probe, model.charset, IDENTITY, load_shapes(), truth="a")
    assert found.names == causes.names
