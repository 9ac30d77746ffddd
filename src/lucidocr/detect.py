"""Finding the lines of a page, and cutting them out upright."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from lucidocr.errors import MissingPartError
from lucidocr.looking import first_scale, next_scale, samples, together
from lucidocr.preprocess import to_grey
from lucidocr.regions import quads_of
from lucidocr.session import Session
from lucidocr.tiles import map_of
from lucidocr.types import FloatArray, LineImage, PageImage

_MOST_LOOKS: Final = 4
"""How often a page is looked at, closer every time."""

_MARGIN: Final = 0.04
"""Room left around a line when it is cut out, as part of its height."""

_TALL: Final = 4.0
"""Height over width from which a quad holds a line that runs downwards. A lone narrow character (I, l) reaches 3.3."""

_CLEARLY: Final = 2.0
"""One side over the other from which a quad clearly runs along it."""

_MAX_WARP: Final = 30_000
"""OpenCV cannot warp pictures of 32,767 pixels or more."""


class Detector(Protocol):
    """Finds lines of text; safe to call from many threads."""

    def find(self, page: PageImage) -> list[FloatArray]:
        """Quads of the lines, in no order: float32 [4, 2] each, page pixels, clockwise from the top left corner.

        Raises:
            ImageSizeError: the page is too long and thin to look for lines in it.
        """
        ...


class PaddleDetector:
    """PP-OCR's text detector (differentiable binarisation): the graph that the rapidocr package carries.

    Only the graph is taken from rapidocr. Its own class around it picks thread counts and input sizes by itself,
    enlarges a flat strip to 736 pixels in height, logs, and keeps state.

    Args:
        threads: that one call may use.

    Raises:
        MissingPartError: rapidocr is not installed, or carries another graph.
    """

    def __init__(self, *, threads: int) -> None:
        self._session = Session(_bundled_graph(), threads=threads, arena=True)

    def find(self, page: PageImage) -> list[FloatArray]:
        """See :meth:`Detector.find`."""
        scale = first_scale(page.width, page.height)
        quads = self.find_at(page, scale)
        clues, seen_at = quads, scale
        if not quads:
            clues, seen_at = [quad for part in samples(page, scale) for quad in self.find_at(part, 1.0)], 1.0
        for _ in range(_MOST_LOOKS - 1):
            closer = next_scale((page.width, page.height), scale, clues, seen_at=seen_at)
            if closer is None:
                break
            clues = self.find_at(page, closer)
            quads = together(clues, quads)
            scale = seen_at = closer
        return quads

    def find_at(self, page: PageImage, scale: float) -> list[FloatArray]:
        """Quads as of :meth:`Detector.find`, looked for at a scale of one's own choice."""
        text_map = map_of(page.pixels, scale, self._run)
        size = np.array([page.width, page.height], dtype=np.float32)
        drawn = np.array(text_map.shape[::-1], dtype=np.float32) / size  # the scale that each direction really got
        return [np.clip(quad / drawn, 0, size).astype(np.float32) for quad in quads_of(text_map)]

    def _run(self, image: FloatArray) -> FloatArray:
        (found,) = self._session.run({self._session.inputs[0]: image}, self._session.outputs[:1])
        return np.asarray(found[0, 0], dtype=np.float32)


def _bundled_graph() -> bytes:
    package = find_spec("rapidocr")  # importing it would take a second
    if package is None or not package.submodule_search_locations:
        raise _missing()
    try:
        return (Path(package.submodule_search_locations[0]) / "models" / "PP-OCRv6_det_small.onnx").read_bytes()
    except OSError as error:
        raise _missing() from error


def _missing() -> MissingPartError:
    return MissingPartError(
        "reading pages needs the text detector of the package rapidocr",
        remedy="Run `pip install 'rapidocr>=3.10,<4'`, or read line images with mode='line'.",
    )


