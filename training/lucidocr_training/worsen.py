"""Pictures of lines made worse on purpose, one fault at a time: what the plan and the diagnosis are learnt from.

Severities run from 0, hardly to be seen, to 1, hardly to be read. Benchmarks have a generator of their own, with other
code and other numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Final

import cv2
import numpy as np

from lucidocr.types import FloatArray, ImageArray

Strips = Sequence[ImageArray]
"""uint8 [h, w] each, coverage of other text: what watermarks are made of."""


def _clipped(image: FloatArray) -> ImageArray:
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def _between(low: float, high: float, severity: float) -> float:
    return low + (high - low) * severity


def _paper_and_ink(pixels: ImageArray) -> tuple[float, float]:
    """Greys of most of the picture and of what differs most from it."""
    low, middle, high = (float(value) for value in np.percentile(pixels, (2, 50, 98)))
    return middle, low if middle - low >= high - middle else high


def blur(pixels: ImageArray, severity: float, rng: Random, _strips: Strips) -> ImageArray:
    """A lens out of focus (Gaussian, or a square), or a hand that moved."""
    height = pixels.shape[0]
    kind = rng.random()
    if kind < 0.45:
        sigma = _between(0.03, 0.1, severity) * height
        return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma), np.uint8)
    if kind < 0.65:
        side = max(2, round(_between(0.08, 0.32, severity) * height))
        return np.asarray(cv2.blur(pixels, (side, side), borderType=cv2.BORDER_REPLICATE), np.uint8)
    length = max(3, round(_between(0.1, 0.38, severity) * height))
    kernel = np.zeros((length, length), np.float32)
    angle = rng.uniform(0, math.pi)
    reach = np.array((math.cos(angle), math.sin(angle))) * (length - 1) / 2
    middle = (length - 1) / 2
    start, stop = (tuple(round(middle + sign * value) for value in reach) for sign in (-1, 1))
    cv2.line(kernel, start, stop, 1.0, 1)
    return np.asarray(cv2.filter2D(pixels, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE), np.uint8)


def low_resolution(pixels: ImageArray, severity: float, rng: Random, _strips: Strips) -> ImageArray:
    """Fewer pixels, which are sometimes enlarged again."""
    height, width = pixels.shape
    rows = _between(15, 6.5, severity)
    scale = min(rows / height, 1.0)
    size = max(3, round(width * scale)), max(5, round(height * scale))
    small = cv2.resize(pixels, size, interpolation=rng.choice((cv2.INTER_AREA, cv2.INTER_AREA, cv2.INTER_LINEAR)))
    if rng.random() < 0.4:
        quality = (cv2.IMWRITE_JPEG_QUALITY, rng.randint(40, 95))
        small = np.asarray(cv2.imdecode(cv2.imencode(".jpg", small, quality)[1], cv2.IMREAD_GRAYSCALE))
    if rng.random() < 0.5:
        return np.asarray(small, np.uint8)
    method = rng.choice((cv2.INTER_LINEAR, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST))
    return np.asarray(cv2.resize(small, (width, height), interpolation=method), np.uint8)


def noise(pixels: ImageArray, severity: float, rng: Random, _strips: Strips) -> ImageArray:
    """Grain, coarse grain, or single odd pixels."""
    generator = np.random.default_rng(rng.getrandbits(32))
    paper, ink = _paper_and_ink(pixels)
    contrast = abs(paper - ink)
    kind = rng.random()
    if kind < 0.3:
        odd = generator.random(pixels.shape) < _between(0.03, 0.3, severity)
        salt = generator.random(pixels.shape) < rng.choice((0.5, 0.5, 0.1, 0.9))
        return np.where(odd, np.where(salt, 255, 0), pixels).astype(np.uint8)
    grain = generator.standard_normal(pixels.shape, dtype=np.float32)
    if kind > 0.75:
        grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), 0.7), np.float32) * 2.2
    return _clipped(pixels + grain * np.float32(_between(0.1, 0.65, severity) * contrast))


def light(pixels: ImageArray, severity: float, rng: Random, _strips: Strips) -> ImageArray:
    """A lamp on one side, a cast shadow, or too little light with a sensor's grain."""
    height, width = pixels.shape
    columns, rows = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    darkest = _between(0.45, 0.07, severity)
    kind = rng.random()
    if kind < 0.35:
        ramp = np.linspace(1.0, darkest, width, dtype=np.float32)[None] ** rng.uniform(0.7, 2.0)
        shade = ramp if rng.random() < 0.5 else ramp[:, ::-1]
    elif kind < 0.7:
        edge = rng.uniform(0.2, 0.8) * width + rng.uniform(-1, 1) * (rows - height / 2) * rng.uniform(0, 2)
        steps = np.clip((columns - edge) / (rng.uniform(0.02, 0.5) * height), -30, 30)
        shade = 1 - (1 - darkest) / (1 + np.exp(-steps))
    elif kind < 0.85:
        spot = rng.uniform(0, width), rng.uniform(-1, 2) * height
        away = np.hypot(columns - spot[0], rows - spot[1]) / (rng.uniform(0.3, 0.8) * width + height)
        shade = 1 - (1 - darkest) * np.minimum(away, 1) ** 2
    else:
        shade = np.full((1, width), darkest, np.float32)
    generator = np.random.default_rng(rng.getrandbits(32))
    grain = generator.standard_normal(pixels.shape, dtype=np.float32) * rng.uniform(0.5, 4)
    return _clipped(np.asarray(pixels * shade + grain, np.float32))


