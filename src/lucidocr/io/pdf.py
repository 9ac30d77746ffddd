"""From a PDF to pictures of its pages, and to the text that a page holds itself.

PDFium must never be entered by two threads at once: one lock guards every call, and is free while a page is out of the
house. All handles are closed under it; left to the garbage collector, they would be closed by any thread.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final

import numpy as np

from lucidocr.errors import DamagedImageError, ImageSizeError, InputError
from lucidocr.io.images import PDF_MARK
from lucidocr.io.pages import PageRange
from lucidocr.io.pdftext import native_lines
from lucidocr.types import PageImage

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

POINTS_PER_INCH: Final = 72.0

DPI: Final = 200.0
"""Resolution at which a page is drawn: print of ten points is then 28 pixels high, near the recogniser's 32."""

_SCAN_DPI: Final = (100.0, 400.0)
"""Least and highest resolution at which a page that is one scanned picture is drawn; its own where that is between."""

_SCAN_AREA: Final = 0.8
"""Part of a page that a picture covers which is all of the page."""

_PICTURE_AREA: Final = 0.5
"""Part of a page that pictures may cover before the page's own text is no longer taken for all of its text."""

_MOST_DRAWN: Final = 40_000_000
"""Most pixels that a page is drawn with: an A3 page at 500 dots per inch."""

_LEAST_SIDE: Final = 0.001
"""Side of a page, points, below which it is taken for a page that has one."""

_NESTING: Final = 4
"""Depth of forms within forms in which pictures are looked for."""

_PASSWORD_ERROR: Final = 4  # FPDF_ERR_PASSWORD

PDFIUM: Final = threading.RLock()
"""Held by whoever calls PDFium, in this module or another."""


def is_pdf(head: bytes) -> bool:
    """Whether a file that begins so is a PDF; readers accept its mark within the first 1,024 bytes."""
    return PDF_MARK in head


def pdf_pages(
    stream: BinaryIO, name: str, wanted: PageRange, *, with_text: bool, max_pixels: int
) -> Iterator[PageImage]:
    """Draw the wanted pages of a PDF one at a time.

    Args:
        stream: the file, which must stay open.
        name: what errors and the page images call it.
        wanted: which pages.
        with_text: whether to hand on the text that a page holds itself, where it seems sound and complete.
        max_pixels: most pixels of a page; larger ones are drawn smaller.

    Raises:
        DamagedImageError: no PDF, or one that cannot be repaired.
        InputError: it needs a password.
        OptionError: none of the wanted pages is there.
    """
    with _document(stream, name) as document:
        with PDFIUM:
            numbers = wanted.numbers(len(document))
        for number in numbers:
            with PDFIUM, _errors(name):
                page = _flat_page(document, number - 1)
                try:
                    drawn = _draw(page, name, number, with_text=with_text, most=min(max_pixels, _MOST_DRAWN))
                finally:
                    page.close()
            yield drawn


@contextmanager
def _document(stream: BinaryIO, name: str) -> Iterator[PdfDocument]:
    from pypdfium2 import PdfDocument  # noqa: PLC0415  (only PDFs need it)

    with PDFIUM, _errors(name):
        document = PdfDocument(stream)
        document.init_forms()  # fields that hold a value and no picture of it get one
    try:
        yield document
    finally:
        with PDFIUM:
            document.close()


@contextmanager
def _errors(name: str) -> Iterator[None]:
    from pypdfium2 import PdfiumError  # noqa: PLC0415  (as above)

    try:
        yield
    except PdfiumError as error:
        if error.err_code == _PASSWORD_ERROR:
            raise InputError(f"{name} is locked", remedy="Save a copy without a password and read that.") from error
        raise DamagedImageError(f"{name} is damaged ({error})") from error
    except MemoryError as error:
        raise ImageSizeError(f"{name} has too large a page") from error


def _flat_page(document: PdfDocument, index: int) -> PdfPage:
    """A page whose notes and filled fields are part of its content, so that their text is found with the rest."""
    from pypdfium2 import raw  # noqa: PLC0415  (as above)

    page = document[index]
    if (
        raw.FPDFPage_GetAnnotCount(page) > 0
        and raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_SUCCESS
    ):
        page.close()
        page = document[index]
    return page


def _draw(page: PdfPage, name: str, number: int, *, with_text: bool, most: int) -> PageImage:
    area = math.prod(max(_LEAST_SIDE, float(side)) for side in page.get_size())
    covered, samples = _pictures(page)
    scale = DPI / POINTS_PER_INCH
    if covered >= _SCAN_AREA * area:
        low, high = (dpi / POINTS_PER_INCH for dpi in _SCAN_DPI)
        scale = min(max(math.sqrt(samples / covered), low), high)
    scale = min(scale, _largest_scale(page, most))
    bitmap = page.render(scale=scale, rev_byteorder=True)
    try:
        pixels = np.array(bitmap.to_numpy()[:, :, :3])
    finally:
        bitmap.close()
    trusted = with_text and covered <= _PICTURE_AREA * area
    native = native_lines(page, pixels.shape[1], pixels.shape[0]) if trusted else ()
    return PageImage(pixels, name, number=number, dpi=scale * POINTS_PER_INCH, native=native)


def _largest_scale(page: PdfPage, most: int) -> float:
    """Scale at which a page, its sides rounded up, has at most so many pixels: (w s + 1) (h s + 1) = most."""
    width, height = (max(_LEAST_SIDE, float(side)) for side in page.get_size())
    both, area = width + height, width * height
    return (math.sqrt(both * both + 4 * area * (most - 1)) - both) / (2 * area)


def _pictures(page: PdfPage) -> tuple[float, float]:
    """Area that pictures cover, square points, and the pixels that they have; what overlaps counts twice."""
    from pypdfium2 import raw  # noqa: PLC0415  (as above)

    covered, samples = 0.0, 0.0
    for picture in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=_NESTING):
        scale, inner = 1.0, picture
        while inner is not None:  # a picture fills the unit square of its own coordinates
            matrix = inner.get_matrix()
            scale, inner = scale * abs(matrix.a * matrix.d - matrix.b * matrix.c), inner.container
        covered += scale
        samples += math.prod(picture.get_px_size())
    return covered, samples
