"""A plugin that lets OCRmyPDF read with lucidocr: ``ocrmypdf --plugin lucidocr.ocrmypdf in.pdf out.pdf``.

OCRmyPDF keeps the pages as they are and lays the text over them. It is not a dependency of lucidocr.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ocrmypdf import hookimpl
from ocrmypdf.pluginspec import OcrEngine, OrientationConfidence

from lucidocr import __version__
from lucidocr.export import Sheet, page_text
from lucidocr.export.hocr import document_hocr
from lucidocr.export.pdf import document_pdf
from lucidocr.io import load
from lucidocr.pipeline import Reader

if TYPE_CHECKING:
    from ocrmypdf._options import OcrOptions

LANGUAGES = frozenset({"eng", "chi_sim", "chi_tra"})
"""What may be asked for with ``--language``; one model reads them all."""


class LucidOcrEngine(OcrEngine):
    """Reads the pages that OCRmyPDF draws; it works on several at once itself."""

    def __str__(self) -> str:
        return f"lucidocr {__version__}"

    @staticmethod
    def version() -> str:
        """That of lucidocr."""
        return __version__

    @staticmethod
    def creator_tag(options: OcrOptions) -> str:
        """What the metadata of the result name."""
        del options
        return f"lucidocr {__version__}"

    @staticmethod
    def languages(options: OcrOptions) -> AbstractSet[str]:
        """The languages of the model, as OCRmyPDF calls them."""
        del options
        return LANGUAGES

    @staticmethod
    def get_orientation(input_file: Path, options: OcrOptions) -> OrientationConfidence:
        """No opinion: lines are read whichever way they run, and pages stay as they are."""
        del input_file, options
        return OrientationConfidence(angle=0, confidence=0.0)

    @staticmethod
    def generate_hocr(input_file: Path, output_hocr: Path, output_text: Path, options: OcrOptions) -> None:
        """Write what is read from the picture of a page as hOCR and as text."""
        del options
        sheet = _read(input_file)
        output_hocr.write_text("".join(document_hocr([sheet.page])), encoding="utf-8")
        output_text.write_text(page_text(sheet.page), encoding="utf-8")

    @staticmethod
    def generate_pdf(input_file: Path, output_pdf: Path, output_text: Path, options: OcrOptions) -> None:
        """Write it as a page of unseen text, and as text."""
        del options
        sheet = _read(input_file)
        output_pdf.write_bytes(b"".join(document_pdf([sheet], pictures=False)))
        output_text.write_text(page_text(sheet.page), encoding="utf-8")


@hookimpl
def check_options(options: OcrOptions) -> None:
    """Ask for the pages of unseen text: they hold the exact place of every character, in any writing."""
    if options.pdf_renderer == "auto":
        options.pdf_renderer = "sandwich"


@hookimpl(tryfirst=True)
def get_ocr_engine(options: OcrOptions | None) -> OcrEngine | None:
    """The engine, unless another is named with ``--ocr-engine``."""
    return LucidOcrEngine() if options is None or options.ocr_engine == "auto" else None


def _read(path: Path) -> Sheet:
    image = load(path)
    return Sheet(image, _reader().read(image, mode="page"))


@cache
def _reader() -> Reader:
    """One a process: OCRmyPDF reads as many pages at once as there are cores."""
    return Reader(threads=1)
