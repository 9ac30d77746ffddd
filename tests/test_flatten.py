"""Sheets laid flat, and their readings put back."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from benchmarks.photographs import Photograph, photograph
from lucidocr import Reader
from lucidocr.flatten import apply, flatten, flatten_sheet
from lucidocr.types import Block, Cell, FloatArray, Line, Page, PageImage

WORDS = ("Invoice", "Number 2024", "Total 42.50", "Thank you", "Street 17", "London")


def letter() -> tuple[PageImage, list[tuple[int, int]]]:
    pixels = np.full((1100, 800, 3), 248, np.uint8)
    places = [(90 + 40 * number, 140 + 150 * number) for number in range(len(WORDS))]
    for word, place in zip(WORDS, places, strict=True):
        cv2.putText(pixels, word, place, cv2.FONT_HERSHEY_DUPLEX, 1.3, (20, 20, 20), 2, cv2.LINE_AA)
    return PageImage(pixels), places


def seen(slant: float = 0.16) -> Photograph:
    return photograph(letter()[0].pixels, "wood", slant=slant, chance=np.random.default_rng(3))


def test_a_sheet_becomes_a_rectangle() -> None:
    shot = seen()
    flat = flatten(PageImage(shot.pixels))
    assert flat is not None
    corners = apply(np.linalg.inv(flat.to_picture), shot.corners)
    left, top, right, bottom = *corners[0], *corners[2]
    np.testing.assert_allclose(corners, [(left, top), (right, top), (right, bottom), (left, bottom)], atol=4)
    assert (right - left) / (bottom - top) == pytest.approx(800 / 1100, rel=0.25)
    assert -1 <= left < right <= flat.image.width + 1


def test_pixels_lie_where_the_homography_says() -> None:
    pixels = np.zeros((600, 700, 3), np.uint8)
    cv2.circle(pixels, (400, 300), 9, (255, 255, 255), cv2.FILLED)
    corners = np.array([(100, 90), (600, 60), (650, 540), (60, 500)], np.float32)
    flat = flatten_sheet(PageImage(pixels), corners)
    rows, columns = np.nonzero(flat.image.pixels[:, :, 0] > 128)
    middle = np.array([[columns.mean() + 0.5, rows.mean() + 0.5]])
    np.testing.assert_allclose(apply(flat.to_picture, middle), [(400.5, 300.5)], atol=0.3)


def test_everything_around_the_sheet_is_kept() -> None:
    pixels = np.full((500, 500, 3), 90, np.uint8)
    corners = np.array([(60, 60), (430, 80), (440, 430), (50, 440)], np.float32)
    flat = flatten_sheet(PageImage(pixels), corners)
    for corner in [(1, 1), (499, 1), (499, 499), (1, 499)]:
        ((x, y),) = apply(np.linalg.inv(flat.to_picture), np.array([corner]))
        assert -1 <= x <= flat.image.width + 1
        assert -1 <= y <= flat.image.height + 1


@pytest.mark.parametrize("corners", [[(200, 100), (300, 100), (499, 499), (0, 499)], [(0, 0), (9, 2), (8, 9), (1, 8)]])
def test_steep_sheets_do_not_become_large(corners: list[tuple[int, int]]) -> None:
    flat = flatten_sheet(PageImage(np.zeros((500, 500, 3), np.uint8)), np.array(corners, np.float32))
    assert flat.image.width * flat.image.height <= 500 * 500 * 1.01
    assert np.isfinite(flat.to_picture).all()


def test_boxes_of_lines_characters_blocks_and_cells_are_put_back() -> None:
    picture = PageImage(np.zeros((500, 600, 3), np.uint8))
    corners = np.array([(100, 50), (500, 90), (540, 460), (60, 430)], np.float32)
    flat = flatten_sheet(picture, corners)
    quad = tuple((float(x), float(y)) for x, y in apply(np.linalg.inv(flat.to_picture), corners))
    page = Page(
        (Line("a", 0.9, quad, quads=(quad,)),),
        flat.image.width,
        flat.image.height,
        blocks=(Block("table", (0,), quad, cells=(Cell(0, 0, "a", (0,), quad),)),),
    )
    restored = flat.restore(page, picture)
    assert (restored.width, restored.height) == (600, 500)
    line, block = restored.lines[0], restored.blocks[0]
    for found in (line.box, line.quads[0], block.box, block.cells[0].box):
        np.testing.assert_allclose(found, corners, atol=1e-3)


def test_a_photograph_is_read_and_its_boxes_lie_on_the_words(reader: Reader) -> None:
    shot = seen()
    page = reader.read(shot.pixels, mode="page")
    assert [line.text for line in page.lines] == list(WORDS)
    assert (page.width, page.height) == (shot.pixels.shape[1], shot.pixels.shape[0])
    for line, (x, y) in zip(page.lines, letter()[1], strict=True):
        (start,) = apply(shot.to_picture, np.array([(x, y - 14)]))
        box: FloatArray = np.array(line.box, np.float32)
        assert cv2.pointPolygonTest(box, (float(start[0]) + 8, float(start[1])), measureDist=True) > 0
        assert len(line.quads) == len(line.text)


def test_a_scan_is_read_as_it_is() -> None:
    assert flatten(letter()[0]) is None
