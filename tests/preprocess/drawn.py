"""Lines of text that tests draw, and what may be wrong with them."""

from __future__ import annotations

import cv2
import numpy as np

from lucidocr.types import ImageArray


def line(text: str = "Invoice 4711", *, scale: float = 1.0, ink: int = 20, paper: int = 240) -> ImageArray:
    """A clean line, dark on light or the other way about."""
    width, height = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 2)[0]
    picture = np.full((round(height + 16 * scale), width + 20), paper, np.uint8)
    cv2.putText(picture, text, (10, round(height + 6 * scale)), cv2.FONT_HERSHEY_SIMPLEX, scale, ink, 2, cv2.LINE_AA)
    return picture


def sloping(picture: ImageArray, degrees: float) -> ImageArray:
    """The line with its columns slid so that it falls to the right by an angle."""
    height, width = picture.shape
    slope = np.tan(np.radians(degrees))
    border = int(abs(slope) * width / 2) + 2
    matrix = np.array(((1, 0, 0), (slope, 1, border - slope * width / 2)))
    paper = int(np.median(picture))
    size = (width, height + 2 * border)
    return np.asarray(cv2.warpAffine(picture, matrix, size, borderValue=paper), np.uint8)


def grained(picture: ImageArray, spread: float) -> ImageArray:
    grain = np.random.default_rng(1).normal(0, spread, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def ruled(picture: ImageArray, *, row: int | None = None, thick: int = 2, ink: int = 20) -> ImageArray:
    """With a level line from side to side through it."""
    spoilt = picture.copy()
    middle = len(picture) // 2 if row is None else row
    spoilt[middle : middle + thick] = ink
    return spoilt


def marked(picture: ImageArray, grey: int = 190) -> ImageArray:
    """With a large faint ring over it."""
    mark = np.full_like(picture, 255)
    cv2.circle(mark, (picture.shape[1] // 2, len(picture) // 2), len(picture), grey, 9)
    return np.minimum(picture, mark)
