"""What a diagnosis goes by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lucidocr.calibration import IDENTITY
from lucidocr.diagnose.examination import TESTS, Examination, as_measured, examine
from lucidocr.diagnose.probe import FAULTS
from lucidocr.diagnose.shapes import load_shapes
from lucidocr.model import load_model
from lucidocr.preprocess.indicators import INDICATORS
from lucidocr.recognise import Recogniser
from lucidocr.types import ImageArray
from tests.toy import paint_line


@pytest.fixture(scope="module")
def toy(toy_model: Path) -> Recogniser:
    return Recogniser(load_model(toy_model), threads=1)


def examined(toy: Recogniser, toy_model: Path, pixels: ImageArray, truth: str | None = None) -> Examination:
    charset = load_model(toy_model).charset
    return examine(pixels, toy.frames, suspect, charset, IDENTITY, load_shapes(), truth=truth)


def suspect(_: ImageArray) -> NDArray[np.float64]:
    """Log-odds of the faults: that of number n is n."""
    return np.arange(len(FAULTS), dtype=np.float64)


def feature(found: Examination, name: str) -> float:
    return float(found.values[found.names.index(name)])


class TestExamine:
    def test_the_line_is_read_as_it_is_and_after_every_test(self, toy: Recogniser, toy_model: Path) -> None:
        found = examined(toy, toy_model, paint_line("head"))
        assert found.recognition.text == "head"
        assert len(found.tests) == len(TESTS)
        assert [one.span.char for one in found.characters] == list("head")
        assert found.likenesses.shape == (4,)

    @pytest.mark.parametrize("pixels", [paint_line("bad"), paint_line(""), np.full((1, 1), 9, np.uint8)])
    def test_features_are_the_same_ones_and_finite_whatever_is_read(
        self, toy: Recogniser, toy_model: Path, pixels: ImageArray
    ) -> None:
        usual = examined(toy, toy_model, paint_line("head"))
        for truth in (None, "bad", "", "無"):
            found = examined(toy, toy_model, pixels, truth)
            assert sorted(found.names) == sorted(usual.names)
            assert np.isfinite(found.values).all()

    def test_what_the_probe_suspects_is_among_them(self, toy: Recogniser, toy_model: Path) -> None:
        found = examined(toy, toy_model, paint_line("head"))
        assert [feature(found, f"probe: {fault}") for fault in FAULTS] == list(range(len(FAULTS)))

    def test_without_the_truth_nothing_is_said_of_it(self, toy: Recogniser, toy_model: Path) -> None:
        found = examined(toy, toy_model, paint_line("head"))
        assert feature(found, "known") == feature(found, "wrong") == feature(found, "edits") == 0

    def test_the_truth_is_aligned_with_the_reading(self, toy: Recogniser, toy_model: Path) -> None:
        right = examined(toy, toy_model, paint_line("head"), "head")
        assert (feature(right, "known"), feature(right, "wrong"), feature(right, "edits")) == (1, 0, 0)
        replaced = examined(toy, toy_model, paint_line("head"), "hecd")
        assert feature(replaced, "replaced") == 0.25
        assert feature(replaced, "first is wrong") == feature(replaced, "last is wrong") == 0
        cut = examined(toy, toy_model, paint_line("head"), "heads")
        assert feature(cut, "missing") == 0.2
        assert feature(cut, "last is wrong") == 1
        more = examined(toy, toy_model, paint_line("head"), "ead")
        assert feature(more, "added") == pytest.approx(1 / 3)

    def test_characters_that_the_alphabet_lacks_are_counted(self, toy: Recogniser, toy_model: Path) -> None:
        found = examined(toy, toy_model, paint_line("head"), "he無d")
        assert feature(found, "unknown characters") == 0.25
        assert feature(found, "lag") == 20.0


@pytest.mark.parametrize("name", INDICATORS)
def test_features_tell_what_was_measured(name: str, toy: Recogniser, toy_model: Path) -> None:
    found = examined(toy, toy_model, paint_line("cafe"))
    value = float(getattr(found.indicators, name))
    if value >= 1 or name not in ("height", "text_height", "contrast", "stroke"):
        assert as_measured(name, feature(found, name)) == pytest.approx(value, rel=1e-6, abs=1e-9)
