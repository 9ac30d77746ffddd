from __future__ import annotations

import pytest

from lucidocr.errors import OptionError
from lucidocr.io import PageRange


@pytest.mark.parametrize(
    ("text", "count", "numbers"),
    [
        (None, 3, [1, 2, 3]),
        ("2", 3, [2]),
        ("1-3,7", 9, [1, 2, 3, 7]),
        (" 1 - 2 , 4 ", 9, [1, 2, 4]),
        ("5-", 7, [5, 6, 7]),
        ("4,1,2-4", 9, [1, 2, 3, 4]),
        ("2-99", 3, [2, 3]),
        ("2,50", 3, [2]),
    ],
)
def test_pages_are_chosen_in_the_order_of_the_document(text: str | None, count: int, numbers: list[int]) -> None:
    assert PageRange.parse(text).numbers(count) == numbers


@pytest.mark.parametrize("text", ["", "a", "0", "3-1", "-3", "1,,2", "1-2-3", "1.5", "١", "9" * 30])
def test_what_is_no_range(text: str) -> None:
    with pytest.raises(OptionError, match="not a range of pages"):
        PageRange.parse(text)


def test_a_range_that_names_no_page_is_an_error() -> None:
    with pytest.raises(OptionError, match="has 3 pages"):
        PageRange.parse("4-9").numbers(3)
