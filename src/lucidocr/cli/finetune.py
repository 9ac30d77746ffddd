"""``lucidocr finetune``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lucidocr.cli.common import reader_options, score_option
from lucidocr.errors import MissingPartError
from lucidocr.metrics import Rule

if TYPE_CHECKING:
    from lucidocr_training.finetune import Comparison, Outcome
    from lucidocr_training.lessons import Alphabet

REMEDY = 'Install it with `pip install "lucidocr[train]"`.'


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="MODEL_DIR",
    help="Model folder to make; a run that was stopped there goes on.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    help="Time to train at most; it ends earlier where held-out lines are read no better.",
)
@click.option(
    "--alphabet",
    type=click.Choice(["base", "extended", "own"]),
    default="extended",
    show_default=True,
    help="Characters of the model, those and what else the labels hold, or only what the labels hold.",
)
@click.option("--characters", default="", metavar="TEXT", help="Characters to add whatever the labels hold.")
@click.option(
    "--keep",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="DIR",
    help="Further labelled lines that must not be forgotten; may be given several times.",
)
@score_option("How readings are compared with labels, as in `lucidocr evaluate`.")
@reader_options
def finetune(
    folder: Path,
    *,
    output: Path,
    minutes: float,
    alphabet: Alphabet,
    characters: str,
    keep: tuple[Path, ...],
    rule: Rule,
    model: Path | None,
    threads: int | None,
) -> None:
    """Fit a model to the labelled lines of DIR (images/, labels.tsv, perhaps split.tsv)."""
    try:
        from lucidocr_training.finetune import Settings
        from lucidocr_training.finetune import finetune as fit
    except ModuleNotFoundError as error:
        raise MissingPartError(f"fine-tuning needs the package {error.name!r}", remedy=REMEDY) from error

    settings = Settings(
        folder, output, model, keep, alphabet=alphabet, characters=characters, rule=rule, minutes=minutes,
        threads=threads,
    )  # fmt: skip
    try:
        outcome = fit(settings)
    except KeyboardInterrupt:
        click.echo("stopped; the same command goes on from the last look at the held-out lines", err=True)
        raise
    click.echo("\n".join(_report(outcome, output)))


def _report(outcome: Outcome, output: Path) -> list[str]:
    """What is said about a run that has ended."""
    speed = outcome.lines / max(outcome.seconds, 1e-9)
    told = _table(outcome.sets)
    told.append(f"{outcome.lines:,} lines learnt from in {outcome.seconds / 60:.1f} minutes, {speed:.0f} a second")
    told.append(f"{outcome.share:.0%} of the way from the old weights to the new ones taken")
    if outcome.new:
        told.append(f"new characters: {outcome.new}")
    if outcome.left_out:
        told.append(f"{outcome.left_out} lines left out: no label, unknown characters, or no room for the text")
    return [*told, f"wrote {output}"]


def _table(sets: Iterable[Comparison]) -> list[str]:
    rows = [("held-out lines of", "n", "lines right", "CER")]
    for one in sets:
        right = f"{one.before.line_accuracy:.4f} -> {one.after.line_accuracy:.4f}"
        rows.append((one.name, str(one.after.lines), right, f"{one.before.cer:.4f} -> {one.after.cer:.4f}"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
