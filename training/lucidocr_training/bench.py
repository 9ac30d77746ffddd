"""A model on the bench: what makes lines with known faults, and everything that looks at them."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import cv2

from lucidocr.calibration import Calibration, load_calibration
from lucidocr.charset import Charset
from lucidocr.decode import read_frames
from lucidocr.diagnose.shapes import Shapes, load_shapes
from lucidocr.explain.explainer import Explainer
from lucidocr.metrics import is_right
from lucidocr.model import Model, load_model
from lucidocr.recognise import Precision, Recogniser
from lucidocr_training.batches import Source
from lucidocr_training.calibrate import Question, real_questions
from lucidocr_training.cases import CaseMaker, RealLine

REAL: Final = 250
"""Real lines of each set that are among those made, again and again with other faults."""

_PIECE: Final = 1000
"""Lines that a process makes before it is given more."""

B = TypeVar("B")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Bench:
    """A model and what it is tried with; every part of it takes one processor thread.

    Attributes:
        model: the model.
        recogniser: its network.
        calibration: of its probabilities.
        explainer: takes it apart.
        shapes: what characters look like in plain print.
        maker: makes lines; of real ones only tune parts are used.
    """

    model: Model
    recogniser: Recogniser
    calibration: Calibration
    explainer: Explainer
    shapes: Shapes
    maker: CaseMaker

    @classmethod
    def load(cls, folder: Path, source: Source, *, precision: Precision = "int8") -> Bench:
        """Put a model on the bench.

        Args:
            folder: of the model.
            source: where faces, texts and real lines are.
            precision: of the network that reads.
        """
        model, shapes = load_model(folder), load_shapes()
        recogniser = Recogniser(model, threads=1, precision=precision)
        real = [
            as_real_line(question, recogniser, model.charset)
            for question in real_questions(source.lines, "tune", most=REAL)
        ]
        return cls(
            model,
            recogniser,
            load_calibration(model, precision),
            Explainer(model, threads=1),
            shapes,
            CaseMaker.load(source.fonts, source.texts, model.charset, shapes, real),
        )


def as_real_line(question: Question, recogniser: Recogniser, charset: Charset) -> RealLine:
    """A real line, with the places of its ends if it is read right."""
    (frames,) = recogniser.frames([question.pixels])
    reading = read_frames(frames, charset, question.pixels)
    ends = None
    if reading.spans and is_right(reading.text, question.text, question.rule):
        first, last = reading.spans[0], reading.spans[-1]
        ends = (first.left, first.right), (last.left, last.right)
    return RealLine(question, ends)


def in_pieces(
    work: Callable[[B, range], T],
    load: Callable[[], B],
    count: int,
    *,
    processes: int,
    tell: Callable[[str], None] = lambda _: None,
) -> Iterator[T]:
    """Let processes, each with a bench of its own, make lines and look at them.

    Args:
        work: what to do with the lines of such numbers; a function of a module, as is ``load``.
        load: puts a model on a bench; called once in every process.
        count: how many lines to make.
        processes: how many at once.
        tell: is told how far it has come.

    Returns:
        What came of each piece, in the order of the numbers.
    """
    pieces = [range(start, min(start + _PIECE, count)) for start in range(0, count, _PIECE)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, initializer=_open, initargs=(load,)) as pool:
        for piece, found in zip(pieces, pool.map(_Task(work), pieces), strict=True):
            tell(f"{piece.stop:,} of {count:,} lines made")
            yield found


_own: dict[str, Any] = {}
"""The bench of this process."""


def _open(load: Callable[[], object]) -> None:
    cv2.setNumThreads(1)
    _own["bench"] = load()


@dataclass(frozen=True, slots=True)
class _Task(Generic[B, T]):
    """Does the work with the bench of the process that it finds itself in."""

    work: Callable[[B, range], T]

    def __call__(self, numbers: range) -> T:
        return self.work(_own["bench"], numbers)
