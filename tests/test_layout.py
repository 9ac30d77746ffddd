from __future__ import annotations

import random

import numpy as np
import pytest

from lucidocr.layout import reading_order
from lucidocr.types import FloatArray


def quad(x: float, y: float, width: float, height: float = 20) -> FloatArray:
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    return np.array(corners, dtype=np.float32)


def assert_order(quads: list[FloatArray]) -> None:
    """The lines are given in reading order, and found in it however they are shuffled."""
    numbers = list(range(len(quads)))
    random.Random(3).shuffle(numbers)
    shuffled = [quads[number] for number in numbers]
    assert [numbers[place] for place in reading_order(shuffled)] == sorted(numbers)


def test_nothing() -> None:
    assert reading_order([]) == []


def test_rows_from_top_to_bottom_and_left_to_right() -> None:
    assert_order([quad(300 * column, 30 * row + 3 * column, 100) for row in range(5) for column in range(3)])


def test_items_and_prices_are_rows() -> None:
    rows = [(quad(0, 30 * row, 350), quad(500, 30 * row, 60)) for row in range(8)]
    assert_order([line for row in rows for line in row])


def test_a_table_is_read_by_rows() -> None:
    assert_order([quad(200 * column, 30 * row, 150) for row in range(8) for column in range(4)])


def test_two_columns_of_text_under_a_title() -> None:
    title = quad(100, 0, 600, 40)
    left = [quad(0, 60 + 30 * row, 380) for row in range(8)]
    right = [quad(420, 66 + 30 * row, 380) for row in range(8)]
    foot = quad(0, 320, 800)
    assert_order([title, *left, *right, foot])


@pytest.mark.parametrize("columns", [3, 4, 5])
@pytest.mark.parametrize("gap", [12, 40])
def test_many_columns_of_text_under_a_title(columns: int, gap: int) -> None:
    width = 260
    page = columns * (width + gap) - gap
    chance = random.Random(columns)
    text = [
        [quad(column * (width + gap), 60 + 30 * row, width - chance.choice([0, 0, 0, 90])) for row in range(9)]
        for column in range(columns)
    ]
    assert_order([quad(0, 0, page, 40), *(line for column in text for line in column), quad(0, 340, page)])


def test_lines_without_a_width() -> None:
    assert sorted(reading_order([quad(5, 5, 0)] * 20)) == list(range(20))


def test_a_title_over_two_of_three_columns() -> None:
    columns = [[quad(300 * column, 100 + 30 * row, 270) for row in range(8)] for column in range(3)]
    last = [quad(600, 10 + 30 * row, 270) for row in range(3)]
    assert_order([quad(0, 40, 570, 40), *columns[0], *columns[1], *last, *columns[2]])


@pytest.mark.parametrize("degrees", [-8.0, -3.0, 3.0, 8.0])
def test_a_skewed_page(degrees: float) -> None:
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], dtype=np.float32)
    straight = [quad(400 * column, 30 * row, 120) for row in range(6) for column in range(2)]
    assert_order([(line @ turn.T).astype(np.float32) for line in straight])


def test_large_and_small_print_in_a_row() -> None:
    assert_order([quad(0, 0, 200, 60), quad(220, 20, 100, 20), quad(0, 80, 300, 20)])


@pytest.mark.parametrize("degrees", [86.0, 90.0, 94.0])
def test_a_page_turned_clockwise(degrees: float) -> None:
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], dtype=np.float32)
    straight = [quad(400 * column, 30 * row, 120) for row in range(6) for column in range(2)]
    assert_order([(line @ turn.T).astype(np.float32) for line in straight])


def test_a_tall_line_beside_a_level_one_does_not_tilt_the_page() -> None:
    assert_order([quad(0, 0, 200), np.roll(quad(300, 100, 20, 300), -1, axis=0)])
