"""Handwriting drawn stroke by stroke: made-up hands, each a face of its own.

The middle lines of the strokes of some 9,500 characters come from npm's ``hanzi-writer-data`` (Make Me a Hanzi, Arphic
Public License). A hand moves, turns and bends every stroke a little, slants and squeezes the character, writes with a
pen of its own and joins strokes when it is in a hurry. Letters, digits and punctuation are borrowed from a face.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from lucidocr_training.fonts import Face
from lucidocr_training.glyphs import EM, Atlas, Drawn, Glyph, open_drawn, packed

COUNT = 12
"""How many hands there are."""

STROKES = "strokes.json"
"""Name of the file of stroke medians in the folder of faces."""

Polyline: TypeAlias = NDArray[np.float32]
Medians: TypeAlias = Mapping[str, Sequence[Sequence[Sequence[int]]]]

_UNITS = 1024
_BELOW = 124
"""Units below the baseline."""

_MIDDLE = np.array((512, 388), np.float32)
_FINE = 3
_STEPS = 11


@dataclass(frozen=True, slots=True)
class Hand:
    """How somebody writes.

    Attributes:
        number: of the hand; the seed of its choices.
        pen: width of a stroke, part of the em.
        pressure: how much the width swells and tapers along a stroke.
        shift: spread of a stroke's displacement, part of the em.
        turn: spread of a stroke's rotation, radians.
        wobble: spread of bends within a stroke, part of the em.
        slant: to the right per unit of height.
        squeeze: width over height of the characters.
        join: probability that a stroke is joined to the next.
    """

    number: int
    pen: float
    pressure: float
    shift: float
    turn: float
    wobble: float
    slant: float
    squeeze: float
    join: float

    @classmethod
    def of(cls, number: int) -> Hand:
        """The hand of that number: the same one always."""
        rng = Random(7_919 * (number + 1))
        haste = rng.random()
        return cls(
            number=number,
            pen=rng.choice((rng.uniform(0.03, 0.06), rng.uniform(0.05, 0.11))),
            pressure=rng.uniform(0, 0.6),
            shift=0.01 + 0.03 * haste,
            turn=0.03 + 0.1 * haste,
            wobble=0.005 + 0.02 * haste,
            slant=rng.uniform(-0.12, 0.25),
            squeeze=rng.uniform(0.75, 1.05),
            join=max(0.0, haste - 0.4) * rng.random(),
        )

    def write(self, strokes: Sequence[Sequence[Sequence[int]]]) -> Glyph:
        """One character.

        Args:
            strokes: middle lines in the order of writing, points in a square of 1,024 units, y upwards.
        """
        key = hashlib.sha256(json.dumps((self.number, strokes)).encode()).digest()
        generator = np.random.default_rng(int.from_bytes(key[:8], "little"))
        lines = [self._varied(np.array(stroke, np.float32), generator) for stroke in strokes]
        scale = _FINE * EM / _UNITS
        margin = _FINE * EM // 4
        size = _FINE * EM + 2 * margin
        canvas = np.zeros((size, size), np.uint8)
        origin = np.array((margin, size - margin - _FINE * EM * _BELOW // _UNITS), np.float32)
        placed = [origin + line * np.array((scale, -scale), np.float32) for line in lines]
        for number, line in enumerate(placed):
            self._draw(canvas, line)
            if number + 1 < len(placed) and generator.random() < self.join:
                hop = np.stack([line[-1], placed[number + 1][0]])
                cv2.polylines(canvas, [_fixed(hop)], False, 200, max(1, round(0.4 * self._width)), cv2.LINE_AA, 4)
        small = cv2.resize(canvas, None, fx=1 / _FINE, fy=1 / _FINE, interpolation=cv2.INTER_AREA)
        return _trimmed(np.asarray(small, np.uint8), origin / _FINE, EM * max(self.squeeze, 0.85))

    @property
    def _width(self) -> float:
        return self.pen * EM * _FINE

    def _varied(self, points: Polyline, generator: np.random.Generator) -> Polyline:
        """A stroke resampled, bent, turned and moved, in a slanted and squeezed square."""
        steps = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
        at = np.linspace(0, steps[-1], _STEPS)
        line = np.stack([np.interp(at, steps, points[:, axis]) for axis in (0, 1)], axis=1)
        bend = np.sin(np.pi * np.linspace(0, 1, _STEPS))[:, None] * generator.normal(0, self.wobble * _UNITS, 2)
        angle = generator.normal(0, self.turn)
        rotation = np.array(((np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))))
        middle = line.mean(0)
        stretch = 1 + generator.normal(0, 0.05)
        moved = (line - middle) @ rotation * stretch + middle + bend + generator.normal(0, self.shift * _UNITS, 2)
        moved[:, 0] += self.slant * (moved[:, 1] - _MIDDLE[1])
        moved[:, 0] = (moved[:, 0] - _MIDDLE[0]) * self.squeeze + _MIDDLE[0] * max(self.squeeze, 0.85)
        return np.asarray(moved, np.float32)

    def _draw(self, canvas: NDArray[np.uint8], line: Polyline) -> None:
        along = np.linspace(0, 1, len(line))
        widths = self._width * (1 - self.pressure * along**2 + 0.3 * self.pressure * np.exp(-8 * along))
        if self.pressure < 0.1:
            cv2.polylines(canvas, [_fixed(line)], False, 255, max(1, round(self._width)), cv2.LINE_AA, 4)
            return
        fixed = _fixed(line)
        for start, stop, width in zip(fixed, fixed[1:], widths, strict=False):
            cv2.line(canvas, start.tolist(), stop.tolist(), 255, max(1, round(width)), cv2.LINE_AA, 4)


def _fixed(line: NDArray[np.floating]) -> NDArray[np.int32]:
    """Points in OpenCV's sixteenths of a pixel."""
    return np.asarray(np.round(line * 16), np.int32)


