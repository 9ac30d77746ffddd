"""What all commands share: output, errors and the options that make a reader.

Output is UTF-8 whatever the terminal's locale. One place turns errors into a line on stderr and an exit code; with
``--format json`` they also stand in the array on stdout, in the envelope that the service uses.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from functools import wraps
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn, TypeVar, cast

import click

from lucidocr.errors import LucidOcrError, ModelError
from lucidocr.metrics import RULES
from lucidocr.options import ReadingOptions

if TYPE_CHECKING:
    from lucidocr.pipeline import Reader
    from lucidocr.recognise import Precision

STDIN = "-"
FORMAT, OUTPUT = "lucidocr.form", "lucidocr.output"
"""Where a command leaves its output format and file for the error handler (keys of click's ``Context.meta``)."""

INTERRUPTED = 130  # exit code of a run that Ctrl+C ended, as shells have it

Value = TypeVar("Value")
Command = TypeVar("Command", bound=Callable[..., Any])


def failure(error: LucidOcrError) -> dict[str, object]:
    """The envelope of an error, as the service has it."""
    return {"success": False, "error": {"code": error.code, "message": str(error)}}


def complain(error: LucidOcrError, name: str | None = None) -> None:
    """One line about an error on stderr."""
    click.echo(f"lucidocr: {name}: {error}" if name else f"lucidocr: {error}", err=True)


def write(output: IO[bytes], text: str) -> None:
    """Write a text as UTF-8, at once."""
    # A file name may hold bytes that are not UTF-8; it must not stop the reading from being printed.
    output.write(text.encode("utf-8", "backslashreplace"))
    output.flush()


def write_array(output: IO[bytes], records: Iterable[Mapping[str, object]]) -> None:
    """Write a JSON array."""
    write(output, json.dumps(list(records), ensure_ascii=False, indent=2) + "\n")


class Commands(click.Group):
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
    complain(error)
    if ctx.meta.get(FORMAT) == "json":
        with click.open_file(ctx.meta.get(OUTPUT, STDIN), "wb", lazy=True) as file:
            write_array(file, [failure(error)])
    ctx.exit(error.exit_code)


def remember(ctx: click.Context, parameter: click.Parameter, value: Value) -> Value:
    """Callback of an option that the error handler wants to know."""
    ctx.meta[f"lucidocr.{parameter.name}"] = value
    return value


def options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several options as one decorator."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


reader_options = options(
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

precision_option = click.option(
    "--precision",
    type=click.Choice(["auto", "fp32", "int8"]),
    default="fp32",
    show_default=True,
    help="Read in full precision, in eight bits, or in eight bits where the processor is made for them.",
)


preprocess_option = click.option(
    "--preprocess",
    type=click.Choice(["off", "auto", "both"]),
    default="auto",
    show_default=True,
    help="Mend lines' pictures before they are read: never, where a reading is doubtful, or wherever it may help; the "
    "more probable reading is kept.",
)

correcting_options = options(
    click.option(
        "--lm",
        type=click.Choice(["on", "off"]),
        default="on",
        show_default=True,
        callback=lambda _ctx, _parameter, value: value == "on",
        help="Let the language model have a say in doubtful lines.",
    ),
    click.option(
        "--second-opinion",
        type=click.Choice(["off", "auto", "always"]),
        default="auto",
        show_default=True,
        help="Ask another recogniser, PP-OCRv6-small, never, about doubtful lines, or about all.",
    ),
    click.option(
        "--lexicon",
        multiple=True,
        metavar="FILE",
        help="Words and /patterns/, one a line, or the name of a built-in list; may be given several times.",
    ),
    click.option(
        "--lexicon-mode",
        type=click.Choice(["prefer", "only"]),
        default="prefer",
        show_default=True,
        help="Prefer what stands in the lexicon, or read nothing else.",
    ),
)


_display_options = options(
    click.option(
        "--width",
        type=click.Choice(["keep", "half", "full"]),
        default="keep",
        show_default=True,
        help="Write letters, digits and signs of ASCII in half or full width.",
    ),
    click.option(
        "--punctuation",
        type=click.Choice(["keep", "context"]),
        default="keep",
        show_default=True,
        help="Give marks the width of the text around them.",
    ),
    click.option(
        "--script",
        type=click.Choice(["keep", "simplified", "traditional"]),
        default="keep",
        show_default=True,
        help="Write Chinese in this script, by OpenCC (extra convert).",
    ),
    click.option(
        "--spaces",
        type=click.Choice(["keep", "add", "remove"]),
        default="keep",
        show_default=True,
        help="Put spaces between Chinese and other characters, or take them away.",
    ),
)

_how_options = options(
    click.option(
        "--mode",
        type=click.Choice(["auto", "line", "page"]),
        default="auto",
        show_default=True,
        help="Take the picture as one line, look for lines on a page, or decide by its shape.",
    ),
    click.option("--pages", metavar="RANGE", help="Pages of PDFs and TIFFs to read, such as 1-3,7 or 5-; all without."),
    click.option(
        "--pdf-text",
        type=click.Choice(["auto", "ignore"]),
        default="auto",
        show_default=True,
        help="Take the text that a PDF holds itself where it is sound, or read the picture in any case.",
    ),
    reader_options,
    precision_option,
    preprocess_option,
    correcting_options,
    _display_options,
)


def reading_options(command: Command) -> Command:
    """All options on which a reading depends, handed over as ``how``, a :class:`lucidocr.options.ReadingOptions`.

    Every option is a field of the same name.
    """

    @wraps(command)
    def gathered(*given: Any, **named: Any) -> Any:
        values = {field.name: named.pop(field.name) for field in fields(ReadingOptions)}
        return command(*given, how=ReadingOptions(**values), **named)

    return cast("Command", _how_options(gathered))


def score_option(explanation: str) -> Callable[[Command], Command]:
    """``--score``, handed over as ``rule``: how texts are made comparable.

    Args:
        explanation: what the help says.
    """
    return click.option(
        "--score", "rule", type=click.Choice(RULES), default="exact", show_default=True, help=explanation
    )


def make_reader(model: Path | None, threads: int | None, precision: Precision = "fp32") -> Reader:
    """The reader that :data:`reader_options` and :data:`precision_option` describe."""
    from lucidocr.pipeline import Reader

    return Reader(model, threads=threads, precision=precision)


def each(names: Iterable[str], work: Callable[[str], Value]) -> Iterator[tuple[str, Value | LucidOcrError]]:
    """Do the work for every name. What is wrong with one is reported and handed on, and the rest is done."""
    return each_of(names, lambda name: [work(name)])


def each_of(
    names: Iterable[str], work: Callable[[str], Iterable[Value]]
) -> Iterator[tuple[str, Value | LucidOcrError]]:
    """The same where work has several results; an error ends those of its name."""
    for name in names:
        try:
            for value in work(name):
                yield name, value
        except ModelError:
            raise  # it would be the same for all
        except Exception as error:  # noqa: BLE001 - what was read before must not be lost
            known = error if isinstance(error, LucidOcrError) else _internal(error)
            complain(known, name)
            yield name, known
