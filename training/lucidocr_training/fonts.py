"""The synthesiser's typefaces: what the manifest asks for, and what each face really draws.

`fonts.toml` names every face; `python -m lucidocr_training.gather fetch` puts them into a folder, which `load_faces`
reads. `covered` tells which characters a face really draws, which is not what its character map claims (free fonts map
missing characters to boxes, blanks and look-alikes).
"""

from __future__ import annotations

import functools
import hashlib
import json
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import freetype

MANIFEST = Path(__file__).with_name("fonts.toml")

MEASURED_BLOCKS: tuple[tuple[int, int], ...] = (
    (0x0020, 0x024F),  # Latin
    (0x0370, 0x04FF),  # Greek, Cyrillic
    (0x2000, 0x2BFF),  # punctuation, currency, arrows, mathematics, shapes
    (0x2E80, 0x9FFF),  # kana, bopomofo, enclosed and unified ideographs
    (0xF900, 0xFAFF),  # compatibility ideographs
    (0xFE30, 0xFE4F),  # vertical forms
    (0xFF00, 0xFFEF),  # full-width forms
    (0x20000, 0x323AF),  # ideographs beyond the basic plane
)
"""Inclusive ranges of code points an OCR charset could hold; others are not measured."""

_MEASURED_SIZE = 32  # pixels per em: enough to tell 己 from 已, small enough to be quick
_MOST_LOOKALIKES = 3  # O=0, I=l=1 and a=A are typefaces; more letters alike are placeholders
_MOST_REPEATS = 8  # dashes, dots and quotes share shapes, but not this many
_BRACKETS = frozenset("()[]{}<>")  # if two of these look the same, neither is drawn
_HAN_CODECS = {"simplified": ("gb2312",), "traditional": ("big5",), "both": ("gb2312", "big5")}


class FontError(RuntimeError):
    """A face could not be gathered, read or measured."""


@dataclass(frozen=True, slots=True)
class FaceSpec:
    """One entry of the manifest: a face and where it comes from.

    `source` is `debian:<package>:<absolute path>[#<index in the collection>]` or
    `npm:<package>@<version>[:<glob on paths of .woff2 files>]`. `weight` is the relative
    sampling weight; `only`, where given, lists the characters fit for use (a seven-segment
    display has no legible k); `held_out` faces are for validation only.
    """

    name: str
    script: str
    style: str
    source: str
    licence: str
    weight: float = 1.0
    charset: str = ""
    only: str = ""
    held_out: bool = False


@dataclass(frozen=True, slots=True)
class Face:
    """A typeface on disk. `files` jointly hold its characters (one each, from `fetch`); `index` is for collections."""

    name: str
    script: str
    style: str
    weight: float
    held_out: bool
    files: tuple[Path, ...]
    index: int


def load_manifest(path: Path = MANIFEST) -> tuple[FaceSpec, ...]:
    """Read the manifest.

    Raises:
        FontError: an unknown or missing key, a bad value, or a name used twice.
    """
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["face"]
    specs = tuple(_parse_spec(entry) for entry in entries)
    repeated = {spec.name for spec in specs if sum(s.name == spec.name for s in specs) > 1}
    if repeated:
        raise FontError(f"names used twice in {path.name}: {sorted(repeated)}")
    return specs


def _parse_spec(entry: Mapping[str, Any]) -> FaceSpec:
    known = {field.name for field in fields(FaceSpec)}
    if unknown := set(entry) - known:
        raise FontError(f"unknown keys {sorted(unknown)} in {dict(entry)}")
    try:
        spec = FaceSpec(**entry)
    except TypeError as error:
        raise FontError(f"incomplete face {dict(entry)}: {error}") from error
    if spec.script not in ("zh", "latin"):
        raise FontError(f"{spec.name}: script is {spec.script!r}, not zh or latin")
    if spec.script == "zh" and spec.charset not in _HAN_CODECS:
        raise FontError(f"{spec.name}: charset is {spec.charset!r}, not {sorted(_HAN_CODECS)}")
    if spec.source.split(":")[0] not in ("debian", "npm"):
        raise FontError(f"{spec.name}: unknown source {spec.source!r}")
    return spec


def load_faces(directory: Path) -> tuple[Face, ...]:
    """Read the faces that `fetch` put into `directory`.

    Raises:
        FontError: the folder has no index.
    """
    return tuple(
        Face(
            name=entry["name"],
            script=entry["script"],
            style=entry["style"],
            weight=entry["weight"],
            held_out=entry["held_out"],
            files=tuple(directory / entry["name"] / file for file in entry["files"]),
            index=entry["index"],
        )
        for entry in read_index(directory).values()
    )


def read_index(directory: Path) -> dict[str, dict[str, Any]]:
    """Return the entries of a folder's `index.json` by name of the face.

    Raises:
        FontError: the folder has no index.
    """
    path = directory / "index.json"
    if not path.is_file():
        raise FontError(f"no index.json in {directory}: run `python -m lucidocr_training.gather fetch`")
    return {entry["name"]: entry for entry in json.loads(path.read_text(encoding="utf-8"))}