def _trimmed(canvas: NDArray[np.uint8], origin: NDArray[np.floating], advance: float) -> Glyph:
    """A glyph of what is inked; ``origin`` is where the pen stands on the baseline."""
    rows, columns = np.flatnonzero(canvas.any(1)), np.flatnonzero(canvas.any(0))
    if not len(rows):
        return Glyph(np.zeros((0, 0), np.uint8), 0, 0, advance)
    top, left = int(rows[0]), int(columns[0])
    pixels = np.ascontiguousarray(canvas[top : rows[-1] + 1, left : columns[-1] + 1])
    return Glyph(pixels, left - round(float(origin[0])), round(float(origin[1])) - top, advance)


def read_medians(folder: Path) -> Medians:
    """The strokes of a folder of faces; none when it holds none."""
    path = folder / STROKES
    medians: Medians = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return medians


def open_hands(medians: Medians, chars: str, borrowed: Sequence[Atlas], folder: Path) -> list[Atlas]:
    """All hands, drawn or mapped from what an earlier call drew.

    Args:
        medians: strokes by character.
        chars: the alphabet.
        borrowed: faces that lend what has no strokes, in turn; at least one.
        folder: keeps the drawn characters.
    """
    key = hashlib.sha256(json.dumps((chars, [atlas.face.name for atlas in borrowed], COUNT)).encode()).hexdigest()[:12]
    wanted = [char for char in chars if char in medians]

    def draw(hand: Hand, lender: Atlas) -> Drawn:
        glyphs = {char: hand.write(medians[char]) for char in wanted}
        return packed(glyphs | {char: lender.glyphs[char] for char in chars if _is_lent(char, medians, lender)})

    hands = []
    for number in range(COUNT):
        face = Face(f"hand-{number:02}", "zh", "handwriting", weight=0.8, held_out=False, files=(), index=0)
        lender = borrowed[number % len(borrowed)]
        hands.append(open_drawn(face, folder / f"{face.name}-{key}", partial(draw, Hand.of(number), lender)))
    return hands


def _is_lent(char: str, medians: Medians, lender: Atlas) -> bool:
    return char not in medians and char in lender.glyphs and not "\u3400" <= char <= "\u9fff"
