"""Geometry of a synthetic line: glyphs on a baseline, one warp to their place, and the box of every character."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, radians, sin
from random import Random

import cv2
import numpy as np

from lucidocr.types import FloatArray, ImageArray
from lucidocr_training.glyphs import EM, Atlas

MAX_COLUMNS = 1280
"""Widest line made, in columns at 32 pixels of height."""

_PAD = 3
_NOTHING = np.zeros((0, 0), np.uint8)

# A pixel of index i has its centre at i + 0.5; warps work on indices, boxes on continuous coordinates.
_FROM_INDEX = np.array(((1, 0, 0.5), (0, 1, 0.5), (0, 0, 1)))
_TO_INDEX = np.array(((1, 0, -0.5), (0, 1, -0.5), (0, 0, 1)))


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """Text as coverage, before any colour.

    Attributes:
        coverage: uint8 [h, w], 255 where ink is.
        boxes: float32 [K, 4], left, top, right, bottom of each character's ink, pixels; of a space, its gap.
        ascent: row of the face's usual top edge, as drawn and before any warp.
        descent: row of its usual bottom edge, likewise.
    """

    coverage: ImageArray
    boxes: FloatArray
    ascent: float
    descent: float

    def ink(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom edge of all characters together."""
        left, top = self.boxes[:, :2].min(0).tolist()
        right, bottom = self.boxes[:, 2:].max(0).tolist()
        return left, top, right, bottom


def _tracking(rng: Random) -> float:
    shape = rng.random()
    if shape < 0.65:
        return 0.0
    return EM * (rng.uniform(-0.04, 0.08) if shape < 0.93 else rng.uniform(0.08, 0.6))


def _offsets(rng: Random, count: int, handwritten: bool) -> list[float]:
    """How far each glyph sits below the baseline, pixels."""
    if rng.random() < 0.05:
        depth, turns, phase = EM * rng.uniform(0.05, 0.3), rng.uniform(0.2, 1.0), rng.random() * 2 * pi
        return [depth * sin(phase + turns * 2 * pi * place / max(count, 4)) for place in range(count)]
    if handwritten or rng.random() < 0.06:
        spread = EM * rng.uniform(0.005, 0.05)
        return [rng.gauss(0, spread) for _ in range(count)]
    return [0.0] * count


def draw_text(atlas: Atlas, text: str, rng: Random, *, plain: bool = False) -> Drawing:
    """Set a text in one face at 40 pixels an em.

    Args:
        atlas: the face's drawn characters; it must hold all of ``text`` but spaces.
        text: what to write.
        rng: source of spacing and baseline variation.
        plain: set it without any variation.
    """
    handwritten = atlas.face.style in ("handwriting", "brush", "script")
    tracking = 0.0 if plain else _tracking(rng)
    gap = EM * (0.28 if plain else rng.uniform(0.2, 0.42))
    offsets = [0.0] * len(text) if plain else _offsets(rng, len(text), handwritten)
    pen = 0.0
    bitmaps: list[ImageArray] = []
    places: list[tuple[int, int, int, int]] = []
    for char, offset in zip(text, offsets, strict=True):
        if char == " ":
            bitmaps.append(_NOTHING)
            places.append((round(pen), round(-0.5 * EM), round(gap + max(tracking, 0)), round(0.5 * EM)))
            pen += gap + tracking
            continue
        glyph = atlas.glyphs[char]
        height, width = glyph.pixels.shape
        bitmaps.append(glyph.pixels)
        places.append((round(pen) + glyph.left, round(offset) - glyph.top, width, height))
        pen += glyph.advance + tracking
    left, top = min(x for x, _, _, _ in places) - _PAD, min(y for _, y, _, _ in places) - _PAD
    right = max(x + width for x, _, width, _ in places) + _PAD
    bottom = max(y + height for _, y, _, height in places) + _PAD
    coverage = np.zeros((bottom - top, right - left), np.uint8)
    for pixels, (x, y, width, height) in zip(bitmaps, places, strict=True):
        if pixels.size:
            target = coverage[y - top : y - top + height, x - left : x - left + width]
            np.maximum(target, pixels, out=target)
    boxes = np.array([(x - left, y - top, x - left + w, y - top + h) for x, y, w, h in places], np.float32)
    return Drawing(coverage, boxes, -atlas.ascent - top, atlas.descent - top)


