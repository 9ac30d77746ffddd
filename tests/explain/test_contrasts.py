"""Contrasts of many pictures at once, against one forward pass for each text and picture."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lucidocr.explain.contrasts import Emissions, contrasts
from lucidocr.trellis import log_probability
from lucidocr.types import Frames

CLASSES = 4
SPACE = 3


def random_pictures(count: int, steps: int, seed: int) -> list[Frames]:
    """Frames that are all active."""
    chance = np.random.default_rng(seed)
    blank = chance.uniform(0.05, 0.95, (count, steps))
    chars = np.log(chance.dirichlet(np.ones(CLASSES), (count, steps))).astype(np.float32)
    every = np.arange(steps)
    return [
        Frames(np.log(b).astype(np.float32), np.log1p(-b).astype(np.float32), every, c, 4.0, 4 * steps)
        for b, c in zip(blank, chars, strict=True)
    ]


def emissions_of(pictures: list[Frames]) -> Emissions:
    steps = len(pictures[0])
    outputs = (
        np.stack([one.log_blank for one in pictures]),
        np.stack([one.log_other for one in pictures]),
        np.concatenate([one.active + number * steps for number, one in enumerate(pictures)]),
        np.concatenate([one.log_chars for one in pictures]),
    )
    return Emissions.of_batch(outputs, range(CLASSES))


def stripped(text: tuple[int, ...], margin: int | None) -> tuple[int, ...]:
    inside = [number for number, label in enumerate(text) if label != margin]
    return text[inside[0] : inside[-1] + 1] if inside else ()


TEXTS = [(0,), (0, 1), (1, 1), (0, 1, 0), (0, 0, 0), (0, 3, 1), (2, 0, 3, 1, 1), (0, 3, 3, 1)]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("margin", [None, SPACE])
def test_contrasts_are_those_of_the_edited_texts(text: tuple[int, ...], margin: int | None) -> None:
    pictures = random_pictures(3, 12, seed=len(text))
    rivals: tuple[int | None, ...] = tuple(None if place % 2 else 2 for place in range(len(text)))
    for wanted in (rivals, (None,) * len(text), (1,) * len(text)):
        found = contrasts(emissions_of(pictures), text, wanted, margin=margin)
        assert found.shape == (3, len(text))
        for picture, row in zip(pictures, found, strict=True):
            whole = log_probability(picture, text, margin=margin)
            for place, rival in enumerate(wanted):
                edited = (*text[:place], *(() if rival is None else (rival,)), *text[place + 1 :])
                expected = whole - log_probability(picture, stripped(edited, margin), margin=margin)
                assert row[place] == pytest.approx(expected, abs=1e-6)


def test_the_character_itself_as_rival_is_never_ahead() -> None:
    pictures = random_pictures(2, 9, seed=1)
    np.testing.assert_allclose(contrasts(emissions_of(pictures), (0, 2, 0), (0, 2, 0)), 0, atol=1e-9)


def test_silent_frames_speak_for_nobody() -> None:
    picture = random_pictures(1, 8, seed=2)[0]
    outputs = (
        np.full((1, 8), -1e-6, np.float32),
        np.full((1, 8), -14.0, np.float32),
        np.zeros(0, np.int64),
        picture.log_chars[:0],
    )
    found = contrasts(Emissions.of_batch(outputs, range(CLASSES)), (0, 1), (2, None))
    assert found[0, 0] == pytest.approx(0, abs=1e-9)
    assert -20 < found[0, 1] < -14 + math.log(8)


def test_no_characters_no_contrasts() -> None:
    assert contrasts(emissions_of(random_pictures(2, 5, seed=0)), (), ()).shape == (2, 0)