def turn_tall(quads: Sequence[FloatArray]) -> list[FloatArray]:
    """Let the quads of lines that run downwards begin at their text's top left, which is their top right corner.

    A quad more than four times as high as wide is taken for such a line. A lower one may be a lone narrow character.
    Where more lines are so tall than are clearly wide, all are turned but the clearly wide: short words too run
    downwards there.

    Args:
        quads: float32 [4, 2] each, clockwise from the top left corner.

    Returns:
        The quads in the same order, the tall ones beginning with their second corner.
    """
    sides = [sides_of(quad) for quad in quads]
    tall = sum(height > _TALL * width for width, height in sides)
    wide = sum(width > _CLEARLY * height for width, height in sides)
    least = 1 / _CLEARLY if tall > wide else _TALL
    return [
        np.roll(quad, -1, axis=0) if height > least * width else quad
        for quad, (width, height) in zip(quads, sides, strict=True)
    ]


def cut_line(page: PageImage, quad: FloatArray) -> LineImage:
    """Cut a line out of a page, upright, at the page's own resolution.

    Args:
        page: the page.
        quad: float32 [4, 2], page pixels, clockwise from the text's top left; see :func:`turn_tall`.

    Returns:
        The line with a small margin around it; its ``box`` is the quad.
    """
    width, height = sides_of(quad)
    margin = max(1.0, _MARGIN * height)
    wide = _grow(quad.astype(np.float64), margin / max(width, 1.0), margin / max(height, 1.0))
    if _is_straight(wide) or max(width, height) > _MAX_WARP:
        return _slice(page, wide, quad)
    return _warp(page, wide, quad)


def whole_line(page: PageImage) -> LineImage:
    """A page that is one line."""
    box = np.array([(0, 0), (page.width, 0), (page.width, page.height), (0, page.height)], dtype=np.float32)
    return LineImage(to_grey(page.pixels), box, np.eye(3))


def sides_of(quad: NDArray[np.floating]) -> tuple[float, float]:
    """Mean width and height of a quad."""
    top, right, bottom, left = (float(np.linalg.norm(quad[(i + 1) % 4] - quad[i])) for i in range(4))
    return (top + bottom) / 2, (left + right) / 2


def _grow(quad: NDArray[np.float64], along: float, across: float) -> NDArray[np.float64]:
    """Move the corners outwards by parts of the quad's own sides."""
    a, b, c, d = quad
    horizontal, vertical = ((b - a) + (c - d)) / 2 * along, ((d - a) + (c - b)) / 2 * across
    return np.stack(
        [a - horizontal - vertical, b + horizontal - vertical, c + horizontal + vertical, d - horizontal + vertical]
    )


def _is_straight(quad: NDArray[np.float64]) -> bool:
    """Whether a quad is upright to within half a pixel at every corner."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad
    return bool(bx > ax and dy > ay and max(abs(ay - by), abs(cy - dy), abs(ax - dx), abs(bx - cx)) <= 1.0)


def _slice(page: PageImage, wide: NDArray[np.float64], quad: FloatArray) -> LineImage:
    """Cut along whole pixels, without interpolation."""
    (left, top), (right, bottom) = wide.min(axis=0), wide.max(axis=0)
    x = min(max(round(float(left)), 0), page.width - 1)
    y = min(max(round(float(top)), 0), page.height - 1)
    region = page.pixels[y : max(round(float(bottom)), y + 1), x : max(round(float(right)), x + 1)]
    return LineImage(to_grey(region), quad, np.array([[1.0, 0, x], [0, 1, y], [0, 0, 1]]))


def _warp(page: PageImage, wide: NDArray[np.float64], quad: FloatArray) -> LineImage:
    """Cut through a homography; what lies outside of the page repeats its edge."""
    width, height = (max(1, round(side)) for side in sides_of(wide))
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)
    x, y = (int(max(0, math.floor(low) - 2)) for low in wide.min(axis=0))
    x, y = min(x, page.width - 1), min(y, page.height - 1)
    right, bottom = (math.ceil(high) + 2 for high in wide.max(axis=0))
    region = to_grey(page.pixels[y : max(bottom, y + 1), x : max(right, x + 1)])
    origin = np.array([x, y], dtype=np.float64)
    # A pixel's centre is at .5 here and at 0 in OpenCV.
    centres = cv2.getPerspectiveTransform((wide - origin - 0.5).astype(np.float32), (corners - 0.5).astype(np.float32))
    pixels = cv2.warpPerspective(
        region, centres, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    to_page = cv2.getPerspectiveTransform(corners.astype(np.float32), wide.astype(np.float32))
    return LineImage(np.asarray(pixels, dtype=np.uint8), quad, np.asarray(to_page, dtype=np.float64))
