"""Photometry of a synthetic line: paper, ink, clutter, light, lens, sensor and file."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import cv2
import numpy as np

from lucidocr.types import FloatArray, ImageArray
from lucidocr_training.scene import backdrop, paint_scene

PLAIN = 0.35
"""Share of lines that look like a clean document."""

SCENE = 0.2
"""Share of the other lines that look like signs, subtitles and memes, where they are wanted."""

_TEXTURE_HEIGHT, _TEXTURE_WIDTH = 160, 2048


@dataclass(frozen=True, slots=True, eq=False)
class Palette:
    """What pictures are painted with, made once for a seed.

    Attributes:
        noise: float32 [h, w], independent normal values.
        textures: float32 [h, w] each, zero mean, unit spread: paper, fabric, stripes, clouds.
        strips: uint8 [h_i, w_i] each, coverage of other lines of text, for clutter.
        backdrops: uint8 [h_i, w_i] each, pieces of real pictures without text; may be none.
        scenes: share of the lines that are not plain that look like signs, subtitles and memes.
    """

    noise: FloatArray
    textures: tuple[FloatArray, ...]
    strips: tuple[ImageArray, ...]
    backdrops: tuple[ImageArray, ...] = ()
    scenes: float = 0.0

    @classmethod
    def make(
        cls,
        seed: int,
        strips: tuple[ImageArray, ...] = (),
        backdrops: tuple[ImageArray, ...] = (),
        scenes: float = 0.0,
    ) -> Palette:
        """A palette for a seed."""
        generator = np.random.default_rng(seed)
        noise = generator.standard_normal((_TEXTURE_HEIGHT, _TEXTURE_WIDTH), dtype=np.float32)
        return cls(noise, tuple(_textures(generator)), strips, backdrops, scenes)

    def patch(self, bank: FloatArray, rng: Random, height: int, width: int) -> FloatArray:
        """A random piece of a texture, repeated where the picture is larger than the bank."""
        if height > bank.shape[0] or width > bank.shape[1]:
            bank = np.tile(bank, (-(-height // bank.shape[0]), -(-width // bank.shape[1])))
        y, x = rng.randint(0, bank.shape[0] - height), rng.randint(0, bank.shape[1] - width)
        return bank[y : y + height, x : x + width]


def _unit(field: FloatArray) -> FloatArray:
    return np.asarray((field - field.mean()) / max(float(field.std()), 1e-6), np.float32)


def _textures(generator: np.random.Generator) -> list[FloatArray]:
    shape = (_TEXTURE_HEIGHT, _TEXTURE_WIDTH)
    fields = []
    for sigma_x, sigma_y in (
        (1, 1),
        (2, 2),
        (5, 5),
        (12, 12),
        (30, 30),
        (60, 20),
        (8, 0.7),
        (0.7, 8),
        (30, 1),
        (1, 30),
    ):
        raw = generator.standard_normal(shape, dtype=np.float32)
        fields.append(_unit(np.asarray(cv2.GaussianBlur(raw, (0, 0), sigma_x, sigmaY=sigma_y), np.float32)))
    ys, xs = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    for _ in range(6):
        angle, period = generator.uniform(0, np.pi), generator.uniform(3, 40)
        wave = np.sin((xs * np.cos(angle) + ys * np.sin(angle)) * 2 * np.pi / period)
        fields.append(_unit(np.asarray(np.sign(wave) if generator.random() < 0.5 else wave, np.float32)))
    for size in (4, 11, 24):
        coarse = generator.standard_normal((shape[0] // size + 1, shape[1] // size + 1), dtype=np.float32)
        blocks = np.kron(coarse, np.ones((size, size), np.float32))[: shape[0], : shape[1]]
        fields.append(_unit(np.asarray(blocks, np.float32)))
    return fields


def _levels(rng: Random) -> tuple[float, float]:
    """Grey of paper and ink."""
    paper = rng.choice((rng.uniform(225, 255), rng.uniform(225, 255), rng.uniform(120, 255)))
    contrast = rng.choice((rng.uniform(0.75, 1.0), rng.uniform(0.6, 1.0), rng.uniform(0.3, 0.8))) * paper
    ink = paper - max(contrast, 40)
    return (ink, paper) if rng.random() < 0.2 else (paper, ink)


def _background(palette: Palette, rng: Random, paper: float, height: int, width: int) -> FloatArray:
    ground = np.full((height, width), paper, np.float32)
    if rng.random() < 0.25:
        reach = rng.uniform(5, 70)
        ground += np.linspace(rng.uniform(-reach, reach), rng.uniform(-reach, reach), width, dtype=np.float32)
        ground += np.linspace(rng.uniform(-reach, reach) / 2, rng.uniform(-reach, reach) / 2, height, dtype=np.float32)[
            :, None
        ]
    if rng.random() < 0.3:
        strength = rng.choice((rng.uniform(1, 8), rng.uniform(1, 8), rng.uniform(4, 28)))
        ground += strength * palette.patch(rng.choice(palette.textures), rng, height, width)
    return ground


def _ground(palette: Palette, rng: Random, height: int, width: int) -> FloatArray:
    return _background(palette, rng, rng.uniform(0, 255), height, width)


def _rule(image: FloatArray, rng: Random, grey: float, start: tuple[int, int], stop: tuple[int, int]) -> None:
    cv2.line(image, start, stop, grey, rng.choice((1, 1, 1, 2, 3)), cv2.LINE_AA if rng.random() < 0.5 else cv2.LINE_8)


def _rules(image: FloatArray, rng: Random, ink: float, band: tuple[float, float]) -> None:
    """Borders of table cells and frames at the crop's edges, underlines, rarely a line through the text."""
    height, width = image.shape
    grey = ink if rng.random() < 0.7 else (ink + float(image[0, 0])) / 2
    top, bottom = band
    slant = rng.choice((0, 0, 0, 1, -1))
    if rng.random() < 0.35:
        y = round(rng.uniform(bottom, height))
        _rule(image, rng, grey, (0, y), (width, y + slant))
    if rng.random() < 0.3:
        y = round(rng.uniform(0, max(top, 1)))
        _rule(image, rng, grey, (0, y), (width, y + slant))
    if rng.random() < 0.4:
        x = rng.choice((rng.randint(0, 2), rng.randint(0, max(1, height // 6))))
        _rule(image, rng, grey, (x, 0), (x + slant, height))
    if rng.random() < 0.4:
        x = width - 1 - rng.choice((rng.randint(0, 2), rng.randint(0, max(1, height // 6))))
        _rule(image, rng, grey, (x, 0), (x + slant, height))
    if rng.random() < 0.04:
        y = round(rng.uniform(top, bottom))
        _rule(image, rng, (grey + float(image[0, 0])) / 2, (0, y), (width, y + slant))


def _neighbours(alpha: FloatArray, palette: Palette, rng: Random, band: tuple[float, float]) -> None:
    """Let lines above and below reach into the margins, as loose crops of dense pages do."""
    height, width = alpha.shape
    size = max(8.0, band[1] - band[0])
    for above in (True, False):
        room = int(band[0] - 1) if above else int(height - band[1] - 1)
        if room < 1 or rng.random() < 0.3:
            continue
        strip = rng.choice(palette.strips)
        scale = size / strip.shape[0] * rng.uniform(0.8, 1.2)
        scaled = cv2.resize(
            strip, (max(1, round(strip.shape[1] * scale)), max(1, round(size))), interpolation=cv2.INTER_AREA
        )
        shown = rng.randint(1, min(room, scaled.shape[0]))
        x = rng.randint(-width // 2, width // 2)
        left, right = max(x, 0), min(x + scaled.shape[1], width)
        if right > left:
            rows = slice(0, shown) if above else slice(height - shown, height)
            part = scaled[-shown:] if above else scaled[:shown]
            target = alpha[rows, left:right]
            np.maximum(target, part[:, left - x : right - x] * np.float32(1 / 255), out=target)


def _side_cut(alpha: FloatArray, palette: Palette, rng: Random, boxes: FloatArray) -> None:
    """A sliver of the neighbouring word at the crop's left or right edge."""
    height, width = alpha.shape
    left_room, right_room = int(boxes[:, 0].min()) - 2, int(width - boxes[:, 2].max()) - 2
    strip = rng.choice(palette.strips)
    scaled = cv2.resize(
        strip, (max(4, round(strip.shape[1] * height / strip.shape[0])), height), interpolation=cv2.INTER_AREA
    )
    room = max(left_room, right_room)
    if room < 2:
        return
    shown = min(rng.randint(1, max(1, height // 6)), room, scaled.shape[1])
    target, part = (
        (alpha[:, :shown], scaled[:, -shown:]) if left_room >= right_room else (alpha[:, -shown:], scaled[:, :shown])
    )
    np.maximum(target, part * np.float32(1 / 255), out=target)


def _light(image: FloatArray, rng: Random) -> FloatArray:
    """A lamp on one side or a cast shadow."""
    width = image.shape[1]
    if rng.random() < 0.6:
        ramp = np.linspace(rng.uniform(0.35, 1.1), rng.uniform(0.35, 1.1), width, dtype=np.float32)[None, :]
    else:
        edge, soft = rng.uniform(0, width), rng.uniform(1, 0.3 * width + 2)
        step = 0.5 + 0.5 * np.tanh((np.arange(width, dtype=np.float32) - edge) / (2 * soft))
        ramp = (1 - rng.uniform(0.2, 0.6) * step)[None, :]
    return np.asarray(image * ramp, np.float32)


def _lens(image: FloatArray, rng: Random) -> FloatArray:
    height = image.shape[0]
    if rng.random() < 0.12:
        length = rng.choice((3, 3, 5)) if height < 32 else rng.choice((3, 5, 7))
        kernel = np.zeros((length, length), np.float32)
        rng.choice(
            (
                lambda: kernel[length // 2].fill(1),
                lambda: kernel[:, length // 2].fill(1),
                lambda: np.fill_diagonal(kernel, 1),
            )
        )()
        return np.asarray(cv2.filter2D(image, -1, kernel / length), np.float32)
    sigma = rng.choice((rng.uniform(0.3, 0.8), rng.uniform(0.3, 1.0), rng.uniform(0.6, 1.6))) * max(height, 20) / 32
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.float32)


def _jpeg(image: ImageArray, rng: Random) -> ImageArray:
    quality = rng.choice((rng.randint(15, 50), rng.randint(40, 95)))
    encoded = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, quality))[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE), np.uint8)


def _low_resolution(image: ImageArray, rng: Random) -> ImageArray:
    """Lose detail and come back to the same size, as enlarged thumbnails do."""
    height, width = image.shape
    factor = max(rng.uniform(0.35, 0.8), 11 / height)
    if factor >= 1:
        return image
    down = rng.choice((cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_NEAREST if factor > 0.6 else cv2.INTER_AREA))
    small = cv2.resize(image, (max(2, round(width * factor)), max(2, round(height * factor))), interpolation=down)
    up = rng.choice((cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST if factor > 0.5 else cv2.INTER_LINEAR))
    return np.asarray(cv2.resize(small, (width, height), interpolation=up), np.uint8)


def develop(image: FloatArray, palette: Palette, rng: Random) -> ImageArray:
    """Light, lens, sensor and file: what happens to a scene on its way to a picture.

    Args:
        image: float32 [h, w], grey 0 to 255.
        palette: the source of noise.
        rng: the source of choices.

    Returns:
        uint8 [h, w].
    """
    if rng.random() < 0.1:
        image = _light(image, rng)
    if rng.random() < 0.4:
        image = _lens(image, rng)
    if rng.random() < 0.3:
        strength = rng.choice((rng.uniform(1, 6), rng.uniform(1, 12), rng.uniform(5, 25)))
        image = image + strength * palette.patch(palette.noise, rng, *image.shape)
    picture = np.clip(image, 0, 255).astype(np.uint8)
    if rng.random() < 0.12:
        picture = _low_resolution(picture, rng)
    if rng.random() < 0.22:
        picture = _jpeg(picture, rng)
    if rng.random() < 0.05:
        flags = cv2.THRESH_BINARY | cv2.THRESH_OTSU
        picture = np.asarray(cv2.threshold(picture, 0, 255, flags)[1], np.uint8)
    return picture


def _plain(alpha: FloatArray, band: tuple[float, float], palette: Palette, rng: Random) -> ImageArray:
    """Dark ink on light even paper, as in most documents: neighbours and rules, but hardly any degradation."""
    paper, ink = rng.uniform(235, 255), rng.uniform(0, 70)
    image = np.full(alpha.shape, paper, np.float32)
    clutter = rng.random()
    if clutter < 0.12:
        _rules(image, rng, ink, band)
    elif clutter < 0.27 and palette.strips:
        _neighbours(alpha, palette, rng, band)
    image += alpha * (ink - image)
    if rng.random() < 0.15:
        image = _lens(image, rng)
    picture = np.clip(image, 0, 255).astype(np.uint8)
    return _jpeg(picture, rng) if rng.random() < 0.3 else picture


def paint(coverage: ImageArray, boxes: FloatArray, palette: Palette, rng: Random) -> ImageArray:
    """Turn coverage into a picture of a line in its surroundings.

    Args:
        coverage: uint8 [h, w], 255 where ink is.
        boxes: float32 [K, 4], the characters' boxes, so that clutter keeps off them.
        palette: textures, noise and strips of other text.
        rng: the source of choices.

    Returns:
        uint8 [h, w], grey.
    """
    height, width = coverage.shape
    alpha = coverage.astype(np.float32)
    alpha *= np.float32(1 / 255)
    band = (float(boxes[:, 1].min()), float(boxes[:, 3].max()))
    if rng.random() < PLAIN:
        return _plain(alpha, band, palette, rng)
    if rng.random() < palette.scenes and height >= 16:
        pictured = palette.backdrops and rng.random() < 0.7
        ground = backdrop(palette.backdrops, rng, height, width) if pictured else _ground(palette, rng, height, width)
        return develop(paint_scene(alpha, ground, rng), palette, rng)
    paper, ink = _levels(rng)
    image = _background(palette, rng, paper, height, width)
    clutter = rng.random()
    if clutter < 0.14:
        _rules(image, rng, ink, band)
    elif clutter < 0.24 and palette.strips:
        _neighbours(alpha, palette, rng, band)
    elif clutter < 0.3 and palette.strips:
        _side_cut(alpha, palette, rng, boxes)
    if rng.random() < 0.06:
        worn = palette.patch(palette.textures[rng.randrange(4)], rng, height, width)
        alpha *= np.clip(1 + rng.uniform(0.1, 0.45) * worn, 0, 1)
    image += alpha * (ink - image)
    return develop(image, palette, rng)
