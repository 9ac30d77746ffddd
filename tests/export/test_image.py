from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from lucidocr.errors import OptionError
from lucidocr.export.image import BLOCK_COLOUR, EVEN, LIKELY, UNLIKELY, annotated, confidence_colour, document_image
from tests.export.pages import document, line_at, page_of, sheet_of, turned_line


def test_lines_and_blocks_are_drawn_over_the_picture() -> None:
    sheet = sheet_of(document())
    (data,) = document_image([sheet])
    with Image.open(BytesIO(data)) as picture:
        drawn = np.asarray(picture)
    assert drawn.shape == sheet.image.pixels.shape
    colours = {tuple(colour) for colour in drawn.reshape(-1, 3).tolist()}
    assert BLOCK_COLOUR in colours
    assert confidence_colour(0.9) in colours
    assert tuple(drawn[299, 399]) == (255, 255, 255)
    assert sheet.image.pixels.min() == 255  # the page itself is untouched


def test_a_box_is_drawn_where_the_line_is() -> None:
    drawn = np.asarray(annotated(sheet_of(page_of(turned_line("ab")))))
    assert tuple(drawn[40, 280]) == confidence_colour(0.9)


def test_colours_go_from_red_to_green() -> None:
    assert [confidence_colour(value) for value in (0.0, 0.5, 1.0)] == [UNLIKELY, EVEN, LIKELY]
    assert confidence_colour(0.25) not in {UNLIKELY, EVEN}


def test_boxes_may_reach_beyond_the_page() -> None:
    line = replace(line_at("a", 0, 0), box=((-50.0, -50.0), (900.0, -50.0), (900.0, 900.0), (-50.0, 900.0)))
    assert annotated(sheet_of(page_of(line))).size == (400, 300)


def test_several_pages_are_refused() -> None:
    with pytest.raises(OptionError, match="--pages"):
        list(document_image([sheet_of(page_of()), sheet_of(page_of())]))
