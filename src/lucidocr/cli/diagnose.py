"""``lucidocr diagnose``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_args

import click

from lucidocr.cli.common import (
    FORMAT,
    OUTPUT,
    STDIN,
    each,
    failure,
    make_reader,
    options,
    preprocess_option,
    reader_options,
    score_option,
    write,
    write_array,
)
from lucidocr.cli.progress import StageProgress
from lucidocr.errors import LucidOcrError, OptionError

if TYPE_CHECKING:
    from lucidocr.doubtful import Complaint
    from lucidocr.evaluate import Part
    from lucidocr.export.diagnosis_schema import DiagnosesRecord
    from lucidocr.metrics import Rule
    from lucidocr.pipeline import Mode, Reader
    from lucidocr.prepare import Preprocess

Form = Literal["text", "json", "html"]

_FORMS: Final[Mapping[str, Form]] = {".txt": "text", ".json": "json", ".html": "html", ".htm": "html"}


@dataclass(slots=True)
class _Run:
    """Diagnoses one picture after the other, and remembers the worst that happened.

    Attributes:
        reader: reads and diagnoses.
        complaint: what of a picture to diagnose, and how.
        pictures: whether pictures stand in the records.
        exit_code: that of the worst error so far.
    """

    reader: Reader
    complaint: Complaint
    pictures: bool
    exit_code: int = 0

    def results(self, names: Sequence[str]) -> Iterator[tuple[str, DiagnosesRecord | LucidOcrError]]:
        """The diagnoses of every picture; an error stands in its picture's place."""
        for name, result in each(names, self._diagnosed):
            if isinstance(result, LucidOcrError):
                self.exit_code = max(self.exit_code, result.exit_code)
            yield name, result

    def _diagnosed(self, name: str) -> DiagnosesRecord:
        from lucidocr import io
        from lucidocr.doubtful import diagnose_page
        from lucidocr.export.diagnosis import diagnoses_record

        page = io.load(sys.stdin.buffer.read(), name="<stdin>") if name == STDIN else io.load(name, name=name)
        found = diagnose_page(self.reader, page, self.complaint)
        return diagnoses_record(found, rule=self.complaint.rule, pictures=self.pictures)


_picture_options = options(
    click.option("--truth", metavar="TEXT", help="What the picture of one line says: it makes the diagnosis surer."),
    click.option("--misread", is_flag=True, help="What is diagnosed is known to be misread, though not what it says."),
    click.option(
        "--mode",
        type=click.Choice(["auto", "line", "page"]),
        default="auto",
        show_default=True,
        help="Take the picture as one line, look for lines on a page, or decide by its shape.",
    ),
    click.option("--all", "everything", is_flag=True, help="Diagnose the lines of a page that are not doubtful, too."),
    click.option("--pictures", is_flag=True, help="Put pictures before and after steps into JSON, as PNGs in base64."),
    preprocess_option,
)
_set_options = options(
    click.option("--part", type=click.Choice(["train", "tune", "report"]), help="Of a set, only this part."),
    click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Of a set, at most N lines, spread evenly."),
)


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="IMAGE...|DIR")
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write to this file; stdout without it. A set's report needs one.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(get_args(Form)),
    help="A verdict in words, JSON, or a page. By default what the output's ending says: text on stdout.",
)
@score_option("How reading and truth are made comparable, as in evaluate.")
@_picture_options
@_set_options
@reader_options
@click.pass_context
def diagnose(
    ctx: click.Context,
    files: tuple[str, ...],
    *,
    output: Path | None,
    form: Form | None,
    rule: Rule,
    truth: str | None,
    misread: bool,
    mode: Mode,
    everything: bool,
    pictures: bool,
    preprocess: Preprocess,
    part: Part | None,
    limit: int | None,
    model: Path | None,
    threads: int | None,
) -> None:
    """Say why pictures are misread, and what would help: paths, http(s) addresses, or - for stdin.

    Of a picture of one line, or of every doubtful line of a page, the likely cause with its evidence, the fixes that
    were tested, and advice. A folder of labelled lines (images/, labels.tsv, perhaps split.tsv) gets a report: what is
    misread, why, and what to do next, with the figures beside it as JSON.
    """
    from lucidocr.doubtful import Complaint

    names = tuple(dict.fromkeys(files))
    form = form or (_FORMS.get(output.suffix.lower(), "text") if output else "text")
    ctx.meta[FORMAT], ctx.meta[OUTPUT] = form, str(output or STDIN)
    if any(Path(name).is_dir() for name in names):
        _check_set(names, form, output, known=truth is not None or misread)
        _diagnose_set(Path(names[0]), make_reader(model, threads), output, form, rule=rule, part=part, limit=limit)
        return
    _check_pictures(names, output, truth, part=part, limit=limit)
    ctx.exit(
        _diagnose_pictures(
            names, make_reader(model, threads), output, form, pictures=pictures or form == "html",
            asked=Complaint(mode, truth, rule, everything, preprocess, misread),
        )
    )  # fmt: skip


