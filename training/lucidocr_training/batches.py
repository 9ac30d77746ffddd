"""Batches for training: synthetic and real lines of similar width, made in a process of their own."""

from __future__ import annotations

import multiprocessing
import os
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Full
from random import Random
from typing import Literal, NamedTuple, TypeAlias

import cv2
import numpy as np

from lucidocr.charset import Charset
from lucidocr.preprocess import normalise_line, to_batch
from lucidocr.types import STRIDE, FloatArray, ImageArray, IntArray
from lucidocr_training.hard import CANDIDATES, Judge, Question, hardest
from lucidocr_training.paint import Palette, develop
from lucidocr_training.real import RealLine, RealMixture
from lucidocr_training.synthesis import Synthesiser, SyntheticLine
from lucidocr_training.worsen import FAULTS, Strips

_POOL = 3072
_WIDEST = 1400

Ingredient: TypeAlias = Literal["hands", "scenes", "taught", "real", "hard", "worsened"]
"""What can be left out, to measure what it is worth: handwriting from strokes, letters on pictures, lines labelled by a
teacher, real lines with labels of their own, lines that the bundled model finds hard, lines made worse on purpose."""

BatchQueue: TypeAlias = "multiprocessing.Queue[Batch | None]"
"""Batches in the order they are made; None when nothing more will come, because making them has failed."""

_WORST = 0.7
"""Severity of the worst fault of a line that is made worse; 1 can hardly be read."""


class Sample(NamedTuple):
    """One line ready for the network.

    Attributes:
        image: uint8 [32, W].
        classes: class numbers of its text.
        others: class numbers that are as right, place by place; see :class:`lucidocr_training.real.RealLine`.
        boxes: float32 [K, 2], left and right edge of each character, pixels of ``image``; empty where unknown.
    """

    image: ImageArray
    classes: tuple[int, ...]
    others: tuple[int, ...]
    boxes: FloatArray


class Batch(NamedTuple):
    """Lines stacked.

    Attributes:
        images: float32 [B, 1, 32, W].
        widths: int64 [B].
        labels: int64 [B, S], zero beyond a line's length.
        others: int64 [B, S], classes that are as right as the labels; the labels themselves where there are none.
        lengths: int64 [B].
        edges: float32 [B, S, 2], left and right edge of each character in pixels; NaN where unknown.
    """

    images: FloatArray
    widths: IntArray
    labels: IntArray
    others: IntArray
    lengths: IntArray
    edges: FloatArray


@dataclass(frozen=True, slots=True)
class Source:
    """Where training lines come from.

    Attributes:
        fonts: folder of faces.
        texts: folder of texts.
        lines: folder of real data sets.
        real_sets: folder and weight of the real sets to draw from.
        taught: folder that ``teach`` made, if there is one; its backdrops are written on.
        real_share: part of the lines that is real, in [0, 1].
        columns: pixel columns in a batch.
        seed: of everything drawn.
        without: ingredients to leave out.
        hard_share: part of the lines, real and synthetic, that are the hardest of several for the bundled model.
        worsened_share: part of the lines, real and synthetic, whose pictures are made worse on purpose.
    """

    fonts: Path
    texts: Path
    lines: Path
    real_sets: tuple[tuple[Path, float], ...]
    taught: Path | None
    real_share: float
    columns: int
    seed: int
    without: tuple[Ingredient, ...] = ()
    hard_share: float = 0.0
    worsened_share: float = 0.0

    def chosen_sets(self) -> tuple[tuple[Path, float], ...]:
        """The real sets that are not left out."""
        left_out = {True: "taught" in self.without, False: "real" in self.without}
        return tuple((folder, weight) for folder, weight in self.real_sets if not left_out[folder == self.taught])


def synthetic_sample(line: SyntheticLine, charset: Charset, pixels: ImageArray | None = None) -> Sample:
    """A synthetic line, scaled as the runtime scales it, its boxes with it.

    Args:
        line: the line.
        charset: the model's alphabet.
        pixels: uint8 [h, w], its picture, where that is another one now; what is in it has kept its place from left to
            right, in parts of the width.
    """
    image = normalise_line(line.pixels if pixels is None else pixels)
    boxes = line.boxes[:, (0, 2)] * np.float32(image.shape[1] / line.pixels.shape[1])
    classes = tuple(charset.encode(line.text))
    return Sample(image, classes, classes, boxes)


