"""Line images read by the network, what mends them and what corrects them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from lucidocr import Reader
from lucidocr.correct.corrector import ALONE
from lucidocr.errors import OptionError
from lucidocr.preprocess.plan import FEATURES, PREPROCESS
from lucidocr.types import ImageArray
from tests.toy import paint_line, write_model


def plan_file(*, doubt: float, offset: float = 3.0, margin: float = 0.0) -> str:
    zeros = [0.0] * len(FEATURES)
    rule = {"slopes": zeros, "offset": offset, "margin": margin}
    return json.dumps(
        {
            "format_version": 1, "doubt": doubt, "least": 0.5, "most": 2, "centres": zeros,
            "scales": [1.0] * len(FEATURES), "steps": {"stretch": rule},
        }
    )  # fmt: skip


@pytest.fixture
def planned(tmp_path: Path) -> Path:
    """The toy model with a plan that would spread the greys of whatever is doubtful."""
    folder = write_model(tmp_path / "toy")
    (folder / PREPROCESS).write_text(plan_file(doubt=0.999), encoding="utf-8")
    described = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    described["parts"][PREPROCESS] = {"sha256": hashlib.sha256((folder / PREPROCESS).read_bytes()).hexdigest()}
    (folder / "model.json").write_text(json.dumps(described), encoding="utf-8")
    return folder


def dim(picture: ImageArray) -> ImageArray:
    """Black becomes the grey of another letter: only spread out again is it read right."""
    return (255 - (255 - picture.astype(int)) * 0.9).astype(np.uint8)


class TestPreprocess:
    def test_off_tries_nothing(self, planned: Path) -> None:
        reader = Reader(planned, threads=1, correcting=ALONE)
        (read,) = reader.read_lines([dim(paint_line("aha"))], preprocess="off")
        assert read.preparation is None

    def test_both_compares_and_keeps_the_surer_reading(self, planned: Path) -> None:
        picture = dim(paint_line("aha"))
        reader = Reader(planned, threads=1, correcting=ALONE)
        (alone,) = reader.read_lines([picture], preprocess="off")
        (both,) = reader.read_lines([picture], preprocess="both")
        assert both.preparation is not None
        (attempt,) = both.preparation.attempts
        assert attempt.steps == ("stretch",)
        assert both.preparation.before == alone.text
        assert both.confidence == max(alone.confidence, attempt.confidence)
        assert both.text == (attempt.text if both.preparation.chosen else alone.text)

    def test_what_one_call_asks_for_does_not_reach_the_next(self, planned: Path) -> None:
        picture = dim(paint_line("aha"))
        reader = Reader(planned, threads=1, correcting=ALONE, preprocess="off")
        assert reader.read_lines([picture], preprocess="both")[0].preparation is not None
        assert reader.read_lines([picture])[0].preparation is None

    def test_lines_keep_their_order_beyond_one_batch(self, planned: Path) -> None:
        texts = ["a", "bad", "head", "cafe", "dab"] * 9
        reader = Reader(planned, threads=1, correcting=ALONE, preprocess="both")
        assert [one.text for one in reader.read_lines([paint_line(text) for text in texts])] == texts

    def test_a_model_without_a_plan_tries_nothing(self, toy_model: Path) -> None:
        reader = Reader(toy_model, threads=1, correcting=ALONE, preprocess="both")
        assert reader.read_lines([paint_line("bad")])[0].preparation is None

    def test_pages_and_lines_say_what_was_tried(self, planned: Path) -> None:
        reader = Reader(planned, threads=1, correcting=ALONE, preprocess="both")
        page = reader.read(np.repeat(dim(paint_line("head"))[:, :, None], 3, axis=2), mode="line")
        assert page.lines[0].preparation is not None

    @pytest.mark.parametrize("wrong", ["on", "yes", "AUTO"])
    def test_another_choice_is_refused(self, planned: Path, wrong: str) -> None:
        with pytest.raises(OptionError, match=wrong):
            Reader(planned, threads=1, preprocess=wrong)  # type: ignore[arg-type]
        with pytest.raises(OptionError, match=wrong):
            Reader(planned, threads=1).read_lines([paint_line("a")], preprocess=wrong)  # type: ignore[arg-type]


def test_a_mended_reading_that_loses_once_corrected_is_not_said_to_be_chosen(
    planned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = dim(paint_line("aha"))
    reader = Reader(planned, threads=1, correcting=ALONE)
    (alone,) = reader.read_lines([picture], preprocess="off")
    (kept,) = reader.read_lines([picture], preprocess="both")
    assert kept.preparation is not None
    assert kept.preparation.chosen == ("stretch",)
    monkeypatch.setattr("lucidocr.lines.is_surer", lambda *_: False)
    (lost,) = reader.read_lines([picture], preprocess="both")
    assert lost.preparation is not None
    assert lost.preparation.chosen == ()
    assert lost.preparation.attempts == kept.preparation.attempts
    assert (lost.text, lost.confidence) == (alone.text, alone.confidence)
