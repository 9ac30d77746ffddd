"""Numbers that tell how good the picture of a line is: what the plan and the diagnosis go by.

All lengths are measured on the line scaled to 48 rows, except where an indicator is about the pixels that were given;
grey levels run from 0 to 255. A few thousand pixels and a few dozen operations on them: about a millisecond a line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lucidocr.preprocess.band import text_band
from lucidocr.types import ImageArray

ROWS: Final = 48
"""Rows that a line is scaled to."""

_WIDEST: Final = 1200
"""Columns of the scaled line that are looked at: the middle ones of longer lines."""

_TALLEST: Final = 96
"""Rows of the picture as it came above which noise and detail are measured on its middle rows."""

_STEEPEST: Final = 9.0
"""Largest skew that is looked for, degrees."""

_POINTS: Final = 2000
"""Ink pixels that the skew is found from."""

_IMMERKAER: Final = np.array(((1, -2, 1), (-2, 4, -2), (1, -2, 1)), dtype=np.float32)
"""Takes away whatever is smooth, edges too; see Immerkaer (1996), eq. 3."""

_HALF_NORMAL: Final = math.sqrt(math.pi / 2)
"""Standard deviation of a normal value by the mean of its magnitude."""


@dataclass(frozen=True, slots=True)
class Indicators:
    """The quality of one line's picture.

    Attributes:
        height: rows of the picture, pixels.
        text_height: rows of its text, pixels, borders of cells left out.
        contrast: between ink and paper, grey levels.
        paper: grey level of the background.
        dark_on_light: 1 where the ink is darker than the paper, else 0.
        sharpness: steepest slopes of the edges, as part of the contrast that is crossed within one row of 48; 0.1 is
            very blurred, 0.5 crisp.
        detail: part of the picture's own finest resolution that is used, 0 to 1: low where it was enlarged or blurred.
        noise: standard deviation of the sensor's noise on bare paper (Immerkaer 1996), as part of the contrast.
        speckle: part of the pixels that lie on bare paper and differ from their neighbours by a third of the contrast.
        ink: part of the pixels that are ink, 0 to 1.
        background: range of the paper's grey over the line, as part of the contrast.
        gradient: change of the paper's grey from one end of the line to the other, as part of the contrast.
        midtones: part of the pixels that are neither ink nor paper nor an edge between them: watermarks, stamps.
        texture: standard deviation of the paper about its local mean, as part of the contrast.
        horizontal: length of the longest straight level line, as part of the width; 1 for a rule from side to side.
        through: the same for level lines within the middle of the text.
        vertical: strongest upright line that is as high as the picture: part of its rows that are ink.
        skew: slope of the text, degrees, positive where it falls to the right.
        skew_gain: by how much the rows of ink stand out better once this slope is taken away; 1 for not at all.
        stroke: mean width of the strokes, rows of 48.
        stroke_spread: their standard deviation by their mean.
        left: part of the picture's left edge that ink touches.
        right: the same of the right edge.
        top: of the upper edge.
        bottom: of the lower edge.
    """

    height: float
    text_height: float
    contrast: float
    paper: float
    dark_on_light: float
    sharpness: float
    detail: float
    noise: float
    speckle: float
    ink: float
    background: float
    gradient: float
    midtones: float
    texture: float
    horizontal: float
    through: float
    vertical: float
    skew: float
    skew_gain: float
    stroke: float
    stroke_spread: float
    left: float
    right: float
    top: float
    bottom: float

    def values(self) -> NDArray[np.float64]:
        """float64 [25], in the order of :data:`INDICATORS`."""
        return np.array([getattr(self, name) for name in INDICATORS], dtype=np.float64)


INDICATORS: Final = tuple(field.name for field in fields(Indicators))
"""Names of all indicators."""


class LineView:
    """A line image as the indicators and the steps look at it; each part is computed when it is first asked for.

    Args:
        pixels: uint8 [h, w] grey, the line as cut.
    """

    def __init__(self, pixels: ImageArray) -> None:
        self.pixels = pixels

    @cached_property
    def scaled(self) -> ImageArray:
        """uint8 [48, W], the line with 48 rows, dark on light."""
        height, width = self.pixels.shape
        columns = max(4, round(width * ROWS / height))
        method = cv2.INTER_AREA if height > ROWS else cv2.INTER_LINEAR
        scaled = np.asarray(cv2.resize(self.pixels, (columns, ROWS), interpolation=method), dtype=np.uint8)
        start = max(0, (columns - _WIDEST) // 2)
        scaled = np.ascontiguousarray(scaled[:, start : start + _WIDEST])
        return scaled if self.dark_on_light else np.asarray(255 - scaled, dtype=np.uint8)

    @cached_property
    def dark_on_light(self) -> bool:
        """Whether most of the picture is nearer to its lightest than to its darkest grey."""
        low, middle, high = np.percentile(self.pixels[:: max(1, len(self.pixels) // 32)], (2, 50, 98))
        return bool(middle - low >= high - middle)

    @cached_property
    def paper(self) -> NDArray[np.float32]:
        """float32 [48, W], the background under the ink: what remains when all strokes are closed, smoothed."""
        closed = cv2.morphologyEx(self.smooth, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
        return np.asarray(cv2.blur(closed.astype(np.float32), (15, 15)), dtype=np.float32)

    @cached_property
    def smooth(self) -> ImageArray:
        """uint8 [48, W], the scaled line without single odd pixels."""
        return np.asarray(cv2.medianBlur(self.scaled, 3), dtype=np.uint8)

    @cached_property
    def depth(self) -> NDArray[np.float32]:
        """float32 [48, W], by how much each pixel is darker than its paper."""
        return np.asarray(np.maximum(self.paper - self.smooth, 0), dtype=np.float32)

    @cached_property
    def contrast(self) -> float:
        """Grey levels between paper and ink, at least 4."""
        return max(float(np.percentile(self.depth, 97)), 4.0)

    @cached_property
    def ink(self) -> NDArray[np.uint8]:
        """uint8 [48, W], 1 where there is ink."""
        return np.asarray(self.depth > 0.42 * self.contrast, dtype=np.uint8)

    @cached_property
    def skew(self) -> tuple[float, float]:
        """Slope of the text in degrees, and by how much the rows of ink stand out better without it."""
        found_rows, found_columns = np.nonzero(self.ink)
        if len(found_rows) < 30:
            return 0.0, 1.0
        every = max(1, len(found_rows) // _POINTS)
        rows, columns = found_rows[::every].astype(np.float32), found_columns[::every].astype(np.float32)
        columns -= columns.mean()
        steepest = min(_STEEPEST, math.degrees(math.atan2(1.2 * ROWS, float(np.ptp(columns)) + 1)))
        coarse = np.linspace(-steepest, steepest, 19).tolist()
        sums = [_standing_out(rows, columns, angle) for angle in coarse]
        best = int(np.argmax(sums))
        step = coarse[1] - coarse[0]
        fine = (coarse[best] + step * np.linspace(-0.8, 0.8, 9)).tolist()
        fine_sums = [_standing_out(rows, columns, angle) for angle in fine]
        found = int(np.argmax(fine_sums))
        return fine[found], fine_sums[found] / max(_standing_out(rows, columns, 0.0), 1e-6)


def _standing_out(rows: NDArray[np.float32], columns: NDArray[np.float32], angle: float) -> float:
    """How uneven the rows' amounts of ink are once a slope is taken away: the sum of their squares."""
    sheared = rows - columns * math.tan(math.radians(angle))
    counts = np.bincount((sheared - sheared.min() + 1).astype(np.int32)).astype(np.float64)
    return float(counts @ counts)


