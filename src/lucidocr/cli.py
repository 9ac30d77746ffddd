"""The command line: ``lucidocr read``, ``lucidocr evaluate`` and ``lucidocr serve``.

Output is UTF-8 whatever the terminal's locale. One place turns errors into a line on stderr and an exit code; with
``--format json`` they also stand in the array on stdout, in the envelope that the service uses.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from lucidocr import __version__
from lucidocr.errors import LucidOcrError, ModelError
from lucidocr.export import page_record, page_text
from lucidocr.metrics import RULES, Rule

if TYPE_CHECKING:
    from lucidocr.evaluate import Evaluation, Part
    from lucidocr.pipeline import Mode, Reader
    from lucidocr.types import Page

STDIN = "-"
FORMAT, OUTPUT = "lucidocr.form", "lucidocr.output"
"""Where a command leaves its output format and file for the error handler (keys of click's ``Context.meta``)."""

INTERRUPTED = 130  # exit code of a run that Ctrl+C ended, as shells have it

Value = TypeVar("Value")
Command = TypeVar("Command", bound=Callable[..., Any])


def _failure(error: LucidOcrError) -> dict[str, object]:
    return {"success": False, "error": {"code": error.code, "message": str(error)}}


def _complain(error: LucidOcrError, name: str | None = None) -> None:
    click.echo(f"lucidocr: {name}: {error}" if name else f"lucidocr: {error}", err=True)


def _write(output: IO[bytes], text: str) -> None:
    # A file name may hold bytes that are not UTF-8; it must not stop the reading from being printed.
    output.write(text.encode("utf-8", "backslashreplace"))
    output.flush()


def _write_array(output: IO[bytes], records: Iterable[Mapping[str, object]]) -> None:
    _write(output, json.dumps(list(records), ensure_ascii=False, indent=2) + "\n")


class _Commands(click.Group):
    """The command group, and the one place where the command line turns errors into output."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; an error ends the process with the error's exit code."""
        try:
            return super().invoke(ctx)
        except LucidOcrError as error:
            _end(ctx, error)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:  # noqa: BLE001 - a user must never meet a traceback unasked
            _end(ctx, _internal(error))


def _internal(error: Exception) -> LucidOcrError:
    """What stands for an error of lucidocr's own; with --debug its traceback is shown."""
    if click.get_current_context().find_root().params.get("debug"):
        traceback.print_exception(error)
    remedy = "`lucidocr --debug` shows where; please report it with the picture that causes it."
    return LucidOcrError(f"internal error ({type(error).__name__}: {error})", remedy=remedy)


def _end(ctx: click.Context, error: LucidOcrError) -> NoReturn:
    _complain(error)
    if ctx.meta.get(FORMAT) == "json":
        with click.open_file(ctx.meta.get(OUTPUT, STDIN), "wb", lazy=True) as file:
            _write_array(file, [_failure(error)])
    ctx.exit(error.exit_code)


def _remember(ctx: click.Context, parameter: click.Parameter, value: Value) -> Value:
    ctx.meta[f"lucidocr.{parameter.name}"] = value
    return value


def _options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


_reader_options = _options(
    click.option(
        "--model",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Folder that holds model.json; the bundled model without it.",
    ),
    click.option(
        "--threads", type=click.IntRange(min=1), metavar="N", help="Threads to use; all that are allowed without it."
    ),
)


def _make_reader(model: Path | None, threads: int | None) -> Reader:
    from lucidocr.pipeline import Reader

    return Reader(model, threads=threads)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lucidocr", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show the traceback of an internal error.")
def main(debug: bool) -> None:
    """Read Chinese and English text in pictures, on a plain CPU."""
    del debug  # used by _internal


def _read_one(reader: Reader, name: str, mode: Mode) -> Page:
    if name == STDIN:
        from lucidocr import io

        return reader.read(io.load(sys.stdin.buffer.read(), name="<stdin>"), mode=mode)
    return replace(reader.read(name, mode=mode), source=name)


def _each(names: Iterable[str], work: Callable[[str], Value]) -> Iterator[tuple[str, Value | LucidOcrError]]:
    """Do the work for every name. What is wrong with one is reported and handed on, and the rest is done."""
    for name in names:
        try:
            yield name, work(name)
        except ModelError:
            raise  # it would be the same for all
        except Exception as error:  # noqa: BLE001 - what was read before must not be lost
            known = error if isinstance(error, LucidOcrError) else _internal(error)
            _complain(known, name)
            yield name, known


