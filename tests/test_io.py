from __future__ import annotations

import os
import random
import struct
import threading
import tracemalloc
import warnings
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from lucidocr import io
from lucidocr.errors import (
    DamagedImageError,
    ImageSizeError,
    InputError,
    LucidOcrError,
    NotAnImageError,
    NotFoundError,
)
from lucidocr.io import images
from lucidocr.types import PageImage

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def corners() -> Image.Image:
    """Red at the top left, green at the top right, blue at the bottom left, white elsewhere; 24 x 16."""
    image = Image.new("RGB", (24, 16), WHITE)
    for colour, box in ((RED, (0, 0, 8, 8)), (GREEN, (16, 0, 24, 8)), (BLUE, (0, 8, 8, 16))):
        image.paste(colour, box)
    return image


def encoded(image: Image.Image, form: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def at(page: PageImage, x: int, y: int) -> tuple[int, ...]:
    return tuple(int(value) for value in page.pixels[y, x])


FORMS = [("PNG", {}), ("BMP", {}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"}), ("GIF", {}), ("JPEG", {})]
FORMS += [("WEBP", {"lossless": True}), ("PNG", {"optimize": True})]


@pytest.mark.parametrize(("form", "options"), FORMS)
def test_every_format_is_known_by_its_content(form: str, options: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "picture.txt"
    path.write_bytes(encoded(corners(), form, **options))
    page = io.load(path)
    assert (page.width, page.height, page.source) == (24, 16, "picture.txt")
    assert np.abs(np.array(at(page, 3, 3)) - RED).max() < 40
    assert np.abs(np.array(at(page, 20, 3)) - GREEN).max() < 40


@pytest.mark.parametrize("make", [str, Path, lambda p: p.read_bytes(), lambda p: bytearray(p.read_bytes()), Image.open])
def test_all_kinds_of_sources_give_the_same_pixels(make: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    corners().save(path)
    page = io.load(make(path))
    assert np.array_equal(page.pixels, np.asarray(corners()))
    assert np.array_equal(io.load(page.pixels).pixels, page.pixels)
    assert io.load(page) is page


def test_an_address_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(io, "fetch", lambda url: encoded(corners(), "PNG"))
    page = io.load("HTTPS://example.org/a.png")
    assert (page.width, page.source) == (24, "HTTPS://example.org/a.png")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_once(form: str, orientation: int) -> None:
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Image.Transpose that a camera would have stored
    stored = corners().transpose(Image.Transpose(undo[orientation])) if orientation > 1 else corners()
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 95, "subsampling": 0} if form == "JPEG" else {"lossless": True} if form == "WEBP" else {}
    page = io.load(encoded(stored, form, exif=exif, **options))
    assert (page.width, page.height) == (24, 16)
    for place, colour in (((3, 3), RED), ((20, 3), GREEN), ((3, 12), BLUE), ((20, 12), WHITE)):
        assert np.abs(np.array(at(page, *place)) - colour).max() < 40


def test_a_broken_exif_block_does_not_matter() -> None:
    page = io.load(encoded(corners(), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff"))
    assert (page.width, page.height) == (24, 16)


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "RGBA", "LA", "YCbCr"])
def test_grey_levels_survive_every_mode(mode: str) -> None:
    grey = Image.fromarray(np.repeat(np.array([[0, 255]], np.uint8), 4, axis=0).repeat(4, axis=1))
    source: Any = encoded(grey.convert(mode), "TIFF" if mode not in ("P", "LA") else "PNG")
    page = io.load(source)
    assert at(page, 0, 0) == (0, 0, 0)
    assert at(page, 7, 0) == WHITE


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled_and_not_clipped(form: str) -> None:
    wide = np.array([[0, 257, 0x8000, 0xFFFF]], np.uint16)
    assert io.load(encoded(Image.fromarray(wide), form)).pixels[0, :, 0].tolist() == [0, 1, 128, 255]
    assert io.load(wide).pixels[0, :, 0].tolist() == [0, 1, 128, 255]
    assert io.load(Image.fromarray(wide.astype(np.int32))).pixels[0, :, 0].tolist() == [0, 1, 128, 255]


@pytest.mark.parametrize("mode", ["F", "LAB"])
def test_pixels_of_unknown_meaning_are_refused(mode: str) -> None:
    with pytest.raises(NotAnImageError):
        io.load(encoded(Image.new(mode, (4, 4)), "TIFF"))


def test_grey_of_eight_bits_in_a_wide_mode_keeps_its_values() -> None:
    narrow = np.array([[0, 7, 255]], np.int32)
    assert io.load(Image.fromarray(narrow)).pixels[0, :, 0].tolist() == [0, 7, 255]
    assert io.load(encoded(Image.fromarray(narrow.astype(np.uint16)), "TIFF")).pixels[0, :, 0].tolist() == [0, 0, 1]


def test_grey_beyond_sixteen_bits_is_refused() -> None:
    with pytest.raises(NotAnImageError, match="16 bits"):
        io.load(Image.fromarray(np.array([[70_000]], np.int32)))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB"])
def test_transparency_is_laid_over_white(mode: str) -> None:
    if mode in ("P", "RGB"):  # one colour is declared transparent
        image = Image.new(mode, (4, 4), 0)
        data = encoded(image, "PNG", transparency=0 if mode == "P" else (0, 0, 0))
    else:
        data = encoded(Image.new(mode, (4, 4), (0,) * len(mode)), "PNG")
    assert at(io.load(data), 1, 1) == WHITE


def test_half_transparent_black_is_grey() -> None:
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[:, :, 3] = 128
    assert at(io.load(pixels), 0, 0) == (127, 127, 127)


@pytest.mark.parametrize("kind", ["array", "wide array", "PNG", "palette"])
def test_light_strokes_are_laid_over_black(kind: str) -> None:
    image = Image.new("RGBA", (600, 1000), (255, 255, 255, 0))  # of more than one strip
    image.paste((250, 250, 250, 255), (100, 900, 200, 940))
    pixels = np.asarray(image)
    sources: dict[str, Any] = {"array": pixels, "wide array": pixels.astype(np.uint16) * np.uint16(257)}
    sources |= {"PNG": encoded(image, "PNG"), "palette": encoded(image.quantize(4), "PNG")}
    page = io.load(sources[kind])
    assert at(page, 1, 1) == (0, 0, 0)
    assert min(at(page, 150, 920)) > 240


def test_a_light_picture_with_clear_corners_stays_on_white() -> None:
    pixels = np.full((40, 40, 4), 250, np.uint8)
    pixels[:, :, 3] = 255
    pixels[:4, :4, 3] = 0
    assert at(io.load(pixels), 0, 0) == WHITE


def test_transparency_is_mixed_within_little_memory() -> None:
    image = Image.new("RGBA", (2000, 2000), (9, 9, 9, 128))
    tracemalloc.start()
    page = io.load(image)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.array_equal(page.pixels, np.full((2000, 2000, 3), 132))
    assert peak < 2 * page.pixels.nbytes


def test_the_first_frame_of_an_animation_is_read() -> None:
    data = encoded(Image.new("P", (4, 4), 0), "GIF", save_all=True, append_images=[Image.new("P", (4, 4), 9)])
    assert at(io.load(data), 0, 0) == (0, 0, 0)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4)),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 4), np.int64),
        np.zeros(4, np.uint8),
        np.zeros((4, 4, 2), np.uint8),
        np.zeros((1, 4, 4, 3), np.uint8),
        np.zeros((4, 4), complex),
    ],
)
def test_arrays_that_are_no_pictures_are_refused(array: NDArray[Any]) -> None:
    with pytest.raises(InputError, match="not a picture"):
        io.load(array)


