"""The bundled model with what helps it: lines drawn so that it doubts them, read by the real reader."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from lucidocr import Correcting, Lexicon, Reader
from lucidocr.types import ImageArray

ALONE = Correcting(language=False, opinion="off")
TEXT = "Total amount payable"


def drawn(text: str, seed: int, noise: float) -> ImageArray:
    image = Image.new("L", (330, 40), 230)
    ImageDraw.Draw(image).text((8, 6), text, fill=60, font=ImageFont.load_default(24))
    chance = np.random.default_rng(seed)
    return np.clip(np.asarray(image, np.float64) + chance.normal(0, noise, (40, 330)), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def lines() -> list[ImageArray]:
    return [drawn(TEXT, seed, 75.0) for seed in range(12)]


def test_help_makes_more_lines_right(reader: Reader, lines: list[ImageArray]) -> None:
    right = {
        name: sum(reading.text == TEXT for reading in reader.read_lines(lines, correcting=options))
        for name, options in (("alone", ALONE), ("helped", Correcting(opinion="always")))
    }
    assert right["helped"] > right["alone"]


def test_every_correction_shows_what_it_rests_on(reader: Reader, lines: list[ImageArray]) -> None:
    for reading in reader.read_lines(lines, correcting=Correcting(opinion="always")):
        assert reading.correction is not None
        assert reading.correction.asked == "PP-OCRv6-small"
        assert "".join(span.char for span in reading.spans) == reading.text == reading.correction.after
        best = reading.correction.hypotheses[0]
        assert best.text == reading.text
        assert best.terms.language is not None
        assert best.terms.opinion is not None
        assert 0 <= reading.confidence <= 1


def test_one_call_s_options_are_not_the_next_one_s(reader: Reader, lines: list[ImageArray]) -> None:
    only = Correcting(opinion="off", lexicon=Lexicon.parse("Nothing else"), lexicon_mode="only")
    before = [reading.text for reading in reader.read_lines(lines[:3], correcting=ALONE)]
    texts = {reading.text.casefold() for reading in reader.read_lines(lines[:3], correcting=only)}
    assert texts <= {"nothing else", ""}
    assert [reading.text for reading in reader.read_lines(lines[:3], correcting=ALONE)] == before


def test_many_threads_read_what_one_does(reader: Reader, lines: list[ImageArray]) -> None:
    choices = [ALONE, Correcting(opinion="off"), Correcting(opinion="always")] * 2
    expected = [[one.text for one in reader.read_lines(lines[:4], correcting=options)] for options in choices]
    with ThreadPoolExecutor(3) as pool:
        found = pool.map(lambda options: reader.read_lines(lines[:4], correcting=options), choices)
        assert [[one.text for one in readings] for readings in found] == expected


def test_a_clean_line_is_taken_as_it_is(reader: Reader) -> None:
    (reading,) = reader.read_lines([drawn(TEXT, 0, 0.0)])
    assert (reading.text, reading.correction) == (TEXT, None)