@main.command()
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
    callback=_remember,
    help="Plain text, or an array with one object per file.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, allow_dash=True),
    default=STDIN,
    callback=_remember,
    help="Write to this file instead of stdout.",
)
@_reader_options
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
    reader = _make_reader(model, threads)
    code = 0
    records: list[Mapping[str, object]] = []
    with click.open_file(output, "wb", lazy=True) as file:
        for number, (name, result) in enumerate(_each(files, lambda name: _read_one(reader, name, mode))):
            if isinstance(result, LucidOcrError):
                code = max(code, result.exit_code)
                records.append({**_failure(result), "source": name})
            elif form == "json":
                records.append({"success": True, **page_record(result)})
            else:
                heading = f"{chr(10) if number else ''}==> {name} <==\n" if len(files) > 1 else ""
                _write(file, heading + page_text(result))
        if form == "json":
            _write_array(file, records)
    ctx.exit(code)


def _table(evaluations: Iterable[Evaluation]) -> str:
    rows = [("dataset", "part", "rule", "n", "line_accuracy", "cer", "ms_per_line")]
    for one in evaluations:
        figures = (str(one.n), f"{one.line_accuracy:.4f}", f"{one.cer:.4f}", f"{one.ms_per_line:.2f}")
        rows.append((one.dataset, one.part or "all", one.rule, *figures))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    names = 3
    lines = (
        "  ".join(
            cell.ljust(width) if column < names else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
    return "".join(f"{line.rstrip()}\n" for line in lines)


@main.command()
@click.argument("folders", nargs=-1, required=True, metavar="DIR...")
@click.option("--part", type=click.Choice(["train", "tune", "report"]), help="Only this part of split.tsv.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    callback=_remember,
    help="A table, or an array with one object per set.",
)
@click.option(
    "--score",
    "rule",
    type=click.Choice(RULES),
    default="exact",
    show_default=True,
    help="alnum: letters and digits, case folded; zh: NFKC, no spaces, full- and half-width marks equal; exact: as is.",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N lines of a set, spread evenly.")
@_reader_options
@click.pass_context
def evaluate(
    ctx: click.Context,
    folders: tuple[str, ...],
    *,
    part: Part | None,
    form: str,
    rule: Rule,
    limit: int | None,
    model: Path | None,
    threads: int | None,
) -> None:
    """Measure readings against folders of labelled lines (images/, labels.tsv, perhaps split.tsv)."""
    from lucidocr.evaluate import Evaluation, load_dataset
    from lucidocr.evaluate import evaluate as measure

    reader = _make_reader(model, threads)

    def work(folder: str) -> Evaluation:
        dataset = load_dataset(folder, part)
        return measure(reader, dataset.sample(limit) if limit else dataset, rule)

    results = list(_each(folders, work))
    errors = [result for _, result in results if isinstance(result, LucidOcrError)]
    if form == "json":
        _write_array(sys.stdout.buffer, (_evaluation_record(name, result) for name, result in results))
    elif len(errors) < len(results):
        _write(sys.stdout.buffer, _table(result for _, result in results if isinstance(result, Evaluation)))
    ctx.exit(max((error.exit_code for error in errors), default=0))


def _evaluation_record(name: str, result: Evaluation | LucidOcrError) -> Mapping[str, object]:
    if isinstance(result, LucidOcrError):
        return {**_failure(result), "dataset": Path(name).resolve().name}
    return {"success": True, **asdict(result)}


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at; 0.0.0.0 for all.")
@click.option("--port", type=click.IntRange(0, 65535), default=5000, show_default=True, help="0 takes a free one.")
@click.option("--allow-urls", is_flag=True, help="Let requests name public http(s) addresses to fetch pictures from.")
@_reader_options
def serve(*, host: str, port: int, allow_urls: bool, model: Path | None, threads: int | None) -> None:
    """Serve the web page and the HTTP API until Ctrl+C."""
    from lucidocr.serve import Settings, create_app
    from lucidocr.serve.server import run

    settings = Settings(model=model, threads=threads, allow_urls=allow_urls)
    run(create_app(settings), host=host, port=port, announce=lambda address: click.echo(f"lucidocr is at {address}"))
