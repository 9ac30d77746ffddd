from __future__ import annotations

import logging
import socket
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import ModuleSpec
from pathlib import Path

import cv2
import numpy as np
import pytest

from lucidocr import detect
from lucidocr.detect import PaddleDetector, cut_line, turn_tall, whole_line
from lucidocr.errors import ImageSizeError, MissingPartError
from lucidocr.looking import first_scale
from lucidocr.types import FloatArray, PageImage

LINES = {"Hello 2024": (60, 100), "second line of text": (60, 160), "42.00": (420, 100), "the end": (200, 380)}


def written() -> PageImage:
    pixels = np.full((460, 640, 3), 255, np.uint8)
    for text, place in LINES.items():
        cv2.putText(pixels, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.9, (0, 0, 0), 2)
    return PageImage(pixels)


@pytest.fixture(scope="module")
def detector() -> PaddleDetector:
    return PaddleDetector(threads=1)


def bounds(quads: list[FloatArray]) -> list[tuple[float, ...]]:
    return sorted((*map(float, quad.min(axis=0)), *map(float, quad.max(axis=0))) for quad in quads)


def test_every_line_is_found_where_it_is(detector: PaddleDetector) -> None:
    found = bounds(detector.find(written()))
    assert len(found) == len(LINES)
    for text, (x, y) in LINES.items():
        (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.9, 2)
        near = [box for box in found if abs(box[0] - x) < 12 and abs(box[3] - y) < 15]
        assert len(near) == 1, text
        _, top, right, bottom = near[0]
        assert abs(right - x - width) < 15
        assert top <= y - height + 4
        assert bottom >= y - 2


def test_quads_run_clockwise_from_the_top_left(detector: PaddleDetector) -> None:
    for a, b, c, d in detector.find(written()):
        assert a[0] < b[0]
        assert d[0] < c[0]
        assert a[1] < d[1]
        assert b[1] < c[1]


@pytest.mark.parametrize("size", [(1, 1), (3, 700), (700, 3), (40, 40), (500, 500)])
def test_pages_without_text(detector: PaddleDetector, size: tuple[int, int]) -> None:
    assert detector.find(PageImage(np.full((*size, 3), 255, np.uint8))) == []


def test_one_detector_serves_many_threads_and_keeps_nothing(detector: PaddleDetector) -> None:
    page, small = written(), PageImage(written().pixels[:200])
    alone = [bounds(detector.find(one)) for one in (page, small)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda one: bounds(detector.find(one)), [page, small] * 2))
    assert together == alone * 2


def test_nothing_is_printed_logged_or_fetched(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    root = (logging.root.level, list(logging.root.handlers), logging.root.manager.disable)
    PaddleDetector(threads=1).find(written())
    assert capfd.readouterr() == ("", "")
    assert root == (logging.root.level, logging.root.handlers, logging.root.manager.disable)


@pytest.mark.parametrize("package", [None, ModuleSpec("rapidocr", None)])
def test_without_rapidocr_the_package_is_named(monkeypatch: pytest.MonkeyPatch, package: ModuleSpec | None) -> None:
    monkeypatch.setattr(detect, "find_spec", lambda _: package)
    with pytest.raises(MissingPartError, match="pip install"):
        PaddleDetector(threads=1)


def test_another_graph_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = ModuleSpec("rapidocr", None)
    package.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(detect, "find_spec", lambda _: package)
    with pytest.raises(MissingPartError, match="pip install"):
        PaddleDetector(threads=1)


def test_small_text_is_looked_at_again(detector: PaddleDetector) -> None:
    """Rows that run into each other in the size of a first look."""
    pixels = np.full((3600, 4800, 3), 250, np.uint8)
    rows = range(300, 900, 22)
    for y in rows:
        cv2.putText(pixels, "Total 42.50 of 2024 items", (200, y), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (20, 20, 20), 1)
    page = PageImage(pixels)
    assert len(detector.find_at(page, first_scale(4800, 3600))) < len(rows)
    bottoms = sorted(float(quad[:, 1].max()) for quad in detector.find(page))
    assert bottoms == pytest.approx(list(rows), abs=9)


@pytest.mark.parametrize("height", [57, 40])
def test_every_cell_of_a_flat_table_is_found(detector: PaddleDetector, height: int) -> None:
    """Lone small letters between rules, of which a look in the picture's own size loses some."""
    names = ["D1", "P.C", "M", "D", "L", "L1", "B", "P", "T", "S", "Q", "t", "E", "E1", "Z", "D2", "J", "T2", "T3"]
    pixels = np.full((height, 1100, 3), 225, np.uint8)
    middles = np.arange(13, 1092, 26)
    for number, middle in enumerate(middles.tolist()):
        pixels[:, middle - 13] = 170
        name = names[number % len(names)]
        (width, rise), _ = cv2.getTextSize(name, cv2.FONT_HERSHEY_SIMPLEX, 0.3, 1)
        place = (middle - width // 2, (height + rise) // 2)
        cv2.putText(pixels, name, place, cv2.FONT_HERSHEY_SIMPLEX, 0.3, (40, 40, 40), 1, cv2.LINE_AA)
    page = PageImage(pixels)
    found, once = (
        np.array([[quad[:, 0].min(), quad[:, 0].max()] for quad in quads])
        for quads in (detector.find(page), detector.find_at(page, 1.0))
    )
    assert all(((found[:, 0] < middle) & (found[:, 1] > middle)).any() for middle in middles)
    assert len(once) < len(middles)


def test_what_a_closer_look_loses_is_kept(detector: PaddleDetector, monkeypatch: pytest.MonkeyPatch) -> None:
    large = np.array([(10, 10), (590, 10), (590, 45), (10, 45)], np.float32)
    small = large * np.float32(0.5) + np.float32([650, 20])
    looks = iter([[large, small], [small + np.float32(1)]])
    monkeypatch.setattr(detector, "find_at", lambda *_: next(looks))
    found = detector.find(PageImage(np.full((57, 1110, 3), 255, np.uint8)))
    assert [quad.tolist() for quad in found] == [(small + np.float32(1)).tolist(), large.tolist()]


def test_a_thin_page_is_refused_before_it_is_looked_at(detector: PaddleDetector) -> None:
    with pytest.raises(ImageSizeError):
        detector.find(PageImage(np.full((400_000, 1, 3), 255, np.uint8)))


def gradient(width: int, height: int) -> PageImage:
    """A page whose grey tells the place: x in steps of one, wrapping at 200."""
    row = np.arange(width, dtype=np.int64) % 200
    return PageImage(np.repeat(np.tile(row, (height, 1))[:, :, None], 3, axis=2).astype(np.uint8))


def mapped(line_to_page: np.ndarray, x: float, y: float) -> tuple[float, float]:
    a, b, c = line_to_page @ (x, y, 1.0)
    return float(a / c), float(b / c)


def test_an_upright_line_is_cut_without_interpolation() -> None:
    page = gradient(150, 60)
    quad = np.array([(20, 10), (120, 10), (120, 40), (20, 40)], np.float32)
    line = cut_line(page, quad)
    assert line.pixels.shape == (32, 102)
    assert line.pixels[5].tolist() == list(range(19, 121))
    assert mapped(line.to_page, 0, 0) == (19.0, 9.0)
    assert np.array_equal(line.box, quad)


def test_a_slanted_line_is_turned_upright() -> None:
    pixels = np.full((300, 300, 3), 255, np.uint8)
    angle = np.radians(20)
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    start = np.array([60.0, 80.0])
    quad = np.array([start, start + 150 * along, start + 150 * along + 30 * across, start + 30 * across], np.float32)
    cv2.fillConvexPoly(pixels, np.round(quad * 16).astype(np.int32), (0, 0, 0), shift=4)
    line = cut_line(PageImage(pixels), quad)
    height, width = line.pixels.shape
    assert abs(width - 152) <= 1
    assert abs(height - 32) <= 1
    assert line.pixels[4:-4, 4:-4].max() < 20
    corner = mapped(line.to_page, 1.2, 1.2)
    assert np.allclose(corner, start, atol=0.6)


def upright_quad(x: float, y: float, width: float, height: float) -> FloatArray:
    return np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], np.float32)


