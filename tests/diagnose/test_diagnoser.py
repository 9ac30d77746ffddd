"""Why a line may be misread: the bundled model on lines that are drawn here."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from lucidocr import Reader
from lucidocr.diagnose.diagnoser import ABOUT, ADVICE, MENDED_BY
from lucidocr.errors import MissingPartError
from lucidocr.preprocess.indicators import INDICATORS
from lucidocr.preprocess.steps import STEPS
from lucidocr.types import CAUSES, Diagnosis, Finding, ImageArray
from tests.preprocess.drawn import line, ruled, sloping

TEXT = "Total amount due 4711"


def finding(diagnosis: Diagnosis, cause: str) -> Finding:
    return next(one for one in diagnosis.findings if one.cause == cause)


class TestDiagnose:
    def test_all_causes_are_there_with_probabilities_that_add_up_the_most_probable_first(self, reader: Reader) -> None:
        diagnosis = reader.diagnose(line(TEXT))
        assert sorted(one.cause for one in diagnosis.findings) == sorted(CAUSES)
        shares = [one.probability for one in diagnosis.findings]
        assert sum(shares) == pytest.approx(1)
        assert shares == sorted(shares, reverse=True)
        assert all(one.advice and one.summary for one in diagnosis.findings)
        assert tuple(name for name, _ in diagnosis.indicators) == INDICATORS

    def test_a_line_that_is_read_right_has_nothing(self, reader: Reader) -> None:
        diagnosis = reader.diagnose(line(TEXT), truth=TEXT, rule="alnum")
        assert diagnosis.right is True
        assert diagnosis.verdict == "nothing"
        assert diagnosis.findings[0].probability == 1

    def test_one_that_is_misread_has_something(self, reader: Reader) -> None:
        diagnosis = reader.diagnose(line(TEXT), truth="Something else")
        assert diagnosis.right is False
        assert finding(diagnosis, "nothing").probability == 0

    def test_one_that_is_known_to_be_misread_has_something_in_the_same_order(self, reader: Reader) -> None:
        known, unknown = reader.diagnose(line(TEXT), misread=True), reader.diagnose(line(TEXT))
        assert (known.right, known.truth) == (None, None)
        assert finding(known, "nothing").probability == 0 < finding(unknown, "nothing").probability
        left = [one.cause for one in unknown.findings if one.cause != "nothing"]
        assert [one.cause for one in known.findings[:-1]] == left
        assert sum(one.probability for one in known.findings) == pytest.approx(1)

    def test_a_slope_is_named_shown_and_tested(self, reader: Reader) -> None:
        diagnosis = reader.diagnose(sloping(line(TEXT), 8.0), truth=TEXT, rule="alnum")
        assert diagnosis.right is False
        assert diagnosis.verdict == "skew"
        found = finding(diagnosis, "skew")
        assert {one.name for one in found.indicators} <= set(ABOUT["skew"])
        (test,) = found.tested
        assert test.step == "deskew"
        assert test.after.casefold().replace(" ", "") == TEXT.casefold().replace(" ", "")
        assert test.gain > 0
        assert test.confidence > diagnosis.recognition.confidence

    def test_a_line_through_the_text_is_measured_and_taken_out(self, reader: Reader) -> None:
        found = finding(reader.diagnose(ruled(line(TEXT), thick=5), truth=TEXT, rule="alnum"), "background")
        assert "through" in {one.name for one in found.indicators}
        assert {one.step for one in found.tested} == set(MENDED_BY["background"])

    def test_a_character_that_the_alphabet_lacks(self, reader: Reader) -> None:
        diagnosis = reader.diagnose(line(TEXT), truth="Total \ue000mount due 4711", rule="alnum")
        assert finding(diagnosis, "unknown_character").probability > 0.3

    @pytest.mark.parametrize("pixels", [np.full((1, 1), 0, np.uint8), np.full((32, 200), 255, np.uint8)])
    def test_pictures_without_text_are_no_error(self, reader: Reader, pixels: ImageArray) -> None:
        diagnosis = reader.diagnose(pixels)
        assert diagnosis.recognition.text == ""
        assert all(math.isfinite(one.probability) for one in diagnosis.findings)

    def test_colours_and_files_are_taken_too(self, reader: Reader) -> None:
        grey = sloping(line(TEXT), 5.0)
        colour = np.repeat(grey[:, :, None], 3, axis=2)
        written = cv2.imencode(".png", colour)[1].tobytes()
        expected = [one.probability for one in reader.diagnose(grey).findings]
        for given in (colour, written):
            assert [one.probability for one in reader.diagnose(given).findings] == pytest.approx(expected, abs=1e-6)

    def test_a_model_without_causes_says_so(self, toy_reader: Reader) -> None:
        with pytest.raises(MissingPartError, match="diagnosis"):
            toy_reader.diagnose(line(TEXT))


def test_every_cause_has_advice_and_what_it_refers_to_exists() -> None:
    assert ADVICE.keys() == set(CAUSES)
    assert {name for names in ABOUT.values() for name in names} <= set(INDICATORS)
    assert {name for names in MENDED_BY.values() for name in names} <= STEPS.keys()


class TestPreprocess:
    def test_a_sloping_line_is_levelled_where_its_reading_is_doubtful(self, reader: Reader) -> None:
        from lucidocr.correct.corrector import ALONE

        picture = sloping(line(TEXT), 8.0)
        (off,) = reader.read_lines([picture], correcting=ALONE, preprocess="off")
        (auto,) = reader.read_lines([picture], correcting=ALONE)
        assert auto.preparation is not None
        assert "deskew" in auto.preparation.chosen
        assert auto.preparation.before == off.text
        assert auto.confidence > off.confidence
        assert auto.text.casefold().replace(" ", "") == TEXT.casefold().replace(" ", "")
        lefts = [span.left for span in auto.spans]
        assert lefts == sorted(lefts)
        assert auto.spans[-1].right <= picture.shape[1]

    def test_a_line_in_order_is_left_alone(self, reader: Reader) -> None:
        assert reader.read_lines([line(TEXT)])[0].preparation is None
