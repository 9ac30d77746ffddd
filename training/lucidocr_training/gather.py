"""Gathering the typefaces of the manifest, without root, from Debian and npm into one folder with an index.

    python -m lucidocr_training.gather fetch
    python -m lucidocr_training.gather check

Web fonts, which npm holds in many slices, become one file each that FreeType can read.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import click
import freetype
from fontTools.ttLib import TTFont, TTLibError

from lucidocr_training.fonts import (
    Face,
    FaceSpec,
    FontError,
    as_ranges,
    count_coverage,
    load_manifest,
    measure_coverage,
    read_index,
    write_index,
)
from lucidocr_training.hands import STROKES, read_medians
from lucidocr_training.slices import merge_slices

STROKE_PACKAGE = "hanzi-writer-data@2.0.1"


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
        root = self._unpack(package, self.unpack_npm)
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
    def unpack_npm(package: str, folder: Path) -> None:
        """Put the files of an npm package into ``folder/package``."""
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
    (folder / "coverage.json").write_text(json.dumps(as_ranges(codes)), encoding="utf-8")
    return {
        "files": files,
        "index": index,
        "sha256": [hashlib.sha256(path.read_bytes()).hexdigest() for path in face.files],
        "coverage": count_coverage(codes),
    }


def fetch_faces(specs: Sequence[FaceSpec], directory: Path) -> Iterator[tuple[FaceSpec, str]]:
    """Gather `specs` into `directory`, keeping what is there and unchanged.

    Yields:
        Each face with what became of it: "kept", "new", or "failed: " and the reason.
    """
    directory.mkdir(parents=True, exist_ok=True)
    known = read_index(directory) if (directory / "index.json").is_file() else {}
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
            write_index(directory, (known | entries).values())
            yield spec, outcome
    write_index(directory, entries.values())


def _kept(spec: FaceSpec, entry: Mapping[str, Any] | None, directory: Path) -> dict[str, Any] | None:
    """Return what an earlier run gathered for `spec` if it still holds, else None."""
    if entry is None or any(entry.get(key, "") != getattr(spec, key) for key in ("source", "charset", "only")):
        return None
    wanted = [*entry["files"], "coverage.json"]
    if not all((directory / spec.name / file).is_file() for file in wanted):
        return None
    return {key: entry[key] for key in ("files", "index", "sha256", "coverage")}


def fetch_strokes(directory: Path) -> int:
    """Gather the stroke medians that :mod:`lucidocr_training.hands` writes with, unless they are there.

    Returns:
        How many characters have strokes.

    Raises:
        FontError: the package cannot be had.
    """
    path = directory / STROKES
    if not path.is_file():
        with tempfile.TemporaryDirectory(prefix="lucidocr-strokes-") as scratch:
            Gatherer.unpack_npm(STROKE_PACKAGE, Path(scratch))
            found = sorted((Path(scratch) / "package").glob("?.json"))
            medians = {one.stem: json.loads(one.read_text(encoding="utf-8"))["medians"] for one in found}
        path.write_text(json.dumps(medians, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    return len(read_medians(directory))


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
    click.echo(f"{fetch_strokes(out)} characters have strokes")
    if failures:
        click.echo(f"{len(failures)} failed: {' '.join(failures)}", err=True)
        sys.exit(1)


@main.command()
@_out_option
def check(out: Path) -> None:
    """Print how many characters each face draws."""
    click.echo(f"{'name':34} {'script':6} {'style':12} total  ascii    han gb2312   big5")
    for entry in read_index(out).values():
        counts = entry["coverage"]
        held = " held out" if entry["held_out"] else ""
        click.echo(
            f"{entry['name']:34} {entry['script']:6} {entry['style']:12} {counts['total']:5}  {counts['ascii']:5} "
            f"{counts['han']:6} {counts['gb2312']:6} {counts['big5']:6}{held}"
        )


if __name__ == "__main__":
    main()