def vary_strokes(drawing: Drawing, rng: Random) -> Drawing:
    """Sometimes thicken or thin the strokes; boxes follow."""
    shape = rng.random()
    if shape < 0.12:
        size = rng.choice((2, 2, 3))
        grown = cv2.dilate(drawing.coverage, np.ones((size, size), np.uint8))
        boxes = drawing.boxes + np.array((-((size - 1) // 2), -((size - 1) // 2), size // 2, size // 2), np.float32)
        return Drawing(np.asarray(grown, np.uint8), boxes, drawing.ascent, drawing.descent)
    if shape < 0.2:
        thin = cv2.erode(drawing.coverage, np.ones((2, 2), np.uint8))
        blended = cv2.addWeighted(drawing.coverage, 0.4, thin, 0.6, 0)
        return Drawing(np.asarray(blended, np.uint8), drawing.boxes, drawing.ascent, drawing.descent)
    return drawing


def _vertical_crop(drawing: Drawing, rng: Random) -> tuple[float, float]:
    """Rows of the drawing that become the line's top and bottom edge."""
    _, ink_top, _, ink_bottom = drawing.ink()
    if rng.random() < 0.55:
        top, bottom = min(drawing.ascent, ink_top), max(drawing.descent, ink_bottom)
    else:
        top, bottom = ink_top, ink_bottom
    height = max(bottom - top, 0.45 * EM)
    loose = rng.choice((0.04, 0.12, 0.12, 0.12, 0.3, 0.3, 0.8))
    middle = (top + bottom) / 2
    return (
        middle - height * (0.5 + rng.uniform(-0.03, loose)),
        middle + height * (0.5 + rng.uniform(-0.03, loose)),
    )


def native_height(rng: Random) -> int:
    """Pixels from top to bottom that the line has before it is scaled to 32: forms are tiny, signs are large."""
    return round(rng.choice((rng.uniform(12, 20), rng.uniform(16, 28), rng.uniform(24, 40), rng.uniform(36, 64))))


def _margin(rng: Random) -> float:
    """Empty space at one end of a line, ems."""
    return rng.choice((rng.uniform(-0.02, 0.1), rng.uniform(0, 0.3), rng.uniform(0, 0.8)))


def _matrix(
    middle: tuple[float, float], length: float, scale: tuple[float, float], height: int, rng: Random
) -> tuple[FloatArray, int]:
    """Where a drawing's points go.

    Args:
        middle: the drawing's point that comes to lie in the middle of the line.
        length: of the drawing's ink from left to right, before scaling.
        scale: horizontal and vertical.
        height: of the line.
        rng: source of margins, shear and angle.

    Returns:
        Homography from drawing to line, in continuous coordinates, and the line's width.
    """
    scale_x, scale_y = scale
    left_margin, right_margin = scale_y * EM * _margin(rng), scale_y * EM * _margin(rng)
    length *= scale_x
    shear = rng.choice((0.0, 0.0, 0.0, rng.uniform(-0.15, 0.25), rng.uniform(-0.35, 0.45)))
    steepest = min(radians(7), 0.22 * height / max(length, 1.0))
    angle = rng.choice((0.0, 0.0, rng.uniform(-0.4, 0.4), rng.uniform(-1, 1))) * steepest
    lean = abs(shear) * height * 0.35
    a, b = cos(angle) * scale_x, (-sin(angle) - shear) * scale_y
    d, e = sin(angle) * scale_x, cos(angle) * scale_y
    c = left_margin + lean + length / 2 - a * middle[0] - b * middle[1]
    f = height / 2 - d * middle[0] - e * middle[1]
    width = max(8, round(length + left_margin + right_margin + 2 * lean))
    return np.array(((a, b, c), (d, e, f), (0, 0, 1)), np.float32), width


def _perspective(rng: Random, height: int, width: int) -> FloatArray:
    """A slight change of viewpoint, as a homography of the line onto itself."""
    corners = np.array(((0, 0), (width, 0), (width, height), (0, height)), np.float32)
    reach = np.array((min(0.08 * width, 0.3 * height), 0.14 * height), np.float32)
    moved = corners + np.array([(rng.uniform(-1, 1), rng.uniform(-1, 1)) for _ in range(4)], np.float32) * reach
    return np.asarray(cv2.getPerspectiveTransform(corners, moved), np.float32)


def _map_boxes(boxes: FloatArray, matrix: FloatArray) -> FloatArray:
    """Bounding boxes of the mapped boxes, which never turn by a right angle or more."""
    if matrix[2, 0] == 0 and matrix[2, 1] == 0:
        left, top, right, bottom = boxes.T
        (a, b, c), (d, e, f) = matrix[:2].tolist()
        high, low = (top, bottom) if b >= 0 else (bottom, top)
        near, far = (left, right) if d >= 0 else (right, left)
        sides = (a * left + b * high + c, d * near + e * top + f, a * right + b * low + c, d * far + e * bottom + f)
        return np.stack(sides, axis=1)
    corners = np.ones((len(boxes), 4, 3), np.float32)
    corners[:, :, 0] = boxes[:, (0, 2, 2, 0)]
    corners[:, :, 1] = boxes[:, (1, 1, 3, 3)]
    mapped: FloatArray = corners @ matrix.T
    points = mapped[..., :2] / mapped[..., 2:]
    return np.concatenate((points.min(1), points.max(1)), axis=1)


def _warp(coverage: ImageArray, matrix: FloatArray, scale: float, size: tuple[int, int]) -> ImageArray:
    """Sample a drawing's coverage at the line's pixels.

    Args:
        coverage: uint8 [h, w].
        matrix: homography in continuous coordinates.
        scale: how much smaller the drawing becomes; below one, strokes are averaged first, which bilinear sampling
            alone would skip.
        size: width and height of the line.
    """
    if scale < 0.62:
        before = coverage.shape
        shrink = max(scale * 1.25, 0.25)
        smaller = (max(1, round(before[1] * shrink)), max(1, round(before[0] * shrink)))
        coverage = np.asarray(cv2.resize(coverage, smaller, interpolation=cv2.INTER_AREA), np.uint8)
        matrix = matrix * np.array((before[1] / smaller[0], before[0] / smaller[1], 1.0), np.float32)
    (a, b, c), (d, e, f), (g, h, _) = matrix.tolist()
    if g == 0 and h == 0:
        affine = np.array(((a, b, c + (a + b - 1) / 2), (d, e, f + (d + e - 1) / 2)))
        return np.asarray(cv2.warpAffine(coverage, affine, size, flags=cv2.INTER_LINEAR), np.uint8)
    by_index = _TO_INDEX @ matrix @ _FROM_INDEX
    return np.asarray(cv2.warpPerspective(coverage, by_index, size, flags=cv2.INTER_LINEAR), np.uint8)


def place(drawing: Drawing, rng: Random) -> Drawing:
    """Crop, scale, stretch, shear, turn and tilt a drawing into a line image of some native height.

    Returns:
        The drawing in the line's pixels; its boxes are the bounding boxes of the mapped ink boxes.
    """
    top, bottom = _vertical_crop(drawing, rng)
    height = native_height(rng)
    scale = height / (bottom - top)
    left, _, right, _ = drawing.ink()
    stretch = rng.choice((1.0, 1.0, rng.uniform(0.85, 1.15), rng.uniform(0.7, 1.4)))
    stretch = min(stretch, MAX_COLUMNS / 32 * height / ((right - left) * scale))
    middle = ((left + right) / 2, (top + bottom) / 2)
    matrix, width = _matrix(middle, right - left, (scale * stretch, scale), height, rng)
    if rng.random() < 0.1:
        matrix = _perspective(rng, height, width) @ matrix
    boxes = _map_boxes(drawing.boxes, matrix)
    warped = _warp(drawing.coverage, matrix, scale, (width, height))
    return Drawing(warped, boxes, drawing.ascent, drawing.descent)


def bend(drawing: Drawing, rng: Random) -> Drawing:
    """Elastic distortion by a smooth random field (Simard 2003); boxes follow the field at their corners."""
    height, width = drawing.coverage.shape
    grid = (max(2, round(width / height * 1.5)), 2)
    reach = height * rng.uniform(0.02, 0.06)
    field = np.array([[rng.gauss(0, reach) for _ in range(grid[0])] for _ in range(2 * grid[1])], np.float32)
    dx = cv2.resize(field[: grid[1]], (width, height), interpolation=cv2.INTER_CUBIC)
    dy = cv2.resize(field[grid[1] :], (width, height), interpolation=cv2.INTER_CUBIC)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    bent = cv2.remap(drawing.coverage, xs + dx, ys + dy, cv2.INTER_LINEAR)
    columns = np.clip(drawing.boxes[:, (0, 2)].astype(np.int32), 0, width - 1)
    rows = np.clip(drawing.boxes[:, (1, 3)].astype(np.int32), 0, height - 1)
    middle = rows.mean(1).astype(np.int32)
    boxes = drawing.boxes.copy()
    for side, column in ((0, columns[:, 0]), (2, columns[:, 1])):
        boxes[:, side] -= dx[middle, column]
    centre = columns.mean(1).astype(np.int32)
    for side, row in ((1, rows[:, 0]), (3, rows[:, 1])):
        boxes[:, side] -= dy[row, centre]
    return Drawing(np.asarray(bent, np.uint8), boxes, drawing.ascent, drawing.descent)
