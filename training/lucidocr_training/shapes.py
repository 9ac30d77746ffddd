"""The package's pictures of characters: what the diagnosis compares a character with."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from lucidocr.charset import Charset
from lucidocr.diagnose.shapes import SIDE, fit_square, pack
from lucidocr_training.fonts import load_faces
from lucidocr_training.glyphs import Atlas, open_atlas

FACES: Final = ("noto-sans-sc-regular", "noto-serif-sc-regular", "liberation-sans-regular", "liberation-serif-regular")
"""Faces that characters are drawn in: two Chinese ones, which hold all of them, and two Latin ones."""


def draw_shapes(fonts: Path, charset: Charset) -> bytes:
    """The content of ``shapes.npz``: every character in up to two faces, none for those that no face holds.

    Args:
        fonts: made by ``python -m lucidocr_training.gather fetch``.
        charset: whose characters are drawn.
    """
    faces = {face.name: face for face in load_faces(fonts)}
    kept = fonts.with_name(f"{fonts.name}-atlas")
    atlases = [open_atlas(faces[name], charset.chars, kept) for name in FACES]
    pictures = np.zeros((2, len(charset.chars), SIDE, SIDE), np.uint8)
    for number, char in enumerate(charset.chars):
        for row, drawn in enumerate(_drawn(atlases, char)):
            pictures[row, number] = drawn
    content = io.BytesIO()
    np.savez_compressed(content, chars=np.array(charset.chars), pictures=pack(pictures))
    return content.getvalue()


def _drawn(atlases: Sequence[Atlas], char: str) -> list[np.ndarray]:
    """A character in two faces: Latin ones for Latin letters."""
    holding = [atlas for atlas in atlases if char in atlas.glyphs and atlas.glyphs[char].pixels.size]
    chosen = holding[-2:] if char.isascii() and len(holding) > 2 else holding[:2]
    return [fit_square(np.asarray(atlas.glyphs[char].pixels)) for atlas in chosen]
