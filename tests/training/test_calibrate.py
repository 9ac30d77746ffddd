"""Calibrations: fitted to what they should find, and written where the runtime reads them."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the train extra")

from lucidocr.calibration import CALIBRATION, Calibration, load_calibration, parse_calibration
from lucidocr.charset import Charset
from lucidocr.model import RECOGNISE, load_model
from lucidocr_training import calibrate
from lucidocr_training.batches import Source
from lucidocr_training.calibrate import (
    SYNTHETIC,
    JudgedCharacter,
    JudgedLine,
    Question,
    balance,
    describe,
    fit_characters,
    fit_lines,
    judge_readings,
    open_recogniser,
    real_questions,
    script_of,
    synthetic_questions,
)
from lucidocr_training.corpus import Corpus
from lucidocr_training.glyphs import Atlas
from lucidocr_training.synthesis import Synthesiser
from tests.toy import paint_line, write_model

pytestmark = pytest.mark.torch


def judged(count: int, seed: int, *, source: str = SYNTHETIC) -> list[JudgedLine]:
    """Lines of a network that is far too sure: a probability p means that sqrt(p) of them are right."""
    chance = np.random.default_rng(seed)
    lines = []
    for probability in chance.beta(1.5, 1.0, count):
        right = bool(chance.random() < math.sqrt(probability))
        lines.append(
            JudgedLine(source, "han", math.log(probability), right, (JudgedCharacter("字", probability, right),))
        )
    return lines


@pytest.mark.parametrize("probability", [0.2, 0.5, 0.9])
def test_a_calibration_finds_what_a_probability_means(probability: float) -> None:
    lines = judged(6_000, 1)
    found = Calibration(fit_lines(lines), fit_characters(lines))
    assert found.line(math.log(probability)) == pytest.approx(math.sqrt(probability), abs=0.05)
    assert found.character(probability) == pytest.approx(math.sqrt(probability), abs=0.05)


def test_a_calibration_keeps_the_order() -> None:
    found = Calibration(fit_lines(judged(500, 2)), fit_characters(judged(500, 2)))
    probabilities = np.linspace(0.001, 0.999, 50)
    assert np.all(np.diff([found.line(math.log(one)) for one in probabilities]) > 0)
    assert np.all(np.diff([found.character(one) for one in probabilities]) > 0)


def test_real_and_synthetic_samples_weigh_the_same() -> None:
    sources = [SYNTHETIC] * 9 + ["sroie", "pdf_zh", "sroie"]
    weights = balance(sources)
    assert weights[:9].sum() == pytest.approx(weights[9:].sum())


def test_few_real_lines_are_heard_among_many_synthetic_ones() -> None:
    made = judged(3_000, 3)
    wrong = [replace(line, source="sroie", right=False) for line in judged(100, 4)]
    without, within = fit_lines(made), fit_lines([*made, *wrong])
    assert Calibration(within).line(math.log(0.8)) < Calibration(without).line(math.log(0.8)) - 0.2


def test_the_runtime_reads_what_is_written() -> None:
    lines = judged(200, 5)
    content = json.dumps(describe({"fp32": lines, "int8": lines[:100]})).encode()
    assert parse_calibration(content, "fp32") == Calibration(fit_lines(lines), fit_characters(lines))
    assert parse_calibration(content, "int8").lines == fit_lines(lines[:100])


def test_a_model_gets_its_calibration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = judged(200, 6)
    monkeypatch.setattr(calibrate, "judge_all", lambda *_, **__: lines)
    source = Source(tmp_path, tmp_path, tmp_path, (), None, 0.0, 1, 1)
    folder = write_model(tmp_path / "toy")
    calibrate.calibrate(folder, source)
    model = load_model(folder)
    assert load_calibration(model) == Calibration(fit_lines(lines), fit_characters(lines))
    assert model.fitted_on[CALIBRATION] == {RECOGNISE: model.parts[RECOGNISE]}


@pytest.mark.parametrize(
    ("text", "script"),
    [("永和", "han"), ("Été", "latin"), ("2031", "digits"), ("第3章", "mixed"), ("A4", "mixed"), ("…", "other")],
)
def test_scripts(text: str, script: str) -> None:
    assert script_of(text) == script


def test_readings_are_judged_under_the_rule_of_their_set(toy_model: Path) -> None:
    model = load_model(toy_model)
    questions = [
        Question(paint_line("abc"), "A.B.C", "iiit5k_train", "alnum"),
        Question(paint_line("abd"), "abc", SYNTHETIC, "exact"),
    ]
    first, second = judge_readings(open_recogniser(model, "fp32"), model.charset, questions)
    assert (first.source, first.right, first.script) == ("iiit5k_train", True, "latin")
    assert [one.right for one in first.characters] == [True, True, True]
    assert (second.source, second.right) == (SYNTHETIC, False)
    assert [(one.char, one.right) for one in second.characters] == [("a", True), ("b", True), ("d", False)]
    assert all(0 <= one.probability <= 1 for one in second.characters)
    assert second.log_prob <= 0


def write_set(folder: Path, parts: dict[str, int]) -> None:
    """A labelled set with one picture of each part, told apart by their grey."""
    (folder / "images").mkdir(parents=True)
    for part, grey in parts.items():
        cv2.imwrite(str(folder / "images" / f"{part}.png"), np.full((9, 30), grey, np.uint8))
    for name, column in (("labels", "{0}"), ("split", "group\t{0}")):
        rows = "".join(f"{part}.png\t{column.format(part)}\n" for part in parts)
        (folder / f"{name}.tsv").write_text(rows, encoding="utf-8")


def test_only_the_part_that_is_asked_for_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrate, "SCORED", (("first", "exact"), ("second", "zh"), ("third", "zh")))
    write_set(tmp_path / "first", {"train": 10, "tune": 20, "report": 30})
    write_set(tmp_path / "second", {"train": 10, "tune": 40})
    write_set(tmp_path / "third", {"train": 10})
    found = [(one.source, one.text, one.rule, int(one.pixels[0, 0])) for one in real_questions(tmp_path, "tune")]
    assert found == [("first", "tune", "exact", 20), ("second", "tune", "zh", 40)]


def test_synthetic_lines_are_others_for_another_seed(
    atlases: tuple[Atlas, ...], corpus: Corpus, charset: Charset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(fonts: Path, texts: Path, charset: Charset, seed: int, **_: object) -> Synthesiser:
        return Synthesiser(atlases, corpus, seed)

    monkeypatch.setattr(Synthesiser, "load", load)
    source = Source(tmp_path, tmp_path, tmp_path, (), None, 0.0, 1, 1)
    first, again, other = (
        [(one.text, one.source, one.pixels.tobytes()) for one in synthetic_questions(source, charset, seed, 3)]
        for seed in (1, 1, 2)
    )
    assert first == again != other
    assert {source for _, source, _ in first} == {SYNTHETIC}
