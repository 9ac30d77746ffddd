"""Which way lines run: to the right, downwards, on their heads, or as columns of upright characters.

The shape of a line says that it runs downwards, but not whether its characters lie on their sides (a turned page) or
stand upright (Chinese columns); nor does any shape say which way up a line is. Reading a few lines does. Pages of level
lines that read well, which is most, cost nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from lucidocr.columns import Column, lay_out
from lucidocr.detect import cut_line, turn_tall
from lucidocr.layout import reading_order
from lucidocr.types import FloatArray, ImageArray, LineImage, PageImage, Recognition

DOUBTFUL: Final = 0.9
"""Mean confidence of a page's characters below which a few lines are read upside down too; see docs/adr/0014."""

SAMPLE: Final = 6
"""Lines that are read another way: the longest, which tell most."""

MARGIN: Final = 1.1
"""How many times surer lines that run downwards must read as columns than on their sides."""

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
    if not _are_upside_down(found, read):
        return found
    return _read(page, [np.roll(quad, 2, axis=0) for quad in turned], columns, read)


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
