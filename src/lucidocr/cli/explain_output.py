"""What ``lucidocr explain`` writes, and where."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain, count
from pathlib import Path, PurePosixPath
from typing import Final, Literal
from urllib.parse import urlsplit

import click

from lucidocr.cli.common import STDIN, failure, write, write_array
from lucidocr.errors import LucidOcrError, OptionError
from lucidocr.types import ExplainedPage

Form = Literal["text", "json", "html", "png", "folder"]
Results = Iterator[tuple[str, ExplainedPage | LucidOcrError]]

_FORMS: Final[Mapping[str, Form]] = {
    ".txt": "text", ".json": "json", ".html": "html", ".htm": "html", ".png": "png"
}  # fmt: skip


def form_of(output: Path | None) -> Form:
    """The form that an output's name asks for: that of its ending, else a folder; text on stdout."""
    if output is None:
        return "text"
    return "folder" if output.is_dir() else _FORMS.get(output.suffix.lower(), "folder")


def _write_text(results: Results, names: Sequence[str], output: Path | None) -> None:
    """The tables of one image, or of several, each below its name."""
    from lucidocr.export.explanation import explanation_record
    from lucidocr.export.explanation_text import explanation_text

    headed = False
    with click.open_file(str(output or STDIN), "wb", lazy=True) as file:
        for name, result in results:
            if isinstance(result, LucidOcrError):
                continue
            heading = f"{chr(10) if headed else ''}==> {name} <==\n" if len(names) > 1 else ""
            headed = True
            write(file, heading + explanation_text(explanation_record(result)))


def _write_json(results: Results, names: Sequence[str], output: Path | None) -> None:
    """One array for all images; what could not be read keeps its place."""
    from lucidocr.export.explanation import explanation_record

    del names
    records: list[Mapping[str, object]] = [
        {**failure(result), "source": name}
        if isinstance(result, LucidOcrError)
        else {"success": True, **explanation_record(result)}
        for name, result in results
    ]
    with click.open_file(str(output or STDIN), "wb", lazy=True) as file:
        write_array(file, records)


def _write_html(results: Results, names: Sequence[str], output: Path | None) -> None:
    from lucidocr.export.report import page_bytes

    _write_one(results, names, output, page_bytes)


def _write_png(results: Results, names: Sequence[str], output: Path | None) -> None:
    from lucidocr.explain.render import png
    from lucidocr.explain.sheet import page_sheet

    _write_one(results, names, output, lambda page: png(page_sheet(page)))


def _write_one(
    results: Results, names: Sequence[str], output: Path | None, content: Callable[[ExplainedPage], bytes]
) -> None:
    """The one image as a file; nothing where it could not be read."""
    del names
    for _, result in results:
        if not isinstance(result, LucidOcrError):
            with click.open_file(str(output or STDIN), "wb", lazy=True) as file:
                file.write(content(result))


def _write_folders(results: Results, names: Sequence[str], output: Path | None) -> None:
    """A folder for each image, and where its page is on stdout."""
    folders = _folders(names, output or Path())
    for name, result in results:
        if not isinstance(result, LucidOcrError):
            write(sys.stdout.buffer, f"{_write_folder(folders[name], result)}\n")


WRITERS: Final[Mapping[Form, Callable[[Results, Sequence[str], Path | None], None]]] = {
    "text": _write_text,
    "json": _write_json,
    "html": _write_html,
    "png": _write_png,
    "folder": _write_folders,
}
"""Write results in a form: they, the images' names, and the output; what could not be read is left to the caller."""


def _folders(names: Collection[str], output: Path) -> dict[str, Path]:
    """Where each picture's files go: the folder itself for one picture, else one inside it with the picture's name."""
    if len(names) == 1:
        return dict.fromkeys(names, output)
    folders: dict[str, Path] = {}
    for name in names:
        stem = _stem(name)
        tries = chain([stem], (f"{stem}-{number}" for number in count(2)))
        folders[name] = next(output / one for one in tries if output / one not in folders.values())
    return folders


def _stem(name: str) -> str:
    """A picture's name without folders and ending."""
    if name == STDIN:
        return "stdin"
    path = PurePosixPath(urlsplit(name).path) if "://" in name else Path(name)
    return path.stem.strip(".") or "image"


def _write_folder(folder: Path, page: ExplainedPage) -> Path:
    """Write everything about one picture; gives the HTML page's path."""
    from lucidocr.export.report import PAGE, report_files

    try:
        for name, content in report_files(page):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        raise OptionError(
            f"cannot write to {str(folder)!r} ({error.strerror or error})", remedy="Choose another folder with -o."
        ) from error
    return folder / PAGE
