"""The font of text that lies unseen over a picture: every character is a box of one size.

A PDF needs a font to hold text, and Chinese ones are large; nothing of this one is ever drawn. What its codes mean is
said by a ``ToUnicode`` map, from which programs take the text that they copy or search (ISO 32000-1, 9.10.3). The
glyph has an outline because PDFium passes over text without extent.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from itertools import accumulate
from typing import Final

UNITS: Final = 1000
"""Units of an em."""

ADVANCE: Final = 500
"""Width of every character, units."""

ASCENT: Final = 800
DESCENT: Final = -200

CODES: Final = 0xFFFF
"""Most characters that a font can tell apart; code 0 is kept for what is unknown."""

_GLYPHS: Final = 2
_BLOCK: Final = 100
"""Most entries of one block of a ToUnicode map."""


def font_file() -> bytes:
    """A TrueType font of an empty glyph and a box, with no more tables than a PDF asks for."""
    box = _box()
    tables = {
        b"glyf": box,
        b"head": _head(),
        b"hhea": struct.pack(">IhhhHhhhhhh8xhH", 0x10000, ASCENT, DESCENT, 0, ADVANCE, 0, 0, 0, 1, 0, 0, 0, _GLYPHS),
        b"hmtx": struct.pack(">Hh", ADVANCE, 0) * _GLYPHS,
        b"loca": struct.pack(">HHH", 0, 0, len(box) // 2),
        b"maxp": struct.pack(">IH13H", 0x10000, _GLYPHS, 4, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0),
    }
    return _directory(tables) + b"".join(_padded(table) for table in tables.values())


def glyph_map() -> bytes:
    """For each two-byte code the number of its glyph (``CIDToGIDMap``): all have the same."""
    return struct.pack(">H", 1) * 0x10000


def to_unicode(codes: Mapping[str, int]) -> bytes:
    """What codes mean, as a ``ToUnicode`` map.

    Args:
        codes: the code of every character, at most ``CODES``.
    """
    rows = [f"<{code:04X}> <{char.encode('utf-16-be', 'replace').hex().upper()}>" for char, code in codes.items()]
    parts = [rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK)]
    blocks = "".join(f"{len(part)} beginbfchar\n" + "\n".join(part) + "\nendbfchar\n" for part in parts)
    return f"""/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{blocks}endcmap
CMapName currentdict /CMap defineresource pop
end
end
""".encode("ascii")


def _box() -> bytes:
    """The outline of a glyph as wide as its advance, from descent to ascent: four points, clockwise."""
    bounds = struct.pack(">hhhhh", 1, 0, DESCENT, ADVANCE, ASCENT)
    steps = struct.pack(">4h4h", 0, 0, ADVANCE, 0, DESCENT, ASCENT - DESCENT, 0, DESCENT - ASCENT)
    return _padded(bounds + struct.pack(">HH4B", 3, 0, 1, 1, 1, 1) + steps)


def _head() -> bytes:
    """The head table; its checksum over the whole file stays 0, which readers of fonts in PDFs do not look at."""
    return struct.pack(
        ">IIIIHH16x4hHHhhh",
        0x10000,
        0x10000,
        0,
        0x5F0F3CF5,
        0b11,
        UNITS,
        0,
        DESCENT,
        ADVANCE,
        ASCENT,
        0,
        8,
        2,
        0,
        0,
    )


def _directory(tables: Mapping[bytes, bytes]) -> bytes:
    """Where each table stands in the file."""
    power = len(tables).bit_length() - 1
    start = 12 + 16 * len(tables)
    places = accumulate((len(_padded(table)) for table in tables.values()), initial=start)
    head = struct.pack(">IHHHH", 0x10000, len(tables), 16 << power, power, 16 * len(tables) - (16 << power))
    return head + b"".join(
        tag + struct.pack(">III", _checksum(table), place, len(table))
        for (tag, table), place in zip(tables.items(), places, strict=False)
    )


def _padded(table: bytes) -> bytes:
    return table + bytes(-len(table) % 4)


def _checksum(table: bytes) -> int:
    words: tuple[int, ...] = struct.unpack(f">{len(_padded(table)) // 4}I", _padded(table))
    return sum(words) & 0xFFFFFFFF
