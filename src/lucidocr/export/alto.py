"""Pages as ALTO 4.4, the XML of libraries and archives (namespace http://www.loc.gov/standards/alto/ns-v4#)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from lucidocr import __version__
from lucidocr.export.parts import DESCENT, Bounds, Word, blocks_of, bounds, direction, words, xml
from lucidocr.types import Block, Line, Page

NAMESPACE: Final = "http://www.loc.gov/standards/alto/ns-v4#"
_SCHEMA: Final = "http://www.loc.gov/standards/alto/v4/alto-4-4.xsd"

_KINDS: Final = {"heading": "kind_heading", "table": "kind_table", "form": "kind_form", "paragraph": "kind_paragraph"}
"""Ids of the tags that say what a block is."""

_LEVEL: Final = 1.0
"""Degrees up to which a line counts as level and its shape as its bounds."""


def document_alto(pages: Iterable[Page]) -> Iterator[str]:
    """One document; the file that it names is that of its first page."""
    first: Page | None = None
    for number, page in enumerate(pages, 1):
        if first is None:
            first = page
            yield _head(page.source)
        yield from _page(page, number)
    yield "</Layout>\n</alto>\n" if first is not None else f"{_head('')}</Layout>\n</alto>\n"


def _head(source: str) -> str:
    tags = "".join(f'<LayoutTag ID="{key}" LABEL="{kind}"/>\n' for kind, key in _KINDS.items())
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="{NAMESPACE} {_SCHEMA}" SCHEMAVERSION="4.4">
<Description>
<MeasurementUnit>pixel</MeasurementUnit>
<sourceImageInformation><fileName>{xml(source)}</fileName></sourceImageInformation>
<Processing ID="reading">
<processingCategory>contentGeneration</processingCategory>
<processingSoftware><softwareName>lucidocr</softwareName><softwareVersion>{__version__}</softwareVersion></processingSoftware>
</Processing>
</Description>
<Tags>
{tags}</Tags>
<Layout>
"""


def _page(page: Page, number: int) -> Iterator[str]:
    size = f'WIDTH="{page.width}" HEIGHT="{page.height}"'
    yield f'<Page ID="page_{number}" PHYSICAL_IMG_NR="{number}" {size} PC="{page.confidence:.6f}">\n'
    yield f'<PrintSpace HPOS="0" VPOS="0" {size}>\n'
    for block_number, block in enumerate(blocks_of(page), 1):
        yield from _block(block, page, f"{number}_{block_number}")
    yield "</PrintSpace>\n</Page>\n"


def _block(block: Block, page: Page, key: str) -> Iterator[str]:
    yield f'<TextBlock ID="block_{key}" TAGREFS="{_KINDS[block.kind]}" {_place(bounds(block.box, page))}>\n'
    for number, index in enumerate(block.lines, 1):
        yield _line(page.lines[index], page, f"{key}_{number}")
    yield "</TextBlock>\n"


def _line(line: Line, page: Page, key: str) -> str:
    found = words(line)
    if not found:
        return ""
    direction_of = ' BASEDIRECTION="ttb"' if line.vertical else ""
    turned = abs((direction(line) + 45.0) % 90.0 - 45.0) > _LEVEL
    shape = f'<Shape><Polygon POINTS="{_points(line.box)}"/></Shape>\n' if turned else ""
    head = f'<TextLine ID="line_{key}" {_place(bounds(line.box, page))} BASELINE="{_baseline(line)}"{direction_of}>'
    return f"{head}\n{shape}{'<SP/>'.join(_string(word, page) for word in found)}</TextLine>\n"


def _string(word: Word, page: Page) -> str:
    place = _place(bounds(word.box, page))
    glyphs = "".join(
        f'<Glyph CONTENT="{xml(span.char)}" GC="{span.confidence:.6f}" {_place(bounds(quad, page))}/>\n'
        for span, quad in zip(word.spans, word.quads, strict=False)
    )
    return f'<String CONTENT="{xml(word.text)}" WC="{word.confidence:.6f}" {place}>\n{glyphs}</String>\n'


def _baseline(line: Line) -> str:
    """Two points a little above the lower edge; of a column of characters, its middle."""
    a, b, c, d = line.box
    if line.vertical:
        return _points((_between(a, b, 0.5), _between(d, c, 0.5)))
    return _points((_between(d, a, DESCENT), _between(c, b, DESCENT)))


def _between(start: tuple[float, float], end: tuple[float, float], part: float) -> tuple[float, float]:
    return start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])


def _points(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _place(place: Bounds) -> str:
    return f'HPOS="{place.left}" VPOS="{place.top}" WIDTH="{place.width}" HEIGHT="{place.height}"'
