"""Readings of a line as it is and after steps, compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from lucidocr.errors import OptionError
from lucidocr.prepare import Reading, check_preprocess, in_original, prepare, wants_preparing
from lucidocr.preprocess.plan import FEATURES, Plan, StepRule
from lucidocr.types import Frames, ImageArray, Recognition, Span
from tests.preprocess.drawn import line


def always(*steps: str, margin: float = 0.5) -> Plan:
    rules = {name: StepRule(np.zeros(len(FEATURES)), 3.0, margin) for name in steps}
    return Plan(0.9, 0.5, 4, np.zeros(len(FEATURES)), np.ones(len(FEATURES)), rules)


def frames(picture: ImageArray) -> Frames:
    none = np.zeros(0, np.float32)
    return Frames(none, none, np.zeros(0, np.int64), np.zeros((0, 1), np.float32), 1.0, picture.shape[1])


def reading(picture: ImageArray, text: str = "4711", confidence: float = 0.5) -> Reading:
    spans = (Span(text[:1], 0, 1, 2.0, 8.0, confidence),) if text else ()
    return Reading(picture, frames(picture), Recognition(text, -1.0, confidence, spans))


class Reads:
    """Reads every picture with the same text and confidence, and remembers what it was asked."""

    def __init__(self, text: str, confidence: float) -> None:
        self.text, self.confidence = text, confidence
        self.asked: list[ImageArray] = []

    def __call__(self, images: Sequence[ImageArray], /) -> list[Reading]:
        self.asked += images
        return [reading(image, self.text, self.confidence) for image in images]


class TestPrepare:
    def test_the_more_probable_reading_is_kept_and_says_what_was_tried(self) -> None:
        read = Reads("4712", 0.9)
        kept = prepare(always("stretch"), {7: reading(line())}, read)[7]
        assert kept.recognition.text == "4712"
        assert kept.pixels is read.asked[0]
        preparation = kept.recognition.preparation
        assert preparation is not None
        assert (preparation.before, preparation.confidence_before) == ("4711", 0.5)
        assert preparation.chosen == ("stretch",)
        assert [(one.steps, one.text, one.confidence) for one in preparation.attempts] == [(("stretch",), "4712", 0.9)]

    @pytest.mark.parametrize(("text", "confidence"), [("4712", 0.6), ("4712", 0.3), ("", 0.99)])
    def test_a_reading_that_does_not_win_by_the_margin_or_is_empty_is_not(self, text: str, confidence: float) -> None:
        before = reading(line())
        kept = prepare(always("stretch"), {0: before}, Reads(text, confidence))[0]
        assert kept.recognition.text == "4711"
        assert kept.pixels is before.pixels
        assert kept.recognition.preparation is not None
        assert kept.recognition.preparation.chosen == ()

    def test_all_pictures_are_read_at_once_each_line_after_its_own_steps(self) -> None:
        read = Reads("4712", 0.9)
        kept = prepare(always("stretch", "brighten"), {0: reading(line("A")), 5: reading(line("BB"))}, read)
        assert sorted(kept) == [0, 5]
        widths = [picture.shape[1] for picture in read.asked]
        assert widths == [line("A").shape[1]] * 3 + [line("BB").shape[1]] * 3

    def test_a_line_without_a_proposal_is_left_out(self) -> None:
        assert prepare(always(), {0: reading(line())}, Reads("4712", 0.9)) == {}


class TestWants:
    @pytest.mark.parametrize(
        ("preprocess", "confidence", "wanted"),
        [("off", 0.1, False), ("auto", 0.1, True), ("auto", 0.95, False), ("both", 0.95, True)],
    )
    def test_by_the_choice_and_the_confidence(self, preprocess: str, confidence: float, wanted: bool) -> None:
        known = check_preprocess(preprocess)
        assert wants_preparing(always("stretch"), reading(line(), confidence=confidence).recognition, known) is wanted

    def test_nothing_without_a_plan(self) -> None:
        assert not wants_preparing(None, reading(line()).recognition, "both")

    def test_anything_else_is_refused(self) -> None:
        with pytest.raises(OptionError, match="'on'"):
            check_preprocess("on")


class TestInOriginal:
    def test_places_of_an_enlarged_picture_come_back_to_the_one_that_came(self) -> None:
        picture = line()
        large = np.repeat(np.repeat(picture, 2, axis=0), 2, axis=1)
        found = reading(large).recognition
        back = in_original(found, large, picture)
        assert (back.spans[0].left, back.spans[0].right) == (1.0, 4.0)
        assert replace(back, spans=found.spans) == found

    def test_others_are_left_as_they_are(self) -> None:
        found = reading(line()).recognition
        assert in_original(found, line(), line()) is found
