"""Whole pages rewritten for display: texts, and with them the characters' places."""

from __future__ import annotations

from dataclasses import replace

from lucidocr.correct.normalise import Normalisation, normalise
from lucidocr.types import Line, Page, Span

Quad = tuple[tuple[float, float], ...]


def normalise_page(page: Page, options: Normalisation) -> Page:
    """Rewrite the lines and cells of a page.

    Args:
        page: as it was read.
        options: what is rewritten.

    Returns:
        A page whose lines keep what was read in ``as_read``, where that is another text.

    Raises:
        MissingPartError: another script is wanted, and OpenCC is not installed.
    """
    if not options.changes:
        return page
    blocks = tuple(
        replace(block, cells=tuple(replace(cell, text=normalise(cell.text, options).text) for cell in block.cells))
        for block in page.blocks
    )
    return replace(page, lines=tuple(normalise_line(line, options) for line in page.lines), blocks=blocks)


def normalise_line(line: Line, options: Normalisation) -> Line:
    """Rewrite one line; see :func:`normalise_page`."""
    rewritten = normalise(line.text, options)
    if rewritten.text == line.text:
        return line
    pairs = list(zip(rewritten.text, rewritten.sources, strict=True))
    spans = tuple(_span(char, source, line.spans) for char, source in pairs) if line.spans else ()
    quads = tuple(_quad(source, line.quads) for _, source in pairs) if line.quads else ()
    return replace(line, text=rewritten.text, spans=spans, quads=quads, as_read=line.text)


def _span(char: str, source: tuple[int, int], spans: tuple[Span, ...]) -> Span:
    """The span of a character that stands for some of those read; of one that was put between two, the gap."""
    begin, end = source
    if begin == end:
        before, after = spans[max(begin - 1, 0)], spans[min(begin, len(spans) - 1)]
        sure = min(before.confidence, after.confidence)
        return Span(char, before.stop, after.start, before.right, max(after.left, before.right), sure)
    first, last = spans[begin], spans[end - 1]
    sure = min(span.confidence for span in spans[begin:end])
    return Span(char, first.start, last.stop, first.left, last.right, sure)


def _quad(source: tuple[int, int], quads: tuple[Quad, ...]) -> Quad:
    """Its corners, clockwise from the top left."""
    begin, end = source
    if begin == end:
        before, after = quads[max(begin - 1, 0)], quads[min(begin, len(quads) - 1)]
        return (before[1], after[0], after[3], before[2])
    first, last = quads[begin], quads[end - 1]
    return (first[0], last[1], last[2], first[3])
