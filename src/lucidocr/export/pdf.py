"""Pages as a searchable PDF: each is its picture, with the text unseen where it stands.

Every character has its own place, so that a selection covers what it selects. The file is written page by page; only
the picture at hand and the list of characters are in memory.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import pairwise
from typing import Final

import numpy as np
from PIL import Image

from lucidocr import __version__
from lucidocr.export.font import ADVANCE, ASCENT, CODES, DESCENT, UNITS, font_file, glyph_map, to_unicode
from lucidocr.export.parts import Quad, Sheet
from lucidocr.types import Line, Page, PageImage

DPI: Final = 150.0
"""Dots per inch of a picture that does not say how large it is."""

_POINTS_PER_INCH: Final = 72.0
_LONGEST_SIDE: Final = 14_400.0
"""Side of a page, points, above which readers of PDFs refuse it."""

_QUALITY: Final = 85
"""JPEG quality of the pictures."""

_EMPTY: Final = "/Type /XObject /Subtype /Form /BBox [0 0 0 0]"
"""A form that draws nothing, in the place of a picture."""

_CATALOGUE, _PAGES, _INFO, _FONT, _CID_FONT, _DESCRIPTOR, _FONT_FILE, _GLYPH_MAP, _TO_UNICODE = range(1, 10)
"""Numbers of the objects that all pages share; those of the pages follow, three a page."""

Point = tuple[float, float]


def document_pdf(sheets: Iterable[Sheet], *, pictures: bool = True) -> Iterator[bytes]:
    """A PDF 1.5 with one page for each sheet; without pictures nothing is seen, to be laid over what is."""
    file = _File()
    codes: dict[str, int] = {}
    kids: list[int] = []
    yield file.head()
    for sheet in sheets:
        first = _TO_UNICODE + 1 + 3 * len(kids)
        kids.append(first)
        scale = _points_per_pixel(sheet.page)
        yield file.object(first, _page(sheet.page, scale, first))
        yield file.stream(first + 1, _content(sheet.page, scale, codes, pictures=pictures).encode("ascii"))
        yield file.object(first + 2, _picture(sheet.image) if pictures else _stream(b"", _EMPTY))
    for number, body in _shared(kids).items():
        yield file.object(number, body)
    yield file.stream(_FONT_FILE, font_file(), f"/Length1 {len(font_file())}")
    yield file.stream(_GLYPH_MAP, glyph_map())
    yield file.stream(_TO_UNICODE, to_unicode(codes))
    yield file.tail()


class _File:
    """The places of objects in a file that is handed out piece by piece."""

    def __init__(self) -> None:
        self._length = 0
        self._places: dict[int, int] = {}

    def head(self) -> bytes:
        """The first bytes; those above 127 say that the file is not text."""
        return self._counted(b"%PDF-1.5\n%\xe6\x96\x87\xe5\xad\x97\n")

    def object(self, number: int, body: bytes) -> bytes:
        """An object."""
        self._places[number] = self._length
        return self._counted(b"%d 0 obj\n%b\nendobj\n" % (number, body))

    def stream(self, number: int, data: bytes, keys: str = "") -> bytes:
        """An object that is data, which it packs."""
        return self.object(number, _stream(zlib.compress(data), f"/Filter /FlateDecode {keys}"))

    def tail(self) -> bytes:
        """The table of all objects."""
        size = len(self._places) + 1
        rows = "".join(f"{self._places[number]:010d} 00000 n \n" for number in range(1, size))
        trailer = f"trailer\n<< /Size {size} /Root {_CATALOGUE} 0 R /Info {_INFO} 0 R >>\n"
        return f"xref\n0 {size}\n0000000000 65535 f \n{rows}{trailer}startxref\n{self._length}\n%%EOF\n".encode("ascii")

    def _counted(self, data: bytes) -> bytes:
        self._length += len(data)
        return data


def _shared(kids: list[int]) -> dict[int, bytes]:
    """The objects that all pages share, but for streams."""
    metrics = f"/Ascent {ASCENT} /Descent {DESCENT} /CapHeight {ASCENT} /FontBBox [0 {DESCENT} {ADVANCE} {ASCENT}]"
    system = "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
    name = "/BaseFont /Unseen"
    bodies = {
        _CATALOGUE: f"<< /Type /Catalog /Pages {_PAGES} 0 R >>",
        _PAGES: f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] >>",
        _INFO: f"<< /Producer (lucidocr {__version__}) >>",
        _FONT: f"<< /Type /Font /Subtype /Type0 {name} /Encoding /Identity-H /DescendantFonts [{_CID_FONT} 0 R] "
        f"/ToUnicode {_TO_UNICODE} 0 R >>",
        _CID_FONT: f"<< /Type /Font /Subtype /CIDFontType2 {name} {system} /FontDescriptor {_DESCRIPTOR} 0 R "
        f"/DW {ADVANCE} /CIDToGIDMap {_GLYPH_MAP} 0 R >>",
        _DESCRIPTOR: f"<< /Type /FontDescriptor /FontName /Unseen /Flags 5 /ItalicAngle 0 /StemV 80 {metrics} "
        f"/FontFile2 {_FONT_FILE} 0 R >>",
    }
    return {number: body.encode("ascii") for number, body in bodies.items()}


def _points_per_pixel(page: Page) -> float:
    return min(_POINTS_PER_INCH / (page.dpi or DPI), _LONGEST_SIDE / max(page.width, page.height))


def _page(page: Page, scale: float, number: int) -> bytes:
    resources = f"<< /Font << /F1 {_FONT} 0 R >> /XObject << /Im {number + 2} 0 R >> >>"
    box = f"[0 0 {page.width * scale:.3f} {page.height * scale:.3f}]"
    keys = f"/Parent {_PAGES} 0 R /MediaBox {box} /Resources {resources} /Contents {number + 1} 0 R"
    return f"<< /Type /Page {keys} >>".encode("ascii")


def _picture(image: PageImage) -> bytes:
    """The picture as JPEG, in grey where it has no colour."""
    pixels = image.pixels
    is_grey = np.array_equal(pixels[:, :, 0], pixels[:, :, 1]) and np.array_equal(pixels[:, :, 0], pixels[:, :, 2])
    buffer = BytesIO()
    Image.fromarray(pixels[:, :, 0] if is_grey else pixels).save(buffer, "JPEG", quality=_QUALITY, optimize=True)
    colours = "/DeviceGray" if is_grey else "/DeviceRGB"
    size = f"/Width {image.width} /Height {image.height} /ColorSpace {colours} /BitsPerComponent 8"
    return _stream(buffer.getvalue(), f"/Type /XObject /Subtype /Image {size} /Filter /DCTDecode")


def _stream(data: bytes, keys: str) -> bytes:
    return b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(data), keys.encode("ascii"), data)


def _content(page: Page, scale: float, codes: dict[str, int], *, pictures: bool) -> str:
    """Operators that draw the picture and lay every character over it; new characters are given codes."""
    rows = [f"q {page.width * scale:.3f} 0 0 {page.height * scale:.3f} 0 0 cm /Im Do Q"] if pictures else []
    rows.append("BT 3 Tr /F1 1 Tf")
    for line in page.lines:
        for char, quad in _cells(line):
            code = codes.setdefault(char, len(codes) + 1) if char in codes or len(codes) < CODES else 0
            rows.append(f"{_matrix(quad, page.height, scale)} Tm <{code:04X}> Tj")
    return "\n".join([*rows, "ET"])


def _matrix(quad: Quad, height: int, scale: float) -> str:
    """The text matrix that lays a character into a quad: its advance along the lower edge, its em up the left one."""
    (ax, ay), _, (cx, cy), (dx, dy) = quad
    along = (UNITS / ADVANCE * (cx - dx), UNITS / ADVANCE * (cy - dy))
    up = (UNITS / (ASCENT - DESCENT) * (ax - dx), UNITS / (ASCENT - DESCENT) * (ay - dy))
    origin = (dx - DESCENT / UNITS * up[0], dy - DESCENT / UNITS * up[1])
    values = (along[0], -along[1], up[0], -up[1], origin[0], height - origin[1])
    return " ".join(f"{value * scale:.3f}" for value in values)


def _cells(line: Line) -> list[tuple[str, Quad]]:
    """The characters of a line with quads that leave no gaps between them, which would be taken for spaces.

    Where characters have no places, they share the line's box.
    """
    chars = [span.char for span in line.spans]
    known = len(chars) == len(line.quads) == len(line.text) > 0
    if known and line.vertical:
        return list(zip(chars, line.quads, strict=True))
    quads = line.quads if known else (line.box,)
    ends = [(quads[0][0], quads[0][3])]
    ends += [(_middle(a[1], b[0]), _middle(a[2], b[3])) for a, b in pairwise(quads)]
    ends.append((quads[-1][1], quads[-1][2]))
    if not known:
        chars, ends = list(line.text), _shares(ends[0], ends[1], len(line.text))
    return [(char, (a, b, c, d)) for char, ((a, d), (b, c)) in zip(chars, pairwise(ends), strict=True)]


def _shares(start: tuple[Point, Point], end: tuple[Point, Point], count: int) -> list[tuple[Point, Point]]:
    """The edges of so many equal parts between two edges."""
    places = np.linspace(np.array(start), np.array(end), count + 1).tolist()
    return [((a[0], a[1]), (b[0], b[1])) for a, b in places]


def _middle(a: Point, b: Point) -> Point:
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2
