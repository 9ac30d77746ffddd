"""What characters look like in plain print, so that a reading can be compared with its picture."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib import resources
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lucidocr.types import FloatArray, ImageArray

SIDE: Final = 16
"""Rows and columns of a shape."""

_SOFT: Final = (0.5, 0.25)
"""Weights of a pixel and of each of its two neighbours; a shape's margin is empty."""

SHAPES: Final = "shapes.npz"
"""The package's file of shapes, made by ``python -m lucidocr_training shapes``."""


class Shapes:
    """Pictures of characters in a sans and a serif face.

    Args:
        chars: the characters.
        pictures: float32 [F, N, 256], of mean 0 and length 1; zeros where a face lacks the character.
    """

    def __init__(self, chars: str, pictures: FloatArray) -> None:
        self._rows = {char: number for number, char in enumerate(chars)}
        self._pictures = pictures

    def __contains__(self, char: str) -> bool:
        return char in self._rows and bool(self._pictures[:, self._rows[char]].any())

    def likeness(self, char: str, picture: FloatArray) -> float:
        """Correlation of a picture with the nearest face's shape of a character, -1 to 1; 0 where none is known.

        Args:
            char: the character.
            picture: float32 [256], see :func:`as_vector`.
        """
        row = self._rows.get(char)
        return 0.0 if row is None else float((self._pictures[:, row] @ picture).max())

    def alike(self, one: str, other: str) -> float:
        """Correlation of two characters' shapes in the face in which they look most alike, -1 to 1."""
        first, second = self._rows.get(one), self._rows.get(other)
        if first is None or second is None:
            return 0.0
        return float((self._pictures[:, first] * self._pictures[:, second]).sum(axis=1).max())

    def nearest(self, chars: Sequence[str]) -> Iterator[tuple[str, str, float]]:
        """Each of several characters, the one of them that looks most like it in any face, and how much.

        Args:
            chars: known ones, at least two.
        """
        rows = [self._rows[char] for char in chars]
        pictures = self._pictures[:, rows]
        for start in range(0, len(rows), 512):
            alike = np.max(pictures[:, start : start + 512] @ pictures.transpose(0, 2, 1), axis=0)
            alike[np.arange(len(alike)), np.arange(start, start + len(alike))] = -1.0
            for offset, best in enumerate(alike.argmax(axis=1).tolist()):
                yield chars[start + offset], chars[best], float(alike[offset, best])

    def picture(self, char: str) -> FloatArray | None:
        """float32 [16, 16], a character in the first face, 0 to 1, to be shown beside a cut; None where unknown."""
        row = self._rows.get(char)
        if row is None:
            return None
        shape = self._pictures[0, row].reshape(SIDE, SIDE)
        span = float(np.ptp(shape))
        return np.asarray((shape - shape.min()) / span, dtype=np.float32) if span else None


def fit_square(coverage: ImageArray) -> NDArray[np.uint8]:
    """Scale a drawn character into a square, its aspect kept and its ink in the middle.

    Args:
        coverage: uint8 [h, w], 255 where ink is; cut to its ink here.

    Returns:
        uint8 [16, 16].
    """
    ink = coverage > 48
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    square = np.zeros((SIDE, SIDE), np.uint8)
    if not len(rows):
        return square
    cut = coverage[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = (SIDE - 2) / max(cut.shape)
    size = max(1, round(cut.shape[1] * scale)), max(1, round(cut.shape[0] * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(cut, size, interpolation=method), np.uint8)
    top, left = (SIDE - size[1]) // 2, (SIDE - size[0]) // 2
    square[top : top + size[1], left : left + size[0]] = small
    return square


def as_vector(squares: NDArray[np.uint8]) -> FloatArray:
    """float32 [..., 256] of mean 0 and length 1 from uint8 [..., 16, 16]; zeros for an even one.

    A slight blur forgives a pixel's shift.
    """
    soft = squares.astype(np.float32)
    for axis in (-2, -1):
        soft = _SOFT[0] * soft + _SOFT[1] * (np.roll(soft, 1, axis) + np.roll(soft, -1, axis))
    flat = soft.reshape(*soft.shape[:-2], -1)
    centred = flat - flat.mean(axis=-1, keepdims=True)
    length = np.linalg.norm(centred, axis=-1, keepdims=True)
    return np.asarray(np.where(length > 1e-3, centred / np.maximum(length, 1e-3), 0), dtype=np.float32)


def pack(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Two grey levels of sixteen in a byte: uint8 [..., 16, 16] to uint8 [..., 128]."""
    levels = (pictures.astype(np.uint16) * 15 + 127) // 255
    flat = levels.astype(np.uint8).reshape(*pictures.shape[:-2], -1, 2)
    return np.asarray(flat[..., 0] << 4 | flat[..., 1], dtype=np.uint8)


def unpack(packed: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The inverse of :func:`pack`, to sixteen levels."""
    both = np.stack([packed >> 4, packed & 15], axis=-1)
    return np.asarray(both.reshape(*packed.shape[:-1], SIDE, SIDE) * 17, dtype=np.uint8)


@lru_cache(maxsize=1)
def load_shapes() -> Shapes:
    """Read the package's shapes; they are kept, ten megabytes in memory."""
    content = resources.files("lucidocr").joinpath("weights", SHAPES).read_bytes()
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        chars, packed = str(arrays["chars"]), arrays["pictures"]
    return Shapes(chars, as_vector(unpack(packed)))
