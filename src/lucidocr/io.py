"""From files, bytes, arrays, Pillow images and addresses to a decoded page image.

What a file is, its first bytes say and not its name. Sizes are checked on the header, before any pixel is decoded.
"""

from __future__ import annotations

import struct
import threading
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    UnidentifiedImageError,
    WebPImagePlugin,
)

from lucidocr.errors import DamagedImageError, ImageSizeError, InputError, NotAnImageError, NotFoundError
from lucidocr.fetch import fetch
from lucidocr.types import ImageArray, PageImage

MAX_PIXELS: Final = 200_000_000
"""Most pixels that are decoded; 600 MB in colour. Width and height have no limit of their own."""

Source = str | Path | bytes | bytearray | memoryview | NDArray[Any] | Image.Image | PageImage

_Opener = Callable[[BytesIO], ImageFile.ImageFile]

_FORMATS: tuple[tuple[bytes, _Opener], ...] = (
    (b"\xff\xd8\xff", JpegImagePlugin.jpeg_factory),
    (b"\x89PNG\r\n\x1a\n", PngImagePlugin.PngImageFile),
    (b"BM", BmpImagePlugin.BmpImageFile),
    (b"GIF8", GifImagePlugin.GifImageFile),
    (b"II*\x00", TiffImagePlugin.TiffImageFile),
    (b"MM\x00*", TiffImagePlugin.TiffImageFile),
    (b"II+\x00", TiffImagePlugin.TiffImageFile),
    (b"MM\x00+", TiffImagePlugin.TiffImageFile),
    (b"RIFF", WebPImagePlugin.WebPImageFile),
)
"""First bytes of a file and what decodes it. Pillow's decoders are called directly: ``Image.open`` would guess among
many more formats and holds a limit on pixels of its own, which only a setting of the whole process changes."""

_DECODER_ERRORS = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What Pillow's decoders raise on damaged bytes, found by feeding them many thousands of altered files."""

_FILTERS_LOCK = threading.Lock()


def load(source: Source, *, max_pixels: int = MAX_PIXELS) -> PageImage:
    """Decode a picture.

    Args:
        source: a path, an http(s) address, the bytes of a file, an array (uint8, uint16 or bool; [H, W] grey,
            [H, W, 1], [H, W, 3] RGB or [H, W, 4] RGBA), a Pillow image or an already decoded page image.
        max_pixels: most pixels to decode.

    Returns:
        The picture upright (EXIF), in RGB, transparency laid over white, the first frame of several.

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
            return PageImage(_from_array(source, max_pixels))
        case Image.Image():
            return PageImage(_from_pillow(source, max_pixels, "<image>"), "<image>")
        case bytes() | bytearray() | memoryview():
            return _from_bytes(bytes(source), max_pixels, "<bytes>")
        case str() if source.lower().startswith(("http://", "https://")):
            return _from_bytes(fetch(source), max_pixels, source)
        case str() | Path():
            return _from_bytes(_read(Path(source)), max_pixels, Path(source).name)
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
    if opener is None or (data.startswith(b"RIFF") and data[8:12] != b"WEBP"):
        raise NotAnImageError(f"{name} is not a picture" if data else f"{name} is empty")
    try:
        with _no_warnings():
            return opener(BytesIO(data))
    except (Image.DecompressionBombError, MemoryError) as error:
        raise ImageSizeError(f"{name} has too many pixels") from error
    except (UnidentifiedImageError, *_DECODER_ERRORS) as error:
        raise DamagedImageError(f"{name} is damaged ({error})") from error


def _from_pillow(image: Image.Image, max_pixels: int, name: str) -> ImageArray:
    """Decode, turn upright and convert to uint8 [H, W, 3]."""
    _check_size(image.width, image.height, max_pixels)
    try:
        with _no_warnings():
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
        return _wide_grey(np.asarray(image), name)
    if image.mode == "F":
        raise NotAnImageError(f"{name} has float pixels, whose range nobody knows")
    if image.mode == "LAB":
        raise NotAnImageError(f"{name} is in the Lab colour space", remedy="Save it as RGB.")
    if image.has_transparency_data:
        return _over_white(np.asarray(image.convert("RGBA")))
    return np.asarray(image.convert("RGB"), dtype=np.uint8)


def _wide_grey(values: NDArray[Any], name: str) -> ImageArray:
    """Grey of 16 bits, which Pillow also hands out as 32."""
    if values.size and (int(values.min()) < 0 or int(values.max()) > 0xFFFF):
        raise NotAnImageError(f"{name} has grey values of more than 16 bits", remedy="Save it with 8 or 16 bits.")
    return _three_channels(_to_eight_bits(values.astype(np.uint16)))


def _from_array(array: NDArray[Any], max_pixels: int) -> ImageArray:
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise InputError(
            f"an array of shape {array.shape} is not a picture",
            remedy="Give [H, W] grey, [H, W, 3] RGB or [H, W, 4] RGBA.",
        )
    _check_size(array.shape[1], array.shape[0], max_pixels)
    if array.dtype.kind == "u" and array.dtype.itemsize == 2:
        pixels = _to_eight_bits(array)
    elif array.dtype == np.bool_:
        pixels = array.astype(np.uint8) * np.uint8(255)
    elif array.dtype == np.uint8:
        pixels = array
    else:
        raise InputError(
            f"an array of {array.dtype} is not a picture: the range of its values is unknown",
            remedy="Scale it to 0..255 and convert it to uint8, or to 0..65535 and uint16.",
        )
    if pixels.ndim == 3 and pixels.shape[2] == 4:
        return _over_white(pixels)
    return _three_channels(pixels[:, :, 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels)


def _to_eight_bits(values: NDArray[np.uint16]) -> ImageArray:
    """0..65535 to 0..255, rounded."""
    return np.asarray((values.astype(np.uint32) + 128) // 257, dtype=np.uint8)


def _three_channels(pixels: ImageArray) -> ImageArray:
    """A copy in RGB, so that later changes to the caller's array do not reach it."""
    return np.repeat(pixels[:, :, None], 3, axis=2) if pixels.ndim == 2 else pixels.copy()


def _over_white(rgba: ImageArray) -> ImageArray:
    """Lay RGBA over white: colour * alpha + 255 * (1 - alpha), rounded."""
    alpha = rgba[:, :, 3:].astype(np.uint16)
    mixed = rgba[:, :, :3] * alpha + np.uint16(255) * (np.uint16(255) - alpha)
    return np.asarray((mixed + 127) // 255, dtype=np.uint8)


def _check_size(width: int, height: int, max_pixels: int) -> None:
    if width < 1 or height < 1:
        raise ImageSizeError(f"the picture has no pixels ({width} x {height})", remedy="Give a picture with content.")
    if width * height > max_pixels:
        raise ImageSizeError(f"the picture has {width} x {height} pixels, more than {max_pixels:,}")


@contextmanager
def _no_warnings() -> Iterator[None]:
    """Keep Pillow's warnings (large pictures, odd metadata) from the user: each is an error here or does not matter.

    Python's warning filters belong to the whole process, so one thread at a time changes them.
    """
    with _FILTERS_LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
