"""Lines that are misread for a known reason: what the diagnosis is learnt from.

The reason is a but-for: without it, all else the same, the line is read right. A line gets up to three faults; each of
them is taken away in turn, and the line read again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lucidocr.charset import Charset
from lucidocr.diagnose.shapes import Shapes
from lucidocr.metrics import Rule, normalise
from lucidocr.types import Cause, ImageArray
from lucidocr_training.calibrate import Question
from lucidocr_training.compose import draw_text
from lucidocr_training.corpus import Corpus, is_han
from lucidocr_training.fonts import Face, covered, load_faces
from lucidocr_training.glyphs import Atlas, open_atlas
from lucidocr_training.worsen import FAULTS, Strips

SEED: Final = 6_201
"""Seed of the cases that the diagnosis is learnt from."""

PICTURE: Final[Mapping[str, Cause]] = {
    "light": "light",
    "lines": "background",
    "watermark": "background",
    "skew": "skew",
    "blur": "blur",
    "low_resolution": "low_resolution",
    "noise": "noise",
}
"""The cause that each fault of :mod:`lucidocr_training.worsen` belongs to."""

WRITTEN: Final[tuple[Cause, ...]] = ("font", "look_alike", "truncation", "unknown_character")
"""Causes that lie in what is written and how, and not in the picture."""

_PLAIN: Final = ("sans", "serif")
_UNLIKE: Final = ("handwriting", "brush", "display", "script", "rounded", "pixel", "stencil")
_LEAST_ALIKE: Final = 0.93
"""Likeness of two characters' shapes from which on they are taken for each other."""

