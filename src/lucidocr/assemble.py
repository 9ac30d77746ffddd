"""Read lines put in their places on a page."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from lucidocr.columns import Column, lay_out
from lucidocr.detect import cut_line, whole_line
from lucidocr.errors import OptionError
from lucidocr.layout.blocks import blocks_of, in_block_order
from lucidocr.orientation import ReadLine
from lucidocr.preprocess import to_grey
from lucidocr.types import Block, FloatArray, ImageArray, Line, LineImage, Page, PageImage, Recognition, Span

Point = tuple[float, float]


def make_page(image: PageImage, lines: Sequence[Line], mode: str) -> Page:
    """A page of lines; those of more than one line image are put in the order of their blocks."""
    blocks: tuple[Block, ...] = ()
    if lines and mode != "line":
        lines, blocks = in_block_order(lines, blocks_of(lines, to_grey(image.pixels)))
    return Page(tuple(lines), image.width, image.height, image.source, mode, image.number, image.dpi, blocks)


def placed(found: Sequence[ReadLine]) -> list[Line]:
    """The lines on which something was read."""
    return [_place(cut, reading) for cut, reading in found if reading.text]


def cut_again(image: PageImage, mode: str, line: Line) -> ImageArray:
    """uint8 [h, w] grey, the line image that a line of a page was read from.

    Args:
        image: the page's picture.
        mode: the page's, see :class:`lucidocr.types.Page`.
        line: one of its lines.
    """
    if mode == "line":
        return whole_line(image).pixels
    return cut_quad(image, np.array(line.box, dtype=np.float32), vertical=line.vertical).pixels


def cut_quad(image: PageImage, quad: FloatArray, *, vertical: bool) -> LineImage | Column:
    """Cut a line out as it is read.

    Args:
        image: the page's picture.
        quad: float32 [4, 2], the line's corners in page pixels, clockwise from the top left of its text.
        vertical: whether it is a column of upright characters.
    """
    return lay_out(cut_line(image, np.roll(quad, -1, axis=0))) if vertical else cut_line(image, quad)


def checked_quad(quad: FloatArray, page: PageImage) -> FloatArray:
    """The corners of a line, once they are known to be such.

    Raises:
        OptionError: they make no quadrilateral inside the picture.
    """
    inside = np.isfinite(quad).all() and (quad >= -1).all() and (quad <= (page.width + 1, page.height + 1)).all()
    if not inside or not cv2.isContourConvex(quad) or cv2.contourArea(quad, oriented=True) < 1:
        raise OptionError(
            "the box is no quadrilateral inside the picture",
            remedy="Give four corners [x, y] in pixels, clockwise from the top left of the text.",
        )
    return quad


def corners_of(quad: FloatArray) -> tuple[Point, ...]:
    """Corners [4, 2] as a :class:`lucidocr.types.Line` has them."""
    return tuple((float(x), float(y)) for x, y in quad)


def _place(cut: LineImage | Column, reading: Recognition) -> Line:
    """A reading in its place on the page."""
    return Line(
        text=reading.text,
        confidence=reading.confidence,
        box=corners_of(cut.box),
        spans=reading.spans,
        quads=tuple(cut.quad(span) if isinstance(cut, Column) else _quad(cut, span) for span in reading.spans),
        vertical=isinstance(cut, Column),
        correction=reading.correction,
        preparation=reading.preparation,
    )


def _quad(cut: LineImage, span: Span) -> tuple[Point, ...]:
    """A character's corners in page pixels, clockwise from its top left; it is as high as its line image."""
    bottom = cut.pixels.shape[0]
    corners = [(span.left, 0), (span.right, 0), (span.right, bottom), (span.left, bottom)]
    mapped = np.array([(x, y, 1.0) for x, y in corners]) @ cut.to_page.T
    return tuple((float(x / w), float(y / w)) for x, y, w in mapped)
