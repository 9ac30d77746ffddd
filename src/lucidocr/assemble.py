"""Read lines put in their places on a page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lucidocr.columns import Column
from lucidocr.layout.blocks import blocks_of, in_block_order
from lucidocr.orientation import ReadLine
from lucidocr.preprocess import to_grey
from lucidocr.types import Block, Line, LineImage, Page, PageImage, Recognition, Span

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


def _place(cut: LineImage | Column, reading: Recognition) -> Line:
    """A reading in its place on the page."""
    return Line(
        text=reading.text,
        confidence=reading.confidence,
        box=tuple((float(x), float(y)) for x, y in cut.box),
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
