from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lucidocr import Reader
from lucidocr.errors import ModelError, NotAnImageError, OptionError
from lucidocr.types import FloatArray, PageImage
from tests.toy import paint_line

PLACES = {"abc": (40, 300), "hag": (300, 306), "bed face": (40, 100), "": (40, 500)}
"""Where lines stand on the page: x and y."""

INSET = 1.1
"""The toy network reads nothing but whole frames: quads lie within the lines by the margin that cutting adds."""


@dataclass(frozen=True)
class KnownLines:
    """A detector that knows where the lines are."""

    quads: tuple[FloatArray, ...]

    def find(self, page: PageImage) -> list[FloatArray]:
        return list(self.quads)


def page_of_lines() -> tuple[np.ndarray, KnownLines]:
    page = np.full((600, 600), 255, np.uint8)
    quads = []
    for text, (x, y) in PLACES.items():
        line = paint_line(text)
        height, width = line.shape
        page[y : y + height, x : x + width] = line
        left, top, right, bottom = x + INSET, y + INSET, x + width - INSET, y + height - INSET
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        quads.append(np.array(corners, np.float32))
    return page, KnownLines(tuple(quads))


@pytest.fixture
def page_reader(toy_model: Path) -> Reader:
    return Reader(toy_model, threads=1, detector=page_of_lines()[1])


def test_a_line_picture_is_read_directly(toy_reader: Reader) -> None:
    page = toy_reader.read(paint_line("abba hag"))
    assert (page.mode, page.text, page.width, page.height) == ("line", "abba hag", 112, 32)
    (line,) = page.lines
    assert line.box == ((0.0, 0.0), (112.0, 0.0), (112.0, 32.0), (0.0, 32.0))
    assert line.confidence > 0.99
    expected = [(8.0, 0.0), (16.0, 0.0), (16.0, 32.0), (8.0, 32.0)]
    np.testing.assert_allclose(line.quads[0], expected, atol=0.5)
    assert "".join(span.char for span in line.spans) == line.text


def test_a_page_is_read_line_by_line_in_reading_order(page_reader: Reader) -> None:
    page = page_reader.read(page_of_lines()[0])
    assert page.mode == "page"
    assert [line.text for line in page.lines] == ["bed face", "abc", "hag"]  # the empty line is dropped


def test_a_page_turned_clockwise_is_read_in_reading_order(toy_model: Path) -> None:
    page = np.full((600, 600), 255, np.uint8)
    texts = ["bed face abba", "abcdefghabcde", "hagbaghhhagba"]
    for number, text in enumerate(texts):
        line = paint_line(text)
        page[40 + 50 * number : 40 + 50 * number + line.shape[0], 40 : 40 + line.shape[1]] = line
    top, bottom = 40 + INSET, 40 + paint_line(texts[0]).shape[1] - INSET
    sides = [(528 - 50 * number + INSET, 560 - 50 * number - INSET) for number in range(3)]
    quads = [
        np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32) for left, right in sides
    ]
    reader = Reader(toy_model, threads=1, detector=KnownLines(tuple(quads)))
    turned = np.ascontiguousarray(np.rot90(page, -1))
    assert [line.text for line in reader.read(turned, mode="page").lines] == texts


def test_characters_are_placed_on_the_page(page_reader: Reader) -> None:
    line = page_reader.read(page_of_lines()[0]).lines[1]
    x, y = PLACES["abc"]
    assert line.box[0] == pytest.approx((x + INSET, y + INSET))
    for number, corners in enumerate(line.quads):
        middle = np.mean(corners, axis=0)
        assert middle == pytest.approx((x + 8 + 12 * number + 4, y + 16), abs=1.5)
        assert corners[0][0] < corners[1][0]


def test_the_mode_can_be_forced(page_reader: Reader) -> None:
    assert page_reader.read(page_of_lines()[0], mode="line").mode == "line"
    assert page_reader.read(paint_line("abc"), mode="page").mode == "page"
    mode: Any = "words"
    with pytest.raises(OptionError, match="words"):
        page_reader.read(paint_line("abc"), mode=mode)


