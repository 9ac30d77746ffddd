"""Handwriting from strokes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("freetype", reason="needs the train extra")

import numpy as np

from lucidocr_training.fonts import Face
from lucidocr_training.glyphs import EM, Atlas, Glyph
from lucidocr_training.hands import COUNT, STROKES, Hand, open_hands, read_medians

pytestmark = pytest.mark.torch

TEN = [[[100, 388], [900, 388]], [[512, 850], [512, -80]]]
ONE = [[[100, 388], [900, 388]]]


def lender(name: str) -> Atlas:
    pixels = np.full((20, 12), 255, np.uint8)
    face = Face(name, "zh", "handwriting", 1.0, held_out=False, files=(), index=0)
    glyphs = {char: Glyph(pixels, 1, 20, 14.0) for char in "A1一九"}
    return Atlas(face, pixels.ravel(), glyphs, 20, 0, one_case=False)


@pytest.mark.parametrize("number", range(COUNT))
def test_a_character_fills_its_place(number: int) -> None:
    glyph = Hand.of(number).write(TEN)
    height, width = glyph.pixels.shape
    assert glyph.pixels.max() > 150
    assert 0.5 * EM < height < 1.3 * EM
    assert 0.4 * EM < width < 1.3 * EM
    assert 0.6 * EM < glyph.top < 1.1 * EM
    assert 0.8 * EM <= glyph.advance <= 1.1 * EM
    assert glyph.pixels[0].any()
    assert glyph.pixels[:, -1].any()


def test_a_hand_writes_a_character_always_alike_and_others_write_it_otherwise() -> None:
    first, again, other = (Hand.of(number).write(TEN).pixels for number in (1, 1, 2))
    assert np.array_equal(first, again)
    assert first.shape != other.shape or not np.array_equal(first, other)


def test_strokes_stand_where_they_belong() -> None:
    ink = Hand.of(2).write(ONE)
    assert ink.pixels.shape[1] > 3 * ink.pixels.shape[0]
    assert abs(ink.top - ink.pixels.shape[0] / 2 - 388 / 1024 * EM) < 0.12 * EM


def test_hands_borrow_what_has_no_strokes(tmp_path: Path) -> None:
    hands = open_hands({"十": TEN, "一": ONE}, "A1一九十", [lender("x"), lender("y")], tmp_path)
    assert len(hands) == COUNT
    assert len({hand.face.name for hand in hands}) == COUNT
    for hand in hands:
        assert set(hand.glyphs) == {"A", "1", "一", "十"}
        assert (hand.glyphs["A"].pixels == 255).all()
        assert hand.face.style == "handwriting"
        assert not hand.face.held_out
    again = open_hands({}, "A1一九十", [lender("x"), lender("y")], tmp_path)
    assert np.array_equal(again[3].glyphs["十"].pixels, hands[3].glyphs["十"].pixels)


def test_medians_are_optional(tmp_path: Path) -> None:
    assert read_medians(tmp_path) == {}
    (tmp_path / STROKES).write_text(json.dumps({"十": TEN}), encoding="utf-8")
    assert read_medians(tmp_path) == {"十": TEN}