def test_arrays_of_every_allowed_kind() -> None:
    assert at(io.load(np.array([[True, False]])), 0, 0) == WHITE
    assert at(io.load(np.full((2, 2, 1), 7, np.uint8)), 0, 0) == (7, 7, 7)
    assert at(io.load(np.full((2, 2), 0x8000, ">u2")), 0, 0) == (128, 128, 128)


def test_a_later_change_to_the_array_does_not_reach_the_page() -> None:
    array = np.zeros((2, 2, 3), np.uint8)
    page = io.load(array)
    array[:] = 9
    assert at(page, 0, 0) == (0, 0, 0)
    assert not page.pixels.flags.writeable


@pytest.mark.parametrize("source", [None, 7, ["a.png"], object()])
def test_other_types_are_refused(source: Any) -> None:
    with pytest.raises(InputError, match="cannot read a picture from"):
        io.load(source)


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="does not exist"):
        io.load(tmp_path / "none.png")
    with pytest.raises(NotFoundError, match="is a folder"):
        io.load(tmp_path)
    with pytest.raises(NotFoundError):
        io.load("a\0b")
    with pytest.raises(NotFoundError):
        io.load("a" * 5000)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotFoundError, match="not a file"):
        io.load(tmp_path / "pipe")


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.png").write_bytes(b"x")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(NotFoundError, match="Permission denied"):
        io.load(tmp_path / "a.png")


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"%PDF-1.7", b"RIFF\0\0\0\0WAVEfmt ", b"<svg/>", b"P6 1 1 255 abc", b"BM"]
)
def test_bytes_that_are_no_picture(data: bytes) -> None:
    with pytest.raises(NotAnImageError):
        io.load(data)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "BMP", "TIFF", "WEBP", "GIF"])
