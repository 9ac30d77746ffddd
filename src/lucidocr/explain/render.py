"""Pictures of the evidence: the one place where raw heat is clipped, scaled and coloured.

Heat that speaks for a character is drawn from yellow to red, heat against it from light to dark blue, and none at all
is transparent. The colours lie at even steps of CIELAB's lightness between their ends. A map is drawn in proportion to
the strongest value among all maps of its method on its line, so that the brightness of two characters compares, but to
no more than twice its own strongest, so that weak heat can be seen too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from io import BytesIO
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lucidocr.types import Explanation, HeatMap, ImageArray

SURE: Final = 0.9
CHECK: Final = 0.6
"""Confidences from which a character counts as sure, or as worth a look; below it is doubtful."""

_FOR: Final = ((255, 244, 170), (250, 150, 50), (175, 0, 38))
_AGAINST: Final = ((205, 230, 250), (90, 150, 215), (15, 45, 140))
"""Colours of weak, middling and strong heat, sRGB."""

_OPACITY: Final = 0.85
"""Of strong heat; weaker heat lets more of the line through."""

_OPAQUE: Final = 0.6
"""Strength, as part of full colour, from which heat counts as strong."""

_FAINTEST: Final = 0.5
"""Part of full colour that the strongest value of any map gets, however weak it is among its line's."""

_NO_HEAT: Final = 128
"""Index of zero in the palette."""

_LEVEL_COLOURS: Final = {"sure": (43, 106, 82), "check": (160, 74, 0), "doubtful": (179, 32, 58)}
_PAPER: Final = 255
_BAND: Final = 238
_PICTURE_HEIGHT: Final = 96  # pixels that pictures for people are enlarged to
_PICTURE_WIDTH: Final = 2400  # pixels that enlarging never exceeds
_LAYER_HEIGHT: Final = 32  # pixels that coarse maps are smoothed to


def level(confidence: float) -> str:
    """The word for a confidence: "sure", "check" or "doubtful"."""
    return "sure" if confidence >= SURE else "check" if confidence >= CHECK else "doubtful"


@cache
def palette() -> NDArray[np.uint8]:
    """Colour of every strength of heat.

    Returns:
        uint8 [256, 4], RGBA; rows 129 to 255 are heat for, rows 127 down to 1 heat against, row 128 is no heat.
    """
    table = np.zeros((256, 4), dtype=np.uint8)
    strength = np.linspace(0, 1, _NO_HEAT)[1:]
    opacity = np.round(255 * _OPACITY * np.minimum(strength / _OPAQUE, 1)).astype(np.uint8)
    table[_NO_HEAT + 1 :, :3], table[_NO_HEAT + 1 :, 3] = _ramp(_FOR), opacity
    table[1:_NO_HEAT, :3], table[1:_NO_HEAT, 3] = _ramp(_AGAINST)[::-1], opacity[::-1]
    table[0] = table[1]
    table.flags.writeable = False
    return table


def _ramp(anchors: tuple[tuple[int, int, int], ...]) -> NDArray[np.uint8]:
    """127 colours through the anchors, weak to strong, at even steps of lightness."""
    lab = cv2.cvtColor(np.array([anchors], dtype=np.float32) / 255, cv2.COLOR_RGB2LAB)[0]
    lightness = np.linspace(lab[0, 0], lab[-1, 0], _NO_HEAT - 1)
    falling = lab[::-1]  # np.interp wants rising abscissae, and strong heat is dark
    steps = np.stack([np.interp(lightness, falling[:, 0], falling[:, channel]) for channel in range(3)], axis=1)
    rgb = cv2.cvtColor(steps[None].astype(np.float32), cv2.COLOR_LAB2RGB)[0]
    return np.asarray(np.round(255 * np.clip(rgb, 0, 1)), dtype=np.uint8)


def maps_of(explanation: Explanation) -> tuple[HeatMap, ...]:
    """All heat of a line that can be drawn: its maps, and the weights of its glances."""
    return (*explanation.maps, *(glance.weights for glance in explanation.glances))


def strongest_heat(maps: Iterable[HeatMap]) -> dict[str, float]:
    """The largest absolute value among the maps of each method."""
    strongest: dict[str, float] = {}
    for heat in maps:
        strongest[heat.method] = max(strongest.get(heat.method, 0.0), _strongest(heat))
    return strongest


def full_heat(heat: HeatMap, strongest: Mapping[str, float]) -> float:
    """The value that gets full colour when a map is drawn.

    Args:
        heat: the map.
        strongest: of the line's maps, by method; see :func:`strongest_heat`.

    Returns:
        A number above zero, in the unit of the map's values.
    """
    return min(strongest[heat.method], _strongest(heat) / _FAINTEST) or 1.0


def _strongest(heat: HeatMap) -> float:
    finite = np.nan_to_num(heat.values, nan=0.0, posinf=0.0, neginf=0.0)
    return float(np.abs(finite).max(initial=0.0))


