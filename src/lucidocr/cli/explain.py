"""``lucidocr explain``."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack, get_args

import click

from lucidocr.cli.common import FORMAT, OUTPUT, STDIN, each, make_reader, options, reader_options
from lucidocr.cli.explain_output import WRITERS, Form, Results, form_of
from lucidocr.cli.methods import ALL, method_option
from lucidocr.errors import LucidOcrError, OptionError
from lucidocr.explain.methods import DEFAULT_METHODS, METHOD_NAMES
from lucidocr.types import ExplainedPage

if TYPE_CHECKING:
    from lucidocr.evidence import Question
    from lucidocr.pipeline import Mode, Reader


class _Asked(TypedDict):
    """What to explain; see :class:`lucidocr.evidence.Question`."""

    methods: tuple[str, ...] | None
    attention: bool | None
    faithfulness: bool
    text: str | None
    mode: Mode


@dataclass(slots=True)
class _Run:
    """Explains one picture after the other, and remembers the worst that happened.

    Attributes:
        reader: reads and explains.
        question: what of a picture to explain, and how.
        exit_code: that of the worst error so far.
    """

    reader: Reader
    question: Question
    exit_code: int = 0

    def results(self, names: Collection[str]) -> Results:
        """The evidence for every picture; an error stands in its picture's place."""
        for name, result in each(names, self._explained):
            if isinstance(result, LucidOcrError):
                self.exit_code = max(self.exit_code, result.exit_code)
            yield name, result

    def _explained(self, name: str) -> ExplainedPage:
        from lucidocr import io
        from lucidocr.evidence import explain_page

        page = io.load(sys.stdin.buffer.read(), name="<stdin>") if name == STDIN else io.load(name, name=name)
        return explain_page(self.reader, page, self.question)


_question_options = options(
    method_option(
        f"Heat maps to make: {', '.join(METHOD_NAMES)}, or {ALL}; {', '.join(DEFAULT_METHODS)} without it, and none "
        "for text."
    ),
    click.option(
        "--attention/--no-attention", default=None, help="Ask the attention head; by default where the model has one."
    ),
    click.option(
        "--faithfulness", is_flag=True, help="Judge every heat map, by reading the line again without what it marks."
    ),
    click.option("--text", metavar="TEXT", help="Explain this text of the line instead of what is read."),
    click.option(
        "--mode",
        type=click.Choice(["auto", "line", "page"]),
        default="auto",
        show_default=True,
        help="Take the picture as one line, look for lines on a page, or decide by its shape.",
    ),
)


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="IMAGE...")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Write to this file, or to this folder, in which each of several images gets its own; stdout without it.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(get_args(Form)),
    help="A table, an array with one object per image, a page, a picture, or all of it in a folder. By default what "
    "the output's ending says: a folder without one, text on stdout.",
)
@_question_options
@reader_options
@click.pass_context
def explain(
    ctx: click.Context,
    files: tuple[str, ...],
    *,
    output: Path | None,
    form: Form | None,
    model: Path | None,
    threads: int | None,
    **asked: Unpack[_Asked],
) -> None:
    """Show why pictures are read as they are: paths, http(s) addresses, or - for stdin.

    Prints a table of every line's characters: time step, confidence, alternatives, region. With -o report.html it
    writes a page that needs nothing else, with -o DIR that page, explanation.json and pictures. A file that cannot be
    read is reported on stderr and the others are explained all the same.
    """
    from lucidocr.evidence import Question

    names = tuple(dict.fromkeys(files))
    form = form or form_of(output)
    ctx.meta[FORMAT], ctx.meta[OUTPUT] = form, str(output or STDIN)
    _check(names, form, output, asked["text"])
    methods = asked["methods"]
    if methods is None:
        methods = () if form == "text" else DEFAULT_METHODS
    question = Question(
        mode=asked["mode"],
        methods=methods,
        attention=asked["attention"],
        text=asked["text"],
        faithfulness=asked["faithfulness"],
    )
    run = _Run(make_reader(model, threads), question)
    WRITERS[form](run.results(names), names, output)
    ctx.exit(run.exit_code)


def _check(names: Sequence[str], form: Form, output: Path | None, text: str | None) -> None:
    """Refuse what cannot be meant."""
    if text is not None and len(names) > 1:
        raise OptionError("--text was given with several images", remedy="Explain one at a time.")
    if form in {"html", "png"} and len(names) > 1:
        raise OptionError(f"{form} shows one image", remedy="Give a folder with -o for several.")
    if form == "folder" and output is None:
        raise OptionError("no folder was given", remedy="Give one with -o.")
    if output is not None and output.is_file() and any(_is_file(name, output) for name in names):
        raise OptionError(f"{str(output)!r} is the image itself", remedy="Give another file with -o.")


def _is_file(name: str, output: Path) -> bool:
    return Path(name).is_file() and output.samefile(name)
