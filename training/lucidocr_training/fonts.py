"""The synthesiser's typefaces: gathered from a manifest, then measured.

`fonts.toml` names every face. `python -m lucidocr_training.fonts fetch` gathers them
without root from Debian and npm into one folder with an `index.json`; `load_faces` reads
that folder; `covered` tells which characters a face really draws, which is not what its
character map claims (free fonts map missing characters to boxes, blanks and look-alikes).
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import click
import freetype
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, TTLibError

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


# --- manifest and index ---------------------------------------------------------------


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
        for entry in _read_index(directory).values()
    )


def _read_index(directory: Path) -> dict[str, dict[str, Any]]:
    path = directory / "index.json"
    if not path.is_file():
        raise FontError(f"no index.json in {directory}: run `python -m {__spec__.name} fetch`")
    return {entry["name"]: entry for entry in json.loads(path.read_text(encoding="utf-8"))}


def _write_index(directory: Path, entries: Iterable[Mapping[str, Any]]) -> None:
    partial = directory / "index.json.partial"
    partial.write_text(json.dumps(list(entries), indent=1, ensure_ascii=False), encoding="utf-8")
    partial.replace(directory / "index.json")


# --- coverage -------------------------------------------------------------------------


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


def _count_coverage(codes: frozenset[int]) -> dict[str, int]:
    han = [code for code in codes if 0x3400 <= code <= 0x9FFF or code >= 0x20000]
    return {
        "total": len(codes),
        "ascii": sum(0x20 < code < 0x7F for code in codes),
        "han": len(han),
        "gb2312": sum(_is_common(code, "simplified") for code in han),
        "big5": sum(_is_common(code, "traditional") for code in han),
    }


def _ranges(codes: Iterable[int]) -> list[tuple[int, int]]:
    """Return sorted inclusive (first, last) ranges that cover `codes`."""
    ranges: list[tuple[int, int]] = []
    for code in sorted(codes):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1] = (ranges[-1][0], code)
        else:
            ranges.append((code, code))
    return ranges


# --- gathering ------------------------------------------------------------------------


class Gatherer:
    """Unpacks Debian and npm packages, each once, into a scratch folder it is given."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._unpacked: dict[str, Path] = {}

    def find(self, spec: FaceSpec) -> tuple[list[Path], int]:
        """Return the font files of `spec` and the face's index within them."""
        kind, rest = spec.source.split(":", 1)
        if kind == "debian":
            package, location = rest.split(":", 1)
            path, _, index = location.partition("#")
            return [self._debian_file(package, path)], int(index or 0)
        package, _, pattern = rest.partition(":")
        pattern = pattern or ("*-400-normal.woff2" if spec.script == "zh" else "*-latin-400-normal.woff2")
        root = self._unpack(package, self._unpack_npm)
        found = sorted(path for path in root.rglob("*.woff2") if fnmatch(str(path.relative_to(root)), pattern))
        if not found:
            raise FontError(f"{package} has no file {pattern}")
        return found, 0

    def _debian_file(self, package: str, path: str) -> Path:
        if Path(path).is_file():
            return Path(path)
        found = self._unpack(package, self._unpack_debian) / path.lstrip("/")
        if not found.is_file():
            raise FontError(f"{package} has no file {path}")
        return found.resolve()

    def _unpack(self, package: str, unpack: Callable[[str, Path], None]) -> Path:
        if package not in self._unpacked:
            folder = Path(tempfile.mkdtemp(dir=self._scratch))
            unpack(package, folder)
            self._unpacked[package] = folder
        return self._unpacked[package]

    @staticmethod
    def _unpack_debian(package: str, folder: Path) -> None:
        _run(["apt-get", "download", package], folder)
        for archive in folder.glob("*.deb"):
            _run(["dpkg", "-x", archive.name, "."], folder)
            archive.unlink()

    @staticmethod
    def _unpack_npm(package: str, folder: Path) -> None:
        _run(["npm", "pack", "--silent", package], folder)
        for archive in folder.glob("*.tgz"):
            with tarfile.open(archive) as tar:
                tar.extractall(folder, filter="data")
            archive.unlink()


