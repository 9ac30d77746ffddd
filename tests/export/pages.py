"""Pages with lines, blocks and tables, for the tests of formats."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lucidocr.export import Sheet
from lucidocr.types import Block, Cell, Line, Page, PageImage, Span

Quad = tuple[tuple[float, float], ...]


def box(left: float, top: float, right: float, bottom: float) -> Quad:
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def line_at(text: str, left: float, top: float, *, size: float = 20, confidence: float = 0.9) -> Line:
    """A line of characters that are ``size`` pixels wide and high."""
    spans = tuple(Span(char, n, n + 1, size * n, size * (n + 1), confidence) for n, char in enumerate(text))
    quads = tuple(box(left + span.left, top, left + span.right, top + size) for span in spans)
    return Line(text, confidence, box(left, top, left + size * len(text), top + size), spans, quads)


def turned_line(text: str) -> Line:
    """A line that runs downwards, as on a page turned clockwise."""
    flat = line_at(text, 0, 0)

    def turn(quad: Quad) -> Quad:
        return tuple((300 - y, 20 + x) for x, y in quad)

    return replace(flat, box=turn(flat.box), quads=tuple(turn(quad) for quad in flat.quads))


def column_at(text: str, left: float, top: float) -> Line:
    """A column of upright characters."""
    spans = tuple(Span(char, n, n + 1, 20 * n, 20 * (n + 1), 0.8) for n, char in enumerate(text))
    quads = tuple(box(left, top + span.left, left + 20, top + span.right) for span in spans)
    return Line(text, 0.8, box(left, top, left + 20, top + 20 * len(text)), spans, quads, vertical=True)


def page_of(*lines: Line, blocks: tuple[Block, ...] = (), source: str = "a.png") -> Page:
    return Page(lines, 400, 300, source, "page", 1, None, blocks)


def sheet_of(page: Page) -> Sheet:
    pixels = np.full((page.height, page.width, 3), 255, np.uint8)
    return Sheet(PageImage(pixels, page.source, page.number, page.dpi), page)


def document() -> Page:
    """A heading, a paragraph of two lines, and a table with an empty cell."""
    lines = (
        line_at("标题", 20, 10, size=30),
        line_at("first line", 20, 60),
        line_at("and <second> &", 20, 85),
        line_at("品名", 20, 130),
        line_at("金额", 120, 130),
        line_at("a|b", 20, 160),
    )
    cells = (
        Cell(0, 0, "品名", (3,), lines[3].box),
        Cell(0, 1, "金额", (4,), lines[4].box),
        Cell(1, 0, "a|b", (5,), lines[5].box),
        Cell(1, 1, "", (), box(120, 160, 160, 180)),
    )
    blocks = (
        Block("heading", (0,), lines[0].box, level=1),
        Block("paragraph", (1, 2), box(20, 60, 300, 105)),
        Block("table", (3, 4, 5), box(20, 130, 160, 180), cells=cells),
    )
    return page_of(*lines, blocks=blocks)
