"""From the bytes of a picture's file to its pixels."""

from __future__ import annotations

import struct
import threading
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from typing import Final

import numpy as np
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from lucidocr.errors import DamagedImageError, ImageSizeError, NotAnImageError
from lucidocr.io.pages import PageRange
from lucidocr.io.pixels import Rows, check_size, over_paper, strips, to_eight_bits
from lucidocr.types import ImageArray, PageImage

_Opener = Callable[[BytesIO], ImageFile.ImageFile]

PDF_MARK: Final = b"%PDF-"
_TIFF: Final = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_FORMATS: tuple[tuple[bytes | tuple[bytes, ...], _Opener], ...] = (
    (b"\xff\xd8\xff", JpegImagePlugin.jpeg_factory),
    (b"\x89PNG\r\n\x1a\n", PngImagePlugin.PngImageFile),
    (b"BM", BmpImagePlugin.BmpImageFile),
    ((b"GIF87a", b"GIF89a"), GifImagePlugin.GifImageFile),
    (_TIFF, TiffImagePlugin.TiffImageFile),
    (b"RIFF", WebPImagePlugin.WebPImageFile),
)
"""First bytes of a file and what decodes it. Pillow's decoders are called directly: ``Image.open`` would guess among
many more formats and holds a limit on pixels of its own, which only a setting of the whole process changes."""

_DECODER_ERRORS = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What Pillow's decoders raise on damaged bytes, found by feeding them many thousands of altered files."""

_BMP_HEADERS = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
"""Lengths of a BMP's second header. Many a text begins with BM, which is all that the first one has for a mark."""

_ORIENTATION: Final = 0x0112  # EXIF tag
_TRANSPOSED: Final = (5, 6, 7, 8)
"""Orientations that swap width and height."""

_RESOLUTIONS: Final = (36.0, 2400.0)
"""Least and highest resolution, dots per inch, that is believed: many a file states 1 or 72,000."""


def is_tiff(head: bytes) -> bool:
    """Whether a file that begins so is a TIFF, which may hold several pages."""
    return head.startswith(_TIFF)


def decode(data: bytes, max_pixels: int, name: str) -> PageImage:
    """Decode a file's first picture; errors as :func:`lucidocr.io.load`."""
    return decode_pillow(_opened(data, name), max_pixels, name)


def decode_frames(data: bytes, wanted: PageRange, max_pixels: int, name: str) -> Iterator[PageImage]:
    """Decode the wanted pages of a TIFF one at a time; errors as :func:`lucidocr.io.load`."""
    for number in wanted.numbers(_count_frames(_opened(data, name))):
        with _decoding(name):
            image = _opened(data, name)  # a new one each time: a frame's pixels go with it
            image.seek(number - 1)
        yield decode_pillow(image, max_pixels, name, number=number)


def _count_frames(image: ImageFile.ImageFile) -> int:
    """Frames of a picture; the first that is damaged counts, so that its turn comes to say so."""
    count = 1
    try:
        with _NO_WARNINGS:
            while True:
                image.seek(count)
                count += 1
    except EOFError:
        return count
    except _DECODER_ERRORS:
        return count + 1


def decode_pillow(image: Image.Image, max_pixels: int, name: str, *, number: int = 1) -> PageImage:
    """Decode the frame that a Pillow image stands at, turn it upright and convert it to RGB."""
    check_size(image.width, image.height, max_pixels)
    with _decoding(name):
        image.load()
        orientation = _orientation(image)
        stored = (image.height, image.width)
        upright = np.empty((*(stored[::-1] if orientation in _TRANSPOSED else stored), 3), np.uint8)
        _fill(_as_stored(upright, orientation), image, name)
        return PageImage(upright, name, number=number, dpi=_resolution(image))


def _opened(data: bytes, name: str) -> ImageFile.ImageFile:
    """Parse a file's header."""
    opener = next((opener for magic, opener in _FORMATS if data.startswith(magic)), None)
    other = data.startswith(b"RIFF") and data[8:12] != b"WEBP"
    other |= data.startswith(b"BM") and int.from_bytes(data[14:18], "little") not in _BMP_HEADERS
    if data.startswith(PDF_MARK):
        raise NotAnImageError(f"{name} is a PDF", remedy="Read its pages with `lucidocr read` or Reader.read_pages.")
    if opener is None or other:
        raise NotAnImageError(f"{name} is not a picture" if data else f"{name} is empty")
    with _decoding(name):
        return opener(BytesIO(data))