def test_a_file_that_breaks_off(form: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    data = encoded(Image.fromarray(noise), form)
    with pytest.raises(DamagedImageError):
        io.load(data[: len(data) // 2])


@pytest.mark.parametrize(
    "text", [b"BMW is the maker of this car, and no bitmap.", b"GIF8 is a mark, but GIF89a is one."]
)
def test_texts_that_begin_like_a_picture(text: bytes) -> None:
    with pytest.raises(NotAnImageError, match=r"^letter is not a picture"):
        io.load(text, name="letter")


def test_a_name_stands_for_the_source() -> None:
    assert io.load(encoded(corners(), "PNG"), name="a.png").source == "a.png"
    assert io.load(np.zeros((2, 2), np.uint8), name="crop").source == "crop"
    with pytest.raises(DamagedImageError, match=r"^a\.png is damaged"):
        io.load(encoded(corners(), "PNG")[:60], name="a.png")


def test_pictures_are_decoded_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    both = threading.Barrier(2, timeout=10)
    image, data = corners(), encoded(corners(), "PNG")
    monkeypatch.setattr(images, "_orientation", lambda _: 1 + 0 * both.wait())
    filters = list(warnings.filters)
    other = threading.Thread(target=io.load, args=(data,))
    other.start()
    page = io.load(data)
    other.join()
    assert np.array_equal(page.pixels, np.asarray(image))
    assert warnings.filters == filters


def test_pictures_without_pixels() -> None:
    for empty in (np.zeros((0, 5), np.uint8), np.zeros((5, 0, 3), np.uint8)):
        with pytest.raises(ImageSizeError, match="no pixels"):
            io.load(empty)
    with pytest.raises(ImageSizeError, match="no pixels"):
        io.load(Image.new("RGB", (0, 5)))


def png_of_size(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    with pytest.raises(ImageSizeError, match="100000 x 100000"):
        io.load(png_of_size(100_000, 100_000))


def test_the_limit_is_on_pixels() -> None:
    with pytest.raises(ImageSizeError):
        io.load(np.zeros((10, 11), np.uint8), max_pixels=100)
    with pytest.raises(ImageSizeError):
        io.load(encoded(corners(), "PNG"), max_pixels=24 * 16 - 1)
    assert io.load(encoded(Image.new("L", (40_000, 32)), "PNG")).width == 40_000


@pytest.mark.parametrize("form", ["PNG", "GIF", "TIFF", "JPEG"])
def test_pillows_own_limit_neither_warns_nor_refuses(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(corners(), form)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 24 * 16 - 1)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert io.load(data).width == 24
    assert seen == []


def test_a_text_chunk_that_inflates_is_refused() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("comment", "a" * 2_000_000, zip=True)
    with pytest.raises(LucidOcrError):
        io.load(encoded(corners(), "PNG", pnginfo=info))


def damaged_files(seed: int) -> Iterator[bytes]:
    """Pictures of every kind, with bytes cut off, overwritten, put in or taken out."""
    noise = Image.fromarray(np.random.default_rng(seed).integers(0, 255, (20, 30, 3), np.uint8))
    wide = Image.fromarray(np.arange(600, dtype=np.uint16).reshape(20, 30))
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    files = [encoded(noise, "JPEG", exif=exif), encoded(noise.convert("CMYK"), "JPEG"), encoded(wide, "PNG")]
    files += [encoded(noise.convert(mode), "PNG") for mode in ("P", "1", "RGBA")]
    files += [encoded(noise.convert(mode), "BMP") for mode in ("P", "RGB")]
    files += [encoded(noise, "TIFF", compression=way) for way in ("raw", "tiff_lzw", "tiff_deflate", "jpeg")]
    files += [
        encoded(wide, "TIFF"),
        encoded(noise, "WEBP"),
        encoded(noise, "WEBP", lossless=True),
        encoded(noise, "GIF"),
    ]
    chance = random.Random(seed)
    for file in files:
        for _ in range(25):
            data = bytearray(file)
            place = chance.randrange(len(data))
            match chance.randrange(4):
                case 0:
                    del data[place:]
                case 1:
                    del data[place : place + chance.randrange(1, 40)]
                case 2:
                    data[place:place] = chance.randbytes(chance.randrange(1, 40))
                case _:
                    for _ in range(chance.randrange(1, 8)):
                        data[chance.randrange(min(len(data), 300))] = chance.choice((0, 1, 127, 128, 255))
            yield bytes(data)


def test_no_bytes_whatever_raise_anything_else() -> None:
    outcomes = set()
    for data in damaged_files(seed=5):
        try:
            page = io.load(data)
        except InputError as error:
            outcomes.add(type(error))
        else:
            outcomes.add(PageImage)
            assert page.pixels.dtype == np.uint8
            assert page.pixels.shape == (page.height, page.width, 3)
    assert {PageImage, DamagedImageError, NotAnImageError} <= outcomes
