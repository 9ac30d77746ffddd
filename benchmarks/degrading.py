"""Bad pictures of good lines, for benchmarks only: another generator than the one that anything is learnt from.

Nothing here is imported by the package or by training, and no formula is shared with ``lucidocr_training.worsen``:
discs instead of Gaussians, quanta instead of normal noise, lamps instead of ramps, turned pictures instead of slid
columns, drawn forms and stamps instead of strips of text.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Picture = NDArray[np.uint8]
Generator = np.random.Generator


def _grey(image: Image.Image) -> Picture:
    return np.asarray(image.convert("L"), np.uint8)


def _levels(pixels: Picture) -> tuple[float, float]:
    """Greys of the paper (the most frequent one) and of the ink (the furthest from it that is not rare)."""
    counts = np.bincount(pixels.ravel(), minlength=256)
    paper = float(np.convolve(counts, np.ones(9), "same").argmax())
    low, high = np.quantile(pixels, (0.03, 0.97))
    return paper, float(low if paper - low > high - paper else high)


def defocused(pixels: Picture, amount: float, _draw: Generator) -> Picture:
    """A lens out of focus: every point becomes a disc. The amount is its diameter by the line's height."""
    size = max(amount * pixels.shape[0], 1.2)
    reach = math.ceil(size / 2)
    ys, xs = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(size / 2 + 0.5 - np.hypot(ys, xs), 0, 1).astype(np.float32)
    return np.asarray(cv2.filter2D(pixels, -1, disc / disc.sum(), borderType=cv2.BORDER_REFLECT), np.uint8)


def shaken(pixels: Picture, amount: float, draw: Generator) -> Picture:
    """A hand that moved along a bent path while the shutter was open; the amount is its length by the height."""
    length = amount * pixels.shape[0]
    steps = np.linspace(-0.5, 0.5, 12)
    angle, bend = draw.uniform(0, math.tau), draw.uniform(-1, 1)
    dx = length * (steps * math.cos(angle) - bend * steps**2 * math.sin(angle))
    dy = length * (steps * math.sin(angle) + bend * steps**2 * math.cos(angle)) * 0.6
    size = pixels.shape[1], pixels.shape[0]
    moved = [
        cv2.warpAffine(pixels, np.array(((1, 0, x), (0, 1, y)), np.float64), size, borderMode=cv2.BORDER_REFLECT)
        for x, y in zip(dx - dx.mean(), dy - dy.mean(), strict=True)
    ]
    return np.asarray(np.mean(moved, axis=0).round(), np.uint8)


def thumbnail(pixels: Picture, amount: float, draw: Generator) -> Picture:
    """A reduced copy, saved as JPEG and sometimes enlarged again; the amount is the rows that are left."""
    height, width = pixels.shape
    scale = min(amount / height, 1.0)
    small = Image.fromarray(pixels).resize(
        (max(2, round(width * scale)), max(3, round(height * scale))), Image.Resampling.LANCZOS
    )
    kept = io.BytesIO()
    small.save(kept, "JPEG", quality=int(draw.integers(55, 90)))
    small = Image.open(kept)
    if draw.random() < 0.5:
        small = small.resize((width, height), Image.Resampling.BILINEAR)
    return _grey(small)


def grainy(pixels: Picture, amount: float, draw: Generator) -> Picture:
    """A sensor at its limit: quanta of light, and grain that grows with the light; the amount is by the contrast."""
    paper, ink = _levels(pixels)
    spread = amount * abs(paper - ink)
    quanta = 255.0 * 120.0 / max(spread, 1.0) ** 2
    counted = draw.poisson(np.maximum(pixels.astype(np.float64), 4.0) * quanta) / quanta
    read = draw.laplace(0.0, spread / 2.2, pixels.shape)
    return np.clip(counted + read, 0, 255).round().astype(np.uint8)


def speckled(pixels: Picture, amount: float, draw: Generator) -> Picture:
    """A bad photocopy: dots of one to three pixels; the amount is the part of the picture that they cover."""
    height, width = pixels.shape
    image = pixels.copy()
    dots = round(amount * height * width / 2.6)
    for y, x, size, dark in zip(
        draw.integers(0, height, dots), draw.integers(0, width, dots), draw.integers(1, 4, dots),
        draw.random(dots) < 0.6, strict=True,
    ):  # fmt: skip
        image[y : y + (size + 1) // 2, x : x + (size + 2) // 2] = 20 if dark else 245
    return image


def unevenly_lit(pixels: Picture, amount: float, draw: Generator) -> Picture:
    """A lamp near one place and a hard shadow across; the amount is the part of the light that is lost at most."""
    height, width = pixels.shape
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float64)
    lamp = draw.uniform(-0.1, 1.1) * width, draw.uniform(-0.5, 1.5) * height
    far = np.hypot((xs - lamp[0]), 2 * (ys - lamp[1])) / (0.55 * width + height)
    shade = 1 - amount * np.minimum(far, 1) ** 1.5
    if draw.random() < 0.6:
        corner = draw.uniform(0.15, 0.85) * width
        slope = draw.uniform(-1.5, 1.5)
        inside = np.clip((xs - corner - slope * (ys - height / 2)) / draw.uniform(1, 4) + 0.5, 0, 1)
        shade = shade * (1 - 0.75 * amount * (inside if draw.random() < 0.5 else 1 - inside))
    lit = pixels * shade + draw.normal(0, 1.5, pixels.shape)
    return np.asarray(np.clip(lit, 0, 255).round(), np.uint8)


