"""Normalised lines drawn by hand: blocks of ink whose pieces and places are known."""

from __future__ import annotations

import numpy as np

from lucidocr.types import ImageArray

PAPER, INK = 230, 20


def blank_line(width: int, *, paper: int = PAPER) -> ImageArray:
    return np.full((32, width), paper, dtype=np.uint8)


def two_part_line(characters: int, *, pitch: int = 32, paper: int = PAPER, ink: int = INK) -> ImageArray:
    """Characters of two horizontal strokes each, one above the other, 16 pixels wide, ``pitch`` apart."""
    line = blank_line(pitch * characters, paper=paper)
    for number in range(characters):
        left = pitch * number + 7
        line[6:11, left : left + 16] = ink
        line[20:25, left : left + 16] = ink
    return line


def spans_of(characters: int, *, pitch: int = 32) -> list[tuple[float, float]]:
    return [(pitch * number + 6.0, pitch * number + 24.0) for number in range(characters)]
