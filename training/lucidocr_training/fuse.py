"""Fit what candidate texts are weighed with, and what the winner's confidence is: the model part ``correction.json``.

Everything is fitted on the tune parts of the real sets, on those lines of which the recogniser is not sure by itself.
Weights are those under which the right texts have the highest share among the candidates; each set counts by the root
of its lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from lucidocr.calibration import CALIBRATION, load_calibration
from lucidocr.correct.corrector import AT_ONCE, Correcting, Corrector, Doubt, Language
from lucidocr.correct.fusion import (
    CORRECTION,
    UNFITTED,
    Fusion,
    FusionCalibration,
    FusionPlan,
    FusionWeights,
    character_evidence,
    line_evidence,
    score,
    shares,
    term_values,
)
from lucidocr.correct.language import LanguageModel
from lucidocr.correct.opinion import Opinion, PaddleOpinion
from lucidocr.correct.scoring import Scorer
from lucidocr.decode import read_frames
from lucidocr.metrics import is_right, judge
from lucidocr.model import Model, load_model
from lucidocr.recognise import Precision, Recogniser
from lucidocr.types import Hypothesis, Terms
from lucidocr_training.calibrate import PRECISIONS, Question, real_questions
from lucidocr_training.logistic import fit_logistic
from lucidocr_training.parts import add_part

Floats = NDArray[np.float64]

SURE: Final = 0.995
"""Confidence of the recogniser from which its reading is never compared with others."""

THRESHOLDS: Final = (*(round(0.05 * step, 2) for step in range(20)), 0.97, 0.98, 0.99, SURE)
"""Confidences below which another recogniser may be asked."""

SLACK: Final = 0.004
"""Share of lines that may be lost by asking less often."""

_EVERY = FusionPlan(UNFITTED, UNFITTED, 1.0, 1.0)
"""Compares everything; the order does not matter to what is fitted."""

_ABLE: Final = 6
"""Candidates that may win, of those that the recogniser holds most probable."""

_RIDGE: Final = 1e-3
_FORMAT_VERSION: Final = 1


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """The candidates of a line, and which are right.

    Attributes:
        texts: of the candidates.
        terms: of the candidates.
        values: float64 [N, F], see :func:`lucidocr.correct.fusion.term_values`.
        right: bool [N].
        characters: of each candidate that may win, what its characters' confidences weigh and whether each is right:
            float64 [K, 2], bool [K].
    """

    texts: tuple[str, ...]
    terms: tuple[Terms, ...]
    values: Floats
    right: NDArray[np.bool_]
    characters: Mapping[str, tuple[Floats, NDArray[np.bool_]]]


@dataclass(frozen=True, slots=True, eq=False)
class ComparedLine:
    """A tune line read in all ways.

    Attributes:
        source: name of its set.
        confidence: of the recogniser's own reading.
        right: whether that is right.
        alone: its candidates without another recogniser; None where the reading is sure.
        asked: those with one.
    """

    source: str
    confidence: float
    right: bool
    alone: Compared | None
    asked: Compared | None


def compare(
    model: Model, precision: Precision, questions: Iterable[Question], language: Language, *, threads: int = 1
) -> list[ComparedLine]:
    """Read lines in all ways.

    Args:
        model: the model folder.
        precision: of the network.
        questions: the lines.
        language: the language model.
        threads: of each recogniser.
    """
    recogniser = Recogniser(model, threads=threads, precision=precision)
    calibration = load_calibration(model, precision)
    engine = PaddleOpinion(threads=threads)
    corrector = Corrector(model.charset, _EVERY, language=lambda: language, engine=lambda: engine)
    lines: list[ComparedLine] = []
    pending: list[Question] = []
    for question in [*questions, None]:
        if question is not None:
            pending.append(question)
        if pending and (question is None or len(pending) == AT_ONCE):
            frames = recogniser.frames([one.pixels for one in pending])
            doubts = [
                Doubt(said, one.pixels, read_frames(said, model.charset, one.pixels, calibration=calibration))
                for said, one in zip(frames, pending, strict=True)
            ]
            lines += _compare(corrector, model, pending, doubts)
            pending = []
    return lines


def _compare(
    corrector: Corrector, model: Model, questions: Sequence[Question], doubts: Sequence[Doubt]
) -> list[ComparedLine]:
    unsure = [number for number, doubt in enumerate(doubts) if doubt.reading.confidence < SURE]
    options = Correcting(opinion="always")
    opinions = dict(zip(unsure, corrector.opinions([doubts[number] for number in unsure], options), strict=True))
    lines = []
    for number, (question, doubt) in enumerate(zip(questions, doubts, strict=True)):
        alone = asked = None
        if number in opinions:
            scorer = Scorer.of(doubt.frames, model.charset)
            alone, asked = (
                _judged(corrector.hypotheses(doubt, scorer, opinion, options), question, doubt, scorer, opinion)
                for opinion in (None, opinions[number])
            )
        right = is_right(doubt.reading.text, question.text, question.rule)
        lines.append(ComparedLine(question.source, doubt.reading.confidence, right, alone, asked))
    return lines


def _judged(
    hypotheses: Sequence[Hypothesis], question: Question, doubt: Doubt, scorer: Scorer, opinion: Opinion | None
) -> Compared:
    texts = tuple(one.text for one in hypotheses)
    right = np.array([is_right(text, question.text, question.rule) for text in texts])
    values = [term_values(one.terms, one.text == doubt.reading.text) for one in hypotheses]
    able = {*texts[:_ABLE], *(opinion.texts[:1] if opinion is not None else ()), doubt.reading.text}
    likely = [text for text, good in zip(texts, right, strict=True) if text and (good or text in able)]
    characters = {text: _judged_characters(text, question, scorer, opinion) for text in likely}
    return Compared(texts, tuple(one.terms for one in hypotheses), np.array(values), right, characters)


def _judged_characters(
    text: str, question: Question, scorer: Scorer, opinion: Opinion | None
) -> tuple[Floats, NDArray[np.bool_]]:
    evidence = character_evidence(scorer.posteriors(text), opinion.posteriors(text) if opinion is not None else None)
    verdicts = judge(text, question.text, question.rule)
    known = [number for number, verdict in enumerate(verdicts) if verdict is not None]
    return evidence[known], np.array([bool(verdicts[number]) for number in known], dtype=bool)


def fit_weights(lines: Sequence[Compared], counts: Sequence[float], *, opinion: bool) -> FusionWeights:
    """The weights under which right texts have the highest share.

    Args:
        lines: those without a right candidate, or with right ones only, tell nothing and are passed over.
        counts: what each line counts.
        opinion: whether another recogniser was asked.
    """
    names = ["recogniser", "language", "kept", *["opinion"] * opinion]
    found = _fit(lines, counts, names)
    if found["kept"] < 0:  # nothing speaks against a reading for being the first
        found = _fit(lines, counts, [name for name in names if name != "kept"])
    return FusionWeights(**found)


def _fit(lines: Sequence[Compared], counts: Sequence[float], names: Sequence[str]) -> dict[str, float]:
    """The best weights of the terms that are named, the others being zero."""
    free = [[field.name for field in fields(FusionWeights)].index(name) for name in names]
    used = [
        (line, count) for line, count in zip(lines, counts, strict=True) if line.right.any() and not line.right.all()
    ]
    most = max((len(line.right) for line, _ in used), default=0)
    design = torch.zeros(len(used), most, len(free), dtype=torch.float64)
    real, right = torch.zeros(2, len(used), most, dtype=torch.bool)
    for row, (line, _) in enumerate(used):
        design[row, : len(line.right)] = torch.from_numpy(line.values[:, free])
        real[row, : len(line.right)], right[row, : len(line.right)] = True, torch.from_numpy(line.right)
    parts = torch.tensor([count for _, count in used], dtype=torch.float64)
    parts /= parts.sum()
    weights = torch.full((len(names),), 0.3, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe", tolerance_grad=1e-9)

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        scores = design @ weights
        good, every = (scores.masked_fill(~kept, -torch.inf).logsumexp(1) for kept in (right, real))
        value: torch.Tensor = _RIDGE * weights.square().sum() - parts @ (good - every)
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return dict(zip(names, weights.detach().tolist(), strict=True))


def winner(line: Compared, weights: FusionWeights) -> tuple[int, float]:
    """Number of the candidate that wins, and its share."""
    scores = score(line.values, weights)
    best = int(np.argmax(scores))
    return best, float(shares(scores)[best])


def fit_fusion(lines: Sequence[Compared], counts: Sequence[float], *, opinion: bool) -> Fusion:
    """Weights and calibration."""
    weights = fit_weights(lines, counts, opinion=opinion)
    evidence, right, characters, matched, character_counts = [], [], [], [], []
    for line, count in zip(lines, counts, strict=True):
        best, share = winner(line, weights)
        evidence.append(line_evidence(line.terms[best], share))
        right.append(line.right[best])
        if line.texts[best] in line.characters:
            features, good = line.characters[line.texts[best]]
            characters.append(features)
            matched.append(good)
            character_counts += [count] * len(good)
    signs = (-1, -1 if opinion else 0, 1)
    used = [0, 1, 2] if opinion else [0, 2]
    slopes = np.zeros(4)
    slopes[[*used, 3]] = fit_logistic(
        np.array(evidence)[:, used], np.array(right), np.array(counts), [signs[number] for number in used]
    )
    kept = [0, 1] if opinion else [0]
    character_slopes = np.zeros(3)
    character_slopes[[*kept, 2]] = fit_logistic(
        np.concatenate(characters)[:, kept], np.concatenate(matched), np.array(character_counts), [1] * len(kept)
    )
    return Fusion(weights, FusionCalibration(*slopes.tolist(), *character_slopes.tolist()))


def set_counts(sources: Sequence[str]) -> list[float]:
    """What each line counts: sets by the root of their lines."""
    sizes = {source: sources.count(source) for source in set(sources)}
    return [sizes[source] ** -0.5 for source in sources]


def fit_plans(compared: Mapping[Precision, Sequence[ComparedLine]]) -> dict[Precision, FusionPlan]:
    """Fusions of each precision, and when to ask: the same for all, as what each alone would have is mostly chance.

    Args:
        compared: lines read in each precision.
    """
    fusions = {precision: _fit_both(lines) for precision, lines in compared.items()}
    verdicts = {precision: Verdicts.of(lines, *fusions[precision]) for precision, lines in compared.items()}
    ask = least_ask([*verdicts.values()], SLACK)
    return {
        precision: FusionPlan(*both, verdicts[precision].least_doubt(ask, SLACK / 2), ask)
        for precision, both in fusions.items()
    }


def _fit_both(lines: Sequence[ComparedLine]) -> tuple[Fusion, Fusion]:
    """Without another recogniser and with one."""
    unsure = [line for line in lines if line.alone is not None and line.asked is not None]
    counts = set_counts([line.source for line in unsure])
    return (
        fit_fusion([line.alone for line in unsure if line.alone], counts, opinion=False),
        fit_fusion([line.asked for line in unsure if line.asked], counts, opinion=True),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """Whether each of N lines is right in each way to read it.

    Attributes:
        confidences: float64 [N], of the recogniser's own reading.
        counts: float64 [N], what each line counts; sets by the root of their lines.
        plain: bool [N], of that reading.
        alone: bool [N], of what wins without another recogniser.
        asked: bool [N], of what wins with one.
    """

    confidences: Floats
    counts: Floats
    plain: NDArray[np.bool_]
    alone: NDArray[np.bool_]
    asked: NDArray[np.bool_]

    @classmethod
    def of(cls, lines: Sequence[ComparedLine], alone: Fusion, asked: Fusion) -> Verdicts:
        """Let the candidates of all lines win or lose."""

        def verdict(line: ComparedLine, compared: Compared | None, fusion: Fusion) -> bool:
            return line.right if compared is None else bool(compared.right[winner(compared, fusion.weights)[0]])

        return cls(
            np.array([line.confidence for line in lines]),
            np.array(set_counts([line.source for line in lines])),
            np.array([line.right for line in lines]),
            np.array([verdict(line, line.alone, alone) for line in lines]),
            np.array([verdict(line, line.asked, asked) for line in lines]),
        )

    def accuracy(self, ask: float, doubt: float = SURE) -> float:
        """Share of lines right where texts are compared below one confidence, and somebody is asked below another."""
        compared = np.where(self.confidences < doubt, self.alone, self.plain)
        return float(self.counts @ np.where(self.confidences < ask, self.asked, compared) / self.counts.sum())

    def least_doubt(self, ask: float, slack: float) -> float:
        """The lowest confidence to compare texts below that loses at most so much."""
        return _lowest({threshold: self.accuracy(ask, threshold) for threshold in THRESHOLDS}, slack)


def least_ask(verdicts: Sequence[Verdicts], slack: float) -> float:
    """The lowest confidence to ask below that loses at most so much, in the mean of several ways to read lines."""
    return _lowest(
        {threshold: float(np.mean([one.accuracy(threshold) for one in verdicts])) for threshold in THRESHOLDS}, slack
    )


def _lowest(reached: Mapping[float, float], slack: float) -> float:
    wanted = max(reached.values()) - slack
    return min(threshold for threshold, value in reached.items() if value >= wanted)


def fuse(
    folder: Path, data: Path, language: LanguageModel, *, threads: int = 1, most: int | None = None
) -> dict[str, Any]:
    """Add the part to a model folder.

    Args:
        folder: of the model.
        data: holds ``lines/``.
        language: the language model.
        threads: of each recogniser.
        most: lines of a set at most.

    Returns:
        The part's content.
    """
    model = load_model(folder)
    asked = [*real_questions(data / "lines", "tune", most=most)]
    compared = {
        precision: compare(model, precision, asked, language, threads=threads)
        for precision, part in PRECISIONS.items()
        if part in model
    }
    precisions = {precision: asdict(plan) for precision, plan in fit_plans(compared).items()}
    content = {"format_version": _FORMAT_VERSION, "language": language.description["sha256"], "precisions": precisions}
    fitted_on = [*(part for part in PRECISIONS.values() if part in model), CALIBRATION]
    add_part(folder, CORRECTION, (json.dumps(content, indent=1) + "\n").encode(), fitted_on)
    return content
