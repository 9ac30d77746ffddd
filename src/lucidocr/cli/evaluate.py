"""``lucidocr evaluate``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from lucidocr.cli.common import (
    correcting_options,
    each,
    failure,
    precision_option,
    preprocess_option,
    reader_options,
    remember,
    score_option,
    write,
    write_array,
)
from lucidocr.cli.methods import method_option
from lucidocr.errors import LucidOcrError
from lucidocr.metrics import Rule
from lucidocr.options import ReadingOptions

if TYPE_CHECKING:
    from lucidocr.correct.corrector import Ask, LexiconMode
    from lucidocr.evaluate import Evaluation, MethodEvaluation, Part
    from lucidocr.prepare import Preprocess
    from lucidocr.recognise import Precision


_GRADIENTS: Final = ("hirescam", "layercam", "gradcam", "ink")
"""Methods that are judged when none is named: the others read every line hundreds of times."""


class _Judged(NamedTuple):
    """What was found on one set."""

    evaluation: Evaluation
    explanations: list[MethodEvaluation]


def _table(evaluations: Iterable[Evaluation]) -> str:
    rows = [("dataset", "part", "rule", "n", "line_accuracy", "cer", "ms_per_line")]
    for one in evaluations:
        figures = (str(one.n), f"{one.line_accuracy:.4f}", f"{one.cer:.4f}", f"{one.ms_per_line:.2f}")
        rows.append((one.dataset, one.part or "all", one.rule, *figures))
    return _aligned(rows, 3)


def _explanation_table(judged: Iterable[_Judged]) -> str:
    rows = [("dataset", "method", "lines", "characters", "pointing", "energy", "deletion", "elsewhere", "insertion")]
    for evaluation, explanations in judged:
        for one in explanations:
            shares = (f"{one.pointing:.3f}", f"{one.energy:.3f}")
            nats = (f"{one.deletion:.2f}", f"{one.elsewhere:.2f}", f"{one.insertion:.2f}")
            rows.append((evaluation.dataset, one.method, str(one.lines), str(one.characters), *shares, *nats))
    return _aligned(rows, 2)


def _aligned(rows: Sequence[Sequence[str]], names: int) -> str:
    """A table whose first columns hold names and whose others hold numbers."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
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
@score_option(
    "alnum: letters and digits, case folded; zh: NFKC, no spaces, full- and half-width marks equal; exact: as is."
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N lines of a set, spread evenly.")
@click.option(
    "--explain",
    is_flag=True,
    help="Explain every line, too, and judge the heat maps of those read right: read again without what they mark.",
)
@method_option(f"Heat maps to judge, with --explain; {', '.join(_GRADIENTS)} without it.")
@reader_options
@precision_option
@preprocess_option
@correcting_options
@click.pass_context
def evaluate(
    ctx: click.Context,
    folders: tuple[str, ...],
    *,
    part: Part | None,
    form: str,
    rule: Rule,
    limit: int | None,
    explain: bool,
    methods: tuple[str, ...] | None,
    model: Path | None,
    threads: int | None,
    precision: Precision,
    preprocess: Preprocess,
    lm: bool,
    second_opinion: Ask,
    lexicon: tuple[str, ...],
    lexicon_mode: LexiconMode,
) -> None:
    """Measure readings against folders of labelled lines (images/, labels.tsv, perhaps split.tsv)."""
    from lucidocr.evaluate import evaluate as measure
    from lucidocr.evaluate import evaluate_explanations, load_dataset

    reader = ReadingOptions(
        model=model,
        threads=threads,
        precision=precision,
        preprocess=preprocess,
        lm=lm,
        second_opinion=second_opinion,
        lexicon=lexicon,
        lexicon_mode=lexicon_mode,
    ).make_reader()

    def work(folder: str) -> _Judged:
        dataset = load_dataset(folder, part)
        chosen = dataset.sample(limit) if limit else dataset
        wanted = (methods or _GRADIENTS) if explain else ()
        explanations = evaluate_explanations(reader, chosen, rule, wanted) if wanted else []
        return _Judged(measure(reader, chosen, rule), explanations)

    results = list(each(folders, work))
    errors = [result for _, result in results if isinstance(result, LucidOcrError)]
    if form == "json":
        write_array(sys.stdout.buffer, (_evaluation_record(name, result) for name, result in results))
    elif len(errors) < len(results):
        judged = [result for _, result in results if isinstance(result, _Judged)]
        write(sys.stdout.buffer, _table(one.evaluation for one in judged))
        if explain:
            write(sys.stdout.buffer, f"\n{_explanation_table(judged)}")
    ctx.exit(max((error.exit_code for error in errors), default=0))


def _evaluation_record(name: str, result: _Judged | LucidOcrError) -> Mapping[str, object]:
    if isinstance(result, LucidOcrError):
        return {**failure(result), "dataset": Path(name).resolve().name}
    record: dict[str, object] = {"success": True, **asdict(result.evaluation)}
    if result.explanations:
        record["explanations"] = [asdict(one) for one in result.explanations]
    return record
