"""Weights of the terms, confidences of what wins, and when to ask: fitted on made-up lines whose answer is known."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the train extra")

from lucidocr.correct.fusion import FusionWeights, character_evidence, line_evidence, term_values
from lucidocr.types import Terms
from lucidocr_training.fuse import (
    SLACK,
    SURE,
    Compared,
    ComparedLine,
    Verdicts,
    fit_fusion,
    fit_plans,
    fit_weights,
    least_ask,
    set_counts,
    winner,
)

pytestmark = pytest.mark.torch


def compared(chance: np.random.Generator, truth: FusionWeights, *, opinion: bool, candidates: int = 4) -> Compared:
    """A line whose right candidate is drawn as the true weights would have it."""
    texts = tuple(f"text {number}" for number in range(candidates))
    terms = tuple(
        Terms(-chance.exponential(3.0), -chance.exponential(10.0), None, -chance.exponential(3.0) if opinion else None)
        for _ in texts
    )
    values = np.array([term_values(one, number == 0) for number, one in enumerate(terms)])
    scores = values @ np.array(list(asdict(truth).values()))
    shares = np.exp(scores - np.logaddexp.reduce(scores))
    right = np.arange(candidates) == chance.choice(candidates, p=shares)
    own = np.full(6, 0.9)
    evidence = character_evidence(own, own if opinion else None)
    characters = {text: (evidence, np.full(6, bool(good))) for text, good in zip(texts, right, strict=True)}
    return Compared(texts, terms, values, right, characters)


@pytest.mark.parametrize("opinion", [False, True])
def test_true_weights_are_found_again(opinion: bool) -> None:
    truth = FusionWeights(recogniser=0.8, opinion=0.5 if opinion else 0.0, language=0.2, kept=0.7)
    chance = np.random.default_rng(3)
    lines = [compared(chance, truth, opinion=opinion) for _ in range(3000)]
    found = fit_weights(lines, [1.0] * len(lines), opinion=opinion)
    for name in ("recogniser", "opinion", "language", "kept"):
        assert getattr(found, name) == pytest.approx(getattr(truth, name), abs=0.1)
    assert found.lexicon == 1.0


def test_lines_without_a_right_candidate_tell_nothing() -> None:
    chance, truth = np.random.default_rng(5), FusionWeights(language=0.2)
    lines = [compared(chance, truth, opinion=False) for _ in range(300)]
    hopeless = [Compared(one.texts, one.terms, one.values, one.right & False, {}) for one in lines]
    alone, both = (fit_weights(each, [1.0] * len(each), opinion=False) for each in (lines, lines + hopeless))
    assert asdict(both) == pytest.approx(asdict(alone), abs=1e-4)


def test_the_confidence_of_what_wins_is_calibrated() -> None:
    truth = FusionWeights(recogniser=1.0, language=0.3, kept=0.4)
    chance = np.random.default_rng(7)
    lines = [compared(chance, truth, opinion=False) for _ in range(4000)]
    fusion = fit_fusion(lines, [1.0] * len(lines), opinion=False)
    assert fusion.calibration.slope_opinion == 0.0
    verdicts = [winner(line, fusion.weights) for line in lines]
    said = [
        fusion.calibration.line(line_evidence(line.terms[best], share))
        for line, (best, share) in zip(lines, verdicts, strict=True)
    ]
    right = [line.right[best] for line, (best, _) in zip(lines, verdicts, strict=True)]
    assert np.mean(said) == pytest.approx(np.mean(right), abs=0.02)
    surest = np.argsort(said)[-1000:]
    assert np.mean(np.array(right)[surest]) > np.mean(right) + 0.1


def lines_of(count: int = 400) -> list[ComparedLine]:
    """Lines that another recogniser reads right, and ours the less often, the less sure it is."""
    chance = np.random.default_rng(11)
    made = []
    for number in range(count):
        confidence = number / count
        good = bool(chance.random() < confidence)
        first, second = Terms(-0.1, -5.0), Terms(-0.5, -5.0)
        values = [np.array([term_values(t, k) for t, k in ((first, True), (second, False))])]
        right = np.array([good, not good])
        evidence = (np.zeros((2, 2)), np.array([good, good]))
        alone = Compared(("ab", "ac"), (first, second), values[0], right, {"ab": evidence, "ac": evidence})
        terms = tuple(
            Terms(one.recogniser, -5.0, None, -0.01 if hit else -9.0)
            for one, hit in zip((first, second), right, strict=True)
        )
        asked_values = np.array([term_values(one, place == 0) for place, one in enumerate(terms)])
        asked = Compared(("ab", "ac"), terms, asked_values, right, {"ab": evidence, "ac": evidence})
        sure = confidence >= SURE
        made.append(ComparedLine("set", confidence, good, None if sure else alone, None if sure else asked))
    return made


def test_a_plan_asks_where_it_pays() -> None:
    lines = lines_of()
    plan = fit_plans({"fp32": lines})["fp32"]
    assert plan.asked.weights.opinion > 0.3
    verdicts = Verdicts.of(lines, plan.alone, plan.asked)
    everywhere = verdicts.accuracy(1.0)
    assert everywhere == pytest.approx(1.0)
    assert verdicts.accuracy(0.0) < 0.7
    assert verdicts.accuracy(plan.ask) >= everywhere - SLACK - 1e-9
    assert plan.ask == least_ask([verdicts], SLACK) > 0.8
    assert plan.doubt == 0.0  # the language model says the same of all


def test_nobody_is_asked_where_it_never_helps() -> None:
    lines = lines_of()
    plan = fit_plans({"fp32": lines})["fp32"]
    assert least_ask([Verdicts.of(lines, plan.alone, plan.asked)], 1.0) == 0.0
    useless = [ComparedLine(one.source, one.confidence, one.right, one.alone, one.alone) for one in lines]
    nowhere = Verdicts.of(useless, plan.alone, plan.alone)
    assert least_ask([nowhere], SLACK) == 0.0
    somewhere = Verdicts.of(lines, plan.alone, plan.asked)
    assert least_ask([nowhere, somewhere], SLACK) <= least_ask([somewhere], SLACK)
    both = fit_plans({"fp32": lines, "int8": useless})
    assert both["fp32"].ask == both["int8"].ask == least_ask([somewhere, nowhere], SLACK)


def test_texts_are_compared_where_it_pays() -> None:
    confidences = np.array([0.2, 0.4, 0.6, 0.8])
    right = np.array([True, True, True, True])
    verdicts = Verdicts(confidences, np.ones(4), np.array([False, True, False, True]), right, right)
    assert verdicts.accuracy(0.0, 0.5) == 0.75
    assert verdicts.least_doubt(0.0, 0.0) == 0.65
    assert verdicts.least_doubt(0.0, 0.3) == 0.25
    assert verdicts.least_doubt(0.7, 0.0) == 0.0


def test_sets_count_by_the_root_of_their_lines() -> None:
    assert set_counts(["a"] * 4 + ["b"]) == [0.5] * 4 + [1.0]
