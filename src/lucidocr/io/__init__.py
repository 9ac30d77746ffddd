"""From files, bytes, arrays, Pillow images and addresses to decoded page images.

:func:`load` takes one picture, :func:`documents` whatever holds pages and hands them out one at a time. What a file is,
its first bytes say and not its name. Sizes are checked on the header, before any pixel is decoded.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lucidocr.errors import InputError, OptionError
from lucidocr.fetch import fetch
from lucidocr.io.images import decode, decode_frames, decode_pillow, is_tiff
from lucidocr.io.pages import PageRange
from lucidocr.io.pdf import is_pdf, pdf_pages
from lucidocr.io.pixels import MAX_PIXELS, check_size, from_array
from lucidocr.io.sources import clipboard, expand, opened, read_bytes
from lucidocr.types import PageImage

__all__ = ["MAX_PIXELS", "PageRange", "PdfText", "Source", "clipboard", "documents", "expand", "load"]

Source = str | Path | bytes | bytearray | memoryview | NDArray[Any] | Image.Image | PageImage

PdfText = Literal["auto", "ignore"]
"""What is done with the text that a PDF holds itself: taken where it is sound, or passed over."""

_HEAD = 1024
"""First bytes of a file in which a PDF's mark may stand."""


def load(source: Source, *, max_pixels: int = MAX_PIXELS, name: str | None = None) -> PageImage:
    """Decode a picture.

    Args:
        source: a path, an http(s) address, the bytes of a file, an array (uint8, uint16 or bool; [H, W] grey,
            [H, W, 1], [H, W, 3] RGB or [H, W, 4] RGBA), a Pillow image or an already decoded page image.
        max_pixels: most pixels to decode.
        name: what errors and the page image call the picture; without it, or of a page image, its own name.

    Returns:
        The picture upright (EXIF), in RGB, the first frame of several. Transparency is laid over white, or over black
        where only light strokes can be seen.

    Raises:
        NotFoundError: no such file, or it may not be read.
        NotAnImageError: bytes or pixels of an unknown kind, or a PDF.
        DamagedImageError: the file breaks off or cannot be decoded.
        ImageSizeError: no pixels, or more than ``max_pixels``.
        UrlError, TooLargeError: see :func:`lucidocr.fetch.fetch`.
        InputError: a source of another type, or an array of another shape or type.
    """
    match source:
        case PageImage():
            check_size(source.width, source.height, max_pixels)
            return source
        case np.ndarray():
            return PageImage(from_array(source, max_pixels), name or "<array>")
        case Image.Image():
            return decode_pillow(source, max_pixels, name or "<image>")
        case bytes() | bytearray() | memoryview():
            return decode(bytes(source), max_pixels, name or "<bytes>")
        case str() if _is_address(source):
            return decode(fetch(source), max_pixels, name or source)
        case str() | Path():
            return decode(read_bytes(Path(source)), max_pixels, name or Path(source).name)
        case _:
            raise InputError(
                f"cannot read a picture from {type(source).__name__}",
                remedy="Give a path, an address, bytes, a NumPy array or a Pillow image.",
            )


def documents(
    source: Source,
    *,
    pages: str | None = None,
    pdf_text: PdfText = "auto",
    max_pixels: int = MAX_PIXELS,
    name: str | None = None,
) -> Iterator[PageImage]:
    """Decode the pages of a document one at a time: only the page at hand is in memory.

    Args:
        source: what :func:`load` takes, a PDF or a TIFF of several pages among it.
        pages: which pages, counted from one: "1-3,7", "5-"; all when None.
        pdf_text: "auto" hands on the text that a page of a PDF holds itself (``PageImage.native``) where it seems
            sound; "ignore" never does.
        max_pixels: most pixels of a page; a page of a PDF is drawn smaller rather than refused.
        name: as in :func:`load`.

    Yields:
        The chosen pages in their order; one for a picture.

    Raises:
        OptionError: a range that is none, or that names no page of the document.
        InputError: as :func:`load`; also a PDF that needs a password.
    """
    if pdf_text not in get_args(PdfText):
        raise OptionError(f"pdf_text {pdf_text!r} is not one of {', '.join(get_args(PdfText))}")
    wanted = PageRange.parse(pages)
    if not isinstance(source, (str, Path, bytes, bytearray, memoryview)):
        wanted.numbers(1)
        yield load(source, max_pixels=max_pixels, name=name)
        return
    own_name, stream = _stream(source)
    with stream:
        head = stream.read(_HEAD)
        stream.seek(0)
        if is_pdf(head):
            yield from pdf_pages(stream, name or own_name, wanted, with_text=pdf_text == "auto", max_pixels=max_pixels)
        elif is_tiff(head):
            yield from decode_frames(stream.read(), wanted, max_pixels, name or own_name)
        else:
            wanted.numbers(1)
            yield decode(stream.read(), max_pixels, name or own_name)


def _stream(source: str | Path | bytes | bytearray | memoryview) -> tuple[str, BinaryIO]:
    """A document's own name and its bytes, which stay on disk until they are read."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return "<bytes>", BytesIO(source)
    if isinstance(source, str) and _is_address(source):
        return source, BytesIO(fetch(source))
    return Path(source).name, opened(Path(source))


def _is_address(source: str) -> bool:
    return source.lower().startswith(("http://", "https://"))
