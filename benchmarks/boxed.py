"""Lines whose characters' true places are known: synthetic ones in faces never trained on, and real scene words.

Boxes of clean print are those of the glyphs. Degraded lines move them with the picture: where a line is slanted or
turned, the box is that of the turned rectangle, and looser than the ink.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np

from lucidocr.charset import Charset
from lucidocr.evaluate import Part, load_dataset
from lucidocr.io import load
from lucidocr.preprocess import to_grey
from lucidocr.types import FloatArray, ImageArray

PRINT = "clean print"
SYNTHETIC = "synthetic"
WORDS = "iiit5k_train"

LONGEST = 20
"""Characters of the longest synthetic line that is taken: a reading of a longer one takes too much of the time."""

_SEED = 31_337
_FIRST_HAN = 0x3400

_FIRST_PIXEL = 1.0
"""Places in ``char_boxes.json`` count pixels from one: boxes at the right and lower edge end one pixel beyond it."""


@dataclass(frozen=True, slots=True, eq=False)
class BoxedLine:
    """A line image and where each of its characters is.

    Attributes:
        dataset: :data:`PRINT`, :data:`SYNTHETIC` or :data:`WORDS`.
        source: the typeface, or the part of the set's split.
        pixels: uint8 [h, w], grey.
        text: what it says.
        boxes: float32 [K, 4], left, top, right, bottom of each character, pixels.
    """

    dataset: str
    source: str
    pixels: ImageArray
    text: str
    boxes: FloatArray

    def places(self, reading: str) -> dict[int, int]:
        """Which characters of a reading are which of the text, letter case aside; spaces are left out."""
        matcher = SequenceMatcher(None, _folded(reading), _folded(self.text), autojunk=False)
        return {
            block.a + step: block.b + step
            for block in matcher.get_matching_blocks()
            for step in range(block.size)
            if reading[block.a + step] != " "
        }


def _folded(text: str) -> str:
    """The text in lower case, as long as before."""
    return "".join(char.lower() if len(char.lower()) == 1 else char for char in text)


def script_of(char: str) -> str:
    """Script by which intervals are reported: "han", "latin" (digits among it) or "other"."""
    if ord(char) >= _FIRST_HAN and char.isalpha():
        return "han"
    return "latin" if char.isascii() and char.isalnum() else "other"


def synthetic_lines(fonts: Path, texts: Path, charset: Charset, *, plain: bool = False) -> Iterator[BoxedLine]:
    """Any number of lines in faces that training never sees.

    Args:
        fonts: made by ``python -m lucidocr_training.gather fetch``.
        texts: holds ``*.txt`` and ``lexicons/*.txt``.
        charset: the model's alphabet.
        plain: in clean print; degraded as training's lines are otherwise.
    """
    from lucidocr_training.synthesis import Synthesiser  # noqa: PLC0415 - needs the train extra

    synthesiser = Synthesiser.load(fonts, texts, charset, _SEED, held_out=True)
    index = 0
    while True:
        line = synthesiser.plain(index) if plain else synthesiser.line(index)
        index += 1
        if len(line.text) <= LONGEST:
            yield BoxedLine(PRINT if plain else SYNTHETIC, line.face, line.pixels, line.text, line.boxes)


def scene_words(folder: Path) -> Iterator[BoxedLine]:
    """The report and tune words of a set with ``char_boxes.json``: per file [x, y, w, h] of each character, pixels."""
    boxes = json.loads((folder / "char_boxes.json").read_text(encoding="utf-8"))
    parts: tuple[Part, ...] = ("report", "tune")
    for part in parts:
        for line in load_dataset(folder, part).lines:
            found = np.array(boxes[line.path.name], dtype=np.float32)
            found[:, :2] -= _FIRST_PIXEL
            found[:, 2:] += found[:, :2]
            yield BoxedLine(WORDS, part, to_grey(load(line.path).pixels), line.text, found)