def write_index(directory: Path, entries: Iterable[Mapping[str, Any]]) -> None:
    """Write `index.json` whole or not at all."""
    partial = directory / "index.json.partial"
    partial.write_text(json.dumps(list(entries), indent=1, ensure_ascii=False), encoding="utf-8")
    partial.replace(directory / "index.json")


@functools.cache
def covered(face: Face) -> frozenset[int]:
    """Return the code points `face` really draws, among `MEASURED_BLOCKS`.

    Reads the `coverage.json` that `fetch` leaves beside the files, else measures.
    """
    stored = face.files[0].with_name("coverage.json")
    if stored.is_file():
        ranges = json.loads(stored.read_text(encoding="utf-8"))
        return frozenset(code for first, last in ranges for code in range(first, last + 1))
    return measure_coverage(face)


def measure_coverage(face: Face, charset: str = "both") -> frozenset[int]:
    """Render every mapped character of `face` and keep those that are truly drawn.

    Dropped: characters without ink (unless they are spaces), equal to .notdef, or sharing
    their picture with so many others that it must be a placeholder. Where two ideographs
    share a picture (a font that draws 说 for 說), the one foreign to `charset` is dropped.

    Args:
        face: what to measure.
        charset: "simplified", "traditional" or "both": which ideographs are at home.
    """
    pictures: dict[int, bytes] = {}
    drawn: set[int] = set()
    for path in face.files:
        font = freetype.Face(str(path), face.index)
        font.set_pixel_sizes(0, _MEASURED_SIZE)
        missing = _picture(font, 0)
        for code, glyph in font.get_chars():
            if code in drawn or code in pictures or not _is_measured(code):
                continue
            picture = _picture(font, glyph)
            if unicodedata.category(chr(code)) == "Zs":
                drawn.add(code)
            elif picture and picture != missing:
                pictures[code] = picture
    return frozenset(drawn | (set(pictures) - _ambiguous(pictures, charset)))


def _is_measured(code: int) -> bool:
    return any(first <= code <= last for first, last in MEASURED_BLOCKS)


def _picture(font: freetype.Face, glyph: int) -> bytes:
    """Return a digest of the glyph's bitmap and place; empty when it has no ink."""
    try:
        font.load_glyph(glyph, freetype.FT_LOAD_RENDER | freetype.FT_LOAD_NO_HINTING | freetype.FT_LOAD_NO_BITMAP)
    except freetype.FT_Exception:
        return b""
    slot = font.glyph
    pixels = bytes(slot.bitmap.buffer)
    if not any(pixels):
        return b""
    place = f"{slot.bitmap.width},{slot.bitmap_left},{slot.bitmap_top};".encode()
    return hashlib.blake2b(place + pixels, digest_size=12).digest()


def _ambiguous(pictures: Mapping[int, bytes], charset: str) -> set[int]:
    """Return the code points whose picture does not tell which character it is."""
    sharing: dict[bytes, list[int]] = defaultdict(list)
    for code, picture in pictures.items():
        sharing[picture].append(code)
    rejected: set[int] = set()
    for codes in sharing.values():
        if len(codes) > 1:
            rejected.update(_misleading(codes, charset))
    return rejected


def _misleading(codes: Sequence[int], charset: str) -> Sequence[int]:
    """Return those of `codes`, which all look the same, that must not be trained on."""
    identities = {unicodedata.normalize("NFKC", chr(code)).casefold() for code in codes}
    letters = {text for text in identities if text.isascii() and text.isalnum()}
    if len(identities) >= _MOST_REPEATS or len(letters) > _MOST_LOOKALIKES:
        return codes
    if len(identities & _BRACKETS) > 1:
        return [code for code in codes if unicodedata.normalize("NFKC", chr(code)) in _BRACKETS]
    ideographs = [code for code in codes if unicodedata.category(chr(code)) == "Lo" and code >= 0x3400]
    if len({unicodedata.normalize("NFKC", chr(code)) for code in ideographs}) < 2:
        return ()
    at_home = [code for code in ideographs if _is_common(code, charset)]
    kept = at_home if len(at_home) == 1 else []
    return [code for code in ideographs if code not in kept]


def _is_common(code: int, charset: str) -> bool:
    for codec in _HAN_CODECS[charset]:
        try:
            chr(code).encode(codec)
        except UnicodeEncodeError:
            continue
        return True
    return False


def count_coverage(codes: frozenset[int]) -> dict[str, int]:
    """Count `codes` by what they are: all, ASCII, ideographs, and those of GB 2312 and Big5."""
    han = [code for code in codes if 0x3400 <= code <= 0x9FFF or code >= 0x20000]
    return {
        "total": len(codes),
        "ascii": sum(0x20 < code < 0x7F for code in codes),
        "han": len(han),
        "gb2312": sum(_is_common(code, "simplified") for code in han),
        "big5": sum(_is_common(code, "traditional") for code in han),
    }


def as_ranges(codes: Iterable[int]) -> list[tuple[int, int]]:
    """Return sorted inclusive (first, last) ranges that cover `codes`."""
    ranges: list[tuple[int, int]] = []
    for code in sorted(codes):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1] = (ranges[-1][0], code)
        else:
            ranges.append((code, code))
    return ranges