def dark(pixels: Picture, amount: float, draw: Generator) -> Picture:
    """Too short a time: what is left of the light is the amount, in few steps of grey and with grain."""
    gamma = (pixels / 255.0) ** draw.uniform(1.0, 1.5)
    exposed = 255 * amount * gamma + draw.normal(0, 255 * amount * draw.uniform(0.05, 0.16), pixels.shape) + 8
    return (np.clip(exposed, 0, 255) // 3 * 3).astype(np.uint8)


def turned(pixels: Picture, amount: float, draw: Generator) -> Picture:
    """The whole picture turned; the amount is how far the line rises from end to end, by its height."""
    height, width = pixels.shape
    angle = math.degrees(math.atan(min(amount * height / width, 0.25))) * (1 if draw.random() < 0.5 else -1)
    paper, _ = _levels(pixels)
    image = Image.fromarray(pixels).rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=round(paper))
    return _grey(image)


def lined(pixels: Picture, amount: float, draw: Generator) -> Picture:
    """A form's printed rules and a pen's stroke through the text; the amount is the pen's width by the height."""
    height, width = pixels.shape
    paper, ink = _levels(pixels)
    image = Image.fromarray(pixels)
    pen = ImageDraw.Draw(image)
    grey = round(ink + draw.uniform(0.0, 0.3) * (paper - ink))
    thick = max(1, round(amount * height))
    middle = draw.uniform(0.35, 0.7) * height
    waves = draw.uniform(0, 0.04) * height
    path = [(x, middle + waves * math.sin(x / height * 2)) for x in range(-2, width + 3, 4)]
    pen.line(path, fill=grey, width=thick)
    if draw.random() < 0.5:
        pen.line([(0, 0.9 * height), (width, 0.9 * height)], fill=grey, width=max(1, thick // 2))
    if draw.random() < 0.4:
        step = draw.uniform(1.0, 2.5) * height
        for number in range(1, int(width / step) + 1):
            pen.line([(number * step, 0), (number * step, height)], fill=grey, width=max(1, thick // 2))
    return _grey(image)


def watermarked(pixels: Picture, amount: float, draw: Generator) -> Picture:
    """Rings of a stamp and slanted bars of a pattern, over the text; the amount is their darkness by the ink's."""
    height, width = pixels.shape
    paper, ink = _levels(pixels)
    mark = Image.new("L", (width, height), 0)
    pen = ImageDraw.Draw(mark)
    for _ in range(max(1, round(width / (3.5 * height)))):
        x, y = draw.uniform(0, width), draw.uniform(0, height)
        size = draw.uniform(0.7, 1.6) * height
        stroke = max(2, round(draw.uniform(0.08, 0.18) * height))
        pen.ellipse((x - size, y - size, x + size, y + size), outline=255, width=stroke)
        pen.line((x - size, y + size, x + size, y - size), fill=255, width=stroke)
        pen.regular_polygon((x, y, 0.45 * size), int(draw.integers(3, 7)), rotation=int(draw.integers(0, 90)), fill=255)
    over = np.asarray(mark, np.float64) / 255 * amount
    laid = paper + over * (ink - paper)
    darker = np.minimum(laid, pixels) if ink < paper else np.maximum(laid, pixels)
    return np.asarray(darker).round().astype(np.uint8)


Degrader = Callable[[Picture, float, Generator], Picture]

KINDS: Final[Mapping[str, tuple[Degrader, ...]]] = {
    "blurred": (defocused, shaken),
    "dark": (dark,),
    "unevenly lit": (unevenly_lit,),
    "noisy": (grainy, speckled),
    "skewed": (turned,),
    "lined": (lined,),
    "watermarked": (watermarked,),
    "low resolution": (thumbnail,),
}
"""Every kind of bad picture and what makes it; where there are two, each makes half of the lines."""

RANGES: Final[Mapping[Degrader, tuple[float, float]]] = {
    defocused: (0.05, 0.4),
    shaken: (0.08, 0.9),
    thumbnail: (16.0, 5.0),
    grainy: (0.1, 1.2),
    speckled: (0.01, 0.35),
    unevenly_lit: (0.5, 0.99),
    dark: (0.5, 0.03),
    turned: (0.3, 2.2),
    lined: (0.02, 0.3),
    watermarked: (0.2, 0.95),
}
"""The mildest and the worst amount of each."""


def amount_at(degrader: Degrader, severity: float) -> float:
    """The amount at a severity from 0 to 1."""
    mild, worst = RANGES[degrader]
    return mild + (worst - mild) * severity


def degrade(pixels: Picture, kind: str, severity: float, seed: int) -> Picture:
    """A bad picture of a line.

    Args:
        pixels: uint8 [h, w] grey.
        kind: one of :data:`KINDS`.
        severity: 0 to 1.
        seed: of everything else.
    """
    draw = np.random.default_rng(seed)
    makers = KINDS[kind]
    maker = makers[int(draw.integers(len(makers)))]
    return maker(pixels, amount_at(maker, severity), draw)
