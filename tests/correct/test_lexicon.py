"""Lexicons: what they propose, what they prefer, and what they allow."""

from __future__ import annotations

from pathlib import Path

import pytest

from lucidocr.charset import Charset
from lucidocr.correct.allowed import allowed_texts
from lucidocr.correct.entries import MAX_ENTRIES, parse_entries, read_entries
from lucidocr.correct.lexicon import Lexicon, load_lexicons, recased
from lucidocr.errors import NotFoundError, OptionError
from tests.correct.frames import frames_of

CHARSET = Charset("上海悔市北京在和总额元 0123456789ABCDEINOTSVinvocelL:.-")


def test_a_list_has_words_weights_expressions_and_comments() -> None:
    entries = parse_entries("\ufeff# towns\n上海市\n\n北京\t3\nＡ4\n/\\d{3}/\t2.5\n北京\t1\n")
    assert entries.words == ("上海市", "北京", "A4")
    assert entries.weights == (1.0, 3.0, 1.0)
    assert [pattern.source for pattern in entries.patterns] == [r"\d{3}"]
    assert entries.pattern_weights == (2.5,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no entries"),
        ("# only this\n", "no entries"),
        ("a\nb\tmany\n", "line 2: 'many' is no weight"),
        ("a\t0\n", "line 1: '0' is no weight"),
        ("a\t-1\n", "is no weight"),
        ("a\tnan\n", "is no weight"),
        ("a\t1\t2\n", "is no weight"),
        ("\t5\n", "line 1: no word"),
        ("a\n/(/\n", r"line 2: /\(/ is no regular expression"),
        (r"/(a)\1/", "line 1: .* back reference"),
    ],
)
def test_what_is_wrong_with_a_list_is_said_with_its_line(text: str, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        parse_entries(text, "names.txt")


def test_a_list_that_is_too_long_is_refused() -> None:
    with pytest.raises(OptionError, match="more than 1,000,000 entries"):
        parse_entries("a\n" * (MAX_ENTRIES + 1))


def test_files_that_cannot_be_read_are_errors(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"missing\.txt cannot be read"):
        read_entries(tmp_path / "missing.txt")
    path = tmp_path / "latin.txt"
    path.write_bytes("ok\ncafé\n".encode("latin-1"))
    with pytest.raises(OptionError, match=r"latin\.txt, line 2: not UTF-8"):
        load_lexicons([str(path)])


def test_several_files_make_one_lexicon(tmp_path: Path) -> None:
    for name, text in (("a", "上海市\n"), ("b", "北京\n/\\d+/\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    lexicon = load_lexicons([str(tmp_path / "a"), str(tmp_path / "b")])
    assert (lexicon.words, len(lexicon.patterns), len(lexicon)) == (("上海市", "北京"), 1, 3)


def test_a_word_is_preferred_where_it_stands_as_a_whole() -> None:
    lexicon = Lexicon.parse("上海市\nInvoice\n")
    bare = lexicon.preference("在和")
    assert bare == 0
    assert lexicon.preference("在上海市和") > 0
    assert lexicon.preference("INVOICE: 5") > 0
    assert lexicon.preference("Invoices") == 0
    assert lexicon.preferences(["在", "上海市", "上海市 Invoice"]).tolist() == [
        0,
        lexicon.preference("上海市"),
        lexicon.preference("上海市") + lexicon.preference("Invoice"),
    ]


def test_words_that_overlap_count_once() -> None:
    lexicon = Lexicon.parse("上海市\n海市\n上海\n")
    assert lexicon.preference("上海市") == Lexicon.parse("上海市\n海市\n上海").preference("在上海市")
    assert lexicon.preference("上海市") < lexicon.preference("上海") + lexicon.preference("海市")


def test_a_heavier_or_rarer_word_is_preferred_more() -> None:
    lexicon = Lexicon.parse("上海\t1\n北京\t20\n")
    assert lexicon.preference("北京") > lexicon.preference("上海")
    many = Lexicon.parse("上海\n" + "".join(f"词{number}\n" for number in range(5000)))
    assert many.preference("上海") < Lexicon.parse("上海\n").preference("上海")


def test_what_an_expression_matches_is_preferred() -> None:
    lexicon = Lexicon.parse(r"/[A-Z]{2}\d{3}/")
    assert lexicon.preference("A: AB123") > 0
    assert lexicon.preference("A: AB12") == 0


def test_proposes_words_for_what_is_near_them_alone_and_together() -> None:
    lexicon = Lexicon.parse("上海市\nInvoice\n")
    found = lexicon.propose("在上悔市和Inv0ice")
    assert found[0] == "在上海市和Invoice"
    assert {"在上海市和Inv0ice", "在上悔市和Invoice"} <= set(found)
    assert lexicon.propose("INVOCE") == ["INVOICE"]
    assert lexicon.propose("上海市") == []
    assert lexicon.propose("") == []


def test_the_picture_decides_which_of_many_near_words_is_proposed() -> None:
    words = [f"上{char}" for char in "海悔市北京在和总额元"]
    lexicon = Lexicon.parse("\n".join(word for word in words if word != "上悔"))
    frames = frames_of("上悔", CHARSET, {1: {"海": 0.3, "市": 0.001}})
    assert lexicon.candidates(frames, CHARSET)[:2] == ["上海", "上市"]
    assert lexicon.candidates(frames_of("上悔", CHARSET), CHARSET) == []


def test_an_expression_is_looked_for_inside_of_the_line() -> None:
    frames = frames_of("NO: IO5-Ol", CHARSET, {4: {"1": 0.2}, 5: {"0": 0.3}, 8: {"0": 0.2}, 9: {"1": 0.4}})
    assert Lexicon.parse(r"/\d{3}-\d{2}/").candidates(frames, CHARSET)[0] == "NO: 105-01"
    assert Lexicon.parse(r"/[A-Z]{2}\d/").candidates(frames, CHARSET) == []  # it is there already


def test_only_entries_are_allowed_where_nothing_else_may_be_read() -> None:
    lexicon = Lexicon.parse("上海市\n北京\nInvoice\n/\\d{3}/\n")
    frames = frames_of("上悔市", CHARSET, {1: {"海": 0.01}})
    assert allowed_texts(frames, CHARSET, lexicon)[0].text == "上海市"
    assert allowed_texts(frames_of("INVOICE", CHARSET), CHARSET, lexicon)[0].text == "INVOICE"
    assert allowed_texts(frames_of("1O5", CHARSET, {1: {"0": 0.1}}), CHARSET, lexicon)[0].text == "105"
    assert lexicon.allows("北京")
    assert lexicon.allows("123")
    assert not lexicon.allows("在北京")


def test_words_that_the_alphabet_cannot_write_are_not_allowed() -> None:
    assert allowed_texts(frames_of("上海", CHARSET), CHARSET, Lexicon.parse("丽江\n")) == []


def test_the_most_probable_of_many_entries_is_found() -> None:
    words = [f"{a}{b}{c}" for a in "上海市北京" for b in "在和总额元" for c in "0123456789"]
    lexicon = Lexicon.parse("\n".join(words))
    for word in words[::17]:
        assert allowed_texts(frames_of(word, CHARSET), CHARSET, lexicon)[0].text == word


@pytest.mark.parametrize(
    ("word", "read", "expected"),
    [
        ("London", "L0NDON", "LONDON"),
        ("London", "lond0n", "london"),
        ("London", "Lond0n", "London"),
        ("上海", "上悔", "上海"),
    ],
)
def test_words_are_written_in_the_case_that_was_read(word: str, read: str, expected: str) -> None:
    assert recased(word, read) == expected
