"""All evidence for a page in one picture: for each line its alignment, and below it the heat of each method."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from lucidocr.explain.methods import ATTENTION, METHODS, unsound_methods
from lucidocr.explain.render import alignment_picture, enlarged, full_heat, lay, maps_of, placed_heat, strongest_heat
from lucidocr.types import ExplainedPage, Explanation, HeatMap, ImageArray

_PAPER: Final = 255
_INK: Final = 70
_LABEL_HEIGHT: Final = 20
_GAP: Final = 16
_TITLES: Final = {method.name: method.title for method in METHODS} | {ATTENTION: "Attention"}


def page_sheet(page: ExplainedPage) -> ImageArray:
    """The lines of a page one below the other.

    Args:
        page: the evidence.

    Returns:
        uint8 [H, W, 3], RGB; a blank picture for a page without text.
    """
    return _stack([line_sheet(line.explanation) for line in page.lines], _GAP)


def line_sheet(explanation: Explanation) -> ImageArray:
    """A line above its alignment ribbon, and for each method the line under the heat of all its characters.

    A row of heat shows at every place the strongest heat for any of the characters, each map drawn in proportion to its
    own strongest value.

    Args:
        explanation: of the line.

    Returns:
        uint8 [H, W, 3], RGB.
    """
    maps = maps_of(explanation)
    rows = [alignment_picture(explanation)]
    for method in dict.fromkeys(heat.method for heat in maps):
        own = [heat for heat in maps if heat.method == method]
        rows.append(np.vstack([_label(_title(method), rows[0].shape[1]), _heat_row(explanation, own)]))
    return _stack(rows, 0)


def _heat_row(explanation: Explanation, maps: Sequence[HeatMap]) -> ImageArray:
    """The line under all heat for its characters by one method."""
    canvas = enlarged(explanation.image)
    placed = (placed_heat(explanation, heat, full_heat(heat, strongest_heat([heat]))) for heat in maps)
    lay(canvas, reduce(np.maximum, placed))
    return canvas


def _title(method: str) -> str:
    return f"{_TITLES[method]} (fails a check)" if method in unsound_methods() else _TITLES[method]


def _label(title: str, width: int) -> ImageArray:
    image = Image.new("RGB", (width, _LABEL_HEIGHT), (_PAPER,) * 3)
    ImageDraw.Draw(image).text((4, 2), title, fill=(_INK,) * 3, font_size=13)
    return np.asarray(image)


def _stack(pictures: Sequence[ImageArray], gap: int) -> ImageArray:
    """Pictures one below the other, flush left."""
    width = max((picture.shape[1] for picture in pictures), default=1)
    height = sum(picture.shape[0] + gap for picture in pictures)
    sheet = np.full((max(height, 1), width, 3), _PAPER, dtype=np.uint8)
    top = 0
    for picture in pictures:
        sheet[top : top + picture.shape[0], : picture.shape[1]] = picture
        top += picture.shape[0] + gap
    return sheet
