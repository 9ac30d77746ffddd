"""Fit what turns the network's probabilities into confidences: the model part ``calibration.json``.

Fitted on the tune parts of the real sets and on synthetic lines of a seed that training never uses, in faces that it
never sees, both weighing the same. Each precision of the network has a calibration of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from lucidocr.calibration import (
    CALIBRATION,
    CharacterCalibration,
    LineCalibration,
    character_feature,
    line_features,
)
from lucidocr.charset import Charset
from lucidocr.decode import read_frames
from lucidocr.evaluate import Part, load_dataset
from lucidocr.io import load
from lucidocr.metrics import Rule, is_right, judge, normalise
from lucidocr.model import RECOGNISE, Model, load_model
from lucidocr.preprocess import to_grey
from lucidocr.recognise import RECOGNISE_INT8, Precision, Recogniser
from lucidocr.types import ImageArray
from lucidocr_training.batches import Source
from lucidocr_training.corpus import is_han
from lucidocr_training.logistic import fit_logistic
from lucidocr_training.parts import add_part
from lucidocr_training.real import read_parts
from lucidocr_training.synthesis import Synthesiser
from lucidocr_training.validate import SCORED

Script = Literal["han", "latin", "digits", "mixed", "other"]
"""What a text is made of; "mixed" is more than one of the first three, "other" none of them."""

FIT_SEED: Final = 8_101
"""Seed of the synthetic lines that calibrations are fitted on."""

REPORT_SEED: Final = 8_102
"""Seed of those that they are reported on."""

SYNTHETIC: Final = "synthetic"
"""Name of the synthetic lines among the sets."""

PRECISIONS: Final[Mapping[Precision, str]] = {"fp32": RECOGNISE, "int8": RECOGNISE_INT8}
"""The model part that holds the network of each precision."""

_SYNTHETIC_RULE: Final[Rule] = "zh"
_CHUNK: Final = 64
_FORMAT_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Question:
    """A picture whose text is known.

    Attributes:
        pixels: uint8 [h, w] grey.
        text: what it says.
        source: name of its set.
        rule: under which a reading counts as right.
    """

    pixels: ImageArray
    text: str
    source: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class JudgedCharacter:
    """A character that was read.

    Attributes:
        char: as read.
        probability: of it, by the network.
        right: whether an alignment of reading and truth matches it.
    """

    char: str
    probability: float
    right: bool


@dataclass(frozen=True, slots=True)
class JudgedLine:
    """A line that was read.

    Attributes:
        source: name of its set.
        script: of its true text.
        log_prob: natural log of P(text | picture), by the network.
        right: whether the text is the true one.
        characters: those that the set's rule compares.
    """

    source: str
    script: Script
    log_prob: float
    right: bool
    characters: tuple[JudgedCharacter, ...]


def script_of(text: str) -> Script:
    """What a text is made of."""
    kinds: list[Script] = []
    if any(map(is_han, text)):
        kinds.append("han")
    if any(char.isalpha() and not is_han(char) for char in text):
        kinds.append("latin")
    if any(char.isdecimal() for char in text):
        kinds.append("digits")
    return "other" if not kinds else kinds[0] if len(kinds) == 1 else "mixed"


def real_questions(lines: Path, part: Part, *, most: int | None = None) -> Iterator[Question]:
    """One part of all scored real sets.

    Args:
        lines: folder of the sets.
        part: which part; sets that lack it are passed over.
        most: lines of a set at most, spread evenly; all when None.
    """
    for name, rule in SCORED:
        if part not in read_parts(lines / name / "split.tsv").values():
            continue
        found = load_dataset(lines / name, part)
        for line in (found.sample(most) if most else found).lines:
            if normalise(line.text, rule):
                yield Question(to_grey(load(line.path).pixels), line.text, name, rule)


def synthetic_questions(source: Source, charset: Charset, seed: int, count: int) -> Iterator[Question]:
    """Synthetic lines in faces that training never sees; spaces and the width of marks do not count."""
    synthesiser = Synthesiser.load(source.fonts, source.texts, charset, seed, held_out=True, taught=source.taught)
    for index in range(count):
        line = synthesiser.line(index)
        yield Question(line.pixels, line.text, SYNTHETIC, _SYNTHETIC_RULE)


def judge_readings(recogniser: Recogniser, charset: Charset, questions: Iterable[Question]) -> Iterator[JudgedLine]:
    """Read pictures and compare the readings with what the pictures say.

    Args:
        recogniser: reads.
        charset: its alphabet.
        questions: the pictures; read some at a time.

    Yields:
        A verdict for each picture, in the order given. Probabilities are the network's own.
    """
    for chunk in _chunks(questions):
        answers = recogniser.frames([question.pixels for question in chunk])
        for question, frames in zip(chunk, answers, strict=True):
            read = read_frames(frames, charset, question.pixels)
            verdicts = judge(read.text, question.text, question.rule)
            yield JudgedLine(
                question.source,
                script_of(question.text),
                read.log_prob,
                is_right(read.text, question.text, question.rule),
                tuple(
                    JudgedCharacter(span.char, span.confidence, right)
                    for span, right in zip(read.spans, verdicts, strict=True)
                    if right is not None
                ),
            )


def open_recogniser(model: Model, precision: Precision) -> Recogniser:
    """A model's recogniser in one precision, on one thread."""
    return Recogniser(model, threads=1, precision=precision)