_KNOWN_PAIRS: Final = (
    "0O", "1l", "1I", "lI", "5S", "8B", "2Z", "6b", "9g", "0D",
    "己已", "未末", "土士", "日曰", "人入", "元无", "天夭", "千干", "大太", "王玉", "刀力", "午牛", "田由",
    "甲由", "比此", "戊戌", "侯候", "折拆", "治冶", "今令", "免兔", "厂广", "乌鸟",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a line is made; each fault can be taken out.

    Attributes:
        text: what it says.
        face: number of its face among the plain ones, or of the unusual ones.
        unusual: whether it is set in an unusual face.
        plain_face: the plain face that stands in for it.
        swapped: place of a character that looks like another, and that other; None for none.
        foreign: place of a character that the alphabet lacks, and one that it has; None for none.
        cut: which side is cut off, and how much of the last character there, 0 to 1; None for none.
        height: rows of the line.
        greys: of paper and ink.
        faults: names, severities and seeds of what happens to the picture.
    """

    text: str
    face: int
    unusual: bool
    plain_face: int
    swapped: tuple[int, str] | None
    foreign: tuple[int, str] | None
    cut: tuple[str, float] | None
    height: int
    greys: tuple[int, int]
    faults: tuple[tuple[str, float, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A line with its faults, and the same line without each of them.

    Attributes:
        pixels: uint8 [h, w] grey.
        text: what it says.
        rule: under which it is compared.
        without: by cause, the counterpart and what that says.
    """

    pixels: ImageArray
    text: str
    rule: Rule
    without: Mapping[Cause, tuple[ImageArray, str]]


class CaseMaker:
    """Makes cases from drawn faces, texts and real lines.

    Args:
        plain: Chinese faces in plain print, all of which hold the same alphabet or nearly.
        unusual: faces that are hard to read.
        foreign: characters that the alphabet lacks, drawn by each plain face.
        corpus: what to write.
        charset: the alphabet.
        pairs: characters that look alike.
        real: real lines; their pictures get faults, too.
    """

    def __init__(
        self,
        plain: Sequence[Atlas],
        unusual: Sequence[Atlas],
        foreign: Sequence[str],
        corpus: Corpus,
        charset: Charset,
        pairs: Mapping[str, str],
        real: Sequence[Question],
    ) -> None:
        self._plain, self._unusual = tuple(plain), tuple(unusual)
        self._foreign, self._corpus, self._charset, self._pairs = tuple(foreign), corpus, charset, pairs
        self._real = tuple(real)
        rng = Random(SEED)
        self._strips: Strips = [
            draw_text(rng.choice(self._plain), text, rng, plain=True).coverage
            for text in (self._text(rng) for _ in range(120))
        ]

    @classmethod
    def load(cls, fonts: Path, texts: Path, charset: Charset, shapes: Shapes, real: Sequence[Question]) -> CaseMaker:
        """Open faces and texts; see :meth:`lucidocr_training.synthesis.Synthesiser.load`."""
        kept = fonts.with_name(f"{fonts.name}-atlas")
        faces = [face for face in load_faces(fonts) if not face.held_out and face.script == "zh"]
        plain = [face for face in faces if face.style in _PLAIN and "sc-" in face.name and "plex" not in face.name]
        foreign = _foreign_characters(plain, charset)
        chars = charset.chars + foreign
        return cls(
            [open_atlas(face, chars, kept) for face in plain],
            [open_atlas(face, charset.chars, kept) for face in faces if face.style in _UNLIKE],
            foreign,
            Corpus.load(texts, charset),
            charset,
            look_alikes(charset, shapes),
            real,
        )

    def case(self, index: int, seed: int = SEED) -> Case | None:
        """The case of that number; None where its recipe cannot be drawn."""
        rng = Random((seed << 40) + index)
        if self._real and rng.random() < 0.4:
            return self._real_case(rng)
        recipe = self._recipe(rng)
        return None if recipe is None else self._written_case(recipe)

    def _real_case(self, rng: Random) -> Case:
        question = rng.choice(self._real)
        faults = _draw_faults(rng, rng.choice((1, 1, 2, 2, 3)))
        pixels = apply_faults(question.pixels, faults, self._strips)
        without: dict[Cause, tuple[ImageArray, str]] = {
            PICTURE[name]: (apply_faults(question.pixels, _others(faults, PICTURE[name]), self._strips), question.text)
            for name, _, _ in faults
        }
        return Case(pixels, question.text, question.rule, without)

    def _text(self, rng: Random) -> str:
        while True:
            text = self._corpus.draw(rng).text[:24].strip()
            if text and all(char == " " or all(char in atlas for atlas in self._plain) for char in text):
                return text

    def _recipe(self, rng: Random) -> Recipe | None:
        count = rng.choice((1, 1, 1, 2, 2, 3))
        written = [cause for cause in rng.sample(WRITTEN, len(WRITTEN)) if rng.random() < 0.5][:count]
        text = self._text(rng)
        face = rng.randrange(len(self._unusual))
        unusual = "font" in written
        if unusual and not all(char == " " or char in self._unusual[face] for char in text):
            return None
        places = [
            place
            for place, char in enumerate(text)
            if char in self._pairs and all(self._pairs[char] in atlas for atlas in self._plain)
        ]
        swapped = foreign = None
        if "look_alike" in written and places:
            place = rng.choice(places)
            swapped = place, self._pairs[text[place]]
            if unusual and swapped[1] not in self._unusual[face]:
                return None
        if "unknown_character" in written and not unusual:
            solid = [
                place for place, char in enumerate(text) if char != " " and (swapped is None or place != swapped[0])
            ]
            if solid:
                foreign = rng.choice(solid), rng.choice(self._foreign)
        cut = (rng.choice(("left", "right", "right", "bottom", "top")), rng.uniform(0.3, 0.75))
        used = sum((unusual, swapped is not None, foreign is not None, "truncation" in written))
        faults = _draw_faults(rng, max(count - used, 0))
        if not used and not faults:
            return None
        paper = rng.choice((rng.randint(235, 255), rng.randint(170, 255)))
        return Recipe(
            text=text,
            face=face if unusual else rng.randrange(len(self._plain)),
            unusual=unusual,
            plain_face=rng.randrange(len(self._plain)),
            swapped=swapped,
            foreign=foreign,
            cut=cut if "truncation" in written else None,
            height=rng.choice((rng.randint(16, 26), rng.randint(22, 40), rng.randint(32, 56))),
            greys=(paper, rng.randint(0, max(10, paper - 130))),
            faults=faults,
        )

    def _written_case(self, recipe: Recipe) -> Case | None:
        def made(other: Recipe) -> tuple[ImageArray, str]:
            text = self._said(other)
            return self._render(other, text), text

        pixels, text = made(recipe)
        without: dict[Cause, tuple[ImageArray, str]] = {}
        if recipe.unusual:
            without["font"] = made(replace(recipe, unusual=False, face=recipe.plain_face))
        if recipe.swapped is not None:
            without["look_alike"] = made(replace(recipe, swapped=None))
        if recipe.foreign is not None:
            without["unknown_character"] = made(replace(recipe, foreign=None))
        if recipe.cut is not None:
            without["truncation"] = made(replace(recipe, cut=None))
        for name, _, _ in recipe.faults:
            without[PICTURE[name]] = made(replace(recipe, faults=_others(recipe.faults, PICTURE[name])))
        return Case(pixels, text, "zh", without)

    def _said(self, recipe: Recipe) -> str:
        """What a line says: characters that were put into it count."""
        said = list(recipe.text)
        for put in (recipe.swapped, recipe.foreign):
            if put is not None:
                said[put[0]] = put[1]
        return "".join(said)

    def _render(self, recipe: Recipe, text: str) -> ImageArray:
        atlas = (self._unusual if recipe.unusual else self._plain)[recipe.face]
        drawing = draw_text(atlas, text, Random(0), plain=True)
        scale = recipe.height / drawing.coverage.shape[0]
        coverage = cv2.resize(drawing.coverage, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        margin = max(1, round(0.12 * recipe.height))
        coverage = np.pad(np.asarray(coverage, np.float32) / 255, ((margin // 2, margin // 2), (margin, margin)))
        paper, ink = recipe.greys
        pixels = np.rint(paper + coverage * (ink - paper)).astype(np.uint8)
        if recipe.cut is not None:
            pixels = _cut_off(pixels, recipe.cut, drawing.boxes * scale, margin)
        return apply_faults(pixels, recipe.faults, self._strips)


def _cut_off(pixels: ImageArray, cut: tuple[str, float], boxes: NDArray[np.float32], margin: int) -> ImageArray:
    """A line without a part of its first or last character, or without a part of its upper or lower rows."""
    side, share = cut
    height = pixels.shape[0]
    if side == "left":
        first = boxes[0]
        return pixels[:, round(margin + first[0] + share * (first[2] - first[0])) :]
    if side == "right":
        last = boxes[-1]
        return pixels[:, : max(4, round(margin + last[2] - share * (last[2] - last[0])))]
    rows = round(0.6 * share * height)
    return pixels[rows:] if side == "top" else pixels[: height - rows]


def _draw_faults(rng: Random, count: int) -> tuple[tuple[str, float, int], ...]:
    chosen = set(rng.sample(list(FAULTS), count))
    return tuple((name, rng.random(), rng.getrandbits(32)) for name in FAULTS if name in chosen)


def _others(faults: Sequence[tuple[str, float, int]], cause: Cause) -> tuple[tuple[str, float, int], ...]:
    return tuple(fault for fault in faults if PICTURE[fault[0]] != cause)


def apply_faults(pixels: ImageArray, faults: Sequence[tuple[str, float, int]], strips: Strips) -> ImageArray:
    """A picture with faults, each with its own severity and seed."""
    for name, severity, seed in faults:
        pixels = FAULTS[name](pixels, severity, Random(seed), strips)
    return pixels


def look_alikes(charset: Charset, shapes: Shapes) -> dict[str, str]:
    """For characters that another one looks like, that other one; known pairs first, then by their shapes."""
    pairs: dict[str, str] = {}
    for one, other in _KNOWN_PAIRS:
        pairs.setdefault(one, other)
        pairs.setdefault(other, one)
    chars = [char for char in charset.chars if char in shapes and _is_common(char)]
    for char, nearest, likeness in shapes.nearest(chars):
        if likeness >= _LEAST_ALIKE and char.casefold() != nearest.casefold():
            pairs.setdefault(char, nearest)
    return pairs


def _is_common(char: str) -> bool:
    """Whether a character is an ASCII letter or digit, or a Chinese one of GB 2312 or Big5's first level."""
    if char.isascii():
        return char.isalnum()
    return is_han(char) and (_encodes(char, "gb2312") or _encodes(char, "big5"))


def _encodes(char: str, codec: str) -> bool:
    try:
        return bool(char.encode(codec))
    except UnicodeEncodeError:
        return False


def _foreign_characters(faces: Sequence[Face], charset: Charset, count: int = 1500) -> str:
    """Characters that all faces draw and the alphabet lacks: Han of the basic block, kana, Hangul, Cyrillic."""
    common = frozenset.intersection(*(covered(face) for face in faces))
    blocks = ((0x4E00, 0x9FFF), (0x3041, 0x30FA), (0x0410, 0x044F), (0x0391, 0x03C9))
    codes = [
        code for code in sorted(common) if chr(code) not in charset and any(low <= code <= high for low, high in blocks)
    ]
    return "".join(map(chr, Random(SEED).sample(codes, min(count, len(codes)))))


Judge = Callable[[Sequence[ImageArray]], Sequence[str]]
"""Reads pictures."""


def but_for(case: Case, reading: str, read: Judge) -> frozenset[Cause]:
    """The causes without which the line is read right; none where it is read right as it is.

    Args:
        case: the line and its counterparts.
        reading: what is read in it.
        read: reads the counterparts.
    """
    if normalise(reading, case.rule) == normalise(case.text, case.rule):
        return frozenset()
    causes = list(case.without)
    readings = read([case.without[cause][0] for cause in causes])
    return frozenset(
        cause
        for cause, got in zip(causes, readings, strict=True)
        if normalise(got, case.rule) == normalise(case.without[cause][1], case.rule)
    )
