"""The plugin for OCRmyPDF."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ocrmypdf
import pytest
from ocrmypdf.hocrtransform.hocr_parser import HocrParser
from pypdfium2 import PdfDocument

from lucidocr import ocrmypdf as plugin
from tests.fakes import FakeReader, picture_of

TEXT = "发票 Invoice 42.00"
pytestmark = pytest.mark.system
OPTIONS: Any = SimpleNamespace(ocr_engine="auto", pdf_renderer="auto")


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeReader:
    reader = FakeReader((TEXT,))
    monkeypatch.setattr(plugin, "_reader", lambda: reader)
    return reader


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "page.png"
    picture_of("42", size=(600, 300)).save(path, dpi=(150, 150))
    return path


def text_of(path: Path) -> str:
    document = PdfDocument(path)
    text: str = document[0].get_textpage().get_text_bounded()
    document.close()
    return text


def test_a_page_of_unseen_text(picture: Path, tmp_path: Path, fake: FakeReader) -> None:
    plugin.LucidOcrEngine.generate_pdf(picture, tmp_path / "out.pdf", tmp_path / "out.txt", OPTIONS)
    document = PdfDocument(tmp_path / "out.pdf")
    assert document[0].get_size() == pytest.approx((288, 144), abs=0.1)
    assert document[0].render(scale=1).to_numpy().min() == 255
    document.close()
    assert (tmp_path / "out.txt").read_text(encoding="utf-8") == f"{TEXT}\n"
    assert fake.modes == ["page"]


def test_hocr_is_read_by_its_parser(picture: Path, tmp_path: Path) -> None:
    plugin.LucidOcrEngine.generate_hocr(picture, tmp_path / "out.hocr", tmp_path / "out.txt", OPTIONS)
    page = HocrParser(tmp_path / "out.hocr").parse()
    assert [word.text for word in page.words] == TEXT.split()
    assert (page.bbox.right, page.bbox.bottom) == (600, 300)


def test_the_renderer_is_chosen_unless_one_is_named() -> None:
    for asked, wanted in (("auto", "sandwich"), ("fpdf2", "fpdf2")):
        options: Any = SimpleNamespace(pdf_renderer=asked)
        plugin.check_options(options)
        assert options.pdf_renderer == wanted


def test_another_engine_may_be_named() -> None:
    asked: Any = SimpleNamespace(ocr_engine="tesseract")
    assert plugin.get_ocr_engine(asked) is None
    assert str(plugin.get_ocr_engine(OPTIONS)).startswith("lucidocr ")


def test_ocrmypdf_itself(picture: Path, tmp_path: Path) -> None:
    """OCRmyPDF asks for Tesseract's version whatever reads."""
    ocrmypdf.ocr(
        picture,
        tmp_path / "out.pdf",
        plugins=["lucidocr.ocrmypdf"],
        output_type="pdf",
        language=["chi_sim", "eng"],
        jobs=1,
        use_threads=True,
        optimize=0,
        progress_bar=False,
    )
    assert text_of(tmp_path / "out.pdf") == TEXT
