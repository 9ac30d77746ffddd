"""``lucidocr evaluate``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lucidocr.cli.common import (
    each,
    failure,
    make_reader,
    precision_option,
    reader_options,
    remember,
    write,
    write_array,
)
from lucidocr.errors import LucidOcrError
from lucidocr.metrics import RULES, Rule

if TYPE_CHECKING:
    from lucidocr.evaluate import Evaluation, Part
    from lucidocr.recognise import Precision


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


@click.command()
@click.argument("folders", nargs=-1, required=True, metavar="DIR...")
@click.option("--part", type=click.Choice(["train", "tune", "report"]), help="Only this part of split.tsv.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    callback=remember,
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
@reader_options
@precision_option
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
    precision: Precision,
) -> None:
    """Measure readings against folders of labelled lines (images/, labels.tsv, perhaps split.tsv)."""
    from lucidocr.evaluate import Evaluation, load_dataset
    from lucidocr.evaluate import evaluate as measure

    reader = make_reader(model, threads, precision)

    def work(folder: str) -> Evaluation:
        dataset = load_dataset(folder, part)
        return measure(reader, dataset.sample(limit) if limit else dataset, rule)

    results = list(each(folders, work))
    errors = [result for _, result in results if isinstance(result, LucidOcrError)]
    if form == "json":
        write_array(sys.stdout.buffer, (_evaluation_record(name, result) for name, result in results))
    elif len(errors) < len(results):
        write(sys.stdout.buffer, _table(result for _, result in results if isinstance(result, Evaluation)))
    ctx.exit(max((error.exit_code for error in errors), default=0))


def _evaluation_record(name: str, result: Evaluation | LucidOcrError) -> Mapping[str, object]:
    if isinstance(result, LucidOcrError):
        return {**failure(result), "dataset": Path(name).resolve().name}
    return {"success": True, **asdict(result)}
