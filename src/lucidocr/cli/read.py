"""``lucidocr read``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import IO, TYPE_CHECKING

import click

from lucidocr import io
from lucidocr.cli.common import (
    STDIN,
    each,
    each_of,
    failure,
    reading_options,
    remember,
    write,
    write_array,
)
from lucidocr.errors import LucidOcrError
from lucidocr.export import FORMATS, Sheet, page_record
from lucidocr.export.corrections import corrections_text
from lucidocr.export.preparation import preparations_text
from lucidocr.export.text import document_text
from lucidocr.options import ReadingOptions

if TYPE_CHECKING:
    from lucidocr.pipeline import Reader

CLIPBOARD = "<clipboard>"
"""Name of the picture in the clipboard, which no file has."""

Reading = Sheet | LucidOcrError


@dataclass(slots=True)
class _Run:
    """Reads documents page by page, and remembers the worst that happened.

    Attributes:
        reader: reads the pages.
        how: which pages, and how.
        shows_corrections: whether what was tried on doubtful lines, and compared, is shown on stderr.
        exit_code: that of the worst error so far.
    """

    reader: Reader
    how: ReadingOptions
    shows_corrections: bool = False
    exit_code: int = 0

    def documents(self, names: Sequence[str]) -> Iterator[tuple[str, Iterator[Reading]]]:
        """What names stand for, each with its readings; an error ends those of its document."""
        for name, found in each(names, lambda name: [name] if name in {STDIN, CLIPBOARD} else io.expand(name)):
            if isinstance(found, LucidOcrError):
                self.exit_code = max(self.exit_code, found.exit_code)
                yield name, iter([found])
            else:
                yield from ((document, self._readings(document)) for document in found)

    def _readings(self, document: str) -> Iterator[Reading]:
        for _, reading in each_of([document], self._sheets):
            if isinstance(reading, LucidOcrError):
                self.exit_code = max(self.exit_code, reading.exit_code)
            yield reading

    def _sheets(self, document: str) -> Iterator[Sheet]:
        source, name = (sys.stdin.buffer.read(), "<stdin>") if document == STDIN else (document, document)
        picture = io.clipboard() if document == CLIPBOARD else source
        for sheet in self.how.sheets(self.reader, picture, name):
            if self.shows_corrections:
                tried = chain(preparations_text(sheet.page), corrections_text(sheet.page))
                click.echo("".join(tried), err=True, nl=False)
            yield sheet


def _write_json(documents: Iterator[tuple[str, Iterator[Reading]]], output: IO[bytes]) -> None:
    """One array for all pages; what could not be read keeps its place."""
    records = [
        {**failure(reading), "source": name}
        if isinstance(reading, LucidOcrError)
        else {"success": True, **page_record(reading.page)}
        for name, readings in documents
        for reading in readings
    ]
    write_array(output, records)


def _write_text(documents: Iterator[tuple[str, Iterator[Reading]]], output: IO[bytes]) -> None:
    """The text of one document, or of several, each below its name."""
    first, second = next(documents, None), next(documents, None)
    known = [document for document in (first, second) if document is not None]
    headed = False
    for name, readings in chain(known, documents):
        pages = (reading.page for reading in readings if isinstance(reading, Sheet))
        for part, text in enumerate(document_text(pages)):
            if second is not None and not part:
                write(output, f"{chr(10) if headed else ''}==> {name} <==\n")
                headed = True
            write(output, text)


def _write_pages(form: str, documents: Iterator[tuple[str, Iterator[Reading]]], output: IO[bytes]) -> None:
    """One file for all pages, or none where nothing could be read."""
    sheets = (reading for _, readings in documents for reading in readings if isinstance(reading, Sheet))
    first = next(sheets, None)
    if first is not None:
        for part in FORMATS[form].write(chain([first], sheets)):
            output.write(part)
        output.flush()


@click.command()
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option("--clipboard", is_flag=True, help="Read the picture in the clipboard too.")
@reading_options
@click.option(
    "--show-corrections",
    is_flag=True,
    help="Show on stderr what was tried on the pictures of doubtful lines and what their readings were compared with.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    callback=remember,
    help="What to write: see the guide.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, allow_dash=True),
    default=STDIN,
    callback=remember,
    help="Write to this file instead of stdout.",
)
@click.pass_context
def read(
    ctx: click.Context,
    files: tuple[str, ...],
    *,
    clipboard: bool,
    show_corrections: bool,
    form: str,
    output: str,
    how: ReadingOptions,
) -> None:
    """Read pictures and PDFs: paths, folders, patterns, http(s) addresses, or - for stdin.

    A file that cannot be read is reported on stderr and the others are read all the same; the exit code is then that
    of the worst error (2: a picture that cannot be used).
    """
    if not files and not clipboard:
        raise click.UsageError("Missing argument 'FILE...'.")
    if FORMATS[form].binary and output == STDIN and sys.stdout.isatty():
        raise click.UsageError(f"A terminal cannot show {form}: name a file with -o.")
    run = _Run(how.make_reader(), how, shows_corrections=show_corrections)
    documents = run.documents([*files, *[CLIPBOARD] * clipboard])
    with click.open_file(output, "wb", lazy=True) as file:
        match form:
            case "json":
                _write_json(documents, file)
            case "text":
                _write_text(documents, file)
            case _:
                _write_pages(form, documents, file)
    for notice in run.reader.notices:
        click.echo(f"lucidocr: reading went on without help: {notice}", err=True)
    ctx.exit(run.exit_code)