def _chunks(questions: Iterable[Question]) -> Iterator[list[Question]]:
    chunk: list[Question] = []
    for question in questions:
        chunk.append(question)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def fit_lines(lines: Sequence[JudgedLine]) -> LineCalibration:
    """The calibration of whole strings.

    Raises:
        ValueError: there is no line.
    """
    features = np.array([line_features(line.log_prob) for line in lines], dtype=np.float64).reshape(-1, 2)
    right = np.array([line.right for line in lines], dtype=bool)
    found = fit_logistic(features, right, balance([line.source for line in lines]), signs=(1, -1))
    return LineCalibration(*found.tolist())


def fit_characters(lines: Sequence[JudgedLine]) -> CharacterCalibration:
    """The calibration of single characters.

    Raises:
        ValueError: there is no character.
    """
    sources = [line.source for line in lines for _ in line.characters]
    characters = [character for line in lines for character in line.characters]
    features = np.array([character_feature(one.probability) for one in characters], dtype=np.float64)[:, None]
    right = np.array([one.right for one in characters], dtype=bool)
    found = fit_logistic(features, right, balance(sources), signs=(1,))
    return CharacterCalibration(*found.tolist())


def balance(sources: Sequence[str]) -> NDArray[np.float64]:
    """float64 [N], weights under which all real samples together weigh as much as all synthetic ones."""
    synthetic = np.array([source == SYNTHETIC for source in sources], dtype=bool)
    counts = np.where(synthetic, synthetic.sum(), (~synthetic).sum())
    return np.asarray(1.0 / counts, dtype=np.float64)


def describe(fitted: Mapping[str, Sequence[JudgedLine]]) -> dict[str, Any]:
    """The content of ``calibration.json``.

    Args:
        fitted: judged lines of each precision.
    """
    return {
        "format_version": _FORMAT_VERSION,
        "precisions": {
            precision: {"line": asdict(fit_lines(lines)), "character": asdict(fit_characters(lines))}
            for precision, lines in fitted.items()
        },
    }


def judge_all(
    recogniser: Recogniser, charset: Charset, source: Source, part: Part, *, seed: int, synthetic: int, most: int | None
) -> list[JudgedLine]:
    """Read one part of the real sets, and as many synthetic lines as are asked for.

    Args:
        recogniser: reads.
        charset: its alphabet.
        source: where the lines are.
        part: of the real sets.
        seed: of the synthetic lines.
        synthetic: how many of these.
        most: lines of a real set at most; all when None.
    """
    real = judge_readings(recogniser, charset, real_questions(source.lines, part, most=most))
    made = judge_readings(recogniser, charset, synthetic_questions(source, charset, seed, synthetic))
    return [*real, *made]


def calibrate(folder: Path, source: Source, *, synthetic: int = 3000, most: int | None = None) -> dict[str, Any]:
    """Fit the calibrations of all precisions of a model folder, and add them to it.

    Args:
        folder: of the model; an older calibration is replaced.
        source: where the lines are.
        synthetic: how many synthetic lines to fit on.
        most: lines of a real set at most; all when None.

    Returns:
        The content of ``calibration.json``.
    """
    model = load_model(folder)
    precisions = [name for name, part in PRECISIONS.items() if part in model]
    fitted: dict[str, list[JudgedLine]] = {
        precision: judge_all(
            open_recogniser(model, precision), model.charset, source, "tune",
            seed=FIT_SEED, synthetic=synthetic, most=most,
        )
        for precision in precisions
    }  # fmt: skip
    described = describe(fitted)
    content = json.dumps(described, indent=1) + "\n"
    add_part(folder, CALIBRATION, content.encode("utf-8"), [PRECISIONS[name] for name in precisions])
    return described