def vary_real(line: RealLine, palette: Palette, rng: Random) -> ImageArray:
    """A real line seen a little differently: margins, stretch, tilt, contrast, blur, noise, file."""
    pixels = line.pixels
    height = pixels.shape[0]
    if rng.random() < 0.5:
        reach = max(1, round(height * 0.1))
        top, bottom, left, right = (rng.randint(-reach // 2, reach) for _ in range(4))
        padded = cv2.copyMakeBorder(
            pixels, max(top, 0), max(bottom, 0), max(left, 0), max(right, 0), cv2.BORDER_REPLICATE
        )
        rows = slice(max(-top, 0), padded.shape[0] - max(-bottom, 0))
        pixels = np.asarray(padded[rows, max(-left, 0) : padded.shape[1] - max(-right, 0)], np.uint8)
    if rng.random() < 0.4 and height > 24:
        scale = max(rng.uniform(0.5, 1.0), 16 / height)
        pixels = np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    if rng.random() < 0.6:
        pixels = _tilt(pixels, rng)
    if rng.random() < 0.08:
        pixels = 255 - pixels
    image = pixels.astype(np.float32)
    if rng.random() < 0.4:
        image = (image - 128) * rng.uniform(0.6, 1.2) + 128 + rng.uniform(-25, 25)
    return develop(image, palette, rng) if rng.random() < 0.6 else np.clip(image, 0, 255).astype(np.uint8)


def worsened(pixels: ImageArray, strips: Strips, rng: Random) -> ImageArray:
    """A line's picture with one or two faults, neither of which leaves it unreadable."""
    for name in rng.sample(list(FAULTS), rng.choice((1, 1, 2))):
        pixels = FAULTS[name](pixels, rng.uniform(0, _WORST), rng, strips)
    return pixels


def _tilt(pixels: ImageArray, rng: Random) -> ImageArray:
    height, width = pixels.shape
    stretch = rng.uniform(0.8, 1.25)
    shear, slope = rng.uniform(-0.12, 0.12), rng.uniform(-1, 1) * min(0.05, 0.06 * height / width)
    target = max(4, round(width * stretch))
    matrix = np.array(((stretch, -shear, shear * height / 2), (slope, 1, -slope * width / 2)), np.float32)
    return np.asarray(
        cv2.warpAffine(pixels, matrix, (target, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
        np.uint8,
    )


def feasible(sample: Sample) -> bool:
    """Whether CTC can align the line at all: a frame for each character and one between repeated ones."""
    repeats = sum(a == b for a, b in zip(sample.classes, sample.classes[1:], strict=False))
    width = sample.image.shape[1]
    return width <= _WIDEST and bool(len(sample.classes) + repeats <= width // STRIDE)


def stack(samples: Sequence[Sample]) -> Batch:
    """One batch of some samples."""
    images, widths = to_batch([sample.image for sample in samples])
    lengths = np.array([len(sample.classes) for sample in samples], dtype=np.int64)
    labels, others = np.zeros((2, len(samples), int(lengths.max())), dtype=np.int64)
    edges = np.full((*labels.shape, 2), np.nan, dtype=np.float32)
    for row, sample in enumerate(samples):
        labels[row, : len(sample.classes)] = sample.classes
        others[row, : len(sample.classes)] = sample.others
        edges[row, : len(sample.boxes)] = sample.boxes
    return Batch(images, widths, labels, others, lengths, edges)


def by_width(samples: list[Sample], columns: int, rng: Random) -> Iterator[Batch]:
    """Batches of neighbours in width, each of about so many pixel columns.

    Their order is random, but two of like width always follow each other: processes that train side by side then take
    equally long over them.
    """
    ordered = sorted(samples, key=lambda sample: sample.image.shape[1])
    groups: list[list[Sample]] = [[]]
    for sample in ordered:
        if groups[-1] and (len(groups[-1]) + 1) * sample.image.shape[1] > columns:
            groups.append([])
        groups[-1].append(sample)
    pairs = [groups[number : number + 2] for number in range(0, len(groups), 2)]
    rng.shuffle(pairs)
    return (stack(group) for pair in pairs for group in pair)


class LineMaker:
    """Makes the lines of a source, one after the other and, where they are to be hard, several to choose from.

    Args:
        source: where lines come from.
        charset: the model's alphabet.
    """

    def __init__(self, source: Source, charset: Charset) -> None:
        self._charset = charset
        self._synthesiser = Synthesiser.load(
            source.fonts,
            source.texts,
            charset,
            source.seed,
            taught=source.taught,
            hands="hands" not in source.without,
            scenes="scenes" not in source.without,
        )
        self._real_share = source.real_share
        self._mixture = RealMixture.load(charset, source.chosen_sets()) if source.real_share else None
        self._palette = Palette.make(source.seed)
        self._hard_share = 0.0 if "hard" in source.without else source.hard_share
        self._judge = Judge(charset) if self._hard_share else None
        self._worsened_share = 0.0 if "worsened" in source.without else source.worsened_share

    def pool(self, start: int, count: int, rng: Random) -> list[Sample]:
        """The usable ones of so many lines.

        Args:
            start: number of the line before the first.
            count: of lines.
            rng: source of choices and of real lines.
        """
        slots = [
            self._candidates(index, CANDIDATES if rng.random() < self._hard_share else 1, rng)
            for index in range(start + 1, start + count + 1)
        ]
        usable = [kept for slot in slots if (kept := [sample for sample in slot if feasible(sample)])]
        return self._choose(usable)

    def _candidates(self, index: int, count: int, rng: Random) -> list[Sample]:
        """Looks of one line, or, for every other synthetic line, several lines."""
        if self._mixture is not None and rng.random() < self._real_share:
            line = self._mixture.draw(rng)
            images = [normalise_line(self._worsened(vary_real(line, self._palette, rng), rng)) for _ in range(count)]
            return [Sample(image, line.classes, line.others, np.zeros((0, 2), np.float32)) for image in images]
        if count == 1:
            made = [self._synthesiser.line(index)]
        elif index % 2:
            made = self._synthesiser.looks(index, count)
        else:
            made = [self._synthesiser.line((index << 8) + number) for number in range(count)]
        return [synthetic_sample(line, self._charset, self._worsened(line.pixels, rng)) for line in made]

    def _worsened(self, pixels: ImageArray, rng: Random) -> ImageArray:
        if self._worsened_share and rng.random() < self._worsened_share:
            return worsened(pixels, self._synthesiser.strips, rng)
        return pixels

    def _choose(self, slots: Sequence[list[Sample]]) -> list[Sample]:
        """The hardest of each slot."""
        several = [number for number, slot in enumerate(slots) if len(slot) > 1]
        chosen = [slot[0] for slot in slots]
        if self._judge is None or not several:
            return chosen
        asked = [Question(*sample[:3]) for number in several for sample in slots[number]]
        costs = iter(self._judge.costs(asked))
        for number in several:
            chosen[number] = slots[number][hardest([next(costs) for _ in slots[number]])]
        return chosen


def generate(source: Source, charset: Charset, start: int) -> Iterator[Batch]:
    """Batches without end, from the line number ``start`` on."""
    maker = LineMaker(source, charset)
    index = start
    while True:
        rng = Random((source.seed << 41) + index)
        yield from by_width(maker.pool(index, _POOL, rng), source.columns, rng)
        index += _POOL


def _produce(queue: BatchQueue, source: Source, charset: Charset, start: int) -> None:
    cv2.setNumThreads(1)
    parent = os.getppid()
    try:
        for batch in generate(source, charset, start):
            while True:
                try:
                    queue.put(batch, timeout=10)
                    break
                except Full:
                    if os.getppid() != parent:
                        return
    except BaseException:  # noqa: BLE001 - whatever it is, those who wait must hear of it
        traceback.print_exc()  # before anybody hears of it, and stops this process
        queue.put(None)
        raise SystemExit(1) from None


class BatchProcess:
    """Runs :func:`generate` in a process of its own, some batches ahead.

    Args:
        source: where lines come from.
        charset: the model's alphabet.
        start: number of the first line.
    """

    def __init__(self, source: Source, charset: Charset, start: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.queue: BatchQueue = context.Queue(maxsize=16)
        self._process = context.Process(target=_produce, args=(self.queue, source, charset, start), daemon=True)
        self._process.start()

    def close(self) -> None:
        """Stop the process."""
        self._process.terminate()
        self._process.join()


def received(queue: BatchQueue) -> Iterator[Batch]:
    """Batches as they come; several processes may draw from one queue.

    Raises:
        RuntimeError: the process that makes them has failed.
    """
    while (batch := queue.get(timeout=1800)) is not None:
        yield batch
    queue.put(None)  # for the other processes
    raise RuntimeError("the process that makes lines has failed; its own error stands above")