def _indices(heat: HeatMap, full: float, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Rows of the palette for a map that is drawn ``size`` (width, height) pixels large."""
    values = np.clip(np.nan_to_num(heat.values) / full, -1, 1).astype(np.float32)
    smooth = cv2.resize(values, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.round(_NO_HEAT + (_NO_HEAT - 1) * smooth), dtype=np.uint8)


def heat_layer(heat: HeatMap, full: float) -> bytes:
    """A map as a PNG with transparency, to be laid over ``heat.box`` of the line image and stretched to it.

    Args:
        heat: the map.
        full: the value that gets full colour; see :func:`full_heat`.
    """
    height, width = heat.values.shape
    finer = max(1, _LAYER_HEIGHT // height)
    image = Image.fromarray(_indices(heat, full, (finer * width, finer * height)))
    image.putpalette(palette()[:, :3].tobytes())
    return _file(image, transparency=palette()[:, 3].tobytes())


def zoom_of(image: ImageArray) -> int:
    """How many times a line image is enlarged in pictures for people."""
    height, width = map(int, image.shape)
    return max(1, min(round(_PICTURE_HEIGHT / height), _PICTURE_WIDTH // width))


def heat_overlay(explanation: Explanation, heat: HeatMap, full: float) -> ImageArray:
    """A line with the heat of one character over it; the character's place is marked at the lower edge.

    Args:
        explanation: of the line.
        heat: one of its maps, or the weights of a glance.
        full: the value that gets full colour; see :func:`full_heat`.

    Returns:
        uint8 [zoom * h, zoom * w, 3], RGB, where zoom is :func:`zoom_of` the line.
    """
    zoom = zoom_of(explanation.image)
    canvas = enlarged(explanation.image)
    lay(canvas, placed_heat(explanation, heat, full))
    evidence = explanation.characters[heat.position]
    mark = slice(round(zoom * evidence.span.left), max(round(zoom * evidence.span.right), 1))
    canvas[-max(2, zoom) :, mark] = _LEVEL_COLOURS[level(evidence.span.confidence)]
    return canvas


def placed_heat(explanation: Explanation, heat: HeatMap, full: float) -> NDArray[np.uint8]:
    """A map where it lies on the enlarged line.

    Args:
        explanation: of the line.
        heat: one of its maps, or the weights of a glance; its grid may reach over the line's edges.
        full: the value that gets full colour; see :func:`full_heat`.

    Returns:
        uint8 [zoom * h, zoom * w], rows of the palette; those of no heat outside of the map.
    """
    zoom = zoom_of(explanation.image)
    height, width = (zoom * size for size in explanation.image.shape)
    left, top, right, bottom = (round(zoom * edge) for edge in heat.box)
    layer = _indices(heat, full, (max(right - left, 1), max(bottom - top, 1)))
    inside = layer[max(-top, 0) : height - top, max(-left, 0) : width - left]
    y, x = max(top, 0), max(left, 0)
    placed = np.full((height, width), _NO_HEAT, dtype=np.uint8)
    placed[y : y + inside.shape[0], x : x + inside.shape[1]] = inside
    return placed


def enlarged(image: ImageArray) -> ImageArray:
    """A line image, uint8 [h, w], as it is drawn for people: uint8 [zoom * h, zoom * w, 3]."""
    height, width = image.shape
    zoom = zoom_of(image)
    large = cv2.resize(image, (zoom * width, zoom * height), interpolation=cv2.INTER_CUBIC) if zoom > 1 else image
    return np.repeat(np.asarray(large, dtype=np.uint8)[:, :, None], 3, axis=2)


def lay(canvas: ImageArray, rows: NDArray[np.uint8]) -> None:
    """Lay the colours of rows of the palette, uint8 [H, W], over a picture of that size, in place."""
    layer = palette()[rows]
    opacity = layer[..., 3:].astype(np.float32) / 255
    canvas[...] = np.round(canvas * (1 - opacity) + layer[..., :3] * opacity).astype(np.uint8)


def alignment_picture(explanation: Explanation) -> ImageArray:
    """A line above its alignment ribbon.

    Of every character the ribbon shows the interval as a pale band, the posterior of each frame as a bar whose height
    is the probability, and centre and deviation as a whisker above; the colour is that of the confidence.

    Args:
        explanation: of the line.

    Returns:
        uint8 [H, zoom * w, 3], RGB: the enlarged line, and below it a ribbon of three quarters of its height.
    """
    zoom = zoom_of(explanation.image)
    line = enlarged(explanation.image)
    ribbon = np.full((max(3 * line.shape[0] // 4, 24), *line.shape[1:]), _PAPER, dtype=np.uint8)
    alignment = explanation.alignment
    frame = ribbon.shape[1] / max(len(alignment.occupancy), 1)
    for number, evidence in enumerate(explanation.characters):
        colour = np.array(_LEVEL_COLOURS[level(evidence.span.confidence)], dtype=np.uint8)
        _column(ribbon, zoom * evidence.span.left + 1, zoom * evidence.span.right - 1)[8:] = _BAND
        for step in np.flatnonzero(alignment.occupancy[:, 2 * number + 1] > 0.005):
            height = round(float(alignment.occupancy[step, 2 * number + 1]) * (len(ribbon) - 10))
            _column(ribbon, step * frame, (step + 1) * frame)[len(ribbon) - height :] = colour
        _whisker(ribbon, zoom * alignment.centres[number], zoom * alignment.deviations[number], colour)
    return np.vstack([line, ribbon])


def _column(ribbon: ImageArray, left: float, right: float) -> ImageArray:
    start = max(round(left), 0)
    return ribbon[:, start : max(round(right), start + 1)]


def _whisker(ribbon: ImageArray, centre: float, deviation: float, colour: NDArray[np.uint8]) -> None:
    _column(ribbon, centre - deviation, centre + deviation)[3:5] = colour
    for end in (centre - deviation, centre, centre + deviation):
        _column(ribbon, end - 1, end + 1)[1:7] = colour


def png(pixels: ImageArray) -> bytes:
    """A picture as a PNG file: uint8 [h, w] grey or [h, w, 3] RGB."""
    return _file(Image.fromarray(pixels))


def _file(image: Image.Image, **options: bytes) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "PNG", **options)
    return buffer.getvalue()
