"""What a model is fine-tuned on: the labelled lines of a folder, some of them held out, seen in many ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Final, Literal

import cv2
import numpy as np

from lucidocr.charset import Charset, canonical
from lucidocr.errors import DatasetError
from lucidocr.evaluate import LabelledLine, load_dataset
from lucidocr.io import load
from lucidocr.preprocess import normalise_line, to_grey
from lucidocr.types import ImageArray
from lucidocr_training.batches import Batch, Sample, by_width, feasible, vary_real
from lucidocr_training.paint import Palette
from lucidocr_training.real import CASELESS, RealLine, RealMixture, real_line

Alphabet = Literal["base", "extended", "own"]
"""What the new model can read: what the old one can, that and all characters of the labels, or only these."""

HELD_OUT: Final = 0.15
"""Share of a folder's lines that is held out where no split says which."""

MOST_HELD_OUT: Final = 400
"""Held-out lines that are read at each look."""

_POOL: Final = 768
_WARPED: Final = 0.5
_REACH: Final = 0.14
"""Part of a line's height by which a corner of it moves."""

_SLOPE: Final = 0.15
"""The same for its two ends, in opposite directions."""


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """The labelled lines of a folder.

    Attributes:
        name: the folder's.
        fit: lines to learn from.
        held_out: lines to judge by.
        left_out: how many can be neither: their label is empty, has a character outside the alphabet, or cannot lie on
            so short a line; or the line is far too long.
    """

    name: str
    fit: tuple[RealLine, ...]
    held_out: tuple[RealLine, ...]
    left_out: int


def divide(folder: Path) -> tuple[tuple[LabelledLine, ...], tuple[LabelledLine, ...]]:
    """Lines of a data set to fit and to hold out; those of the part report are neither.

    Without ``split.tsv``, or without lines of its part tune, some lines are held out by a hash of their file names: the
    same ones every time, also when lines are added.

    Args:
        folder: see :mod:`lucidocr.evaluate`.

    Raises:
        DatasetError: the folder is no data set.
    """
    split = folder / "split.tsv"
    parted = split.is_file()
    fit = load_dataset(folder, "train" if parted else None).lines
    if parted and any(row.rstrip("\r").endswith("\ttune") for row in split.read_text(encoding="utf-8").split("\n")):
        return fit, load_dataset(folder, "tune").lines
    ordered = sorted(fit, key=lambda line: sha256(line.path.name.encode("utf-8", "surrogateescape")).digest())
    count = max(1, round(HELD_OUT * len(ordered)))
    return tuple(ordered[count:]), tuple(ordered[:count])


def labels_of(folder: Path) -> list[str]:
    """Labels of the lines that :func:`divide` finds, in the alphabet's form."""
    return [canonical(line.text) for part in divide(folder) for line in part]


def choose_alphabet(choice: Alphabet, base: Charset, labels: Iterable[str], further: str = "") -> Charset:
    """The alphabet of the new model.

    Args:
        choice: see :data:`Alphabet`.
        base: alphabet of the old model.
        labels: texts in the alphabet's form.
        further: characters that must be in it whatever the labels say.

    Raises:
        DatasetError: no character is left.
    """
    wanted = {char for char in "".join([*labels, further]) if char.isprintable()}
    if choice == "own":
        if not wanted:
            raise DatasetError("no label has a character, so there is no alphabet to make")
        return Charset("".join(sorted(wanted)))
    new = wanted if choice == "extended" else set(further)
    return Charset(base.chars + "".join(sorted(new - set(base.chars))))


def load_lessons(folder: Path, charset: Charset) -> Lessons:
    """Read the pictures and labels of a data set.

    Args:
        folder: see :mod:`lucidocr.evaluate`.
        charset: alphabet of the new model.

    Raises:
        DatasetError: the folder is no data set, or nothing in it can be learnt from or held out.
        InputError: a picture cannot be used.
    """
    parts = divide(folder)
    fit, held_out = (_usable(part, charset, caseless=folder.name in CASELESS) for part in parts)
    left_out = sum(map(len, parts)) - len(fit) - len(held_out)
    if not fit or not held_out:
        raise DatasetError(
            f"{folder} has {len(fit)} lines to learn from and {len(held_out)} to hold out, "
            f"and {left_out} with an empty label, characters outside the alphabet or too little room",
            remedy="Give more lines, or choose another alphabet with --alphabet.",
        )
    return Lessons(folder.resolve().name, fit, held_out, left_out)


def _usable(lines: Sequence[LabelledLine], charset: Charset, *, caseless: bool) -> tuple[RealLine, ...]:
    """The lines that a network with this alphabet can learn."""
    found = []
    for line in lines:
        text = canonical(line.text)
        if text and not charset.unknown(text):
            real = real_line(to_grey(load(line.path).pixels), text, charset, caseless=caseless)
            if feasible(_sample(real, real.pixels)):
                found.append(real)
    return tuple(found)


def _sample(line: RealLine, pixels: ImageArray) -> Sample:
    """A line as the network is shown it, in its own or other pixels."""
    return Sample(normalise_line(pixels), line.classes, line.others, np.zeros((0, 2), np.float32))


def warped(pixels: ImageArray, rng: Random) -> ImageArray:
    """A line seen from another side: each corner moves a little, and one end rises.

    Args:
        pixels: uint8 [h, w] grey.
        rng: the source of choices.

    Returns:
        uint8 [h, w]; what was outside is filled with the nearest pixels.
    """
    height, width = pixels.shape
    slope = rng.uniform(-_SLOPE, _SLOPE)
    moves = [(rng.uniform(-_REACH, _REACH), rng.uniform(-_REACH, _REACH) + end * slope) for end in (-1, 1, 1, -1)]
    corners = np.array(((0, 0), (width, 0), (width, height), (0, height)), np.float32)
    matrix = cv2.getPerspectiveTransform(corners, corners + np.array(moves, np.float32) * np.float32(height))
    return np.asarray(
        cv2.warpPerspective(pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
        np.uint8,
    )


def varied_batches(mixture: RealMixture, *, columns: int, seed: int, start: int = 0) -> Iterator[Batch]:
    """Batches without end of lines drawn from a mixture, never twice the same.

    Args:
        mixture: what to draw from.
        columns: pixel columns in a batch.
        seed: of everything drawn.
        start: number of the first line.
    """
    palette = Palette.make(seed)
    index = start
    while True:
        rng = Random((seed << 41) + index)
        samples = []
        for _ in range(_POOL):
            index += 1
            line = mixture.draw(rng)
            if rng.random() < _WARPED:
                line = replace(line, pixels=warped(line.pixels, rng))
            sample = _sample(line, vary_real(line, palette, rng))
            if feasible(sample):
                samples.append(sample)
        if samples:
            yield from by_width(samples, columns, rng)
