"""The probe learns what is there from features, and the bench makes lines in processes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the train extra")

from lucidocr.calibration import IDENTITY
from lucidocr.diagnose.probe import FAULTS, PROBE, parse_probe, pool
from lucidocr.diagnose.shapes import load_shapes
from lucidocr.explain.explainer import Explainer
from lucidocr.metrics import Rule
from lucidocr.model import load_model
from lucidocr.recognise import Recogniser
from lucidocr_training.bench import Bench, as_real_line, in_pieces
from lucidocr_training.calibrate import Question
from lucidocr_training.cases import CaseMaker
from lucidocr_training.diagnosing import gather_samples
from lucidocr_training.probing import SEED, Lesson, Lines, add_probe, fit_probe, gather_lines, judge_probe
from tests.evidence import line_pixels
from tests.toy import describe, paint_line, write_model

if TYPE_CHECKING:
    from lucidocr_training.corpus import Corpus
    from lucidocr_training.glyphs import Atlas

pytestmark = pytest.mark.torch


def lines(count: int, seed: int) -> Lines:
    """Of 12 features the first ones each tell of a fault, and how large another one is, of the last."""
    chance = np.random.default_rng(seed)
    features = chance.normal(size=(count, 12)).astype(np.float16)
    faults = features[:, : len(FAULTS)] > 0.5
    faults[:, -1] = abs(features[:, -1]) > 0.7
    return Lines(features, faults)


class TestFitting:
    def test_it_learns_what_features_tell_even_if_not_in_a_straight_line(self) -> None:
        layers = fit_probe(lines(6000, 0), Lesson(epochs=30, hidden=128, rate=5e-3))
        worth = judge_probe(layers, lines(500, 1))
        assert worth.keys() == set(FAULTS)
        assert all(one is not None and one > 0.85 for one in worth.values())

    def test_a_fault_that_no_line_has_is_not_judged(self) -> None:
        made = lines(200, 0)
        made.faults[:, 0] = False
        assert judge_probe(fit_probe(made, Lesson(epochs=1, hidden=4)), made)[FAULTS[0]] is None

    def test_it_becomes_part_of_a_model_folder(self, tmp_path: Path) -> None:
        folder = write_model(tmp_path / "model")
        (folder / "explain.onnx").write_bytes(b"taps")
        describe(folder)
        worth = add_probe(folder, lines(400, 0))
        assert worth.keys() == set(FAULTS)
        assert parse_probe(load_model(folder).read_part(PROBE)).mean.shape == (12,)


@pytest.mark.parametrize(
    ("text", "rule", "known"), [("bad", "exact", True), ("BAD", "alnum", True), ("dab", "exact", False)]
)
def test_the_ends_of_a_real_line_are_known_where_it_is_read_right(
    toy_model: Path, text: str, rule: Rule, known: bool
) -> None:
    model = load_model(toy_model)
    question = Question(paint_line("bad"), text, "set", rule)
    line = as_real_line(question, Recogniser(model, threads=1), model.charset)
    assert (line.ends is not None) == known
    if line.ends is not None:
        (first, _), (_, last) = line.ends
        assert 0 <= first < last <= question.pixels.shape[1]


def load() -> list[int]:
    return []


def numbers(seen: list[int], piece: range) -> tuple[int, list[int]]:
    """How many pieces this process has had, and the numbers of this one."""
    seen.append(len(piece))
    return len(seen), list(piece)


def test_pieces_come_in_order_from_processes_that_load_once() -> None:
    told: list[str] = []
    found = list(in_pieces(numbers, load, 2500, processes=1, tell=told.append))
    assert [number for _, piece in found for number in piece] == list(range(2500))
    assert [had for had, _ in found] == [1, 2, 3]
    assert told[-1] == "2,500 of 2,500 lines made"


@pytest.fixture(scope="module")
def bench(atlases: tuple[Atlas, ...], corpus: Corpus) -> Bench:
    """The bundled model, and lines in one face and the texts of the tests."""
    model, recogniser = load_model(None), Recogniser(load_model(None), threads=1)
    real = as_real_line(Question(line_pixels("Total 42.50"), "Total 42.50", "set", "exact"), recogniser, model.charset)
    plain, *others = atlases
    maker = CaseMaker([plain], others, "", corpus, {"0": "O", "日": "曰", "土": "士"}, [real])
    return Bench(model, recogniser, IDENTITY, Explainer(model, threads=1), load_shapes(), maker)


class TestGathering:
    def test_lines_come_with_the_faults_that_they_were_given(self, bench: Bench) -> None:
        made = gather_lines(bench, range(12))
        cases = [case for number in range(12) if (case := bench.maker.case(number, SEED)) is not None]
        assert [set(np.array(FAULTS)[faults]) for faults in made.faults] == [{*case.without} for case in cases]
        assert made.features.shape == (len(cases), len(pool(bench.explainer.look(cases[0].pixels))))

    def test_misread_lines_are_kept_with_what_is_to_blame(self, bench: Bench) -> None:
        samples = gather_samples(bench, range(60))
        assert samples
        for one in samples:
            assert one.causes
            assert len(one.names) == one.blind.size == one.seeing.size
            known = one.names.index("known")
            assert (one.blind[known], one.seeing[known]) == (0, 1)
            assert (one.causes == {"nothing"}) == (one.seeing[one.names.index("wrong")] == 0)
