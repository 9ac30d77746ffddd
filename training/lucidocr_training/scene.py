"""Letters on pictures: signs, labels, subtitles and memes, with outlines, shadows, gradients and hollow letters."""

from __future__ import annotations

from pathlib import Path
from random import Random

import cv2
import numpy as np

from lucidocr.types import FloatArray, ImageArray

_LEAST_CONTRAST = 55.0


def read_backdrops(folder: Path) -> tuple[ImageArray, ...]:
    """Grey pieces of pictures without text, as ``teach`` leaves them; none where there is no such folder."""
    read = (cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in sorted(folder.glob("*.png")))
    return tuple(np.asarray(piece, np.uint8) for piece in read if piece is not None)


def backdrop(pieces: tuple[ImageArray, ...], rng: Random, height: int, width: int) -> FloatArray:
    """A part of a picture, enlarged or shrunk to the line, its contrast sometimes lowered: float32 [h, w]."""
    piece = rng.choice(pieces)
    if rng.random() < 0.5:
        piece = piece[:, ::-1]
    rows = rng.randint(max(8, piece.shape[0] // 3), piece.shape[0])
    columns = min(piece.shape[1], max(8, round(rows * width / height)))
    y, x = rng.randint(0, piece.shape[0] - rows), rng.randint(0, piece.shape[1] - columns)
    part = cv2.resize(piece[y : y + rows, x : x + columns], (width, height), interpolation=cv2.INTER_LINEAR)
    image = np.asarray(part, np.float32)
    mean = float(image.mean())
    return (image - mean) * np.float32(rng.uniform(0.3, 1.0)) + np.float32(mean)


def _ink_over(ground: FloatArray, rng: Random) -> float:
    """A grey that can be read on a ground."""
    mean = float(ground.mean())
    darker, lighter = mean - _LEAST_CONTRAST, 255 - mean - _LEAST_CONTRAST
    if rng.random() < max(darker, 0) / (max(darker, 0) + max(lighter, 0) + 1e-6):
        return rng.uniform(0, max(darker, 0))
    return 255 - rng.uniform(0, max(lighter, 0))


def _filling(ink: float, shape: tuple[int, int], rng: Random) -> FloatArray:
    """What letters are filled with: even, or shaded from top to bottom."""
    height = shape[0]
    filling = np.full(shape, ink, np.float32)
    if rng.random() < 0.3:
        reach = rng.uniform(-60, 60)
        filling += np.linspace(-reach, reach, height, dtype=np.float32)[:, None]
    return filling


def _grown(mask: ImageArray, size: int) -> ImageArray:
    return np.asarray(cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))), np.uint8)


def _moved(mask: ImageArray, dx: int, dy: int) -> ImageArray:
    height, width = mask.shape
    return np.asarray(cv2.warpAffine(mask, np.array(((1, 0, dx), (0, 1, dy)), np.float32), (width, height)), np.uint8)


def _lay(image: FloatArray, weight: FloatArray, grey: FloatArray | float) -> FloatArray:
    return np.asarray(image + weight * (grey - image), np.float32)


def paint_scene(alpha: FloatArray, ground: FloatArray, rng: Random) -> FloatArray:
    """Letters on a ground.

    Args:
        alpha: float32 [h, w] in [0, 1], where the letters are.
        ground: float32 [h, w], grey 0 to 255.
        rng: the source of choices.

    Returns:
        float32 [h, w], grey, not yet clipped.
    """
    mask = (alpha * 255).astype(np.uint8)
    ink = _ink_over(ground, rng)
    edge = 255.0 - ink if abs(255 - 2 * ink) > 2 * _LEAST_CONTRAST else (0.0 if ink > 127 else 255.0)
    stroke = max(1, alpha.shape[0] // 28)
    image = ground
    look = rng.random()
    if look < 0.25:  # a cast shadow, hard or soft
        shadow = _moved(mask, rng.choice((-1, 1, 1)) * rng.randint(1, 2 * stroke), rng.randint(0, 2 * stroke))
        soft = cv2.GaussianBlur(shadow, (0, 0), rng.uniform(0.4, 1.5) * stroke) if rng.random() < 0.6 else shadow
        image = _lay(image, np.asarray(soft, np.float32) * np.float32(rng.uniform(0.5, 1.0) / 255), edge)
    elif look < 0.5:  # an outline or a glow
        outline = _grown(mask, 2 * rng.randint(1, 2 * stroke) + 1)
        soft = cv2.GaussianBlur(outline, (0, 0), 1.0 * stroke) if rng.random() < 0.3 else outline
        image = _lay(image, np.asarray(soft, np.float32) * np.float32(rng.uniform(0.7, 1.0) / 255), edge)
    elif look < 0.6:  # letters with depth
        depth = rng.randint(2, 4) * stroke
        dx, dy = rng.choice(((1, 1), (-1, 1), (0, 1), (1, 0)))
        side = np.maximum.reduce([_moved(mask, dx * step, dy * step) for step in range(1, depth)])
        image = _lay(image, np.asarray(side, np.float32) * np.float32(1 / 255), (ink + edge) / 2)
    elif look < 0.68:  # hollow letters
        ring = _grown(mask, 2 * stroke + 1).astype(np.float32) / 255
        inner = np.asarray(cv2.erode(mask, np.ones((2, 2), np.uint8)), np.float32) / 255
        return _lay(image, np.clip(ring - inner, 0, 1), ink)
    return _lay(image, alpha, _filling(ink, (alpha.shape[0], alpha.shape[1]), rng))
