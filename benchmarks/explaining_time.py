"""What an explanation costs on one thread, beside the reading itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.boxed import BoxedLine
from benchmarks.examining import QUICK
from lucidocr import Reader
from lucidocr.calibration import IDENTITY
from lucidocr.correct.corrector import ALONE
from lucidocr.decode import read_frames
from lucidocr.explain.characters import Evidence
from lucidocr.ink import find_ink
from lucidocr.model import Model
from lucidocr.recognise import Recogniser
from lucidocr.types import Frames, ImageArray

CHARACTERS = 12
"""Characters of the readings whose explanation is timed."""

_LINES = 5
_REPEATS = 7


@dataclass(frozen=True, slots=True)
class Latency:
    """How long one thing takes on one thread.

    Attributes:
        what: "reading", or what an explanation adds to it.
        milliseconds: mean over the lines of the median over repetitions.
        readings: the same in units of the reading of the same lines.
        lines: lines timed, each with :data:`CHARACTERS` characters.
    """

    what: str
    milliseconds: float
    readings: float
    lines: int


def latencies(lines: Sequence[BoxedLine]) -> list[Latency]:
    """Time reading, alignment with alternatives, all gradient maps, and SHAP.

    Args:
        lines: to choose from; the first ones that read as :data:`CHARACTERS` characters are taken.

    Returns:
        Nothing where there is no such line.
    """
    cv2.setNumThreads(1)
    reader = Reader(threads=1, correcting=ALONE, preprocess="off")
    chosen = [line.pixels for line in lines if len(reader.read_lines([line.pixels])[0].text) == CHARACTERS][:_LINES]
    if not chosen:
        return []

    def each(work: Callable[[ImageArray], object], repeats: int = _REPEATS) -> float:
        return 1000 * float(np.mean([_median(work, pixels, repeats) for pixels in chosen]))

    reading = each(lambda pixels: reader.read_lines([pixels]))
    aligning = each(_Aligner(reader.model))
    plain = each(lambda pixels: reader.explain(pixels, method=()))
    maps = each(lambda pixels: reader.explain(pixels, method=QUICK))
    shap = each(lambda pixels: reader.explain(pixels, method=("shap",)), 2)
    rows = [
        ("reading", reading),
        ("alignment with alternatives", aligning),
        ("all gradient maps", maps - plain),
        ("SHAP", shap - plain),
    ]
    return [Latency(what, taken, taken / reading, len(chosen)) for what, taken in rows]


class _Aligner:
    """Aligns a line's reading and weighs what else might be there; the network's part is done beforehand.

    Args:
        model: that reads.
    """

    def __init__(self, model: Model) -> None:
        self._recogniser = Recogniser(model, threads=1)
        self._charset = model.charset
        self._read: dict[int, tuple[Frames, str]] = {}

    def __call__(self, pixels: ImageArray) -> Evidence:
        """The evidence for the reading."""
        if id(pixels) not in self._read:
            (frames,) = self._recogniser.frames([pixels])
            self._read[id(pixels)] = frames, read_frames(frames, self._charset, pixels).text
        frames, text = self._read[id(pixels)]
        return Evidence.of(frames, self._charset, text, find_ink(pixels), IDENTITY)


def _median(work: Callable[[ImageArray], object], pixels: ImageArray, repeats: int) -> float:
    """Seconds, once everything is loaded."""
    work(pixels)
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        work(pixels)
        taken.append(time.perf_counter() - began)
    return float(np.median(taken))
