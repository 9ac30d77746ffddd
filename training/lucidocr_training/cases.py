"""Lines that are misread for a known reason: what the diagnosis is learnt from.

The reason is a but-for: without it, all else the same, the line is read right. A line gets up to three faults; each of
them is taken away in turn, and the line read again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

import cv2
import numpy as np

from lucidocr.charset import Charset
from lucidocr.diagnose.shapes import Shapes
from lucidocr.metrics import Rule, is_right
from lucidocr.types import Cause, ImageArray
from lucidocr_training.alike import look_alikes
from lucidocr_training.calibrate import Question
from lucidocr_training.compose import draw_text
from lucidocr_training.corpus import Corpus
from lucidocr_training.fonts import Face, covered, load_faces
from lucidocr_training.glyphs import Atlas, open_atlas
from lucidocr_training.worsen import FAULTS, Strips, as_printed, cut_off

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

Counterpart = Callable[[], tuple[ImageArray, str]]
"""Makes a line's picture without one of its faults, and what that says."""

Faults = tuple[tuple[str, float, int], ...]
"""Names, severities and seeds of what happens to a picture."""

_PLAIN: Final = ("sans", "serif", "kai", "wenkai", "fangsong")
_UNLIKE: Final = ("handwriting", "brush", "display", "script", "rounded", "pixel", "stencil")
COUNTS: Final = (1, 2, 2, 3, 3)
"""How many faults a line gets; which of several is to blame is what is hard to tell."""

