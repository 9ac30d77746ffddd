"""The alphabet holds the published tables, each character once, and only canonical forms."""

from __future__ import annotations

import unicodedata

import pytest

from lucidocr import charset
from lucidocr.charset import Charset
from lucidocr_training import alphabet


@pytest.fixture(scope="module")
def shipped() -> str:
    return alphabet.load()


@pytest.mark.parametrize(
    ("table", "size"), [(alphabet.gb2312, 6763), (alphabet.big5_common, 5401), (alphabet.general_standard, 8105)]
)
def test_a_published_table_is_whole_and_inside(shipped: str, table: object, size: int) -> None:
    assert callable(table)
    chars = set(table())
    assert len(chars) == size
    assert all(unicodedata.name(char).startswith("CJK UNIFIED") for char in chars)
    assert not chars - set(shipped)


def test_no_character_twice_and_in_order(shipped: str) -> None:
    assert len(Charset(shipped)) == len(shipped)
    assert list(shipped) == sorted(shipped)


def test_ascii_is_inside_and_nothing_invisible(shipped: str) -> None:
    assert {chr(code) for code in range(0x20, 0x7F)} <= set(shipped)
    assert [char for char in shipped if not char.isprintable() or unicodedata.combining(char)] == []


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("ＡＢ１２", "AB12"),
        ("価格：￥５", "価格：¥5"),
        ("　两　端 ", "两 端"),
        ("a\u200bb\ufeff", "ab"),
        ("e\u0301", "é"),
        ("−1‑2", "-1-2"),
        ("5\u2126", "5\u03a9"),
        ("张•三", "张·三"),
        ("⋯", "…"),
        ("3∶2≦ϕ", "3:2≤φ"),
        ("⸺━", "——"),
    ],
)
def test_twins_become_one(label: str, expected: str) -> None:
    assert charset.canonical(label) == expected


def test_full_width_marks_that_look_different_stay() -> None:
    assert charset.canonical("！（），：；？～") == "！（），：；？～"


def test_what_stands_for_twins_is_in_the_alphabet(shipped: str) -> None:
    targets = {value if isinstance(value, str) else chr(value) for value in charset.TWINS.values() if value}
    assert len(targets) > 80
    assert targets - set(shipped) == set()


def test_the_alphabet_holds_no_twin_beside_the_one_that_stands_for_it(shipped: str) -> None:
    assert [char for char in shipped if char != " " and charset.canonical(char) != char] == []


def test_build_adds_what_labels_use_in_its_canonical_form() -> None:
    plain, extended = alphabet.build(), alphabet.build(["㊣\u3000Ａ\u0301", "\u2028"])
    assert set(extended) - set(plain) == {"㊣"}
    assert set(plain) <= set(alphabet.load())
