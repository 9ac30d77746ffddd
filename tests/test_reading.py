"""What the model that comes with the package reads: pictures drawn here, in a plain font."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from lucidocr import Reader
from lucidocr.metrics import edit_distance


def drawn(text: str, *, size: float = 28, margin: int = 8) -> Image.Image:
    """A tight line, dark on light."""
    font = ImageFont.load_default(size)
    left, top, right, bottom = font.getbbox(text)
    image = Image.new("RGB", (round(right - left) + 2 * margin, round(bottom - top) + 2 * margin), (245, 244, 240))
    ImageDraw.Draw(image).text((margin - left, margin - top), text, fill=(20, 20, 30), font=font)
    return image


WORDS = ["Hello 2024", "Invoice No. 38105", "12.50", "Total amount", "reading", "2026-11-23"]


def test_most_characters_of_plain_print_are_right(reader: Reader) -> None:
    readings = [reader.read(drawn(text)) for text in WORDS]
    wrong = sum(edit_distance(page.text, text) for page, text in zip(readings, WORDS, strict=True))
    assert wrong <= 0.1 * sum(map(len, WORDS)), [page.text for page in readings]
    assert {page.mode for page in readings} == {"line"}


@pytest.mark.parametrize("text", WORDS[:2])
def test_characters_stand_in_order_within_the_picture(reader: Reader, text: str) -> None:
    page = reader.read(drawn(text))
    (line,) = page.lines
    lefts = [span.left for span in line.spans]
    assert lefts == sorted(lefts)
    assert lefts[0] >= 0
    assert line.spans[-1].right <= page.width
    assert all(0 <= span.confidence <= 1 for span in line.spans)
    assert 0 < line.confidence <= 1


def test_a_page_is_read_from_top_to_bottom(reader: Reader) -> None:
    page = Image.new("RGB", (700, 500), "white")
    for number, text in enumerate(WORDS[:4]):
        page.paste(drawn(text), (60, 60 + 90 * number))
    reading = reader.read(page)
    assert reading.mode == "page"
    assert len(reading.lines) == 4
    wrong = sum(edit_distance(line.text, text) for line, text in zip(reading.lines, WORDS, strict=False))
    assert wrong <= 0.15 * sum(map(len, WORDS[:4])), reading.text


def test_a_reading_depends_neither_on_neighbours_nor_on_threads(reader: Reader) -> None:
    lines = [np.asarray(drawn(text, size=size)) for text in WORDS for size in (18, 28, 40)]
    alone = [reader.read_lines([line])[0] for line in lines]
    with ThreadPoolExecutor(8) as pool:
        shared = list(pool.map(lambda line: reader.read_lines([line])[0], lines))
    for together in (shared, reader.read_lines(lines)):
        assert [reading.text for reading in together] == [reading.text for reading in alone]
        assert [reading.log_prob for reading in together] == pytest.approx(
            [reading.log_prob for reading in alone], abs=1e-3
        )


def test_a_long_line_is_read_to_its_end(reader: Reader) -> None:
    text = "Invoice 38105 " * 40
    page = reader.read(drawn(text.strip()))
    assert page.width > 5000
    assert edit_distance(page.text, text.strip()) <= 0.15 * len(text)
