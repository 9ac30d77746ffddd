"""What can be done to the picture of a line before it is read. Pure functions; none moves a column against others.

Every step takes a grey line and gives one of the same width, or of twice the width, so that places along the line stay
what they are; the height may change. The order in which several steps are taken is that of :data:`STEPS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lucidocr.preprocess.band import text_band
from lucidocr.preprocess.indicators import ROWS, Indicators
from lucidocr.types import ImageArray

_FINEST: Final = 28
"""Rows of text below which a line is small."""

_ROOMY: Final = 40
"""Rows of a picture below which lines are looked for in an enlarged copy."""

_LINE_DEPTH: Final = 0.4
"""Part of the ink's darkness from which a pixel may belong to a line."""

_THICKEST: Final = 0.2
"""Thickest line, by the picture's height."""

_ITERATIONS: Final = 12
"""Of Richardson and Lucy: more of them sharpen the noise."""

_ROOTS: Final = np.rint(255 * np.sqrt(np.arange(256) / 255)).astype(np.uint8)


def upscale(pixels: ImageArray, found: Indicators) -> ImageArray:
    """Enlarge small text to twice its size with cubic curves, so that later steps have room between its strokes."""
    if found.text_height >= _FINEST:
        return pixels
    return np.asarray(cv2.resize(pixels, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def flatten_light(pixels: ImageArray, found: Indicators) -> ImageArray:
    """Divide by the paper's own light, so that the paper is even."""
    if not found.dark_on_light:
        return np.asarray(255 - flatten_light(255 - pixels, _turned(found)), dtype=np.uint8)
    paper = _paper(pixels)
    even = pixels.astype(np.float32) * (235.0 / np.maximum(paper, 8.0))
    return np.asarray(np.clip(np.rint(even), 0, 255), dtype=np.uint8)


def denoise(pixels: ImageArray, found: Indicators) -> ImageArray:
    """A bilateral filter (Tomasi 1998), the wider the more the paper is grained: fast, keeps edges."""
    spread = float(np.clip(4.0 * found.noise * found.contrast, 5, 150))
    return np.asarray(cv2.bilateralFilter(pixels, 5, spread, 1.5), dtype=np.uint8)


def smooth(pixels: ImageArray, _found: Indicators) -> ImageArray:
    """A Gaussian of a thirtieth of the line's height: for grain so coarse that it looks like strokes."""
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), 1.1 * max(pixels.shape[0], 20) / 32), dtype=np.uint8)


def denoise_thoroughly(pixels: ImageArray, found: Indicators) -> ImageArray:
    """Non-local means (Buades 2005): averages patches that look alike. Slower, and spares what repeats."""
    strength = float(np.clip(0.8 * found.noise * found.contrast, 3, 90))
    return np.asarray(cv2.fastNlMeansDenoising(pixels, None, strength, 3, 15), dtype=np.uint8)


def remove_watermark(pixels: ImageArray, found: Indicators) -> ImageArray:
    """Lift to the paper's level whatever is much fainter than ink; what is as dark as ink stays."""
    if not found.dark_on_light:
        return np.asarray(255 - remove_watermark(255 - pixels, _turned(found)), dtype=np.uint8)
    paper = float(np.percentile(pixels, 88))
    ink = paper - float(np.percentile(np.maximum(paper - pixels.astype(np.float32), 0), 97))
    share = (paper - pixels.astype(np.float32)) / max(paper - ink, 4.0)
    kept = np.clip((share - 0.38) / 0.34, 0, 1)  # below 0.38 of the ink's darkness nothing remains
    return np.asarray(np.clip(np.rint(paper - kept * np.maximum(paper - pixels, 0)), 0, 255), dtype=np.uint8)


def remove_lines(pixels: ImageArray, found: Indicators) -> ImageArray:
    """Fill long level lines from above and below, but for the columns in which a stroke touches them."""
    if not found.dark_on_light:
        return np.asarray(255 - remove_lines(255 - pixels, _turned(found)), dtype=np.uint8)
    return without_lines(pixels)[0]


