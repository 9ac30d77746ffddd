"""``lucidocr read``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lucidocr.cli.common import (
    STDIN,
    each,
    failure,
    make_reader,
    reader_options,
    remember,
    write,
    write_array,
)
from lucidocr.errors import LucidOcrError
from lucidocr.export import page_record, page_text

if TYPE_CHECKING:
    from lucidocr.pipeline import Mode, Reader
    from lucidocr.types import Page


def _read_one(reader: Reader, name: str, mode: Mode) -> Page:
    if name == STDIN:
        from lucidocr import io

        return reader.read(io.load(sys.stdin.buffer.read(), name="<stdin>"), mode=mode)
    return replace(reader.read(name, mode=mode), source=name)


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--mode",
    type=click.Choice(["auto", "line", "page"]),
    default="auto",
    show_default=True,
    help="Take the picture as one line, look for lines on a page, or decide by its shape.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    callback=remember,
    help="Plain text, or an array with one object per file.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, allow_dash=True),
    default=STDIN,
    callback=remember,
    help="Write to this file instead of stdout.",
)
@reader_options
@click.pass_context
def read(
    ctx: click.Context,
    files: tuple[str, ...],
    *,
    mode: Mode,
    form: str,
    output: str,
    model: Path | None,
    threads: int | None,
) -> None:
    """Read pictures: paths, http(s) addresses, or - for stdin.

    A file that cannot be read is reported on stderr and the others are read all the same; the exit code is then that
    of the worst error (2: a picture that cannot be used).
    """
    reader = make_reader(model, threads)
    code = 0
    records: list[Mapping[str, object]] = []
    with click.open_file(output, "wb", lazy=True) as file:
        for number, (name, result) in enumerate(each(files, lambda name: _read_one(reader, name, mode))):
            if isinstance(result, LucidOcrError):
                code = max(code, result.exit_code)
                records.append({**failure(result), "source": name})
            elif form == "json":
                records.append({"success": True, **page_record(result)})
            else:
                heading = f"{chr(10) if number else ''}==> {name} <==\n" if len(files) > 1 else ""
                write(file, heading + page_text(result))
        if form == "json":
            write_array(file, records)
    ctx.exit(code)
