"""Which lines of a picture are diagnosed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lucidocr import io
from lucidocr.doubtful import Complaint, diagnose_page, is_doubtful
from lucidocr.errors import OptionError
from lucidocr.types import Correction, Page, PageImage
from tests.diagnoses import PREPARATION
from tests.fakes import FakeReader, encoded, line_of, picture_of


@pytest.fixture
def page() -> PageImage:
    return io.load(encoded(picture_of("a")))


def test_only_doubtful_lines_are_diagnosed(page: PageImage) -> None:
    sure = FakeReader(confidence=0.95)
    found = diagnose_page(sure, page, Complaint())
    assert (found.lines, found.count) == ((), 2)
    assert len(diagnose_page(sure, page, Complaint(everything=True)).lines) == 2
    doubtful = diagnose_page(FakeReader(confidence=0.7), page, Complaint())
    assert [one.line.text for one in doubtful.lines] == ["发票 Invoice", "42.00"]
    assert [one.diagnosis.recognition.text for one in doubtful.lines] == ["发票 Invoice", "42.00"]


def test_a_line_is_doubtful_where_the_recogniser_alone_doubts_it() -> None:
    line = line_of("ab", 0.97)
    assert not is_doubtful(line)
    assert is_doubtful(replace(line, confidence=0.89))
    assert is_doubtful(replace(line, preparation=PREPARATION))
    assert is_doubtful(replace(line, correction=Correction("a", "ab", 0.5, 0.97, ())))


def test_options_reach_the_reader(page: PageImage) -> None:
    reader = FakeReader(confidence=0.5)
    diagnose_page(reader, page, Complaint(truth="42.00", rule="zh", preprocess="both"))
    assert (reader.modes, reader.prepared_with) == (["line"], ["both"])
    assert reader.diagnosed == [("42.00", "zh")] * 2
    diagnose_page(reader, page, Complaint(misread=True))
    assert reader.complained == [False, False, True, True]


def test_an_empty_line_is_diagnosed_all_the_same(page: PageImage) -> None:
    class Blank(FakeReader):
        def read(self, source: PageImage, **_: object) -> Page:  # type: ignore[override]
            return Page((), source.width, source.height, mode="line")

    found = diagnose_page(Blank(), page, Complaint())
    (line,) = found.lines
    assert (line.line.text, found.count, line.diagnosis.image.shape) == ("", 0, (page.height, page.width))
    assert line.line.box[2] == pytest.approx((page.width, page.height))


def test_the_text_of_a_pdf_is_not_diagnosed(page: PageImage) -> None:
    class Native(FakeReader):
        def read(self, source: PageImage, **_: object) -> Page:  # type: ignore[override]
            return Page((line_of("ab", 0.1),), source.width, source.height, mode="native")

    assert diagnose_page(Native(), page, Complaint()).lines == ()


def test_limits_and_contradictions(page: PageImage) -> None:
    with pytest.raises(OptionError, match="2 lines to diagnose"):
        diagnose_page(FakeReader(confidence=0.5), page, Complaint(), max_lines=1)
    with pytest.raises(OptionError, match="whole page"):
        Complaint(mode="page", truth="a")
    with pytest.raises(OptionError, match="by itself"):
        Complaint(truth="a", misread=True)


def test_lines_are_cut_as_they_are_read() -> None:
    pixels = np.full((60, 200, 3), 255, np.uint8)
    pixels[5:15, 10:90] = 0
    reader = FakeReader(texts=("0123456789",), confidence=0.2)
    (line,) = diagnose_page(reader, PageImage(pixels), Complaint()).lines
    assert line.diagnosis.image.shape == pytest.approx((20, 100), abs=2)
    assert line.diagnosis.image[10, 50] < 50