def without_lines(pixels: ImageArray) -> tuple[ImageArray, NDArray[np.bool_]]:
    """A line image freed of level lines, and where they were.

    A line is as thin as it is where nothing touches it: a column whose run of ink is longer holds a stroke, and stays.

    Args:
        pixels: uint8 [h, w] grey, dark on light.

    Returns:
        uint8 [h, w] and bool [h, w].
    """
    height, width = pixels.shape
    if height < _ROOMY:
        times = -(-ROWS // height)
        large = cv2.resize(pixels, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
        filled, mask = without_lines(np.asarray(large, dtype=np.uint8))
        if not mask.any():
            return pixels, np.zeros((height, width), dtype=bool)
        small = cv2.resize(filled, (width, height), interpolation=cv2.INTER_AREA)
        where = cv2.resize(mask.astype(np.uint8), (width, height), interpolation=cv2.INTER_AREA) > 0
        return np.asarray(small, dtype=np.uint8), np.asarray(where)
    depth = np.maximum(_paper(pixels) - pixels.astype(np.float32), 0)
    ink = (depth > _LINE_DEPTH * max(float(np.percentile(depth, 97)), 8.0)).astype(np.uint8)
    filled, mask = pixels.copy(), np.zeros((height, width), dtype=bool)
    above, below = _runs_of_ink(ink)
    for rows in _level_lines(ink):
        _fill_line(filled, mask, pixels, (above, below), rows)
    return filled, mask


def _runs_of_ink(ink: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """int32 [h, w] each: unbroken ink above each pixel, itself counted, and below it."""
    above, below = ink.astype(np.int32), ink.astype(np.int32)
    for row in range(1, len(ink)):
        above[row] += above[row - 1] * ink[row]
        below[-1 - row] += below[-row] * ink[-1 - row]
    return above, below


def _level_lines(ink: NDArray[np.uint8]) -> list[NDArray[np.int64]]:
    """Long level lines: int64 [w] each, the row of each column; -1 where the line is not in that column's ink."""
    height, width = ink.shape
    length = min(width, max(2 * height, width // 2))
    bridged = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8))
    tall = cv2.dilate(bridged, np.ones((3, 1), np.uint8))
    long = np.asarray(cv2.morphologyEx(tall, cv2.MORPH_OPEN, np.ones((1, length), np.uint8)), dtype=np.uint8) & ink
    count, labels = cv2.connectedComponents(cv2.dilate(long, np.ones((3, 7), np.uint8)))
    found = []
    for number in range(1, count):
        rows, columns = np.nonzero((np.asarray(labels) == number) & (long > 0))
        amounts = np.bincount(columns, minlength=width)
        if np.count_nonzero(amounts) < 0.8 * length:
            continue
        middles = np.bincount(columns, weights=rows, minlength=width) / np.maximum(amounts, 1)
        known = np.flatnonzero(amounts)
        row = np.rint(np.interp(np.arange(width), known, middles[known])).astype(np.int64)
        found.append(np.where(ink[row, np.arange(width)] > 0, row, -1))
    return found


def _fill_line(
    filled: ImageArray,
    mask: NDArray[np.bool_],
    pixels: ImageArray,
    runs: tuple[NDArray[np.int32], NDArray[np.int32]],
    rows: NDArray[np.int64],
) -> None:
    """Fill one line in place, and mark it."""
    columns = np.flatnonzero(rows >= 0)
    above, below = (run[rows[columns], columns] for run in runs)
    thickness = float(np.percentile(above + below - 1, 15)) if len(columns) else 0.0
    if thickness > _THICKEST * len(pixels):
        return
    bare = above + below - 1 <= max(1.5 * thickness, thickness + 1.5)
    for column, first, last in zip(
        columns[bare].tolist(),
        (rows[columns] - above)[bare].tolist(),
        (rows[columns] + below)[bare].tolist(),
        strict=True,
    ):  # a pixel beyond the ink on either side belongs to the line's soft edge
        top, bottom = max(first, 0), min(last, len(pixels) - 1)
        upper = float(pixels[top - 1, column]) if top > 0 else float(pixels[min(bottom + 1, len(pixels) - 1), column])
        lower = float(pixels[bottom + 1, column]) if bottom < len(pixels) - 1 else upper
        filled[top : bottom + 1, column] = np.rint(np.linspace(upper, lower, bottom - top + 3)[1:-1])
        mask[top : bottom + 1, column] = True


def deskew(pixels: ImageArray, found: Indicators) -> ImageArray:
    """Slide the columns up or down until the text is level, and cut to its rows; columns stay where they are."""
    slope = math.tan(math.radians(found.skew))
    height, width = pixels.shape
    reach = math.ceil(abs(slope) * width / 2)
    fill = int(np.median(pixels))
    tall = cv2.copyMakeBorder(pixels, reach, reach, 0, 0, cv2.BORDER_REPLICATE)
    matrix = np.array(((1, 0, 0), (-slope, 1, slope * (width - 1) / 2)), dtype=np.float64)
    level = cv2.warpAffine(
        tall, matrix, (width, height + 2 * reach), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT,
        borderValue=fill,
    )  # fmt: skip
    return _cut_to_text(np.asarray(level, dtype=np.uint8))


def _cut_to_text(pixels: ImageArray) -> ImageArray:
    """The rows of the text and a margin of a tenth of them."""
    top, bottom = text_band(pixels)
    margin = max(1, round(0.1 * (bottom - top)))
    return pixels[max(0, top - margin) : bottom + margin]


def sharpen(pixels: ImageArray, found: Indicators) -> ImageArray:
    """Add what a blur takes away, more of it the more blurred the line is."""
    radius = float(np.clip(pixels.shape[0] / ROWS * 0.35 / max(found.sharpness, 0.05), 0.6, 4.0))
    amount = 1.6
    smooth = cv2.GaussianBlur(pixels.astype(np.float32), (0, 0), radius)
    return np.asarray(np.clip(np.rint((1 + amount) * pixels - amount * smooth), 0, 255), dtype=np.uint8)


def deconvolve(pixels: ImageArray, _found: Indicators) -> ImageArray:
    """Undo a Gaussian blur of a thirtieth of the line's height by Richardson and Lucy's iteration (Lucy 1974)."""
    spread = max(0.03 * pixels.shape[0], 0.5)
    seen = (pixels.astype(np.float32) + 1) / 256
    guess = seen.copy()
    for _ in range(_ITERATIONS):
        ratio = seen / np.maximum(cv2.GaussianBlur(guess, (0, 0), spread), 1e-3)
        guess *= cv2.GaussianBlur(ratio, (0, 0), spread)
    return np.asarray(np.clip(np.rint(guess * 256 - 1), 0, 255), dtype=np.uint8)


def brighten(pixels: ImageArray, _found: Indicators) -> ImageArray:
    """Raise the dark greys: the square root of each, so that what little light there is spreads over more levels."""
    return np.asarray(cv2.LUT(pixels, _ROOTS), dtype=np.uint8)


def equalise(pixels: ImageArray, _found: Indicators) -> ImageArray:
    """CLAHE (Zuiderveld 1994): stretches the contrast of each part of the line, noise held back by a limit."""
    tiles = (max(1, round(pixels.shape[1] / max(2 * pixels.shape[0], 1))), 1)
    return np.asarray(cv2.createCLAHE(2.0, tiles).apply(pixels), dtype=np.uint8)


def stretch(pixels: ImageArray, _found: Indicators) -> ImageArray:
    """Spread the greys from the darkest to the lightest over the whole range."""
    low, high = np.percentile(pixels, (1, 99))
    return np.asarray(np.clip(np.rint((pixels - low) * (255 / max(high - low, 8))), 0, 255), dtype=np.uint8)


def threshold(pixels: ImageArray, found: Indicators) -> ImageArray:
    """Black and white by the mean around each pixel (Sauvola 2000, without its spread); five strokes wide a window."""
    if not found.dark_on_light:
        return np.asarray(255 - threshold(255 - pixels, _turned(found)), dtype=np.uint8)
    stroke = found.stroke * pixels.shape[0] / ROWS
    window = 2 * max(4, round(2.5 * stroke)) + 1
    below = 0.25 * found.contrast
    flat = cv2.adaptiveThreshold(pixels, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, window, below)
    return np.asarray(flat, dtype=np.uint8)


def _paper(pixels: ImageArray) -> NDArray[np.float32]:
    """float32 [h, w], the background under dark ink: strokes closed on a coarse copy, smoothed."""
    height, width = pixels.shape
    scale = min(1.0, 24 / height)
    small = cv2.resize(
        pixels, (max(4, round(width * scale)), max(4, round(height * scale))), interpolation=cv2.INTER_AREA
    )
    closed = cv2.morphologyEx(cv2.medianBlur(small, 3), cv2.MORPH_CLOSE, np.ones((11, 11), np.uint8))
    smooth = cv2.blur(closed.astype(np.float32), (9, 9))
    return np.asarray(cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def _turned(found: Indicators) -> Indicators:
    """The indicators of the negative."""
    return replace(found, dark_on_light=1.0, paper=255 - found.paper)


Step = Callable[[ImageArray, Indicators], ImageArray]
"""Changes a line, given what was measured of it as it came."""

STEPS: Final[Mapping[str, Step]] = {
    "flatten": flatten_light,
    "brighten": brighten,
    "stretch": stretch,
    "equalise": equalise,
    "denoise": denoise,
    "smooth": smooth,
    "denoise-thoroughly": denoise_thoroughly,
    "watermark": remove_watermark,
    "lines": remove_lines,
    "deskew": deskew,
    "upscale": upscale,
    "sharpen": sharpen,
    "deconvolve": deconvolve,
    "threshold": threshold,
}
"""All steps, in the order in which they are taken."""
