"""Folders of labelled real lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import cv2
import numpy as np

from lucidocr.charset import Charset, canonical
from lucidocr.preprocess import to_grey
from lucidocr.types import ImageArray


@dataclass(frozen=True, slots=True, eq=False)
class RealLine:
    """A labelled line.

    Attributes:
        pixels: uint8 [h, w] grey.
        text: its label in the alphabet's form.
        classes: class numbers of the text.
        others: class numbers that are as right as ``classes``, place by place: letters in the other case in sets whose
            labels are all upper case; elsewhere the same numbers.
    """

    pixels: ImageArray
    text: str
    classes: tuple[int, ...]
    others: tuple[int, ...]


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8") as file:
        return [line.rstrip("\r\n").split("\t") for line in file]


def read_labels(path: Path) -> list[tuple[str, str]]:
    """File names and texts of a ``labels.tsv``."""
    return [(row[0], "\t".join(row[1:])) for row in _rows(path) if len(row) >= 2]


def read_parts(path: Path) -> dict[str, str]:
    """Part (train, tune or report) of each file of a ``split.tsv``."""
    return {row[0]: row[2] for row in _rows(path) if len(row) == 3}


CASELESS = frozenset({"sroie", "svt_train"})
"""Sets whose labels are upper case whatever the picture shows: they teach letters, but not their case."""


def _other_case(text: str, charset: Charset) -> str:
    swapped = (char.swapcase() for char in text)
    return "".join(other if other in charset else char for char, other in zip(text, swapped, strict=True))


def real_line(pixels: ImageArray, text: str, charset: Charset, *, caseless: bool = False) -> RealLine:
    """A labelled line.

    Args:
        pixels: uint8 [h, w] grey.
        text: its label in the alphabet's form.
        charset: an alphabet that can write the text.
        caseless: whether letters are as right in the other case.
    """
    other = _other_case(text, charset) if caseless else text
    return RealLine(pixels, text, tuple(charset.encode(text)), tuple(charset.encode(other)))


def load_lines(folder: Path, charset: Charset, part: str) -> list[RealLine]:
    """Lines of one part of a data set whose labels the alphabet can write.

    Args:
        folder: holds ``images/``, ``labels.tsv`` and ``split.tsv``.
        charset: the model's alphabet.
        part: "train", "tune" or "report".
    """
    parts = read_parts(folder / "split.tsv")
    lines = []
    for name, label in read_labels(folder / "labels.tsv"):
        text = canonical(label)
        if parts.get(name) != part or not text or charset.unknown(text):
            continue
        pixels = cv2.imread(str(folder / "images" / name), cv2.IMREAD_COLOR_RGB)
        if pixels is not None:
            grey = to_grey(np.asarray(pixels, dtype=np.uint8))
            lines.append(real_line(grey, text, charset, caseless=folder.name in CASELESS))
    return lines


@dataclass(frozen=True, slots=True, eq=False)
class RealMixture:
    """Draws lines from several sets, each with a weight of its own.

    Attributes:
        sets: the lines of each set, none empty.
        weights: relative probability of each set.
    """

    sets: tuple[tuple[RealLine, ...], ...]
    weights: tuple[float, ...]

    @classmethod
    def load(cls, charset: Charset, weighted: Iterable[tuple[Path, float]]) -> RealMixture:
        """Read the train parts of sets; a set's share grows with the root of its size times its weight."""
        sets, shares = [], []
        for folder, weight in weighted:
            lines = load_lines(folder, charset, "train")
            if lines:
                sets.append(tuple(lines))
                shares.append(weight * len(lines) ** 0.5)
        return cls(tuple(sets), tuple(shares))

    def draw(self, rng: Random) -> RealLine:
        """One line at random."""
        return rng.choice(rng.choices(self.sets, self.weights)[0])
