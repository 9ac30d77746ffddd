"""Which way lines run: to the right, downwards, on their heads, or as columns of upright characters.

The shape of a line says that it runs downwards, but not whether its characters lie on their sides (a turned page) or
stand upright (Chinese columns); nor does any shape say which way up a line is. Reading a few lines does. What is higher
than wide may also be alone on its page, or be a single character: where it reads badly it is read every way. Pages of
level lines that read well, which is most, cost nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final
from unicodedata import east_asian_width

import numpy as np

from lucidocr.columns import Column, lay_out
from lucidocr.detect import cut_line, sides_of, turn_tall
from lucidocr.layout import reading_order
from lucidocr.types import FloatArray, ImageArray, LineImage, PageImage, Recognition

DOUBTFUL: Final = 0.9
"""Mean confidence of a page's characters below which a few lines are read upside down too; see docs/adr/0014."""

SAMPLE: Final = 6
"""Lines that are read another way: the longest, which tell most."""

MARGIN: Final = 1.1
"""How many times surer lines must read another way than the one they were taken for."""

STUBBY: Final = 1.3
"""Height over width from which a line that reads badly is read downwards and upwards too."""

MIDDLES: Final = (1.0, 0.75, 0.6)
"""Parts of a quad's width that a column is looked for in: quads around few large characters are mostly margin."""

LIKELY: Final = 0.45
"""Mean confidence of its characters that a reading another way must have."""

Read = Callable[[Sequence[ImageArray]], list[Recognition]]
ReadLine = tuple[LineImage | Column, Recognition]


def read_page(page: PageImage, quads: Sequence[FloatArray], read: Read) -> list[ReadLine]:
    """Cut out the lines of a page and read them in reading order, the way they run.

    Args:
        page: the page.
        quads: float32 [4, 2] each, page pixels, clockwise from the top left corner.
        read: reads line images.

    Returns:
        The lines and their readings. A box begins at the top left of the text.
    """
    turned = turn_tall(quads)
    tall = {number for number, (quad, own) in enumerate(zip(turned, quads, strict=True)) if quad is not own}
    columns = tall if _stand_upright(page, [turned[number] for number in tall], read) else set()
    found = _read(page, turned, columns, read)
    if _are_upside_down(found, read):
        found = _read(page, [np.roll(quad, 2, axis=0) for quad in turned], columns, read)
    return _other_ways(page, found, read)


def _read(page: PageImage, quads: Sequence[FloatArray], columns: set[int], read: Read) -> list[ReadLine]:
    cuts: list[LineImage | Column] = []
    for number in reading_order(quads):
        cut = cut_line(page, quads[number])
        cuts.append(lay_out(cut) if number in columns else cut)
    return list(zip(cuts, read([cut.pixels for cut in cuts]), strict=True))


def _stand_upright(page: PageImage, quads: Sequence[FloatArray], read: Read) -> bool:
    """Whether lines that run downwards read better as columns of upright characters."""
    cuts = longest([cut_line(page, quad) for quad in quads], SAMPLE)
    if not cuts:
        return False
    lying, standing = read([cut.pixels for cut in cuts]), read([lay_out(cut).pixels for cut in cuts])
    return mean_confidence(standing) > MARGIN * mean_confidence(lying)


def _other_ways(page: PageImage, found: Sequence[ReadLine], read: Read) -> list[ReadLine]:
    """Lines of which those that are higher than wide and read badly run as they are read best.

    Where many run downwards, that is how the page is turned, which has been found already.
    """
    lines = list(found)
    steep = [number for number, (cut, _) in enumerate(lines) if _is_steep(cut)]
    turned = [number for number in steep if not _is_level(lines[number][0].box)]
    open_to_doubt = set(steep) if len(turned) <= SAMPLE else set(steep) - set(turned)
    doubtful = [number for number in sorted(open_to_doubt) if mean_confidence([lines[number][1]]) < DOUBTFUL]
    if not doubtful:
        return lines
    quads = [_upright(lines[number][0].box) for number in doubtful]
    for cuts in _ways(page, quads):
        for number, cut, reading in zip(doubtful, cuts, read([cut.pixels for cut in cuts]), strict=True):
            if _reads_better(reading, lines[number][1]) and not (isinstance(cut, Column) and _is_narrow(reading)):
                lines[number] = (cut, reading)
    return lines


