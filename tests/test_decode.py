from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from lucidocr.calibration import Calibration, CharacterCalibration, LineCalibration
from lucidocr.charset import Charset
from lucidocr.decode import best_path
from lucidocr.decode import read_frames as read_picture
from lucidocr.types import Frames, ImageArray, Recognition

CHARSET = Charset("ab ")
NO_SPACE = Charset("abc")


def inked(frames: Frames) -> ImageArray:
    """A line image with a stroke in the middle of every frame that says a character."""
    image = np.full((16, frames.width), 255, np.uint8)
    for step in frames.active[np.exp(frames.log_blank[frames.active]) < 0.5]:
        left = round((step + 0.25) * frames.pixels_per_frame)
        image[3:13, left : round((step + 0.75) * frames.pixels_per_frame)] = 0
    return image


def read_frames(frames: Frames, charset: Charset, calibration: Calibration | None = None) -> Recognition:
    return read_picture(frames, charset, inked(frames), calibration=calibration or Calibration())


def frames_of(path: str, *, certainty: float = 0.9) -> Frames:
    """Frames whose best path is given, "-" for blank; all of them active."""
    blank = np.array([certainty if char == "-" else 1 - certainty for char in path])
    chars = np.full((len(path), 3), (1 - certainty) / 2)
    for step, char in enumerate(path):
        chars[step] = 1 / 3 if char == "-" else chars[step]
        if char != "-":
            chars[step, CHARSET.encode(char)[0]] = certainty
    return Frames(
        log_blank=np.log(blank).astype(np.float32),
        log_other=np.log1p(-blank).astype(np.float32),
        active=np.arange(len(path)),
        log_chars=np.log(chars).astype(np.float32),
        pixels_per_frame=2.0,
        width=2 * len(path),
    )


@pytest.mark.parametrize(
    ("path", "text"),
    [("-a-b-", "ab"), ("aa-a", "aa"), ("aaabbb", "ab"), ("ab", "ab"), ("a-- --b", "a b"), ("----", ""), ("", "")],
)
def test_repeats_are_joined_and_blanks_dropped(path: str, text: str) -> None:
    assert read_frames(frames_of(path), CHARSET).text == text


@pytest.mark.parametrize(("path", "text"), [(" a-", "a"), ("- -a b- -", "a b"), (" - ", "")])
def test_spaces_at_the_ends_are_dropped_with_their_spans(path: str, text: str) -> None:
    reading = read_frames(frames_of(path), CHARSET)
    assert reading.text == text
    assert "".join(span.char for span in reading.spans) == text


def test_dropped_spaces_do_not_lower_the_confidence() -> None:
    bare, spaced = (read_frames(frames_of(path, certainty=0.999), CHARSET) for path in ("--a--", " -a- "))
    assert bare.confidence > 0.99
    assert spaced.confidence > 0.99


def test_a_charset_without_a_space_is_read_too() -> None:
    assert read_frames(frames_of("a- -b"), NO_SPACE).text == "acb"


def test_a_span_tells_frames_place_and_certainty() -> None:
    frames = replace(frames_of("-aa--b--", certainty=0.99), pixels_per_frame=8.0, width=64)
    first, second = read_frames(frames, CHARSET).spans
    assert (first.char, first.start, first.stop) == ("a", 1, 3)
    assert (second.char, second.start, second.stop) == ("b", 5, 6)
    assert (first.left, first.right) == pytest.approx((10, 22), abs=1)
    assert (second.left, second.right) == pytest.approx((42, 46), abs=1)
    assert 0.95 < first.confidence <= 1
    assert 0.95 < second.confidence <= 1


def test_a_character_that_might_be_another_is_less_sure_than_its_neighbour() -> None:
    frames = frames_of("-a-b-", certainty=0.99)
    chars = frames.log_chars.copy()
    chars[3] = np.log([0.4, 0.5, 0.1])
    first, second = read_frames(replace(frames, log_chars=chars), CHARSET).spans
    assert first.confidence > 0.95
    # a space at the end is dropped: "b" stands against "a" and against nothing
    assert second.confidence == pytest.approx(0.5 / (0.5 + 0.4 + 0.1 + 0.01), abs=0.02)


def test_calibrations_are_applied_to_lines_and_characters() -> None:
    frames = frames_of("-a-", certainty=0.99)
    plain = read_frames(frames, CHARSET)
    damped = Calibration(LineCalibration(0.0, 0.0, 1.0), CharacterCalibration(0.0, -1.0))
    calibrated = read_frames(frames, CHARSET, damped)
    assert calibrated.log_prob == plain.log_prob
    assert calibrated.confidence == pytest.approx(1 / (1 + math.exp(-1)))
    assert calibrated.spans[0].confidence == pytest.approx(1 / (1 + math.exp(1)))


def test_a_line_too_long_to_be_aligned_at_once_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = frames_of("-a-b--a-b-a--b-" * 4, certainty=0.98)
    whole = read_frames(frames, CHARSET)
    monkeypatch.setattr("lucidocr.decode._BLOCK", 200)
    parts = read_frames(frames, CHARSET)
    assert parts.text == whole.text
    assert parts.log_prob == pytest.approx(whole.log_prob)
    for one, other in zip(parts.spans, whole.spans, strict=True):
        assert (one.left, one.right, one.start, one.stop) == (other.left, other.right, other.start, other.stop)
        assert one.confidence == pytest.approx(other.confidence, abs=0.02)


def test_the_confidence_is_the_probability_of_the_string() -> None:
    frames = frames_of("a-")
    #  a with blank or repeat, or blank and then a
    p = {"a": [0.9 * 0.9, 0.1 / 3], "-": [0.1, 0.9]}
    expected = p["a"][0] * p["-"][1] + p["a"][0] * p["a"][1] + p["-"][0] * p["a"][1]
    reading = read_frames(frames, NO_SPACE)
    assert reading.confidence == pytest.approx(expected, rel=1e-4)
    assert reading.log_prob == pytest.approx(math.log(expected), rel=1e-4)


def test_an_empty_reading_is_as_sure_as_the_blanks() -> None:
    reading = read_frames(frames_of("---"), NO_SPACE)
    assert (reading.text, reading.spans) == ("", ())
    assert reading.confidence == pytest.approx(0.9**3, rel=1e-4)


def test_frames_that_are_not_active_are_blank() -> None:
    frames = frames_of("aba")
    sparse = Frames(frames.log_blank, frames.log_other, np.array([0, 2]), frames.log_chars[[0, 2]], 2.0, 6)
    assert read_frames(sparse, CHARSET).text == "aa"
    silent = Frames(frames.log_blank, frames.log_other, np.array([], np.int64), frames.log_chars[:0], 2.0, 6)
    assert best_path(silent) == []


def test_an_active_frame_may_still_be_blank() -> None:
    assert [run.label for run in best_path(frames_of("a-a"))] == [0, 0]


def test_every_value_is_a_plain_number() -> None:
    reading = read_frames(frames_of("-a-b-"), CHARSET)
    assert type(reading.log_prob) is float
    assert {type(getattr(span, name)) for span in reading.spans for name in ("left", "right", "confidence")} == {float}
    assert {type(getattr(span, name)) for span in reading.spans for name in ("start", "stop")} == {int}
