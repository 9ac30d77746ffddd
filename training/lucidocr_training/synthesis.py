"""Lines of text made on the fly: about three thousand a second on one core, each with the box of every character.

Line ``index`` of seed ``seed`` is always the same picture: no state is carried from one line to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from random import Random

import cv2
import numpy as np

from lucidocr.charset import Charset
from lucidocr.types import FloatArray, ImageArray
from lucidocr_training.compose import bend, draw_text, place, vary_strokes
from lucidocr_training.corpus import Corpus, Text
from lucidocr_training.fonts import load_faces
from lucidocr_training.glyphs import Atlas, open_atlas
from lucidocr_training.hands import open_hands, read_medians
from lucidocr_training.paint import SCENE, Palette, paint
from lucidocr_training.scene import read_backdrops

_STRIPS = 192
_PALETTE_SEED = 20_231

_PLAIN_HEIGHTS = (32, 40, 52)
"""Heights of clean lines, pixels."""

_PAPER, _INK = 240, 25
"""Greys of clean lines."""


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticLine:
    """A picture of a line and all that is known of it.

    Attributes:
        pixels: uint8 [h, w], grey, at its native height.
        text: what it says.
        boxes: float32 [K, 4], left, top, right, bottom of each character in ``pixels``; of a space, its gap.
        face: name of the typeface.
    """

    pixels: ImageArray
    text: str
    boxes: FloatArray
    face: str


class Synthesiser:
    """Makes lines from drawn faces and texts.

    Args:
        atlases: the faces to write in, Chinese and Latin ones.
        corpus: what to write.
        seed: another seed gives other lines.
        backdrops: uint8 [h, w] each, pieces of pictures to write on.
        scenes: whether some lines look like signs, subtitles and memes.
    """

    def __init__(
        self,
        atlases: Sequence[Atlas],
        corpus: Corpus,
        seed: int,
        *,
        backdrops: tuple[ImageArray, ...] = (),
        scenes: bool = True,
    ) -> None:
        self._corpus = corpus
        self._seed = seed
        self._chinese = tuple(atlas for atlas in atlases if atlas.face.script == "zh")
        self._latin = tuple(atlas for atlas in atlases if atlas.face.script == "latin") or self._chinese
        self._chinese_weights = tuple(accumulate(atlas.face.weight for atlas in self._chinese))
        self._latin_weights = tuple(accumulate(atlas.face.weight for atlas in self._latin))
        self._palette = Palette.make(_PALETTE_SEED, self._draw_strips(), backdrops, SCENE if scenes else 0.0)

    @classmethod
    def load(
        cls,
        fonts: Path,
        texts: Path,
        charset: Charset,
        seed: int,
        *,
        held_out: bool = False,
        taught: Path | None = None,
        hands: bool = True,
        scenes: bool = True,
    ) -> Synthesiser:
        """Open the faces of a folder (drawing their atlases at the first time) and the texts of another.

        Args:
            fonts: made by ``python -m lucidocr_training.gather fetch``; atlases go to ``<fonts>-atlas`` beside it.
            texts: holds ``*.txt`` and ``lexicons/*.txt``.
            charset: the model's alphabet.
            seed: the first part of every line's own seed.
            held_out: write in the faces that training never sees, instead of in the others.
            taught: a folder made by ``python -m lucidocr_training teach``, for its pieces of pictures.
            hands: whether made-up hands write, too, where the folder of faces holds strokes.
            scenes: whether some lines look like signs, subtitles and memes.
        """
        faces = [face for face in load_faces(fonts) if face.held_out == held_out]
        kept = fonts.with_name(f"{fonts.name}-atlas")
        atlases = [open_atlas(face, charset.chars, kept) for face in faces]
        medians = read_medians(fonts)
        if medians and hands and not held_out:
            lenders = [one for one in atlases if (one.face.script, one.face.style) == ("zh", "handwriting")]
            atlases += open_hands(medians, charset.chars, lenders or atlases, kept)
        backdrops = read_backdrops(taught / "backdrops") if taught is not None else ()
        return cls(atlases, Corpus.load(texts, charset), seed, backdrops=backdrops, scenes=scenes)

    @property
    def strips(self) -> tuple[ImageArray, ...]:
        """Coverage of other lines of text: uint8 [h, w] each."""
        return self._palette.strips

    def line(self, index: int) -> SyntheticLine:
        """The line of that number."""
        rng = Random((self._seed << 40) + index)
        return self._write(*self._draw(rng), rng)

    def looks(self, index: int, count: int) -> list[SyntheticLine]:
        """The text and the face of the line of that number, shown in several ways."""
        rng = Random((self._seed << 40) + index)
        atlas, text = self._draw(rng)
        return [self._write(atlas, text, rng) for _ in range(count)]

    def plain(self, index: int) -> SyntheticLine:
        """A line of that number in clean print: dark on light, upright, evenly spaced, at one of three sizes."""
        rng = Random((self._seed << 40) + index)
        atlas, text = self._draw(rng)
        drawing = draw_text(atlas, text, rng, plain=True)
        scale = rng.choice(_PLAIN_HEIGHTS) / drawing.coverage.shape[0]
        coverage = cv2.resize(drawing.coverage, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        pixels = np.rint(_PAPER - np.asarray(coverage, np.float32) * ((_PAPER - _INK) / 255)).astype(np.uint8)
        return SyntheticLine(pixels, text, drawing.boxes * np.float32(scale), atlas.face.name)

    def _draw(self, rng: Random) -> tuple[Atlas, str]:
        """A face and a text that it can write."""
        while True:
            atlas, written = self._face(self._corpus.draw(rng), rng)
            if written:
                return atlas, written

    def write(self, text: str, face: str, index: int) -> SyntheticLine:
        """A given text in a given face; which degradations it gets depends on ``index``."""
        atlas = next(atlas for atlas in (*self._chinese, *self._latin) if atlas.face.name == face)
        return self._write(atlas, text, Random((self._seed << 40) + index))

    def _write(self, atlas: Atlas, text: str, rng: Random) -> SyntheticLine:
        drawing = place(vary_strokes(draw_text(atlas, text, rng), rng), rng)
        if rng.random() < 0.04:
            drawing = bend(drawing, rng)
        pixels = paint(drawing.coverage, drawing.boxes, self._palette, rng)
        return SyntheticLine(pixels, text, drawing.boxes, atlas.face.name)

    def _face(self, text: Text, rng: Random) -> tuple[Atlas, str]:
        """A face that has all characters; after some tries, the first face and the text without what it lacks."""
        chinese = text.script == "zh" or rng.random() < 0.25
        atlases, weights = (self._chinese, self._chinese_weights) if chinese else (self._latin, self._latin_weights)
        for _ in range(8):
            atlas = rng.choices(atlases, cum_weights=weights)[0]
            written = text.text.upper() if atlas.one_case else text.text
            if all(char in atlas.glyphs for char in written if char != " "):
                return atlas, written
        atlas = atlases[0]
        written = text.text.upper() if atlas.one_case else text.text
        return atlas, " ".join("".join(char for char in written if char == " " or char in atlas.glyphs).split())

    def _draw_strips(self) -> tuple[ImageArray, ...]:
        """Coverage of other lines, for clutter."""
        rng = Random(_PALETTE_SEED)
        strips: list[ImageArray] = []
        while len(strips) < _STRIPS:
            atlas, text = self._face(self._corpus.draw(rng), rng)
            if text:
                drawn = draw_text(atlas, text, rng, plain=True).coverage[:, :1600]
                smaller = cv2.resize(drawn, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
                strips.append(np.asarray(smaller, np.uint8))
        return tuple(strips)