def _run(command: Sequence[str], folder: Path) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - commands are written here, packages named in the manifest
            command, cwd=folder, capture_output=True, text=True, timeout=600, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FontError(f"{command[0]} could not run: {error}") from error
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise FontError(f"{' '.join(command)} failed: {' '.join(last)}")


def _install(sources: Sequence[Path], folder: Path) -> list[str]:
    """Put `sources` into `folder` as one font FreeType can read; return its name there."""
    if len(sources) > 1:
        merge_slices([TTFont(path) for path in sources]).save(folder / "merged.ttf")
        return ["merged.ttf"]
    (source,) = sources
    if source.suffix != ".woff2":
        shutil.copyfile(source, folder / source.name)
        return [source.name]
    with TTFont(source) as font:
        font.flavor = None
        name = f"{source.stem}.{'ttf' if 'glyf' in font else 'otf'}"
        font.save(folder / name)
    return [name]


def merge_slices(fonts: Sequence[TTFont]) -> TTFont:
    """Merge slices of one font by code point; the first slice to map one wins.

    The result has TrueType outlines (cubic ones are approximated within a unit). Hinting,
    kerning and substitutions are left out: the slices' tables disagree.

    Raises:
        FontError: the slices are not drawn to one scale.
    """
    if len({font["head"].unitsPerEm for font in fonts}) > 1:
        raise FontError("slices of different scale")
    head, hhea = fonts[0]["head"], fonts[0]["hhea"]
    glyphs: dict[str, Any] = {".notdef": _whole_glyph(fonts[0], fonts[0].getGlyphOrder()[0])}
    metrics = {".notdef": fonts[0]["hmtx"][fonts[0].getGlyphOrder()[0]]}
    characters: dict[int, str] = {}
    for font in fonts:
        for code, glyph_name in font.getBestCmap().items():
            if code not in characters:
                name = characters[code] = f"u{code:05X}"
                glyphs[name] = _whole_glyph(font, glyph_name)
                metrics[name] = font["hmtx"][glyph_name]
    builder = FontBuilder(head.unitsPerEm, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap(characters)
    builder.setupGlyf(glyphs, calcGlyphBounds=False)
    builder.setupHorizontalMetrics(metrics)
    builder.setupHorizontalHeader(ascent=hhea.ascent, descent=hhea.descent)
    builder.setupNameTable({"familyName": fonts[0]["name"].getDebugName(1) or "merged", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=hhea.ascent, sTypoDescender=hhea.descent, sTypoLineGap=0)
    builder.setupPost(keepGlyphNames=False)
    return builder.font


def _whole_glyph(font: TTFont, name: str) -> Any:
    """Return a TrueType glyph without instructions and without references to other glyphs."""
    cubic = "glyf" not in font
    if not cubic and not font["glyf"][name].isComposite():
        glyph = font["glyf"][name]
        glyph.trim(remove_hinting=True)
        return glyph
    glyphs = font.getGlyphSet()
    flat = DecomposingRecordingPen(glyphs)
    glyphs[name].draw(flat)
    pen = TTGlyphPen(None)
    flat.replay(Cu2QuPen(pen, max_err=1.0, reverse_direction=cubic))
    return pen.glyph()


_BROKEN = (FontError, TTLibError, freetype.FT_Exception, OSError, KeyError, ValueError, struct.error)
"""What gathering one face may raise: fontTools meets damaged tables with any of these."""


def _gather(spec: FaceSpec, gatherer: Gatherer, directory: Path) -> dict[str, Any]:
    """Install one face and return its entry for the index."""
    sources, index = gatherer.find(spec)
    folder = directory / spec.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    files = _install(sources, folder)
    face = Face(
        name=spec.name,
        script=spec.script,
        style=spec.style,
        weight=spec.weight,
        held_out=spec.held_out,
        files=tuple(folder / file for file in files),
        index=index,
    )
    codes = measure_coverage(face, spec.charset or "both")
    if spec.only:
        codes &= frozenset(map(ord, spec.only))
    (folder / "coverage.json").write_text(json.dumps(_ranges(codes)), encoding="utf-8")
    return {
        "files": files,
        "index": index,
        "sha256": [hashlib.sha256(path.read_bytes()).hexdigest() for path in face.files],
        "coverage": _count_coverage(codes),
    }


def fetch_faces(specs: Sequence[FaceSpec], directory: Path) -> Iterator[tuple[FaceSpec, str]]:
    """Gather `specs` into `directory`, keeping what is there and unchanged.

    Yields:
        Each face with what became of it: "kept", "new", or "failed: " and the reason.
    """
    directory.mkdir(parents=True, exist_ok=True)
    known = _read_index(directory) if (directory / "index.json").is_file() else {}
    entries: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="lucidocr-fonts-") as scratch:
        gatherer = Gatherer(Path(scratch))
        for spec in specs:
            gathered = _kept(spec, known.get(spec.name), directory)
            outcome = "kept" if gathered else "new"
            if not gathered:
                try:
                    gathered = _gather(spec, gatherer, directory)
                except _BROKEN as error:
                    shutil.rmtree(directory / spec.name, ignore_errors=True)
                    yield spec, f"failed: {type(error).__name__}: {error}"
                    continue
            entries[spec.name] = {field.name: getattr(spec, field.name) for field in fields(spec)} | gathered
            _write_index(directory, (known | entries).values())
            yield spec, outcome
    _write_index(directory, entries.values())


def _kept(spec: FaceSpec, entry: Mapping[str, Any] | None, directory: Path) -> dict[str, Any] | None:
    """Return what an earlier run gathered for `spec` if it still holds, else None."""
    if entry is None or any(entry.get(key, "") != getattr(spec, key) for key in ("source", "charset", "only")):
        return None
    wanted = [*entry["files"], "coverage.json"]
    if not all((directory / spec.name / file).is_file() for file in wanted):
        return None
    return {key: entry[key] for key in ("files", "index", "sha256", "coverage")}


# --- command line ---------------------------------------------------------------------


def default_directory() -> Path:
    """Return `$LUCIDOCR_FONTS`, else `../runs/fonts` from the current directory."""
    return Path(os.environ.get("LUCIDOCR_FONTS", "../runs/fonts"))


_out_option = click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=default_directory,
    help="Folder of the faces [default: $LUCIDOCR_FONTS, else ../runs/fonts].",
)


@click.group()
def main() -> None:
    """Gather the typefaces the synthesiser draws with, and look at what they cover."""


@main.command()
@_out_option
def fetch(out: Path) -> None:
    """Gather every face of the manifest; exit with 1 if some could not be had."""
    failures: list[str] = []
    for spec, outcome in fetch_faces(load_manifest(), out):
        click.echo(f"{spec.name:34} {outcome}")
        if outcome.startswith("failed"):
            failures.append(spec.name)
    if failures:
        click.echo(f"{len(failures)} failed: {' '.join(failures)}", err=True)
        sys.exit(1)


@main.command()
@_out_option
def check(out: Path) -> None:
    """Print how many characters each face draws."""
    click.echo(f"{'name':34} {'script':6} {'style':12} total  ascii    han gb2312   big5")
    for entry in _read_index(out).values():
        counts = entry["coverage"]
        held = " held out" if entry["held_out"] else ""
        click.echo(
            f"{entry['name']:34} {entry['script']:6} {entry['style']:12} {counts['total']:5}  {counts['ascii']:5} "
            f"{counts['han']:6} {counts['gb2312']:6} {counts['big5']:6}{held}"
        )


if __name__ == "__main__":
    main()
