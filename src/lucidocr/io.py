"""From files, bytes, arrays, Pillow images and addresses to a decoded page image.

What a file is, its first bytes say and not its name. Sizes are checked on the header, before any pixel is decoded.
"""

from __future__ import annotations

import struct
import threading
import warnings
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from lucidocr.errors import DamagedImageError, ImageSizeError, InputError, NotAnImageError, NotFoundError
from lucidocr.fetch import fetch
from lucidocr.types import ImageArray, PageImage

MAX_PIXELS: Final = 200_000_000
"""Most pixels that are decoded; 600 MB in colour. Width and height have no limit of their own."""

Source = str | Path | bytes | bytearray | memoryview | NDArray[Any] | Image.Image | PageImage

_Opener = Callable[[BytesIO], ImageFile.ImageFile]

_FORMATS: tuple[tuple[bytes | tuple[bytes, ...], _Opener], ...] = (
    (b"\xff\xd8\xff", JpegImagePlugin.jpeg_factory),
    (b"\x89PNG\r\n\x1a\n", PngImagePlugin.PngImageFile),
    (b"BM", BmpImagePlugin.BmpImageFile),
    ((b"GIF87a", b"GIF89a"), GifImagePlugin.GifImageFile),
    ((b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"), TiffImagePlugin.TiffImageFile),
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

_STRIP = 1 << 18
"""Pixels with transparency that are mixed at once: what is computed on the way takes several times their memory."""

_LIGHT = 170
"""Mean luma, 0..255, from which on what can be seen of a transparent picture would be lost on white paper."""


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
        NotAnImageError: bytes or pixels of an unknown kind.
        DamagedImageError: the file breaks off or cannot be decoded.
        ImageSizeError: no pixels, or more than ``max_pixels``.
        UrlError, TooLargeError: see :func:`lucidocr.fetch.fetch`.
        InputError: a source of another type, or an array of another shape or type.
    """
    match source:
        case PageImage():
            _check_size(source.width, source.height, max_pixels)
            return source
        case np.ndarray():
            return PageImage(_from_array(source, max_pixels), name or "<array>")
        case Image.Image():
            return PageImage(_from_pillow(source, max_pixels, name or "<image>"), name or "<image>")
        case bytes() | bytearray() | memoryview():
            return _from_bytes(bytes(source), max_pixels, name or "<bytes>")
        case str() if source.lower().startswith(("http://", "https://")):
            return _from_bytes(fetch(source), max_pixels, name or source)
        case str() | Path():
            return _from_bytes(_read(Path(source)), max_pixels, name or Path(source).name)
        case _:
            raise InputError(
                f"cannot read a picture from {type(source).__name__}",
                remedy="Give a path, an address, bytes, a NumPy array or a Pillow image.",
            )


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "is not a file" if path.exists() else "does not exist"
            raise NotFoundError(f"{str(path)!r} {what}")
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the path
        reason = getattr(error, "strerror", None) or "not a path"
        raise NotFoundError(f"{str(path)!r} cannot be read ({reason})") from error


def _from_bytes(data: bytes, max_pixels: int, name: str) -> PageImage:
    return PageImage(_from_pillow(_open(data, name), max_pixels, name), name)


def _open(data: bytes, name: str) -> ImageFile.ImageFile:
    """Parse a file's header."""
    opener = next((opener for magic, opener in _FORMATS if data.startswith(magic)), None)
    other = data.startswith(b"RIFF") and data[8:12] != b"WEBP"
    other |= data.startswith(b"BM") and int.from_bytes(data[14:18], "little") not in _BMP_HEADERS
    if opener is None or other:
        raise NotAnImageError(f"{name} is not a picture" if data else f"{name} is empty")
    try:
        with _NO_WARNINGS:
            return opener(BytesIO(data))
    except (Image.DecompressionBombError, MemoryError) as error:
        raise ImageSizeError(f"{name} has too many pixels") from error
    except _DECODER_ERRORS as error:
        raise DamagedImageError(f"{name} is damaged ({error})") from error


def _from_pillow(image: Image.Image, max_pixels: int, name: str) -> ImageArray:
    """Decode, turn upright and convert to uint8 [H, W, 3]."""
    _check_size(image.width, image.height, max_pixels)
    try:
        with _NO_WARNINGS:
            image.load()
            upright = ImageOps.exif_transpose(image) if _is_turned(image) else image
            return _to_rgb(upright, name)
    except (Image.DecompressionBombError, MemoryError) as error:
        raise ImageSizeError(f"{name} has too many pixels") from error
    except _DECODER_ERRORS as error:
        raise DamagedImageError(f"{name} is damaged ({error})") from error


def _is_turned(image: Image.Image) -> bool:
    """Whether EXIF asks for a turn; an EXIF block that cannot be read does not."""
    try:
        return image.getexif().get(0x0112, 1) in range(2, 9)
    except _DECODER_ERRORS:
        return False


def _to_rgb(image: Image.Image, name: str) -> ImageArray:
    if image.mode.startswith("I"):
        return _wide_grey(np.asarray(image), name, maybe_narrow=image.mode == "I")
    if image.mode in ("F", "LAB"):
        what = "has float pixels, whose range nobody knows" if image.mode == "F" else "is in the Lab colour space"
        raise NotAnImageError(f"{name} {what}", remedy="Save it as RGB with 8 bits.")
    if image.has_transparency_data:
        return _over_paper(partial(_rgba_rows, image), image.width, image.height)
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"), dtype=np.uint8)


def _rgba_rows(image: Image.Image, top: int, bottom: int) -> ImageArray:
    """Some rows; ``crop`` would hold to Pillow's own limit on pixels."""
    rows = image.resize((image.width, bottom - top), Image.Resampling.NEAREST, (0, top, image.width, bottom))
    return np.asarray(rows.convert("RGBA"))


def _wide_grey(values: NDArray[Any], name: str, *, maybe_narrow: bool) -> ImageArray:
    """Grey of 16 bits, which Pillow also hands out as 32, and so perhaps grey of 8 bits (values up to 255)."""
    lowest, highest = int(values.min()), int(values.max())
    if lowest < 0 or highest > 0xFFFF:
        raise NotAnImageError(f"{name} has grey values of more than 16 bits", remedy="Save it with 8 or 16 bits.")
    if maybe_narrow and highest <= 0xFF:
        return _three_channels(values.astype(np.uint8))
    return _three_channels(_to_eight_bits(values.astype(np.uint16)))


def _from_array(array: NDArray[Any], max_pixels: int) -> ImageArray:
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise InputError(
            f"an array of shape {array.shape} is not a picture",
            remedy="Give [H, W] grey, [H, W, 3] RGB or [H, W, 4] RGBA.",
        )
    _check_size(array.shape[1], array.shape[0], max_pixels)
    if array.ndim == 3 and array.shape[2] == 4:
        return _over_paper(lambda top, bottom: _narrow(array[top:bottom]), array.shape[1], array.shape[0])
    return _three_channels(_narrow(array[:, :, 0] if array.ndim == 3 and array.shape[2] == 1 else array))


def _narrow(array: NDArray[Any]) -> ImageArray:
    """Values of any type whose range is known, in 8 bits."""
    if array.dtype.kind == "u" and array.dtype.itemsize == 2:
        return _to_eight_bits(array)
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype == np.uint8:
        return array
    raise InputError(
        f"an array of {array.dtype} is not a picture: the range of its values is unknown",
        remedy="Scale it to 0..255 and convert it to uint8, or to 0..65535 and uint16.",
    )


def _to_eight_bits(values: NDArray[np.uint16]) -> ImageArray:
    """0..65535 to 0..255, rounded."""
    wide = values.astype(np.uint32)
    wide += 128
    wide //= 257
    return wide.astype(np.uint8)


def _three_channels(pixels: ImageArray) -> ImageArray:
    """A copy in RGB, so that later changes to the caller's array do not reach it."""
    return np.repeat(pixels[:, :, None], 3, axis=2) if pixels.ndim == 2 else pixels.copy()


def _over_paper(rows: Callable[[int, int], ImageArray], width: int, height: int) -> ImageArray:
    """Lay RGBA (``rows``: first row and end -> uint8 [n, width, 4]) over white, or light strokes over black."""
    step = max(1, _STRIP // width)
    strips = [(top, min(top + step, height)) for top in range(0, height, step)]
    paper = np.uint16(0 if _is_light(rows(*strip) for strip in strips) else 255)
    mixed = np.empty((height, width, 3), np.uint8)
    for top, bottom in strips:
        strip = rows(top, bottom)
        alpha = strip[:, :, 3:].astype(np.uint16)
        mixed[top:bottom] = (strip[:, :, :3] * alpha + paper * (np.uint16(255) - alpha) + np.uint16(127)) // 255
    return mixed


def _is_light(strips: Iterator[ImageArray]) -> bool:
    """Whether what can be seen is light and covers less than half: strokes without a ground of their own."""
    area, ink, light = 0, 0.0, 0.0
    for strip in strips:
        alpha = strip[:, :, 3].ravel().astype(np.float32)
        area += alpha.size
        ink += float(alpha.sum())
        light += float(alpha @ strip[:, :, :3].reshape(-1, 3).astype(np.float32) @ (0.299, 0.587, 0.114))
    return ink < 255 * area / 2 and light > _LIGHT * ink


def _check_size(width: int, height: int, max_pixels: int) -> None:
    if width < 1 or height < 1:
        raise ImageSizeError(f"the picture has no pixels ({width} x {height})", remedy="Give a picture with content.")
    if width * height > max_pixels:
        raise ImageSizeError(f"the picture has {width} x {height} pixels, more than {max_pixels:,}")


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
