"""From characters in their places to lines of text; and whether they can be believed."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lucidocr.types import Line, Span

_MOST_BAD: Final = 0.02
"""Part of the characters that may be unmapped, private, control or unassigned ones before the whole is garbage."""

_MOST_INVISIBLE: Final = 0.5
"""Part of the characters that may be invisible: beyond it the text is what another program read in the picture."""

_MOST_LATIN_1: Final = 0.3
"""Part of the characters that may come from Latin-1's upper half, where Chinese bytes taken for Western ones are."""

_LEAST_LENGTH: Final = 1.5
"""Mean characters of a line below which a page is taken for columns that run downwards."""

_FEW: Final = 8
"""Characters of a page too few for the mean length of its lines to say anything."""

_WIDEST_GAP: Final = 1.2
"""Gap within a line, in ems; what stands further off is a line of its own, such as the next cell of a table."""

_DEEPEST_OVERLAP: Final = 0.6
"""How far a character may reach back over the one before it, in ems."""

_LARGEST_STEP: Final = 0.45
"""How far the baseline may move from one character to the next, in ems: an index's does, the next line's lies lower."""

_COLUMN_STEP: Final = (0.8, 1.25)
"""From one character of a column down to the next, in ems."""

_COLUMN_SHIFT: Final = 0.25
"""How far characters of a column may lie apart sideways, in ems."""

_LARGEST_TURN: Final = math.radians(5.0)

_NARROW_GAP: Final = 0.6
"""Gap between Chinese characters, in ems, up to which it is spacing and no space."""

_COMPATIBLE: Final = ((0x2E80, 0x2FDF), (0xF900, 0xFAFF), (0xFB00, 0xFB06))
"""Radicals, compatibility ideographs and ligatures, which fonts are often mapped to; NFKC gives what is meant."""

_WIDE: Final = ((0x2E80, 0x9FFF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF), (0x20000, 0x3FFFF))
"""Characters that are written without spaces between them: Chinese ones and their punctuation."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character drawn on a page; all lengths in pixels of the page's picture.

    Attributes:
        text: what it stands for; a ligature is several characters.
        corners: float64 [4, 2], the corners of its ink.
        origin: float64 [2], where it stands on its baseline.
        angle: direction of its baseline, radians, 0 to the right and positive downwards.
        em: its font's size.
        sound: whether the file says what it stands for.
        visible: whether it is drawn at all.
        spaced: whether white space stands before it.
    """

    text: str
    corners: NDArray[np.float64]
    origin: NDArray[np.float64]
    angle: float
    em: float
    sound: bool = True
    visible: bool = True
    spaced: bool = False


@dataclass(slots=True)
class _Run:
    """Glyphs of one line, in their order.

    Attributes:
        glyphs: the glyphs.
        vertical: whether they stand upright, one below the other.
    """

    glyphs: list[Glyph]
    vertical: bool = False


def meaning(char: str) -> str:
    """What a character stands for: itself, but for forms that only exist for the sake of old character sets."""
    return unicodedata.normalize("NFKC", char) if _within(char, _COMPATIBLE) else char


def lines_of(glyphs: Sequence[Glyph], width: int, height: int) -> tuple[Line, ...]:
    """Lines and columns of text, or none where it as a whole cannot be believed or is not what is seen.

    Args:
        glyphs: the characters in the order of the file.
        width: of the page, pixels; characters outside of it do not count.
        height: of the page, pixels.

    Returns:
        One line for each run of characters on one baseline without a wide gap, of confidence one.
    """
    shown = [glyph for glyph in glyphs if glyph.text and _is_inside(glyph, width, height)]
    visible = [glyph for glyph in shown if glyph.visible]
    if not visible or len(shown) - len(visible) > _MOST_INVISIBLE * len(shown) or is_garbage(visible):
        return ()
    runs = _runs(visible)
    if len(visible) > _FEW and len(visible) < _LEAST_LENGTH * len(runs):
        return ()
    return tuple(_line(run) for run in runs)


def is_garbage(glyphs: Sequence[Glyph]) -> bool:
    """Whether characters are not what their pictures show, as far as they themselves tell."""
    bad = sum(not glyph.sound or any(_is_unreal(char) for char in glyph.text) for glyph in glyphs)
    latin = sum("\x80" <= glyph.text[0] <= "\xff" for glyph in glyphs)
    return bad > _MOST_BAD * len(glyphs) or latin > max(_MOST_LATIN_1 * len(glyphs), 2)


def _is_unreal(char: str) -> bool:
    return char == "\ufffd" or unicodedata.category(char) in {"Cc", "Cn", "Co", "Cs"}


