"""Pages as hOCR 1.2: XHTML whose classes and titles say what is where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from lucidocr import __version__
from lucidocr.export.parts import DESCENT, Bounds, Word, blocks_of, bounds, direction, words, xml
from lucidocr.types import Line, Page

CAPABILITIES: Final = (
    "ocr_page",
    "ocr_carea",
    "ocr_table",
    "ocr_par",
    "ocr_line",
    "ocr_header",
    "ocrx_word",
    "ocrx_cinfo",
    "ocrp_wconf",
)

_HEAD: Final = f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="zh" lang="zh">
<head>
<title></title>
<meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>
<meta name="ocr-system" content="lucidocr {__version__}"/>
<meta name="ocr-capabilities" content="{" ".join(CAPABILITIES)}"/>
</head>
<body>
"""
_TAIL: Final = "</body>\n</html>\n"

_SLANTED: Final = 45.0
"""Degrees from which on a line has a text angle and no baseline of small slope."""


def document_hocr(pages: Iterable[Page]) -> Iterator[str]:
    """One document with an ``ocr_page`` for each page; white space stands between words where the text has it."""
    yield _HEAD
    for number, page in enumerate(pages, 1):
        yield from _page(page, number)
    yield _TAIL


def _page(page: Page, number: int) -> Iterator[str]:
    title = [f"image {_quoted(page.source)}", _bbox(Bounds(0, 0, page.width, page.height)), f"ppageno {number - 1}"]
    if page.dpi:
        title.append(f"scan_res {round(page.dpi)} {round(page.dpi)}")
    yield f'<div class="ocr_page" id="page_{number}" title="{xml("; ".join(title))}">\n'
    for block_number, block in enumerate(blocks_of(page), 1):
        key = f"{number}_{block_number}"
        area = "ocr_table" if block.kind == "table" else "ocr_carea"
        line_class = "ocr_header" if block.kind == "heading" else "ocr_line"
        place = _bbox(bounds(block.box, page))
        yield f'<div class="{area}" id="block_{key}" title="{place}">\n'
        yield f'<p class="ocr_par" id="par_{key}" title="{place}">\n'
        for line_number, index in enumerate(block.lines, 1):
            yield _line(page.lines[index], page, f"{key}_{line_number}", line_class)
        yield "</p>\n</div>\n"
    yield "</div>\n"


def _line(line: Line, page: Page, key: str, line_class: str) -> str:
    parts = [_word(word, page, f"{key}_{number}") for number, word in enumerate(words(line), 1)]
    title = f"{_bbox(bounds(line.box, page))}; {_baseline(line, page)}"
    return f'<span class="{line_class}" id="line_{key}" title="{title}">{" ".join(parts)}</span>\n'


def _word(word: Word, page: Page, key: str) -> str:
    title = f"{_bbox(bounds(word.box, page))}; x_wconf {round(100 * word.confidence)}"
    text = xml(word.text)
    if word.quads:
        text = "".join(
            f'<span class="ocrx_cinfo" title="x_bboxes {_numbers(bounds(quad, page))}; '
            f'x_conf {100 * span.confidence:.2f}">{xml(span.char)}</span>'
            for span, quad in zip(word.spans, word.quads, strict=True)
        )
    return f'<span class="ocrx_word" id="word_{key}" title="{title}">{text}</span>'


def _baseline(line: Line, page: Page) -> str:
    """Slope and offset from the lower left corner of the bounds; a line that is turned further has an angle.

    hOCR counts angles counter-clockwise, and the offset downwards.
    """
    degrees = direction(line)
    if line.vertical or abs(degrees) > _SLANTED:
        return f"textangle {-degrees:.2f}"
    (ax, ay), (bx, by) = line.box[3], line.box[2]  # the lower edge
    height = max(abs(line.box[3][1] - line.box[0][1]), 1.0)
    slope = (by - ay) / (bx - ax) if bx > ax else 0.0
    place = bounds(line.box, page)
    offset = ay + slope * (place.left - ax) - DESCENT * height - place.bottom
    return f"baseline {slope:.4f} {round(offset)}; x_size {height:.1f}"


def _bbox(place: Bounds) -> str:
    return f"bbox {_numbers(place)}"


def _numbers(place: Bounds) -> str:
    return f"{place.left} {place.top} {place.right} {place.bottom}"


def _quoted(name: str) -> str:
    """A name in double quotes; those of its own, and what ends a property, become underscores."""
    return '"' + name.replace('"', "_").replace(";", "_") + '"'
