"""What several formats need of a page: its blocks, words, upright bounds, and text that XML can hold."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from lucidocr.types import Block, Cell, Line, Page, PageImage, Span

Quad = tuple[tuple[float, float], ...]

DESCENT: Final = 0.2
"""Where the baseline lies above the lower edge of a line's box, as part of its height."""

_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold, not even as a reference."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page's picture and what was read from it.

    Attributes:
        image: the picture.
        page: the reading.
    """

    image: PageImage
    page: Page


@dataclass(frozen=True, slots=True)
class Bounds:
    """An upright rectangle of whole pixels, inside the page and at least one pixel large."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Word:
    """Characters of a line between white space.

    Attributes:
        text: what was read.
        confidence: probability in [0, 1] that all of it is right.
        box: its four corners in page pixels, clockwise from the top left of the text.
        spans: its characters.
        quads: their corners; none where they are unknown.
    """

    text: str
    confidence: float
    box: Quad
    spans: tuple[Span, ...]
    quads: tuple[Quad, ...]


def blocks_of(page: Page) -> tuple[Block, ...]:
    """A page's blocks; without any, all of its lines are one paragraph."""
    if page.blocks or not page.lines:
        return page.blocks
    corners = [corner for line in page.lines for corner in line.box]
    return (Block("paragraph", tuple(range(len(page.lines))), _around(corners)),)


def grid_of(cells: Sequence[Cell]) -> list[list[str]]:
    """Texts of a table's or form's cells by row and column; one over several stands in the first of them."""
    texts = {(cell.row, cell.column): cell.text for cell in cells}
    spans = [(cell.row + cell.row_span, cell.column + cell.column_span) for cell in cells]
    height, width = (max((span[axis] for span in spans), default=0) for axis in (0, 1))
    return [[texts.get((row, column), "") for column in range(width)] for row in range(height)]


def words(line: Line) -> list[Word]:
    """The words of a line; a line whose characters have no places is one word.

    A word is at least as probable to be right as its whole line, and its characters' errors are taken to be
    independent: its confidence is the larger of the line's and the product of its characters'.
    """
    if len(line.spans) != len(line.text) or len(line.quads) != len(line.spans):
        return [Word(line.text, line.confidence, line.box, line.spans, ())] if line.text.strip() else []
    parts = groupby(range(len(line.spans)), key=lambda number: line.spans[number].char.isspace())
    return [_word(line, list(numbers)) for space, numbers in parts if not space]


def bounds(points: Iterable[tuple[float, float]], page: Page) -> Bounds:
    """The smallest rectangle of whole pixels around some points."""
    xs, ys = zip(*points, strict=True)
    left = min(max(math.floor(min(xs)), 0), page.width - 1)
    top = min(max(math.floor(min(ys)), 0), page.height - 1)
    return Bounds(
        left,
        top,
        max(min(math.ceil(max(xs)), page.width), left + 1),
        max(min(math.ceil(max(ys)), page.height), top + 1),
    )


def direction(line: Line) -> float:
    """Which way a line runs, degrees clockwise from left-to-right, in (-180, 180]; a column of characters runs down."""
    start, end = (line.box[0], line.box[3]) if line.vertical else (line.box[0], line.box[1])
    return math.degrees(math.atan2(end[1] - start[1], end[0] - start[0]))


def xml(text: str) -> str:
    """A text for XML content and quoted attributes; what XML cannot hold becomes U+FFFD."""
    clean = _FORBIDDEN.sub("\ufffd", text)
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        clean = clean.replace(char, entity)
    return clean


def _word(line: Line, numbers: list[int]) -> Word:
    spans = tuple(line.spans[number] for number in numbers)
    quads = tuple(line.quads[number] for number in numbers)
    first, last = quads[0], quads[-1]
    box = (first[0], first[1], last[2], last[3]) if line.vertical else (first[0], last[1], last[2], first[3])
    together = math.prod(span.confidence for span in spans)
    return Word("".join(span.char for span in spans), max(line.confidence, together), box, spans, quads)


def _around(points: list[tuple[float, float]]) -> Quad:
    left, top = (min(point[axis] for point in points) for axis in (0, 1))
    right, bottom = (max(point[axis] for point in points) for axis in (0, 1))
    return ((left, top), (right, top), (right, bottom), (left, bottom))