def skew(pixels: ImageArray, severity: float, rng: Random, _strips: Strips) -> ImageArray:
    """A line that slopes in its picture, which is as high as the slope asks for."""
    height, width = pixels.shape
    rise = min(_between(0.25, 1.6, severity) * height, 0.22 * width)
    slope = rng.choice((-1, 1)) * rise / width
    border = math.ceil(abs(rise) / 2)
    paper, _ = _paper_and_ink(pixels)
    matrix = np.array(((1, 0, 0), (slope, 1, border - slope * width / 2)), np.float64)
    return np.asarray(
        cv2.warpAffine(pixels, matrix, (width, height + 2 * border), borderMode=cv2.BORDER_CONSTANT, borderValue=paper),
        np.uint8,
    )


def ruled(pixels: ImageArray, severity: float, rng: Random, _strips: Strips) -> ImageArray:
    """Lines through the text and around it."""
    height, width = pixels.shape
    image = pixels.copy()
    paper, ink = _paper_and_ink(pixels)
    grey = round(ink + rng.uniform(0, 0.35) * (paper - ink))
    thick = max(1, round(_between(0.02, 0.09, severity) * height))
    level = 1 + (rng.random() < severity) + (rng.random() < 0.5 * severity)
    for number in range(level):
        y = round(rng.uniform(0.25, 0.8) * height) if number < 2 else rng.choice((0, height - 1))
        drop = rng.choice((0, 0, rng.uniform(-0.08, 0.08) * height))
        cv2.line(image, (0, y), (width, round(y + drop)), grey, thick, cv2.LINE_AA)
    if rng.random() < 0.35:
        for _ in range(rng.randint(1, 3)):
            x = rng.randrange(width)
            cv2.line(image, (x, 0), (x, height), grey, max(1, thick // 2), cv2.LINE_AA)
    return np.asarray(image, np.uint8)


def watermark(pixels: ImageArray, severity: float, rng: Random, strips: Strips) -> ImageArray:
    """Other writing, large and faint, under the line or over it."""
    height, width = pixels.shape
    paper, ink = _paper_and_ink(pixels)
    laid = np.zeros((height, width), np.float32)
    for _ in range(max(1, round(width / (6 * height)))):
        strip = rng.choice(strips)
        size = rng.uniform(1.0, 2.4) * height
        scale = size / strip.shape[0]
        angle = rng.uniform(-35, 35)
        matrix = cv2.getRotationMatrix2D((strip.shape[1] / 2, strip.shape[0] / 2), angle, scale)
        matrix[:, 2] += np.array((rng.uniform(0, width), rng.uniform(0.2, 0.8) * height)) - np.array(
            (strip.shape[1] / 2, strip.shape[0] / 2)
        )
        laid = np.maximum(laid, cv2.warpAffine(strip, matrix, (width, height)).astype(np.float32) / 255)
    strength = _between(0.25, 0.75, severity)
    mark = paper + strength * (ink - paper) * laid
    darker = np.minimum if ink < paper else np.maximum
    return _clipped(np.asarray(darker(mark, pixels.astype(np.float32)), np.float32))


Fault = Callable[[ImageArray, float, Random, Strips], ImageArray]
"""Makes a line worse: uint8 [h, w] to uint8 [h', w'], by a severity from 0 to 1."""

FAULTS: Final[Mapping[str, Fault]] = {
    "light": light,
    "lines": ruled,
    "watermark": watermark,
    "skew": skew,
    "blur": blur,
    "low_resolution": low_resolution,
    "noise": noise,
}
"""Every fault, in the order in which several of them happen to one picture."""


def as_printed(pixels: ImageArray, rng: Random) -> ImageArray:
    """What happens to any line between printer and file and is no fault yet; nothing to four in ten.

    A little more or less ink, a soft lens, grain, other pixels, compression.
    """
    if rng.random() < 0.4:
        return pixels
    image = np.asarray(pixels, np.uint8)
    height = image.shape[0]
    if height > 28 and rng.random() < 0.25:  # the darkest of four is more ink on white, the brightest less
        image = np.asarray(rng.choice((cv2.erode, cv2.dilate))(image, np.ones((2, 2), np.uint8)), np.uint8)
    if rng.random() < 0.4:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.01, 0.022) * height + 0.1), np.uint8)
    if rng.random() < 0.4:
        generator = np.random.default_rng(rng.getrandbits(32))
        grain = generator.standard_normal(image.shape, dtype=np.float32) * rng.uniform(1, 6)
        image = np.clip(np.rint(image + grain), 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        quality = (cv2.IMWRITE_JPEG_QUALITY, rng.randint(60, 95))
        image = np.asarray(cv2.imdecode(cv2.imencode(".jpg", image, quality)[1], cv2.IMREAD_GRAYSCALE), np.uint8)
    return image


def cut_off(
    pixels: ImageArray, cut: tuple[str, float], first: tuple[float, float], last: tuple[float, float]
) -> ImageArray:
    """A line without a part of its first or last character, or without a part of its upper or lower rows.

    Args:
        pixels: uint8 [h, w] grey.
        cut: side and share.
        first: where the first character begins and ends, pixels.
        last: where the last one does.
    """
    side, share = cut
    height, width = pixels.shape
    if side == "left":
        return pixels[:, min(round(first[0] + share * (first[1] - first[0])), width - 4) :]
    if side == "right":
        return pixels[:, : max(4, round(last[1] - share * (last[1] - last[0])))]
    rows = round(0.6 * share * height)
    return pixels[rows:] if side == "top" else pixels[: height - rows]
