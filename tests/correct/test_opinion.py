"""Other recognisers: PP-OCR's graph as frames of ours, Tesseract's strings."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from lucidocr.charset import canonical
from lucidocr.correct.opinion import PaddleOpinion, StringOpinion, TesseractOpinion
from lucidocr.correct.paddle import PaddleRecogniser
from lucidocr.errors import MissingPartError
from lucidocr.types import ImageArray


def line(text: str, width: int = 320) -> ImageArray:
    image = Image.new("L", (width, 44), 255)
    ImageDraw.Draw(image).text((10, 6), text, fill=0, font=ImageFont.load_default(26))
    return np.asarray(image, dtype=np.uint8)


@pytest.fixture(scope="module")
def paddle() -> PaddleOpinion:
    return PaddleOpinion(threads=1)


def test_it_reads_lines_of_any_width_in_their_order(paddle: PaddleOpinion) -> None:
    texts = ["Total 42.50", "No", "Reference number 7731-A of the order"]
    opinions = paddle.ask([line(text, 60 + 14 * len(text)) for text in texts], texts)
    assert [opinion.texts[0] for opinion in opinions] == texts
    for opinion, text in zip(opinions, texts, strict=True):
        own, wrong, impossible = opinion.log_probs([text, text[:-1] + "Q", text * 30])
        assert -0.5 < own <= 0
        assert wrong < own - 3
        assert impossible == -np.inf
        posteriors = opinion.posteriors(text)
        assert posteriors is not None
        assert posteriors.shape == (len(text),)
        assert posteriors.min() > 0.5
        assert opinion.posteriors(text * 30) is None


def test_a_line_reads_the_same_alone_and_among_wider_ones(paddle: PaddleOpinion) -> None:
    short, long = line("Net 10", 120), line("A far longer line of text than that", 520)
    (alone,), (among, _) = paddle.ask([short], [""]), paddle.ask([short, long], ["", ""])
    assert alone.texts[0] == among.texts[0] == "Net 10"
    assert alone.log_probs(["Net 10"]) == pytest.approx(among.log_probs(["Net 10"]), abs=0.05)


def test_lines_of_han_characters_are_squeezed_and_others_are_not(paddle: PaddleOpinion) -> None:
    picture = line("Total 42.50", 240)
    said = {
        reading: paddle.ask([picture], [reading])[0] for reading in ("Total 42.50", "", "合計四十二元", "合計 42.50")
    }
    steps = {reading: len(opinion.scorer.frames) for reading, opinion in said.items()}  # type: ignore[attr-defined]
    assert steps["Total 42.50"] == steps[""] == steps["合計 42.50"]
    assert steps["合計四十二元"] == pytest.approx(steps[""] * 2 / 3, abs=1)
    assert {opinion.texts[0] for opinion in said.values()} == {"Total 42.50"}


def test_its_alphabet_holds_canonical_characters_once() -> None:
    chars = PaddleRecogniser(threads=1).charset.chars
    assert len(set(chars)) == len(chars) > 15_000
    assert all(canonical(char) == char for char in chars if char != " ")


def test_probabilities_of_frames_add_up() -> None:
    (frames,) = PaddleRecogniser(threads=1).frames([line("Sum 1,200")])
    total = np.exp(frames.log_blank) + np.exp(frames.log_other)
    assert total == pytest.approx(np.ones(len(frames)), abs=1e-5)
    assert np.exp(frames.log_chars).sum(axis=1) == pytest.approx(np.ones(len(frames.active)), abs=0.02)


def test_a_string_with_a_confidence_prefers_what_is_near() -> None:
    opinion = StringOpinion("fake", "abcd", 0.9)
    own, near, far = opinion.log_probs(["abcd", "abxd", "wxyz"])
    assert own == pytest.approx(np.log(0.9))
    assert own > near > far
    assert opinion.posteriors("abcd") is None


@pytest.mark.system
def test_tesseract_reads_too() -> None:
    tesseract = TesseractOpinion("eng")
    (opinion,) = tesseract.ask([line("Invoice total")], [""])
    assert opinion.texts == ("Invoice total",)
    assert opinion.log_probs(["Invoice total"])[0] > np.log(0.5)


@pytest.mark.system
def test_a_language_that_tesseract_lacks_is_an_error() -> None:
    with pytest.raises(MissingPartError, match="tesseract cannot read"):
        TesseractOpinion("xyz").ask([line("a")], [""])


def test_tesseract_that_is_not_installed_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingPartError, match="not installed"):
        TesseractOpinion()
