"""How a line falls into pieces, and what is left when they are erased."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from lucidocr.explain.erasing import background, erased, ink_mask
from lucidocr.explain.segments import MOST_PIECES, cut, long_lines
from tests.explain.drawing import INK, PAPER, blank_line, spans_of, two_part_line


@pytest.mark.parametrize(("paper", "ink"), [(PAPER, INK), (INK, PAPER), (120, 90)])
def test_every_stroke_is_a_piece_of_its_character(paper: int, ink: int) -> None:
    segments = cut(two_part_line(3, paper=paper, ink=ink), spans_of(3))
    centres = [np.argwhere(segments.pieces == piece).mean(axis=0) for piece in range(len(segments))]
    for place, (row, column) in zip(segments.places, centres, strict=True):
        assert abs(column - (32 * place + 15)) < 9
        assert abs(row - 8.5) < 4 or abs(row - 22.5) < 4
    assert sorted(set(segments.places)) == [0, 1, 2]


def test_touching_characters_are_parted_where_their_spans_meet() -> None:
    line = blank_line(80)
    line[12:20, 10:70] = INK
    segments = cut(line, [(8.0, 40.0), (40.0, 72.0)])
    for place, columns in ((0, slice(0, 38)), (1, slice(42, 80))):
        owned = segments.pieces[:, columns]
        assert set(segments.places[np.unique(owned[owned >= 0])]) == {place}


def test_no_character_has_more_than_the_most_pieces_and_dust_is_none() -> None:
    line = blank_line(40)
    for number in range(12):
        y, x = 4 + 8 * (number // 4), 4 + 8 * (number % 4)
        line[y : y + 3, x : x + 3] = INK
    line[1, 1] = INK
    segments = cut(line, [(0.0, 40.0)])
    own = np.flatnonzero(segments.places == 0)
    assert 2 <= len(own) <= MOST_PIECES
    assert segments.areas()[own].min() > 20


def test_one_large_stroke_is_cut() -> None:
    line = blank_line(40)
    line[4:28, 10:30] = INK
    own = np.flatnonzero(cut(line, [(8.0, 32.0)]).places == 0)
    assert 3 <= len(own) <= MOST_PIECES


def test_an_underline_is_a_piece_of_its_own_that_belongs_to_all() -> None:
    line = two_part_line(5)
    line[29:31, 4:156] = INK
    segments = cut(line, spans_of(5))
    (underline,) = np.flatnonzero(np.isnan(segments.places))
    assert (segments.pieces[29:31, 20:130] == underline).all()
    for position in range(5):
        assert underline in segments.near(position)


def test_a_border_beside_the_text_is_one_too_but_no_letter_is() -> None:
    line = two_part_line(2)
    line[:, 1:3] = INK
    line[1:, 45:47] = INK  # as tall, inside of the second character
    segments = cut(line, spans_of(2))
    (border,) = np.flatnonzero(np.isnan(segments.places))
    assert set(np.nonzero((segments.pieces == border)[16])[0]) <= set(range(6))


def test_blurred_text_is_no_line() -> None:
    line = cv2.GaussianBlur(two_part_line(6, pitch=18), (0, 0), 3.0)
    assert long_lines(ink_mask(line), spans_of(6, pitch=18)).max() == 0


def test_gaps_matter_only_where_something_is_in_them() -> None:
    clean = two_part_line(3)
    assert not (cut(clean, spans_of(3)).places % 1 == 0.5).any()
    grey = clean.copy()
    grey[:, 27:35] -= 8  # too faint for ink
    (gap,) = [place for place in cut(grey, spans_of(3)).places if place % 1 == 0.5]
    assert gap == 0.5


def test_near_a_character_are_its_neighbours_and_the_gaps_beside_it() -> None:
    segments = cut(two_part_line(6), spans_of(6))
    assert set(segments.places[segments.near(2)]) == {1, 2, 3}
    assert set(segments.places[segments.near(0)]) == {0, 1}


def test_what_is_erased_becomes_background() -> None:
    line = two_part_line(2)
    segments = cut(line, spans_of(2))
    kept = np.array([segments.places == 1, segments.places >= 0])
    without, whole = segments.erase(kept)
    np.testing.assert_array_equal(whole, line)
    assert np.abs(without[:, :28].astype(int) - PAPER).max() <= 2
    np.testing.assert_array_equal(without[:, 34:], line[:, 34:])


def test_the_fill_follows_uneven_light_and_has_the_paper_s_grain() -> None:
    chance = np.random.default_rng(0)
    light = np.linspace(120, 240, 160)[None] + chance.normal(0, 4, (32, 160))
    text = two_part_line(5) < 100
    line = np.where(text, light - 90, light).astype(np.uint8)
    ink = ink_mask(line)
    assert (ink & text).sum() > 0.9 * text.sum()
    filled = erased(line, ink).astype(float)
    for number in range(5):
        patch = (slice(6, 25), slice(32 * number + 7, 32 * number + 23))
        assert abs(filled[patch].mean() - light[patch].mean()) < 12
    assert 2 < (filled - cv2.GaussianBlur(filled, (0, 0), 6)).std() < 8
    np.testing.assert_array_equal(erased(line, ink), erased(line, ink))


def test_bold_text_is_not_taken_for_the_paper() -> None:
    line = blank_line(120)
    line[4:28, 6:114] = INK
    line[10:14, 20:100] = PAPER
    assert background(line)[2:30].min() > 200
    assert ink_mask(line)[5:9, 10:110].all()


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_even_picture_has_no_pieces(level: int) -> None:
    segments = cut(blank_line(64, paper=level), [(10.0, 30.0)])
    assert len(segments) == 0
    assert (segments.paint(np.zeros(0)) == 0).all()
    np.testing.assert_array_equal(segments.erase(np.zeros((2, 0), dtype=bool))[1], segments.line)


def test_painted_values_add_up() -> None:
    segments = cut(two_part_line(3), spans_of(3))
    values = np.arange(len(segments)) - 2.5
    assert segments.paint(values).sum() == pytest.approx(values.sum(), abs=1e-3)


def test_spans_in_disorder_do_no_harm() -> None:
    segments = cut(two_part_line(3), [(60.0, 80.0), (10.0, 25.0), (30.0, 30.0)])
    assert segments.pieces.max() == len(segments) - 1