def _orientation(image: Image.Image) -> int:
    """EXIF's orientation, 1 to 8; an EXIF block that cannot be read states none."""
    try:
        stated = image.getexif().get(_ORIENTATION, 1)
    except _DECODER_ERRORS:
        return 1
    return stated if stated in range(1, 9) else 1


def _as_stored(upright: ImageArray, orientation: int) -> ImageArray:
    """A view of an upright picture in the order in which a file of this EXIF orientation stores its pixels."""
    turned = upright.swapaxes(0, 1) if orientation in _TRANSPOSED else upright
    rows = slice(None, None, -1 if orientation in (3, 4, 6, 7) else 1)
    columns = slice(None, None, -1 if orientation in (2, 3, 7, 8) else 1)
    return turned[rows, columns]


def _resolution(image: Image.Image) -> float | None:
    """Dots per inch that a file states, where they can be true."""
    try:
        stated = float(image.info["dpi"][0])
    except _DECODER_ERRORS:
        return None
    low, high = _RESOLUTIONS
    return stated if low <= stated <= high else None


def _fill(out: ImageArray, image: Image.Image, name: str) -> None:
    """Convert a picture to RGB strip by strip, so that little is held beside the result."""
    if image.mode in ("F", "LAB"):
        what = "has float pixels, whose range nobody knows" if image.mode == "F" else "is in the Lab colour space"
        raise NotAnImageError(f"{name} {what}", remedy="Save it as RGB with 8 bits.")
    if image.has_transparency_data:
        over_paper(partial(_converted, image, "RGBA"), out)
        return
    wide = image.mode.startswith("I")
    rows = _wide_rows(image, name) if wide else partial(_converted, image, "RGB")
    for top, bottom in strips(image.width, image.height):
        out[top:bottom] = rows(top, bottom)


def _converted(image: Image.Image, mode: str, top: int, bottom: int) -> ImageArray:
    part = _rows(image, top, bottom)
    return np.asarray(part if part.mode == mode else part.convert(mode), dtype=np.uint8)


def _rows(image: Image.Image, top: int, bottom: int) -> Image.Image:
    """Some rows; ``crop`` would hold to Pillow's own limit on pixels."""
    return image.resize((image.width, bottom - top), Image.Resampling.NEAREST, (0, top, image.width, bottom))


def _wide_rows(image: Image.Image, name: str) -> Rows:
    """Grey of 16 bits, which Pillow also hands out as 32, and so perhaps grey of 8 bits (values up to 255)."""
    lowest, highest = 0, 0
    for top, bottom in strips(image.width, image.height):
        values = np.asarray(_rows(image, top, bottom))
        lowest, highest = min(lowest, int(values.min())), max(highest, int(values.max()))
    if lowest < 0 or highest > 0xFFFF:
        raise NotAnImageError(f"{name} has grey values of more than 16 bits", remedy="Save it with 8 or 16 bits.")
    narrow = image.mode == "I" and highest <= 0xFF

    def rows(top: int, bottom: int) -> ImageArray:
        values = np.asarray(_rows(image, top, bottom))[:, :, None]
        return values.astype(np.uint8) if narrow else to_eight_bits(values.astype(np.uint16))

    return rows


class _NoWarnings:
    """Keep Pillow's warnings (large pictures, odd metadata) from the user: each is an error here or does not matter.

    Python's warning filters belong to the whole process, so the first thread to come in sets them and the last to go
    restores them; in between any number may decode at once.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._filters = warnings.catch_warnings()

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._filters = warnings.catch_warnings()
                self._filters.__enter__()
                warnings.simplefilter("ignore")
            self._inside += 1

    def __exit__(self, *_error: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._filters.__exit__(None, None, None)


_NO_WARNINGS: Final = _NoWarnings()


@contextmanager
def _decoding(name: str) -> Iterator[None]:
    """Turn what Pillow raises into errors of the package."""
    try:
        with _NO_WARNINGS:
            yield
    except (Image.DecompressionBombError, MemoryError) as error:
        raise ImageSizeError(f"{name} has too many pixels") from error
    except _DECODER_ERRORS as error:
        raise DamagedImageError(f"{name} is damaged ({error})") from error
