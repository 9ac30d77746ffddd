"""Lines that the bundled model finds hard: mined from many, or one line worsened until it is nearly lost.

Of several candidates the one with the least P(text) is kept, as long as it can still be read at all: what nobody could
read teaches only guessing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from lucidocr.charset import Charset
from lucidocr.model import load_model
from lucidocr.recognise import RECOGNISE_INT8, Precision, Recogniser
from lucidocr.trellis import log_probability
from lucidocr.types import Frames, ImageArray

CANDIDATES: Final = 4
"""Lines or looks of a line of which the hardest is kept."""

HOPELESS: Final = 2.5
"""Nats per character of -log P(text) from which a line is not worth learning from."""


class Question(NamedTuple):
    """A line to be judged.

    Attributes:
        image: uint8 [32, W].
        classes: class numbers of its text.
        others: class numbers that are as right, place by place.
    """

    image: ImageArray
    classes: tuple[int, ...]
    others: tuple[int, ...]


class Judge:
    """The bundled model, which says how hard a line is for it.

    Args:
        charset: the alphabet that lines are written in; it must be the model's.

    Raises:
        ValueError: the bundled model has another alphabet.
    """

    def __init__(self, charset: Charset) -> None:
        model = load_model()
        if model.charset.chars != charset.chars:
            raise ValueError("the bundled model reads another alphabet: it cannot judge these lines")
        precision: Precision = "int8" if RECOGNISE_INT8 in model else "fp32"
        self._recogniser = Recogniser(model, threads=1, precision=precision)

    def costs(self, questions: Sequence[Question]) -> list[float]:
        """-log P(text) of each line, nats per character; infinite where it cannot be aligned."""
        costs = [0.0] * len(questions)
        for number, frames in self._recogniser.stream([question.image for question in questions]):
            costs[number] = _cost(frames, questions[number])
        return costs


def _cost(frames: Frames, question: Question) -> float:
    texts = {question.classes, question.others}
    return -max(log_probability(frames, text) for text in texts) / max(len(question.classes), 1)


def hardest(costs: Sequence[float]) -> int:
    """Number of the candidate with the highest cost that is not hopeless; where all are, of the one with the least."""
    legible = [number for number, cost in enumerate(costs) if cost < HOPELESS]
    if legible:
        return max(legible, key=costs.__getitem__)
    return min(range(len(costs)), key=costs.__getitem__)
