"""How the benchmark of the language model chooses among texts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the train extra")

import torch

from benchmarks import language, language_tables
from benchmarks.language_choosing import CHOSEN_BY, Judged, compare, fit, judge
from benchmarks.language_lines import Choice
from lucidocr.correct.language import load_language_model
from lucidocr.correct.ngrams import NgramModel
from lucidocr_training.kneser_ney import count, estimate
from lucidocr_training.masked import Masked

pytestmark = pytest.mark.torch


def drawn(lines: int, weight: float, seed: int) -> list[Judged]:
    """Lines whose right text is drawn by the sum of the first feature and a weight times the second."""
    chance = np.random.default_rng(seed)
    judged = []
    for _ in range(lines):
        features = np.column_stack([chance.normal(0, 2, (4, 2)), np.full(4, 3), np.arange(4) == 0])
        scores = features[:, 0] + weight * features[:, 1]
        shares = np.exp(scores - np.logaddexp.reduce(scores))
        judged.append(Judged(features, np.arange(4) == chance.choice(4, p=shares)))
    return judged


def test_the_weight_that_texts_were_drawn_by_is_found() -> None:
    weights = fit({"a": drawn(1500, 0.3, 1), "b": drawn(500, 0.3, 2)}, used=CHOSEN_BY)
    assert weights[:2] == pytest.approx([1, 0.3], abs=0.12)
    assert weights[2:].tolist() == pytest.approx([0, 0], abs=1e-6)


def test_what_is_gained_and_lost_is_counted() -> None:
    texts, log_probs = ("ab", "ac"), (-0.1, -2.0)
    choices = [Choice(truth, texts, log_probs) for truth in ("ab", "ab", "ac", "ac")] * 4
    scores = [np.array(said) for said in ((0.0, 0.0), (0.0, 0.0), (0.0, 9.0), (0.0, 9.0))] * 4
    judged = {"digits": judge(choices, scores, "digits"), "sroie": judge(choices[::-1], scores[::-1], "sroie")}
    records, weights = compare(judged, used=CHOSEN_BY)
    assert len(weights) == 2
    assert [(one["before"], one["after"], one["gained"], one["lost"]) for one in records] == [(0.5, 1.0, 8, 0)] * 2


def test_a_model_is_written_as_arpa(tmp_path: Path) -> None:
    classes = np.array([1, 3, 4, 3, 0, 1, 4, 3, 0], dtype=np.uint16)
    found = count(classes, np.ones(len(classes), dtype=np.int64), 2, 8, context_only=1)
    model: NgramModel = estimate(found, 8, 5, cutoffs=(1, 1), context_only=1)
    language.write_arpa(model, tmp_path / "model.arpa")
    rows = (tmp_path / "model.arpa").read_text().splitlines()
    assert rows[:3] == ["\\data\\", "ngram 1=6", f"ngram 2={len(model.orders[1].keys)}"]
    (row,) = (row for row in rows if "\t<s> 3" in row)
    log_prob = model.log_probs(np.array([0x0103], dtype=np.uint64))[0]
    assert float(row.split("\t")[0]) * np.log(10) == pytest.approx(log_prob, abs=1e-4)


def test_the_transformer_takes_the_place_of_the_ngrams_only() -> None:
    model = load_language_model()
    torch.manual_seed(1)
    score = language.transformer_scorer(Masked(model.symbols.classes).eval(), model)
    assert score(["人民", "人民"]).tolist()[0] == score(["人民", "人民"]).tolist()[1]
    known, unknown, number = score(["The fox", "Xqe fox", "The fox"])
    assert known - unknown == pytest.approx(float(np.subtract(*model.score(["The fox", "Xqe fox"]))))
    assert number == known


def test_tables_name_every_model() -> None:
    row = {"dataset": "x", "n": 10, "before": 0.5, "after": 0.6, "possible": 0.9, "gained": 2, "lost": 1}
    result = {
        "model": {"bytes": 5_000_000},
        "texts": 24,
        "models": {"a": {"sets": [row], "ms": 0.5}, "b": {"sets": [row], "ms": 90, "bytes": 9_000_000}},
    }
    assert "| x | 10 | 0.500 | 0.900 | 0.600 | +2 −1 | 0.600 | +2 −1 |" in language_tables.choosing(result)
    assert "| b, 24 texts a line | 9.0 | 90.00 |" in language_tables.costs(result)