def measure(pixels: ImageArray) -> Indicators:
    """Measure a line.

    Args:
        pixels: uint8 [h, w] grey, the line as cut.
    """
    return measure_view(LineView(pixels))


def measure_view(view: LineView) -> Indicators:
    """Measure a line of which some parts may be computed already."""
    top, bottom = text_band(view.pixels)
    contrast = view.contrast
    paper = view.paper
    sides = paper[:, : max(1, paper.shape[1] // 8)], paper[:, -max(1, paper.shape[1] // 8) :]
    skew, skew_gain = view.skew
    noise, speckle, detail = _fine(view)
    horizontal, through, vertical = _straight(view.ink)
    stroke, spread = _strokes(view.ink)
    midtones, texture = _between(view)
    ground = float(np.median(paper))
    ink = view.ink
    return Indicators(
        height=float(view.pixels.shape[0]),
        text_height=float(bottom - top),
        contrast=contrast,
        paper=ground if view.dark_on_light else 255.0 - ground,
        dark_on_light=float(view.dark_on_light),
        sharpness=_sharpness(view),
        detail=detail,
        noise=noise,
        speckle=speckle,
        ink=float(ink.mean()),
        background=float(np.ptp(np.percentile(paper, (5, 95)))) / contrast,
        gradient=float(sides[1].mean() - sides[0].mean()) / contrast,
        midtones=midtones,
        texture=texture,
        horizontal=horizontal,
        through=through,
        vertical=vertical,
        skew=skew,
        skew_gain=skew_gain,
        stroke=stroke,
        stroke_spread=spread,
        left=float(ink[:, 0].mean()),
        right=float(ink[:, -1].mean()),
        top=float(ink[0].mean()),
        bottom=float(ink[-1].mean()),
    )


def _sharpness(view: LineView) -> float:
    smooth = view.smooth.astype(np.float32)
    across = np.abs(smooth[:, 2:] - smooth[:, :-2])[1:-1]
    down = np.abs(smooth[2:] - smooth[:-2])[:, 1:-1]
    steep = np.percentile(np.maximum(across, down), 97) / 2
    return float(steep) / view.contrast


def _fine(view: LineView) -> tuple[float, float, float]:
    """Noise, speckle and detail, from the pixels as they came."""
    height, width = view.pixels.shape
    rows = slice(max(0, (height - _TALLEST) // 2), max(0, (height - _TALLEST) // 2) + _TALLEST)
    start = max(0, (width - _WIDEST) // 2)
    part = np.ascontiguousarray(view.pixels[rows, start : start + _WIDEST])
    if min(part.shape) < 4:
        return 0.0, 0.0, 0.0
    contrast = view.contrast
    bare = _bare_paper(part, contrast)
    rest = np.abs(np.asarray(cv2.filter2D(part, cv2.CV_16S, _IMMERKAER), dtype=np.int16))
    noise = _HALF_NORMAL / 6 * float(rest[bare].mean()) / contrast if bare.any() else 0.0
    odd = np.abs(part.astype(np.int16) - np.asarray(cv2.medianBlur(part, 3), dtype=np.int16)) > contrast / 3
    speckle = float((odd & bare).sum()) / part.size
    return noise, speckle, _detail(part)


def _bare_paper(part: ImageArray, contrast: float) -> NDArray[np.bool_]:
    """Which pixels lie apart from all strokes."""
    middle = np.asarray(cv2.medianBlur(part, 5), dtype=np.int16)
    away = np.abs(middle - int(np.median(middle))) > 0.35 * contrast
    return np.asarray(cv2.dilate(away.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0)


def _detail(part: ImageArray) -> float:
    """Where on the scale of spatial frequencies half the energy of the edges lies, by half of Nyquist's."""
    signal = part.astype(np.float32)
    one = signal[:, 1:] - signal[:, :-1]
    three = signal[:, 3:] - signal[:, :-3]
    fine, coarse = float((one**2).mean()), float((three**2).mean())
    return 0.0 if coarse == 0 else min(3.0 * math.sqrt(fine / coarse) / 3.0, 1.0)


def _straight(ink: NDArray[np.uint8]) -> tuple[float, float, float]:
    """Longest level line anywhere and within the text's middle, and the fullest column."""
    height, width = ink.shape
    length = max(24, min(width // 2, 3 * height))
    closed = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, 5), np.uint8))
    level = np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((1, length), np.uint8)))
    shares = np.maximum(level[:-1], level[1:]).mean(axis=1)
    middle = shares[height // 4 : -height // 4]
    columns = np.maximum(ink[:, :-1], ink[:, 1:]).mean(axis=0)
    return float(shares.max(initial=0)), float(middle.max(initial=0)), float(columns.max(initial=0))


def _strokes(ink: NDArray[np.uint8]) -> tuple[float, float]:
    """Mean width of strokes and its spread, from the distances of their middle lines to the paper."""
    distances = np.asarray(cv2.distanceTransform(ink, cv2.DIST_L2, 3), dtype=np.float32)
    ridge = (distances >= np.asarray(cv2.dilate(distances, np.ones((3, 3), np.uint8)))) & (distances > 0)
    widths = 2 * distances[ridge] - 1
    if not len(widths):
        return 0.0, 0.0
    mean = float(widths.mean())
    return mean, float(widths.std()) / max(mean, 1e-6)


def _between(view: LineView) -> tuple[float, float]:
    """Part of the pixels that are neither ink nor paper nor near ink; and how restless the paper is."""
    contrast = view.contrast
    near = cv2.dilate(view.ink, np.ones((5, 5), np.uint8)) > 0
    if near.all():
        return 0.0, 0.0
    bare = ~near
    depth = view.depth[bare]
    midtones = float((depth > 0.14 * contrast).sum()) / near.size
    difference = view.scaled.astype(np.float32) - np.asarray(cv2.blur(view.scaled.astype(np.float32), (9, 9)))
    return midtones, float(difference[bare].std()) / contrast


def periodicity(pixels: ImageArray) -> float:
    """How strongly the curvature along the rows comes back at a fixed distance: enlarged pictures show their old grid.

    Interpolation leaves a signal whose second differences are periodic (Gallagher 2005).

    Args:
        pixels: uint8 [h, w] grey.

    Returns:
        Natural log of the spectrum's peak by its median, for both directions the larger; 0 where the picture is too
        small to tell.
    """
    width = pixels.shape[1]
    part = pixels[:, max(0, (width - _WIDEST) // 2) :][:, :_WIDEST].astype(np.float32)
    return max((_peak(profile) for profile in (_curvature(part), _curvature(part.T))), default=0.0)


_LEAST_PROFILE: Final = 24


def _curvature(part: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean magnitude of the second differences along the rows, for each column."""
    if part.shape[1] < 3:
        return np.zeros(0, dtype=np.float32)
    return np.asarray(np.abs(part[:, 2:] - 2 * part[:, 1:-1] + part[:, :-2]).mean(axis=0), dtype=np.float32)


def _peak(profile: NDArray[np.float32]) -> float:
    if len(profile) < _LEAST_PROFILE:
        return 0.0
    smooth = np.asarray(cv2.blur(profile[None], (9, 1)), dtype=np.float32)[0]
    spectrum = np.abs(np.fft.rfft((profile - smooth) / (smooth + 1.0)))
    band = spectrum[len(spectrum) // 6 :]
    return float(np.log((band.max() + 1e-6) / (np.median(band) + 1e-6)))
