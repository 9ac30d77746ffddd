"""Searchable PDFs, read back by PDFium."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import ImageFont
from pypdfium2 import PdfDocument, PdfTextPage

from lucidocr import io
from lucidocr.export import Sheet
from lucidocr.export.font import CODES, font_file, to_unicode
from lucidocr.export.pdf import document_pdf
from lucidocr.types import Line, Page, PageImage
from tests.export.pages import column_at, line_at, page_of, sheet_of, turned_line

TEXT = "发票号码 No. 42，𠮷野家"


def pdf_of(*pages: Page) -> PdfDocument:
    return PdfDocument(b"".join(document_pdf(sheet_of(page) for page in pages)))


def text_of(*pages: Page) -> list[str]:
    document = pdf_of(*pages)
    texts = [page.get_textpage().get_text_bounded().replace("\r\n", "\n") for page in document]
    document.close()
    return texts


def character_box(text: PdfTextPage, number: int) -> tuple[float, ...]:
    """In pixels of a page of 300 rows at 72 dots per inch, from its top left."""
    left, bottom, right, top = text.get_charbox(number)
    return left, 300 - top, right, 300 - bottom


def test_text_is_taken_out_as_it_was_laid_in() -> None:
    assert text_of(page_of(line_at(TEXT, 20, 40, size=12))) == [TEXT]


def test_lines_and_pages_keep_their_order() -> None:
    pages = page_of(line_at("一行", 20, 40), line_at("second", 20, 80)), page_of(), page_of(line_at("三", 9, 9))
    assert text_of(*pages) == ["一行\nsecond", "", "三"]


def test_every_character_lies_over_its_picture() -> None:
    document = pdf_of(replace(page_of(line_at("ab 发", 20, 40)), dpi=72.0))
    text = document[0].get_textpage()
    for number in (0, 1, 3):
        left = 20 + 20 * number
        assert character_box(text, number) == pytest.approx((left, 40, left + 20, 60), abs=0.3)
    document.close()


def test_a_turned_line() -> None:
    document = pdf_of(replace(page_of(turned_line("abc")), dpi=72.0))
    text = document[0].get_textpage()
    assert text.get_text_bounded() == "abc"
    assert character_box(text, 1) == pytest.approx((280, 40, 300, 60), abs=0.3)
    document.close()


def test_a_column() -> None:
    (text,) = text_of(page_of(column_at("春眠不觉", 100, 20)))
    assert "".join(text.split()) == "春眠不觉"


def test_characters_without_places_share_the_line() -> None:
    corners = ((20.0, 40.0), (100.0, 40.0), (100.0, 60.0), (20.0, 60.0))
    document = pdf_of(replace(page_of(Line("abcd", 0.9, corners)), dpi=72.0))
    text = document[0].get_textpage()
    assert text.get_text_bounded() == "abcd"
    assert character_box(text, 2) == pytest.approx((60, 40, 80, 60), abs=0.3)
    document.close()


@pytest.mark.parametrize(("dpi", "width"), [(None, 192), (300.0, 96), (72.0, 400)])
def test_pages_are_as_large_as_their_resolution_says(dpi: float | None, width: float) -> None:
    document = pdf_of(replace(page_of(), dpi=dpi))
    assert document[0].get_size() == pytest.approx((width, width * 0.75), abs=0.01)
    document.close()


def test_a_page_is_never_larger_than_readers_take() -> None:
    page = Page((), 40_000, 10, dpi=72.0)
    document = pdf_of(page)
    assert document[0].get_width() <= 14_400
    document.close()


@pytest.mark.parametrize("colour", [(200, 200, 200), (220, 30, 60)])
def test_only_the_picture_is_seen(colour: tuple[int, int, int]) -> None:
    page = replace(page_of(line_at("never seen", 20, 40)), dpi=72.0)
    pixels = np.full((300, 400, 3), colour, np.uint8)
    document = PdfDocument(b"".join(document_pdf([Sheet(PageImage(pixels), page)])))
    drawn = document[0].render(rev_byteorder=True).to_numpy()[:, :, :3].astype(int)
    assert np.abs(drawn - colour).max() <= 6
    document.close()


def test_our_own_readings_are_not_taken_for_a_files_text() -> None:
    data = b"".join(document_pdf([sheet_of(page_of(line_at("was read before", 20, 40)))]))
    (page,) = io.documents(data)
    assert page.native == ()


def test_the_file_comes_in_pieces_and_is_the_same_each_time() -> None:
    first = list(document_pdf(sheet_of(page_of(line_at(TEXT, 0, 0))) for _ in range(3)))
    assert len(first) > 9
    assert b"".join(first) == b"".join(document_pdf(sheet_of(page_of(line_at(TEXT, 0, 0))) for _ in range(3)))


def test_codes_mean_characters() -> None:
    entries = to_unicode({"中": 1, "𠮷": CODES}).decode()
    assert "<0001> <4E2D>" in entries
    assert "<FFFF> <D842DFB7>" in entries
    blocks = to_unicode({chr(0x4E00 + n): n + 1 for n in range(250)}).decode()
    assert [blocks.count(f"{count} beginbfchar") for count in (100, 50)] == [2, 1]


def test_the_font_is_one_that_other_programs_take() -> None:
    assert ImageFont.truetype(BytesIO(font_file()), 100).getname() is not None