_PLACED: Final = 40
"""Faces that are tried for a text until one holds all of it."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a line is made; each fault can be taken out.

    Attributes:
        text: what it says.
        face: number of its face among the plain ones.
        unusual: number of the unusual face that takes its place; None for none.
        swapped: place of a character that looks like another, and that other; None for none.
        foreign: place of a character that the alphabet lacks, and one that it has; None for none.
        cut: which side is cut off, and how much of the last character there, 0 to 1; None for none.
        height: rows of the line.
        greys: of paper and ink.
        margins: above and below, and at the sides, as parts of the height.
        loose: whether characters stand a little apart or closer, as they happen to.
        seed: of what is not a fault: spacing, and the little that print and scan do to any line.
        faults: names, severities and seeds of what happens to the picture.
    """

    text: str
    face: int
    unusual: int | None
    swapped: tuple[int, str] | None
    foreign: tuple[int, str] | None
    cut: tuple[str, float] | None
    height: int
    greys: tuple[int, int]
    margins: tuple[float, float]
    loose: bool
    seed: int
    faults: Faults


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A line with its faults, and the same line without each of them.

    Attributes:
        pixels: uint8 [h, w] grey.
        text: what it says.
        rule: under which it is compared.
        without: by cause, its counterpart; the causes are the faults that the line has.
    """

    pixels: ImageArray
    text: str
    rule: Rule
    without: Mapping[Cause, Counterpart]


@dataclass(frozen=True, slots=True, eq=False)
class RealLine:
    """A real line for cases.

    Attributes:
        question: its picture and text.
        ends: where its first and its last character begin and end, pixels; None where it is misread as it is.
    """

    question: Question
    ends: tuple[tuple[float, float], tuple[float, float]] | None


class CaseMaker:
    """Makes cases from drawn faces, texts and real lines.

    Args:
        plain: Chinese faces in plain print.
        unusual: faces that are hard to read.
        foreign: characters that the alphabet lacks; which of them a face draws is its own.
        corpus: what to write.
        pairs: characters that look alike.
        real: real lines; their pictures get faults, too.
    """

    def __init__(
        self,
        plain: Sequence[Atlas],
        unusual: Sequence[Atlas],
        foreign: Sequence[str],
        corpus: Corpus,
        pairs: Mapping[str, str],
        real: Sequence[RealLine],
    ) -> None:
        self._plain, self._unusual = tuple(plain), tuple(unusual)
        self._foreign = [[char for char in foreign if char in atlas] for atlas in self._plain]
        self._corpus, self._pairs, self._real = corpus, pairs, tuple(real)
        rng = Random(SEED)
        self._strips: Strips = [self._strip(rng) for _ in range(120)]

    @classmethod
    def load(cls, fonts: Path, texts: Path, charset: Charset, shapes: Shapes, real: Sequence[RealLine]) -> CaseMaker:
        """Open faces and texts; see :meth:`lucidocr_training.synthesis.Synthesiser.load`."""
        kept = fonts.with_name(f"{fonts.name}-atlas")
        faces = [face for face in load_faces(fonts) if not face.held_out and face.script == "zh"]
        plain = [face for face in faces if face.style in _PLAIN]
        foreign = _foreign_characters([face for face in plain if "sc-" in face.name], charset)
        chars = charset.chars + foreign
        return cls(
            [open_atlas(face, chars, kept) for face in plain],
            [open_atlas(face, charset.chars, kept) for face in faces if face.style in _UNLIKE],
            foreign,
            Corpus.load(texts, charset),
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
        line = rng.choice(self._real)
        question = line.question
        cut = _draw_cut(rng) if line.ends is not None and rng.random() < 0.25 else None
        faults = _draw_faults(rng, rng.choice(COUNTS) - (cut is not None))

        def made(cut: tuple[str, float] | None, faults: Faults) -> tuple[ImageArray, str]:
            pixels = question.pixels if cut is None or line.ends is None else cut_off(question.pixels, cut, *line.ends)
            return apply_faults(pixels, faults, self._strips), question.text

        without: dict[Cause, Counterpart] = {
            PICTURE[name]: partial(made, cut, _others(faults, PICTURE[name])) for name, _, _ in faults
        }
        if cut is not None:
            without["truncation"] = partial(made, None, faults)
        return Case(made(cut, faults)[0], question.text, question.rule, without)

    def _strip(self, rng: Random) -> ImageArray:
        text, face = self._text(rng)
        return draw_text(self._plain[face], text, rng, plain=True).coverage

    def _text(self, rng: Random) -> tuple[str, int]:
        """A text, and a plain face that holds all of it."""
        while True:
            text = self._corpus.draw(rng).text[:24].strip()
            for _ in range(_PLACED if text else 0):
                face = rng.randrange(len(self._plain))
                if _holds(self._plain[face], text):
                    return text, face

    def _recipe(self, rng: Random) -> Recipe | None:
        count = rng.choice(COUNTS)
        written = [cause for cause in rng.sample(WRITTEN, len(WRITTEN)) if rng.random() < 0.35][:count]
        text, face = self._text(rng)
        unusual = rng.randrange(len(self._unusual)) if "font" in written else None
        atlases = [self._plain[face]] + ([] if unusual is None else [self._unusual[unusual]])
        if not all(_holds(atlas, text) for atlas in atlases):
            return None
        places = [
            place
            for place, char in enumerate(text)
            if char in self._pairs and all(self._pairs[char] in atlas for atlas in atlases)
        ]
        swapped = foreign = None
        if "look_alike" in written and places:
            place = rng.choice(places)
            swapped = place, self._pairs[text[place]]
        if "unknown_character" in written and unusual is None and self._foreign[face]:
            solid = [
                place for place, char in enumerate(text) if char != " " and (swapped is None or place != swapped[0])
            ]
            if solid:
                foreign = rng.choice(solid), rng.choice(self._foreign[face])
        cut = _draw_cut(rng) if "truncation" in written else None
        used = sum(part is not None for part in (unusual, swapped, foreign, cut))
        faults = _draw_faults(rng, max(count - used, 0))
        if not used and not faults:
            return None
        paper = rng.choice((rng.randint(235, 255), rng.randint(170, 255)))
        return Recipe(
            text=text,
            face=face,
            unusual=unusual,
            swapped=swapped,
            foreign=foreign,
            cut=cut,
            height=rng.choice((rng.randint(16, 26), rng.randint(22, 40), rng.randint(32, 56))),
            greys=(paper, rng.randint(0, max(10, paper - 130))),
            margins=(rng.uniform(0, 0.15), rng.uniform(0.03, 0.3)),
            loose=rng.random() < 0.4,
            seed=rng.getrandbits(32),
            faults=faults,
        )

    def _written_case(self, recipe: Recipe) -> Case:
        def made(other: Recipe) -> tuple[ImageArray, str]:
            text = _said(other)
            return self._render(other, text), text

        without: dict[Cause, Counterpart] = {}
        if recipe.unusual is not None:
            without["font"] = partial(made, replace(recipe, unusual=None))
        if recipe.swapped is not None:
            without["look_alike"] = partial(made, replace(recipe, swapped=None))
        if recipe.foreign is not None:
            without["unknown_character"] = partial(made, replace(recipe, foreign=None))
        if recipe.cut is not None:
            without["truncation"] = partial(made, replace(recipe, cut=None))
        for name, _, _ in recipe.faults:
            without[PICTURE[name]] = partial(made, replace(recipe, faults=_others(recipe.faults, PICTURE[name])))
        return Case(*made(recipe), "zh", without)

    def _render(self, recipe: Recipe, text: str) -> ImageArray:
        atlas = self._plain[recipe.face] if recipe.unusual is None else self._unusual[recipe.unusual]
        drawing = draw_text(atlas, text, Random(recipe.seed), plain=not recipe.loose)
        scale = recipe.height / drawing.coverage.shape[0]
        coverage = cv2.resize(drawing.coverage, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        above, beside = (round(margin * recipe.height) for margin in recipe.margins)
        coverage = np.pad(np.asarray(coverage, np.float32) / 255, ((above, above), (beside, beside)))
        paper, ink = recipe.greys
        pixels = np.rint(paper + coverage * (ink - paper)).astype(np.uint8)
        if recipe.cut is not None:
            first, last = ((beside + left, beside + right) for left, _, right, _ in (drawing.boxes * scale)[[0, -1]])
            pixels = cut_off(pixels, recipe.cut, first, last)
        return apply_faults(as_printed(pixels, Random(recipe.seed)), recipe.faults, self._strips)


def _holds(atlas: Atlas, text: str) -> bool:
    return all(char == " " or char in atlas for char in text)


def _said(recipe: Recipe) -> str:
    """What a line says: characters that were put into it count."""
    said = list(recipe.text)
    for put in (recipe.swapped, recipe.foreign):
        if put is not None:
            said[put[0]] = put[1]
    return "".join(said)


def _draw_cut(rng: Random) -> tuple[str, float]:
    return rng.choice(("left", "right", "right", "bottom", "top")), rng.uniform(0.3, 0.75)


def _draw_faults(rng: Random, count: int) -> Faults:
    chosen = set(rng.sample(list(FAULTS), count))
    return tuple((name, rng.random(), rng.getrandbits(32)) for name in FAULTS if name in chosen)


def _others(faults: Faults, cause: Cause) -> Faults:
    return tuple(fault for fault in faults if PICTURE[fault[0]] != cause)


def apply_faults(pixels: ImageArray, faults: Faults, strips: Strips) -> ImageArray:
    """A picture with faults, each with its own severity and seed."""
    for name, severity, seed in faults:
        pixels = FAULTS[name](pixels, severity, Random(seed), strips)
    return pixels


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
    if is_right(reading, case.text, case.rule):
        return frozenset()
    counterparts = [make() for make in case.without.values()]
    readings = read([pixels for pixels, _ in counterparts])
    return frozenset(
        cause
        for cause, (_, text), got in zip(case.without, counterparts, readings, strict=True)
        if is_right(got, text, case.rule)
    )