def _check_set(names: Sequence[str], form: Form, output: Path | None, *, known: bool) -> None:
    """Refuse what cannot be meant."""
    if len(names) > 1:
        raise OptionError("a folder was given beside others", remedy="Diagnose one set at a time.")
    if known:
        raise OptionError("--truth or --misread was given with a set", remedy="Its labels.tsv says what its lines say.")
    if form == "text" or (form == "html" and output is None):
        raise OptionError("a set's report is a page", remedy="Name its file: -o report.html.")


def _check_pictures(
    names: Sequence[str], output: Path | None, truth: str | None, *, part: str | None, limit: int | None
) -> None:
    """Refuse what cannot be meant."""
    if part is not None or limit is not None:
        raise OptionError("--part and --limit are for a folder of labelled lines", remedy="Leave them out.")
    if truth is not None and len(names) > 1:
        raise OptionError("--truth was given with several images", remedy="Diagnose one at a time.")
    if output is not None and output.is_file() and any(Path(one).is_file() and output.samefile(one) for one in names):
        raise OptionError(f"{str(output)!r} is the image itself", remedy="Give another file with -o.")


def _diagnose_pictures(
    names: Sequence[str],
    reader: Reader,
    output: Path | None,
    form: Form,
    *,
    pictures: bool,
    asked: Complaint,
) -> int:
    """Diagnose pictures and write what was found; gives the exit code."""
    run = _Run(reader, asked, pictures)
    results = run.results(names)
    with click.open_file(str(output or STDIN), "wb", lazy=True) as file:
        if form == "json":
            write_array(file, (_record(name, result) for name, result in results))
        elif form == "html":
            from lucidocr.export.diagnosis_page import diagnoses_page

            found = [result for _, result in results if not isinstance(result, LucidOcrError)]
            if found:
                file.write(diagnoses_page(found))
        else:
            from lucidocr.export.diagnosis_text import diagnoses_text

            headed = False
            for name, result in results:
                if not isinstance(result, LucidOcrError):
                    heading = f"{chr(10) if headed else ''}==> {name} <==\n" if len(names) > 1 else ""
                    headed = True
                    write(file, heading + diagnoses_text(result))
    return run.exit_code


def _record(name: str, result: DiagnosesRecord | LucidOcrError) -> Mapping[str, object]:
    if isinstance(result, LucidOcrError):
        return {**failure(result), "source": name}
    return {"success": True, **result}


def _diagnose_set(
    folder: Path, reader: Reader, output: Path | None, form: Form, *, rule: Rule, part: Part | None, limit: int | None
) -> None:
    """Analyse a set; write its page and its figures, or its figures alone."""
    from lucidocr.analysis.analyse import analyse, analysis_record
    from lucidocr.evaluate import load_dataset

    dataset = load_dataset(folder, part)
    chosen = dataset.sample(limit) if limit else dataset
    with StageProgress() as progress:
        analysis = analyse(reader, chosen, rule, tell=progress.tell)
        for one in analysis.observations.unreadable:
            click.echo(f"lucidocr: {one.line.path}: {one.reason}", err=True)
        record = analysis_record(analysis)
        figures = output if form == "json" else output and output.with_suffix(".json")
        with click.open_file(str(figures or STDIN), "wb", lazy=True) as file:
            write(file, _dumped(record))
        if form == "html":
            from lucidocr.analysis.cards import cards_of
            from lucidocr.analysis.page import analysis_page

            page = analysis_page(record, cards_of(reader, analysis, record, tell=progress.tell))
            with click.open_file(str(output), "wb", lazy=True) as file:
                file.write(page)


def _dumped(record: Mapping[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