def _ways(page: PageImage, quads: Sequence[FloatArray]) -> Iterator[list[LineImage | Column]]:
    """Lines as columns of upright characters, and on either side."""
    for part in MIDDLES:
        yield [lay_out(cut_line(page, np.roll(_middle(quad, part), -1, axis=0))) for quad in quads]
    for corner in (-1, 1):
        yield [cut_line(page, np.roll(quad, corner, axis=0)) for quad in quads]


def _reads_better(reading: Recognition, before: Recognition) -> bool:
    """Whether several characters are read, and surer than what was read before."""
    sure = mean_confidence([reading])
    more = expected_right([reading]) > expected_right([before])
    return len(reading.spans) > 1 and more and sure > max(LIKELY, MARGIN * mean_confidence([before]))


def _is_narrow(reading: Recognition) -> bool:
    """Whether most of the characters are none that columns are written in: pieces of a brace read as digits."""
    wide = sum(east_asian_width(span.char) == "W" for span in reading.spans)
    return 2 * wide <= len(reading.spans)


def _middle(quad: FloatArray, part: float) -> FloatArray:
    """The middle part of a quad, from its top to its bottom."""
    a, b, c, d = quad
    top, bottom = (1 - part) / 2 * (b - a), (1 - part) / 2 * (c - d)
    return np.stack([a + top, b - top, c - bottom, d + bottom])


def _is_steep(cut: LineImage | Column) -> bool:
    """Whether a line that is not a column already is clearly higher than wide."""
    width, height = sides_of(_upright(cut.box))
    return isinstance(cut, LineImage) and height > STUBBY * width


def _is_level(box: FloatArray) -> bool:
    """Whether a line was taken for one that runs to the right, or to the left on a page upside down."""
    right, down = np.abs(box[1] - box[0])
    return bool(right >= down)


def _upright(box: FloatArray) -> FloatArray:
    """A line's corners from the upper left one on, whichever way the line runs."""
    return np.roll(box, -int(np.argmax((np.roll(box, -1, axis=0) - box)[:, 0])), axis=0)


def _are_upside_down(found: Sequence[ReadLine], read: Read) -> bool:
    """Whether lines that read badly read better the other way round; columns are as they are."""
    readings = {id(cut): reading for cut, reading in found if isinstance(cut, LineImage)}
    cuts = longest([cut for cut, _ in found if isinstance(cut, LineImage)], SAMPLE)
    if not cuts or mean_confidence(list(readings.values())) >= DOUBTFUL:
        return False
    turned = read([upside_down(cut) for cut in cuts])
    return expected_right(turned) > expected_right([readings[id(cut)] for cut in cuts])


def longest(cuts: Sequence[LineImage], count: int) -> list[LineImage]:
    """At most ``count`` of the lines: those with most room for characters."""
    return sorted(cuts, key=lambda cut: -cut.pixels.shape[1] / cut.pixels.shape[0])[:count]


def upside_down(cut: LineImage) -> ImageArray:
    """A line's pixels, turned by 180 degrees."""
    return np.ascontiguousarray(cut.pixels[::-1, ::-1])


def mean_confidence(readings: Sequence[Recognition]) -> float:
    """Mean confidence of all characters; 0 where nothing was read."""
    count = sum(len(reading.spans) for reading in readings)
    return expected_right(readings) / count if count else 0.0


def expected_right(readings: Sequence[Recognition]) -> float:
    """How many characters are expected to be right."""
    return sum(span.confidence for reading in readings for span in reading.spans)
