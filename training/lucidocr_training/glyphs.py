"""The glyph atlas: every character of every face, drawn once.

An atlas of one face is two arrays on disk, mapped into memory: all bitmaps one after the other, and a table that says
where each begins and how it sits on the baseline. Drawing a line is then copying rectangles.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import freetype
import numpy as np
from numpy.typing import NDArray

from lucidocr_training.fonts import Face, covered

EM = 40
"""Pixels per em at which glyphs are drawn."""

_COLUMNS = 7


class Glyph(NamedTuple):
    """One drawn character.

    Attributes:
        pixels: uint8 [h, w], coverage.
        left: pixels from the pen to the bitmap's left edge.
        top: pixels from the baseline up to its top edge.
        advance: pixels from the pen to the next pen, fractional.
    """

    pixels: NDArray[np.uint8]
    left: int
    top: int
    advance: float


@dataclass(frozen=True, slots=True, eq=False)
class Atlas:
    """The drawn characters of one face.

    Attributes:
        face: the typeface.
        bitmaps: uint8, all coverage bitmaps one after the other.
        glyphs: by character, views into ``bitmaps``.
        ascent: pixels from the baseline to the top of usual letters.
        descent: pixels from the baseline to their bottom.
        one_case: whether small letters are drawn as capitals, so that a label in small letters would lie.
    """

    face: Face
    bitmaps: NDArray[np.uint8]
    glyphs: dict[str, Glyph]
    ascent: int
    descent: int
    one_case: bool

    def __contains__(self, char: str) -> bool:
        return char in self.glyphs


Drawn: TypeAlias = tuple[NDArray[np.uint8], NDArray[np.int32]]
"""All bitmaps one after the other, and a row for each: code point, where it begins, height, width, left, top, advance
in 64ths of a pixel."""


def packed(glyphs: Mapping[str, Glyph]) -> Drawn:
    """Glyphs in the form that is kept on disk."""
    rows, pieces, offset = [], [np.zeros(0, np.uint8)], 0
    for char, glyph in glyphs.items():
        rows.append((ord(char), offset, *glyph.pixels.shape, glyph.left, glyph.top, round(64 * glyph.advance)))
        pieces.append(glyph.pixels.ravel())
        offset += glyph.pixels.size
    return np.concatenate(pieces), np.array(rows, dtype=np.int32).reshape(-1, _COLUMNS)


def _render(face: Face, chars: str) -> Drawn:
    fonts = [freetype.Face(str(path), index=face.index) for path in face.files]
    for font in fonts:
        font.set_pixel_sizes(0, EM)
    wanted = covered(face)
    glyphs = {}
    for char in chars:
        code = ord(char)
        font = next((font for font in fonts if font.get_char_index(code)), None) if code in wanted else None
        if font is None:
            continue
        font.load_char(char, freetype.FT_LOAD_RENDER | freetype.FT_LOAD_NO_HINTING | freetype.FT_LOAD_NO_BITMAP)
        slot = font.glyph
        bitmap = slot.bitmap
        drawn = np.array(bitmap.buffer, dtype=np.uint8).reshape(bitmap.rows, bitmap.pitch)[:, : bitmap.width]
        glyphs[char] = Glyph(drawn, slot.bitmap_left, slot.bitmap_top, (slot.linearHoriAdvance >> 10) / 64)
    return packed(glyphs)


def _extent(glyphs: dict[str, Glyph]) -> tuple[int, int]:
    """Ascent and descent of usual letters, pixels."""
    usual = [glyphs[char] for char in "国永HhgpÅ" if char in glyphs] or list(glyphs.values())
    ascent = max(glyph.top for glyph in usual)
    return ascent, max(glyph.pixels.shape[0] - glyph.top for glyph in usual)


def _draws_one_case(glyphs: dict[str, Glyph]) -> bool:
    pairs = [(glyphs[low].pixels, glyphs[low.upper()].pixels) for low in "aegr" if {low, low.upper()} <= glyphs.keys()]
    return bool(pairs) and all(small.shape == large.shape and (small == large).all() for small, large in pairs)


def _fingerprint(face: Face, chars: str) -> str:
    files = [(path.name, path.stat().st_size) for path in face.files]
    return hashlib.sha256(repr((files, face.index, EM, chars)).encode()).hexdigest()[:12]


def _save_whole(path: Path, array: NDArray[Any]) -> None:
    """Write an array so that nobody ever sees half of it, whoever else writes the same."""
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".partial", delete=False) as file:
        np.save(file, array)
    Path(file.name).replace(path)


def open_atlas(face: Face, chars: str, folder: Path) -> Atlas:
    """Draw a face's characters, or map what an earlier call drew.

    Args:
        face: the typeface.
        chars: characters wanted; those that the face lacks are left out.
        folder: keeps a pair of arrays for every face, alphabet and size; another alphabet or file is another pair.
    """
    return open_drawn(face, folder / f"{face.name}-{_fingerprint(face, chars)}", lambda: _render(face, chars))


def open_drawn(face: Face, stem: Path, draw: Callable[[], Drawn]) -> Atlas:
    """Map what an earlier call drew, or draw it now.

    Args:
        face: what is drawn.
        stem: beginning of the names of the two files that keep it.
        draw: draws it.
    """
    bitmap_path, table_path = stem.with_name(f"{stem.name}.bitmaps.npy"), stem.with_name(f"{stem.name}.table.npy")
    if not table_path.exists():
        stem.parent.mkdir(parents=True, exist_ok=True)
        bitmaps, table = draw()
        _save_whole(bitmap_path, bitmaps)
        _save_whole(table_path, table)
    flat = np.asarray(np.load(bitmap_path, mmap_mode="r"))
    glyphs = {
        chr(code): Glyph(flat[offset : offset + h * w].reshape(h, w), left, top, advance / 64)
        for code, offset, h, w, left, top, advance in np.load(table_path).tolist()
    }
    ascent, descent = _extent(glyphs) if glyphs else (EM, 0)
    return Atlas(face, flat, glyphs, ascent, descent, _draws_one_case(glyphs))
