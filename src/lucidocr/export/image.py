"""A page's picture with what was found on it drawn in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from lucidocr.errors import OptionError
from lucidocr.export.parts import Sheet

BLOCK_COLOUR: Final = (70, 110, 220)
LIKELY, EVEN, UNLIKELY = (20, 150, 60), (235, 160, 0), (215, 40, 40)
"""Colours of a line that is surely right, as likely right as wrong, and surely wrong; those between are mixed."""

_STROKE: Final = 600
"""Pixels of the picture's longer side for each pixel of the strokes."""


def document_image(sheets: Iterable[Sheet]) -> Iterator[bytes]:
    """A PNG of the only sheet.

    Raises:
        OptionError: there are several.
    """
    first, *others = _at_most_two(sheets)
    if others:
        raise OptionError("an annotated picture shows one page", remedy="Choose it with --pages, and name one file.")
    buffer = BytesIO()
    annotated(first).save(buffer, "PNG")
    yield buffer.getvalue()


def annotated(sheet: Sheet) -> Image.Image:
    """Draw the blocks (blue), and the lines with their numbers, from green (sure) through amber to red (unsure)."""
    picture = Image.fromarray(sheet.image.pixels)
    draw = ImageDraw.Draw(picture)
    stroke = max(1, round(max(picture.size) / _STROKE))
    font = ImageFont.load_default(size=5.0 * stroke + 6)
    for block in sheet.page.blocks:
        for box in (block.box, *(cell.box for cell in block.cells)):
            draw.polygon(box, outline=BLOCK_COLOUR, width=stroke)
    for number, line in enumerate(sheet.page.lines, 1):
        colour = confidence_colour(line.confidence)
        draw.polygon(line.box, outline=colour, width=stroke)
        draw.text(line.box[0], str(number), fill=colour, font=font, anchor="rs")
    return picture


def confidence_colour(confidence: float) -> tuple[int, int, int]:
    """The colour of a probability: mixed of the two of red, amber and green that it lies between."""
    low, high, part = (UNLIKELY, EVEN, 2 * confidence) if confidence < 0.5 else (EVEN, LIKELY, 2 * confidence - 1)
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(low, high, strict=True))
    return red, green, blue


def _at_most_two(sheets: Iterable[Sheet]) -> list[Sheet]:
    return [sheet for sheet, _ in zip(sheets, range(2), strict=False)]
