"""PDF files written by hand: pages of visible text, pictures and forms."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from PIL import Image

LATIN, CHINESE = "/F1", "/F2"


def pdf_of(*pages: str, extras: Sequence[bytes] = (), page_keys: str = "", catalog_keys: str = "") -> bytes:
    """A PDF of pages of 200 x 100 points.

    Args:
        pages: the content of each page; fonts F1 (Helvetica) and F2 (Chinese, codes are UCS-2) are there, and picture
            Im1 where the first extra is one.
        extras: further objects, numbered from 10.
        page_keys: further keys of every page.
        catalog_keys: further keys of the catalogue.
    """
    first = 10 + len(extras)
    kids = " ".join(f"{first + 2 * n} 0 R" for n in range(len(pages)))
    objects: dict[int, bytes] = {
        1: f"<< /Type /Catalog /Pages 2 0 R {catalog_keys} >>".encode(),
        2: f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        4: b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H "
        b"/DescendantFonts [5 0 R] >>",
        5: b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 6 0 R "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /DW 1000 >>",
        6: b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /Ascent 880 /Descent -120 /CapHeight 880 "
        b"/StemV 93 /ItalicAngle 0 /FontBBox [-25 -254 1000 880] >>",
    }
    objects |= {10 + n: extra for n, extra in enumerate(extras)}
    for number, content in enumerate(pages):
        resources = f"/Resources << /Font << {LATIN} 3 0 R {CHINESE} 4 0 R >> /XObject << /Im1 10 0 R >> >>"
        box = "" if "/MediaBox" in page_keys else "/MediaBox [0 0 200 100]"
        page = f"<< /Type /Page /Parent 2 0 R {box} {resources} /Contents {first + 2 * number + 1} 0 R {page_keys} >>"
        objects[first + 2 * number] = page.encode()
        objects[first + 2 * number + 1] = stream(content.encode("latin-1"))
    return _file(objects)


def stream(data: bytes, keys: str = "") -> bytes:
    return f"<< /Length {len(data)} {keys} >>\nstream\n".encode() + data + b"\nendstream"


def picture(image: Image.Image) -> bytes:
    """A picture as an object; "Im1 Do" draws it into the unit square."""
    buffer = BytesIO()
    image.convert("RGB").save(buffer, "JPEG", quality=95)
    keys = f"/Width {image.width} /Height {image.height} /ColorSpace /DeviceRGB /BitsPerComponent 8"
    return stream(buffer.getvalue(), f"/Type /XObject /Subtype /Image {keys} /Filter /DCTDecode")


def shown(text: str, x: float, y: float, size: float = 12, *, mode: int = 0, turn: str = "1 0 0 1") -> str:
    """Operators that write a text at a place, all of it Latin or all Chinese."""
    if text.isascii():
        return f"BT {LATIN} {size} Tf {mode} Tr {turn} {x} {y} Tm ({text}) Tj ET\n"
    return f"BT {CHINESE} {size} Tf {mode} Tr {turn} {x} {y} Tm <{text.encode('utf-16-be').hex()}> Tj ET\n"


def _file(objects: dict[int, bytes]) -> bytes:
    body = bytearray(b"%PDF-1.7\n")
    places = {}
    for number, content in sorted(objects.items()):
        places[number] = len(body)
        body += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = len(body)
    size = max(objects) + 1
    rows = [f"{places[n]:010d} 00000 n \n" if n in places else "0000000000 65535 f \n" for n in range(size)]
    body += (
        f"xref\n0 {size}\n{''.join(rows)}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF".encode()
    )
    return bytes(body)
