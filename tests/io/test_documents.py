from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lucidocr import io
from lucidocr.errors import DamagedImageError, ImageSizeError, InputError, NotAnImageError, NotFoundError, OptionError
from tests.pdfs import pdf_of, shown


def tiff_of(*levels: int, dpi: float = 150) -> bytes:
    buffer = BytesIO()
    first, *others = (Image.new("L", (20 + n, 10), level) for n, level in enumerate(levels))
    first.save(buffer, "TIFF", save_all=True, append_images=others, dpi=(dpi, dpi))
    return buffer.getvalue()


def test_all_pages_of_a_tiff() -> None:
    pages = list(io.documents(tiff_of(10, 20, 30), name="scan.tif"))
    assert [(page.number, page.width, int(page.pixels[0, 0, 0])) for page in pages] == [
        (1, 20, 10),
        (2, 21, 20),
        (3, 22, 30),
    ]
    assert {(page.source, page.dpi) for page in pages} == {("scan.tif", 150.0)}


def test_some_pages_of_a_tiff(tmp_path: Path) -> None:
    (tmp_path / "scan.tif").write_bytes(tiff_of(10, 20, 30))
    assert [page.number for page in io.documents(tmp_path / "scan.tif", pages="2-")] == [2, 3]
    assert io.load(tmp_path / "scan.tif").number == 1


def test_pages_come_one_at_a_time() -> None:
    data = tiff_of(10, 20, 30)
    broken = data.replace(bytes([20]) * 210, b"")  # the second page's pixels are gone, and what follows has moved
    pages = io.documents(broken)
    assert next(pages).number == 1
    with pytest.raises(InputError):
        list(pages)


def test_a_picture_is_a_document_of_one_page(tmp_path: Path) -> None:
    image = Image.new("RGB", (6, 5), "blue")
    image.save(tmp_path / "a.png")
    sources: list[Any] = [tmp_path / "a.png", str(tmp_path / "a.png"), (tmp_path / "a.png").read_bytes(), image]
    sources += [np.asarray(image), io.load(image)]
    for source in sources:
        (page,) = io.documents(source)
        assert (page.number, page.width, page.native) == (1, 6, ())
    with pytest.raises(OptionError):
        list(io.documents(image, pages="2"))
    with pytest.raises(OptionError):
        list(io.documents(tmp_path / "a.png", pages="2"))


def test_an_animation_is_its_first_frame() -> None:
    buffer = BytesIO()
    Image.new("P", (4, 4), 0).save(buffer, "GIF", save_all=True, append_images=[Image.new("P", (4, 4), 9)])
    assert len(list(io.documents(buffer.getvalue()))) == 1


def test_an_address_may_lead_to_a_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(io, "fetch", lambda url: tiff_of(1, 2))
    assert [page.source for page in io.documents("http://example.org/a.tif")] == ["http://example.org/a.tif"] * 2


def test_errors(tmp_path: Path) -> None:
    wrong: Any = "sometimes"
    for source, options, error in (
        (tmp_path / "none.pdf", {}, NotFoundError),
        (b"hello", {}, NotAnImageError),
        (b"%PDF-1.7", {}, DamagedImageError),
        (tiff_of(1, 2)[:60], {}, DamagedImageError),
        (tiff_of(1, 2), {"pages": "3"}, OptionError),
        (tiff_of(1, 2), {"pdf_text": wrong}, OptionError),
        (tiff_of(1, 2), {"max_pixels": 10}, ImageSizeError),
        (7, {}, InputError),
    ):
        with pytest.raises(error):
            list(io.documents(source, **options))  # type: ignore[arg-type]


def test_a_pdf_is_a_document_and_no_picture() -> None:
    data = pdf_of(shown("Hello", 20, 50))
    assert len(list(io.documents(data))) == 1
    with pytest.raises(NotAnImageError, match="is a PDF"):
        io.load(data)


def test_stated_resolutions_that_cannot_be_true_are_unknown() -> None:
    assert [page.dpi for page in io.documents(tiff_of(9, dpi=1))] == [None]