@pytest.mark.parametrize("others", [0, 1, 5])
def test_a_lone_narrow_character_is_not_turned(others: int) -> None:
    quads = [upright_quad(5, 5, 12, 40), *(upright_quad(50, 50 * row, 200, 40) for row in range(others))]
    quads.append(upright_quad(400, 0, 30, 300))
    first, *_, last = turn_tall(quads)
    assert others == 0 or first[0].tolist() == [5, 5]
    assert last[0].tolist() == [430, 0]
    assert turn_tall(quads[:1])[0][0].tolist() == [5, 5]


def test_short_words_of_a_turned_page_are_turned() -> None:
    quads = [upright_quad(50 * column, 0, 30, 300) for column in range(3)] + [upright_quad(200, 0, 30, 75)]
    quads += [upright_quad(300, 0, 30, 20), upright_quad(300, 50, 90, 30)]
    starts = [[30, 0], [80, 0], [130, 0], [230, 0], [330, 0], [300, 50]]  # all but the wide one
    assert [quad[0].tolist() for quad in turn_tall(quads)] == starts
    assert turn_tall([]) == []


def test_a_tall_quad_is_turned_counter_clockwise() -> None:
    page = gradient(100, 200)
    (quad,) = turn_tall([upright_quad(40, 20, 20, 140)])
    line = cut_line(page, quad)
    height, width = line.pixels.shape
    assert width > 6 * height
    assert line.box[0].tolist() == [60, 20]
    assert line.pixels[2, 50] > line.pixels[-3, 50]  # the right side of the page is on top
    x, y = mapped(line.to_page, 0, 0)
    assert (round(x), round(y)) == (61, 19)


@pytest.mark.parametrize(
    "corners",
    [
        [(-5, -5), (30, -5), (30, 10), (-5, 10)],
        [(90, 50), (140, 40), (145, 70), (95, 80)],
        [(10, 10), (10, 10), (10, 10), (10, 10)],
        [(99, 59), (100, 59), (100, 60), (99, 60)],
        [(0, 30), (100, 32), (100, 33), (0, 31)],
        [(0, 0), (100, 10), (50, 20), (0, 60)],
    ],
)
def test_quads_at_the_edge_and_without_an_area(corners: list[tuple[float, float]]) -> None:
    line = cut_line(gradient(100, 60), np.array(corners, np.float32))
    assert min(line.pixels.shape) >= 1
    assert np.isfinite(line.to_page).all()


def test_a_line_of_forty_thousand_pixels_is_cut_whole() -> None:
    page = gradient(40_000, 60)
    quad = np.array([(0, 10), (40_000, 14), (40_000, 44), (0, 40)], np.float32)
    assert cut_line(page, quad).pixels.shape[1] == 40_000


def test_a_whole_picture_as_a_line() -> None:
    line = whole_line(gradient(100, 30))
    assert line.pixels.shape == (30, 100)
    assert line.box.tolist() == [[0, 0], [100, 0], [100, 30], [0, 30]]
    assert mapped(line.to_page, 7, 3) == (7.0, 3.0)