def _within(char: str, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(low <= ord(char) <= high for low, high in ranges)


def _is_inside(glyph: Glyph, width: int, height: int) -> bool:
    x, y = glyph.corners.mean(axis=0)
    return bool(0 <= x <= width and 0 <= y <= height)


def _runs(glyphs: Sequence[Glyph]) -> list[_Run]:
    runs: list[_Run] = []
    for glyph in glyphs:
        last = runs[-1] if runs else None
        if last is not None and not last.vertical and _is_beside(last.glyphs[-1], glyph):
            last.glyphs.append(glyph)
        elif last is not None and (last.vertical or len(last.glyphs) == 1) and _is_below(last.glyphs[-1], glyph):
            last.glyphs.append(glyph)
            last.vertical = True
        else:
            runs.append(_Run([glyph]))
    return runs


def _is_beside(last: Glyph, new: Glyph) -> bool:
    """Whether a glyph goes on with the line that the one before it ends."""
    if abs(math.remainder(new.angle - last.angle, math.tau)) > _LARGEST_TURN:
        return False
    em = max(last.em, new.em, 1.0)
    _, step = _axes(last.angle) @ (new.origin - last.origin)
    gap = _bounds(new, last.angle)[0] - _bounds(last, last.angle)[1]
    return bool(abs(step) <= _LARGEST_STEP * em and -_DEEPEST_OVERLAP * em <= gap <= _WIDEST_GAP * em)


def _is_below(last: Glyph, new: Glyph) -> bool:
    """Whether a glyph goes on with the column that the one before it ends; only Chinese is written so."""
    em = max(last.em, new.em, 1.0)
    along, across = _axes(last.angle) @ (new.origin - last.origin) / em
    low, high = _COLUMN_STEP
    wide = _within(last.text[-1], _WIDE) and _within(new.text[0], _WIDE)
    return bool(wide and abs(along) <= _COLUMN_SHIFT and low <= across <= high)


def _axes(angle: float) -> NDArray[np.float64]:
    """Unit vectors along a baseline and across it, downwards; rows of float64 [2, 2]."""
    cos, sin = math.cos(angle), math.sin(angle)
    return np.array([(cos, sin), (-sin, cos)])


def _bounds(glyph: Glyph, angle: float) -> tuple[float, float, float, float]:
    """First and last place of a glyph's ink along a baseline, and the same across it."""
    along, across = _axes(angle) @ glyph.corners.T
    return float(along.min()), float(along.max()), float(across.min()), float(across.max())


def _line(run: _Run) -> Line:
    angle = run.glyphs[0].angle
    bounds = [_bounds(glyph, angle) for glyph in run.glyphs]
    if run.vertical:  # it runs across the baselines of its characters
        bounds = [(top, bottom, left, right) for left, right, top, bottom in bounds]
    low, high = min(one[2] for one in bounds), max(one[3] for one in bounds)
    start, end = min(one[0] for one in bounds), max(one[1] for one in bounds)

    def quad(first: float, last: float) -> tuple[tuple[float, float], ...]:
        corners = [(first, low), (last, low), (last, high), (first, high)]
        if run.vertical:
            corners = [(low, first), (high, first), (high, last), (low, last)]
        return tuple((float(x), float(y)) for x, y in np.array(corners) @ _axes(angle))

    characters = _characters(run, bounds)
    return Line(
        text="".join(char for char, _, _ in characters),
        confidence=1.0,
        box=quad(start, end),
        spans=tuple(
            Span(char, number, number + 1, first - start, last - start, 1.0)
            for number, (char, first, last) in enumerate(characters)
        ),
        quads=tuple(quad(first, last) for _, first, last in characters),
        vertical=run.vertical,
    )


def _characters(run: _Run, bounds: Sequence[tuple[float, float, float, float]]) -> list[tuple[str, float, float]]:
    """Characters of a line with their first and last place along it; spaces fill the gaps that they stand for."""
    found = _parts(run.glyphs[0], bounds[0])
    for (last, before), (new, after) in pairwise(zip(run.glyphs, bounds, strict=True)):
        if not run.vertical and _is_space(last, new, after[0] - before[1]):
            found.append((" ", min(before[1], after[0]), max(before[1], after[0])))
        found += _parts(new, after)
    return found


def _is_space(last: Glyph, new: Glyph, gap: float) -> bool:
    """Whether the white space between two glyphs of a line is a space of the text."""
    between_wide = _within(last.text[-1], _WIDE) and _within(new.text[0], _WIDE)
    return new.spaced and not (between_wide and gap <= _NARROW_GAP * max(last.em, new.em))


def _parts(glyph: Glyph, bounds: tuple[float, float, float, float]) -> list[tuple[str, float, float]]:
    """The characters that a glyph stands for share its width."""
    edges = np.linspace(bounds[0], bounds[1], len(glyph.text) + 1)
    return [(char, float(edges[number]), float(edges[number + 1])) for number, char in enumerate(glyph.text)]
