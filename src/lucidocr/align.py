"""Where the characters of a line are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lucidocr.calibration import IDENTITY, Calibration
from lucidocr.charset import Charset
from lucidocr.errors import AlignmentError, ImageSizeError
from lucidocr.ink import Ink, find_ink
from lucidocr.places import weigh_places
from lucidocr.trellis import Trellis, make_trellis
from lucidocr.types import Alignment, Frames, ImageArray, IntArray, Span

SPACE: Final = " "

MAX_CELLS: Final = 4_000_000
"""Frames times states of the longest string that is aligned; a cell takes about a hundred bytes."""

_REACH: Final = 0.15
"""How far from midway between two centres they may be parted, as part of their distance."""

_OWNED: Final = 0.75
"""Part of a piece of ink from which it belongs to one character as a whole."""

_EDGE: Final = 0.3
"""Columns by which ink reaches beyond the pixels that are dark enough to be called so."""

_TOUCHING: Final = 2
"""Columns from which a piece that belongs to several characters counts as ink of each."""


@dataclass(frozen=True, slots=True)
class Extent:
    """A stretch of a line image from left to right, pixels."""

    left: float
    right: float


@dataclass(frozen=True, slots=True, eq=False)
class Stay:
    """When the path is in each character of a string.

    Attributes:
        centres: float64 [K], expected middle of the frames that emit it, frames.
        deviations: float64 [K], standard deviation of the place, frames.
        starts: int64 [K], first frame that more probably than not emits it; the most probable one where none does.
        stops: int64 [K], one past the last such frame.
    """

    centres: NDArray[np.float64]
    deviations: NDArray[np.float64]
    starts: IntArray
    stops: IntArray

    @classmethod
    def of(cls, occupancy: NDArray[np.float64]) -> Stay:
        """Read the stays of K characters from P(state at t): float64 [T, 2K + 1]."""
        chars = occupancy[:, 1::2]
        if not chars.size:
            return cls(np.zeros(0), np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.int64))
        middles = np.arange(len(chars)) + 0.5
        weights = chars / chars.sum(axis=0)
        centres = middles @ weights
        variances = ((middles[:, None] - centres) ** 2 * weights).sum(axis=0) + 1 / 12
        said = chars >= np.minimum(0.5, chars.max(axis=0))
        return cls(centres, np.sqrt(variances), said.argmax(axis=0), len(chars) - said[::-1].argmax(axis=0))

    @classmethod
    def join(cls, stays: Sequence[Stay]) -> Stay:
        """The stays of strings that follow each other on one line."""
        names = ("centres", "deviations", "starts", "stops")
        return cls(*(np.concatenate([getattr(stay, name) for stay in stays]) for name in names))

    def shifted(self, frames: int) -> Stay:
        """The same stays on a line with so many more frames before them."""
        return replace(self, centres=self.centres + frames, starts=self.starts + frames, stops=self.stops + frames)


def align(
    frames: Frames, charset: Charset, text: str, pixels: ImageArray, *, calibration: Calibration = IDENTITY
) -> Alignment:
    """Find where a text lies on a line: its reading, or any other.

    Args:
        frames: what the network says of the line.
        charset: whose classes the frames are about.
        text: what to look for; spaces at both ends are dropped.
        pixels: uint8 [h, w] grey, the line as cut.
        calibration: of the model that the frames come from.

    Raises:
        AlignmentError: the text holds a character that the charset lacks, or cannot lie on the line.
        ImageSizeError: line and text are too long.
    """
    trellis = text_trellis(frames, charset, text)
    places = weigh_places(frames, trellis)
    confidences = [calibration.character(float(own)) for own in np.exp(places.log_own)]
    return place_text(frames, charset, trellis, find_ink(pixels), confidences)


def text_trellis(frames: Frames, charset: Charset, text: str) -> Trellis:
    """The trellis of a text; see :func:`align`."""
    text = text.strip(SPACE)
    unknown = sorted(charset.unknown(text))
    if unknown:
        raise AlignmentError(
            f"the model does not know {' '.join(unknown)}", remedy="Give a text of characters that the model can read."
        )
    if len(frames) * (2 * len(text) + 1) > MAX_CELLS:
        raise ImageSizeError(
            f"{len(text)} characters on {len(frames)} frames are too many", remedy="Cut the line into parts."
        )
    return make_trellis(frames, charset.encode(text), margin=margin_of(charset))


def margin_of(charset: Charset) -> int | None:
    """Class that is dropped from both ends of a reading: the space, where the charset has one."""
    return charset.encode(SPACE)[0] if SPACE in charset else None


def place_text(frames: Frames, charset: Charset, trellis: Trellis, ink: Ink, confidences: Sequence[float]) -> Alignment:
    """Turn the sums over all paths into places.

    Args:
        frames: what the network says of the line.
        charset: whose classes the frames are about.
        trellis: of the text.
        ink: of the line image.
        confidences: K probabilities that a character is right.
    """
    occupancy = trellis.occupancy
    stay = Stay.of(occupancy)
    text = charset.decode(trellis.labels)
    return Alignment(
        text=text,
        log_prob=trellis.log_prob,
        occupancy=occupancy.astype(np.float32),
        centres=(stay.centres * frames.pixels_per_frame).astype(np.float32),
        deviations=(stay.deviations * frames.pixels_per_frame).astype(np.float32),
        spans=make_spans(text, stay, confidences, frames, ink),
    )


def make_spans(text: str, stay: Stay, confidences: Sequence[float], frames: Frames, ink: Ink) -> tuple[Span, ...]:
    """The parts of a line that the K characters of a text were read from."""
    extents = part_ink((stay.centres * frames.pixels_per_frame).tolist(), ink, float(frames.width))
    return tuple(
        Span(char, start, stop, extent.left, extent.right, confidence)
        for char, start, stop, extent, confidence in zip(
            text, stay.starts.tolist(), stay.stops.tolist(), extents, confidences, strict=True
        )
    )


def part_ink(centres: Sequence[float], ink: Ink, width: float) -> list[Extent]:
    """Left and right edges of characters from where their centres are.

    Two neighbours are parted in the valley of the ink nearest to midway between their centres. A piece of ink belongs
    as a whole to the character on whose side most of it lies, so that slanted characters may overlap; a piece that
    several share, because they touch, is cut. A character ends where its ink does. One without ink, such as a space,
    reaches from its neighbour's ink to that of the next.

    Args:
        centres: of the K characters, pixels, from left to right.
        ink: of the line image.
        width: of the line image, pixels.

    Returns:
        One extent per character, none of negative width.
    """
    if not centres:
        return []
    cuts = _cuts([centre * ink.scale for centre in centres], ink)
    left, right = _own_ink(cuts, ink)
    bare = np.flatnonzero(left > right)
    before, after = np.concatenate([cuts[:1], right[:-1]]), np.concatenate([left[1:], cuts[-1:]])
    left[bare] = np.where(np.isfinite(before[bare]), before[bare], cuts[:-1][bare])
    right[bare] = np.where(np.isfinite(after[bare]), after[bare], cuts[1:][bare])
    right = np.maximum(left, right)
    return [
        Extent(min(max(a, 0.0), width), min(max(b, 0.0), width))
        for a, b in zip((left / ink.scale).tolist(), (right / ink.scale).tolist(), strict=True)
    ]


def _cuts(centres: Sequence[float], ink: Ink) -> NDArray[np.float64]:
    """float64 [K + 1], columns at which the characters are parted, the outer edges of the ink among them."""
    first = min([centres[0], *ink.pieces[:, 0].tolist()])
    last = max([centres[-1], *ink.pieces[:, 1].tolist()])
    return np.array([first, *(_valley(a, b, ink.columns) for a, b in pairwise(centres)), last], dtype=np.float64)


def _valley(before: float, after: float, columns: NDArray[np.float64]) -> float:
    """The column with the least ink around midway between two centres; the one nearest to it of several."""
    middle, reach = (before + after) / 2, _REACH * (after - before)
    first = min(max(int(np.floor(middle - reach)), 0), len(columns) - 1)
    part = columns[first : max(int(np.ceil(middle + reach)), first + 1)]
    lowest = first + np.flatnonzero(part == part.min()) + 0.5
    return float(lowest[np.abs(lowest - middle).argmin()])


def _own_ink(cuts: NDArray[np.float64], ink: Ink) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """float64 [K] each: where each character's ink begins and ends; from inf to -inf where it has none."""
    begin, end = ink.pieces[:, :1].astype(np.float64), ink.pieces[:, 1:].astype(np.float64)
    shared = np.minimum(end, cuts[1:]) - np.maximum(begin, cuts[:-1])  # [N, K]
    owned = shared >= _OWNED * (end - begin)
    whole = owned.any(axis=1, keepdims=True)
    cut = ~whole & (shared >= np.minimum(_TOUCHING, end - begin))
    left = np.where(owned, begin - _EDGE, np.where(cut, np.maximum(begin, cuts[:-1]), np.inf))
    right = np.where(owned, end + _EDGE, np.where(cut, np.minimum(end, cuts[1:]), -np.inf))
    return left.min(axis=0, initial=np.inf), right.max(axis=0, initial=-np.inf)