@pytest.mark.parametrize("mode", ["auto", "line", "page"])
def test_a_picture_without_text_is_a_result(toy_reader: Reader, mode: Any) -> None:
    page = toy_reader.read(np.full((300, 300), 255, np.uint8), mode=mode)
    assert (page.lines, page.text, page.confidence) == ((), "", 0.0)


def test_sources_of_all_kinds_read_alike(toy_reader: Reader, tmp_path: Path) -> None:
    image = Image.fromarray(paint_line("hag"))
    path = tmp_path / "line.png"
    image.save(path)
    buffer = BytesIO()
    image.save(buffer, "BMP")
    sources: list[Any] = [path, str(path), buffer.getvalue(), image, np.asarray(image)]
    assert {toy_reader.read(source).text for source in sources} == {"hag"}
    assert toy_reader.read(path).source == "line.png"


def test_errors_reach_the_caller(toy_reader: Reader) -> None:
    with pytest.raises(NotAnImageError):
        toy_reader.read(b"hello")


def test_lines_come_back_in_order(toy_reader: Reader) -> None:
    texts = ["a", "abcdefgh" * 8, "", "b a", "hag" * 5]
    lines = [paint_line(text, height=32 + 8 * number) for number, text in enumerate(texts)]
    assert [reading.text for reading in toy_reader.read_lines(lines)] == texts
    assert toy_reader.read_lines([]) == []


def test_a_line_of_forty_thousand_pixels_is_read_whole(toy_reader: Reader) -> None:
    text = "abcdefgh" * 104
    page = toy_reader.read(paint_line(text, gap=40))
    assert page.width > 39_900
    assert page.text == text
    assert page.lines[0].quads[-1][1][0] > 39_900 - 48


def test_eight_threads_share_a_reader(toy_model: Path) -> None:
    reader = Reader(toy_model, threads=1, detector=page_of_lines()[1])
    chance = np.random.default_rng(0)
    pictures = [paint_line("".join(chance.choice(list("abcdefgh"), size))) for size in chance.integers(1, 60, 40)]
    pictures += [page_of_lines()[0]] * 8
    alone = [reader.read(picture) for picture in pictures]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(reader.read, pictures)) == alone


def test_the_detector_is_built_once_and_only_for_pages(toy_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[int] = []

    def build(*, threads: int) -> KnownLines:
        built.append(threads)
        return page_of_lines()[1]

    monkeypatch.setattr("lucidocr.pipeline.PaddleDetector", build)
    reader = Reader(toy_model, threads=2)
    reader.read(paint_line("abc"))
    assert built == []
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(reader.read, [page_of_lines()[0]] * 4))
    assert built == [2]


@pytest.mark.parametrize("options", [{"threads": 0}, {"threads": -1}, {"batch_columns": 0}])
def test_options_that_make_no_sense(toy_model: Path, options: dict[str, int]) -> None:
    with pytest.raises(OptionError):
        Reader(toy_model, **options)  # type: ignore[arg-type]


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model in"):
        Reader(tmp_path / "none")


def test_the_pages_of_a_document_come_one_by_one(page_reader: Reader) -> None:
    buffer = BytesIO()
    first, second = (Image.fromarray(paint_line(text)) for text in ("abc", "hag"))
    first.save(buffer, "TIFF", save_all=True, append_images=[second])
    pages = page_reader.read_pages(buffer.getvalue())
    assert [(page.number, page.text) for page in pages] == [(1, "abc"), (2, "hag")]
    assert [page.text for page in page_reader.read_pages(buffer.getvalue(), pages="2")] == ["hag"]


def test_only_pages_have_blocks(page_reader: Reader) -> None:
    page = page_reader.read(page_of_lines()[0])
    assert sorted(number for block in page.blocks for number in block.lines) == [0, 1, 2]
    assert page_reader.read(paint_line("abc")).blocks == ()
