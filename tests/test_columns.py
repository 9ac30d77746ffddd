"""Columns are cut between their characters."""

from __future__ import annotations

import numpy as np
import pytest

from lucidocr.columns import Column, lay_out
from lucidocr.types import ImageArray, LineImage, Span


def column_of(glyphs: list[ImageArray], *, pitch: int, margin: int = 3) -> LineImage:
    """Upright glyphs of 30 x 30 below each other, as they are cut out: lying on their sides."""
    upright = np.full((margin * 2 + pitch * len(glyphs), 30 + 2 * margin), 250, np.uint8)
    for number, glyph in enumerate(glyphs):
        top = margin + number * pitch
        upright[top : top + 30, margin : margin + 30] = glyph
    height, width = upright.shape
    box = np.array([(100 + width, 50), (100 + width, 50 + height), (100, 50 + height), (100, 50)], np.float32)
    to_page = np.array([(0.0, -1.0, 100 + width), (1.0, 0.0, 50.0), (0.0, 0.0, 1.0)])
    return LineImage(np.ascontiguousarray(np.rot90(upright)), box, to_page)


def solid() -> ImageArray:
    return np.full((30, 30), 20, np.uint8)


def bars(*rows: int) -> ImageArray:
    """Level strokes with gaps between them, as 三 has."""
    glyph = np.full((30, 30), 250, np.uint8)
    for row in rows:
        glyph[row : row + 3] = 20
    return glyph


def cells(column: Column) -> int:
    return len(column.edges) - 1


@pytest.mark.parametrize("pitch", [33, 36, 39, 45])
def test_as_many_pieces_as_characters(pitch: int) -> None:
    rng = np.random.default_rng(1)
    glyphs = [np.where(rng.random((30, 30)) < 0.6, 20, 250).astype(np.uint8) for _ in range(9)]
    column = lay_out(column_of(glyphs, pitch=pitch))
    assert cells(column) == 9
    middles = np.add(column.edges[:-1], column.edges[1:]) / 2
    assert middles == pytest.approx([3 + 15 + pitch * n for n in range(9)], abs=8)


def test_characters_of_several_strokes_are_not_cut_through() -> None:
    glyphs = [bars(3, 13, 24), solid(), bars(14), solid(), bars(6, 22), solid()]
    column = lay_out(column_of(glyphs, pitch=36))
    assert cells(column) == 6
    for number, edge in enumerate(column.edges[1:-1], 1):
        assert abs(edge - 36 * number) <= 9


def test_pieces_stand_side_by_side_on_their_ground() -> None:
    column = lay_out(column_of([solid()] * 4, pitch=40))
    assert column.pixels.shape[1] == 4 * column.width == 4 * 36
    for number in range(4):
        piece = column.pixels[:, number * 36 : (number + 1) * 36]
        assert (piece == 20).sum() == 900
    assert column.pixels[0].tolist() == [250] * 144


def test_places_lead_back_to_the_page() -> None:
    column = lay_out(column_of([solid()] * 5, pitch=36))
    assert column.box[0].tolist() == [100, 50]
    quad = column.quad(Span("a", 0, 1, 2 * 36 + 4, 3 * 36 - 4, 1.0))
    assert quad[0][0] == pytest.approx(100)
    assert quad[1][0] == pytest.approx(136)
    assert (quad[0][1] + quad[3][1]) / 2 == pytest.approx(50 + 3 + 2 * 36 + 15, abs=5)
    two = column.quad(Span("a", 0, 1, 0.0, 72.0, 1.0))
    assert two[3][1] - two[0][1] == pytest.approx(72, abs=8)


def test_an_empty_column_is_one_piece() -> None:
    assert cells(lay_out(column_of([np.full((30, 30), 250, np.uint8)] * 3, pitch=30))) == 1


def test_one_character_is_one_piece() -> None:
    assert cells(lay_out(column_of([solid()], pitch=30))) == 1
