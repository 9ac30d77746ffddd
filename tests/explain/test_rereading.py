"""Rereading with a network whose answers can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lucidocr.align import margin_of
from lucidocr.decode import read_frames
from lucidocr.explain import rereading
from lucidocr.explain.rereading import Rereader
from lucidocr.model import Model, load_model
from lucidocr.recognise import Recogniser
from lucidocr.session import Session
from lucidocr.trellis import log_probability
from lucidocr.types import Frames
from tests.toy import WHITE, paint_line


@pytest.fixture(scope="module")
def model(toy_model: Path) -> Model:
    return load_model(toy_model)


@pytest.fixture(scope="module")
def rereader(model: Model) -> Rereader:
    return Rereader(Session(model.read_part("recognise.onnx"), threads=1), model.charset)


def with_all_frames(frames: Frames) -> Frames:
    """The same frames, where silent ones may say any character with equal probability."""
    chars = np.full((len(frames), frames.log_chars.shape[1]), -np.log(frames.log_chars.shape[1]), np.float32)
    chars[frames.active] = frames.log_chars
    return replace(frames, active=np.arange(len(frames)), log_chars=chars)


@pytest.mark.parametrize("text", ["a", "abca", "ab cd", "aabb"])
def test_contrasts_are_those_of_the_recogniser(text: str, model: Model, rereader: Rereader) -> None:
    line = paint_line(text)
    (frames,) = Recogniser(model, threads=1).frames([line])
    assert read_frames(frames, model.charset, line).text == text
    rivals = ["" if number % 2 else "h" for number in range(len(text))]
    (found,) = rereader.score(text, rivals)(line[None])

    def log_prob(string: str) -> float:
        return log_probability(with_all_frames(frames), model.charset.encode(string), margin=margin_of(model.charset))

    for place, rival in enumerate(rivals):
        edited = (text[:place] + rival + text[place + 1 :]).strip()
        assert found[place] == pytest.approx(log_prob(text) - log_prob(edited), rel=1e-3, abs=1e-3)


def test_an_erased_character_loses_its_lead_and_the_others_keep_theirs(rereader: Rereader) -> None:
    line = paint_line("abc")
    erased = line.copy()
    erased[:, 20:28] = WHITE
    whole, without = rereader.score("abc", ["", "", ""])(np.stack([line, erased]))
    assert (whole > 5).all()
    assert without[1] < 0
    assert (without[[0, 2]] > 5).all()


def test_how_pictures_are_grouped_changes_nothing(rereader: Rereader, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(0)
    pictures = np.minimum(paint_line("abcd"), chance.integers(100, 256, (9, 1, 1))).astype(np.uint8)
    score = rereader.score("abcd", ["", "h", "", "a"])
    together = score(pictures)
    monkeypatch.setattr(rereading, "_BATCH_COLUMNS", 2 * pictures.shape[2])
    monkeypatch.setattr(rereading, "_CELLS", 1)
    np.testing.assert_allclose(score(pictures), together, atol=1e-4)


def test_no_pictures_no_contrasts(rereader: Rereader) -> None:
    assert rereader.score("ab", ["", ""])(np.zeros((0, 32, 40), np.uint8)).shape == (0, 2)


def test_a_character_beyond_the_alphabet_is_an_error(rereader: Rereader) -> None:
    with pytest.raises(KeyError):
        rereader.score("z", [""])
