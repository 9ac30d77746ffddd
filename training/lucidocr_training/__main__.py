"""``python -m lucidocr_training``: train, validate and export."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import torch
from tqdm import tqdm

from lucidocr.charset import Charset
from lucidocr.correct.language import load_language_model
from lucidocr.diagnose.shapes import SHAPES
from lucidocr.model import load_model
from lucidocr_training import alphabet, checkpoint, language, masked, teacher
from lucidocr_training.attend import Amounts, Lesson, attend, gather
from lucidocr_training.batches import Ingredient
from lucidocr_training.calibrate import calibrate
from lucidocr_training.diagnosing import CASES, teach_causes
from lucidocr_training.export import COMPACT, WEIGHTS, compact_state, write_folder
from lucidocr_training.fuse import fuse
from lucidocr_training.plan import SAMPLED, make_plan
from lucidocr_training.probing import LINES, teach_probe
from lucidocr_training.quantise import LINES_OF_A_SET, quantise_folder, sample
from lucidocr_training.real import read_labels, read_parts
from lucidocr_training.refit import refit
from lucidocr_training.shapes import draw_shapes
from lucidocr_training.sources import INGREDIENTS, default_runs, standard_source
from lucidocr_training.train import Plan, Schedule, start
from lucidocr_training.validate import Validation

WORTH = Path(__file__).parents[2] / "benchmarks" / "results" / "attention.json"
"""What the attention head is worth, for the documents."""


@click.group()
def main() -> None:
    """Train lucidocr's recogniser."""


@main.command("alphabet")
@click.argument("folders", nargs=-1, type=click.Path(exists=True, path_type=Path))
def write_alphabet(folders: tuple[Path, ...]) -> None:
    """Write the alphabet anew: the published tables, and what the train parts of labelled FOLDERS use beyond them."""
    labels: list[str] = []
    for folder in folders:
        parts = read_parts(folder / "split.tsv")
        labels += (text for name, text in read_labels(folder / "labels.tsv") if parts.get(name) == "train")
    alphabet.SHIPPED.write_text(alphabet.build(labels) + "\n", encoding="utf-8")
    click.echo(f"{len(alphabet.load())} characters")


@main.command()
@click.argument("name")
@click.option("--lines", default=1_000_000, show_default=True, help="Lines in this run.")
@click.option("--peak", default=2e-3, show_default=True, help="Highest learning rate.")
@click.option("--decay", default=0.4, show_default=True, help="Part of the run in which the rate falls to zero.")
@click.option("--warmup", default=300, show_default=True, help="Steps until the highest rate.")
@click.option("--framewise", default=250_000, show_default=True, help="Lines over which CTC takes over; 0: at once.")
@click.option("--real-share", default=0.2, show_default=True, help="Part of the lines that is real.")
@click.option("--hard-share", default=0.0, show_default=True, help="Part of the lines that is hard for the model.")
@click.option("--worsened-share", default=0.0, show_default=True, help="Part of the lines that is made worse.")
@click.option("--columns", default=12_288, show_default=True, help="Pixel columns in the batch of one process.")
@click.option("--seed", default=1, show_default=True, help="Seed of the lines.")
@click.option("--processes", default=2, show_default=True, help="Training processes, one core each.")
@click.option("--without", multiple=True, type=click.Choice(INGREDIENTS), help="Leave an ingredient out.")
@click.option("--from", "initial", type=click.Path(exists=True, path_type=Path), help="Checkpoint to start from.")
@click.option("--data", default="../shared/data", type=click.Path(path_type=Path), show_default=True)
def train(
    name: str, lines: int, peak: float, decay: float, warmup: int, framewise: int, real_share: float,
    hard_share: float, worsened_share: float, columns: int, seed: int, processes: int, without: tuple[Ingredient, ...],
    initial: Path | None, data: Path,
) -> None:  # fmt: skip
    """Begin the run NAME or go on with it; kept in the folder of runs."""
    runs = default_runs()
    schedule = Schedule(lines=lines, peak=peak, warmup=warmup, decay=decay, framewise=framewise)
    source = standard_source(
        data,
        real_share=real_share,
        columns=columns,
        seed=seed,
        without=without,
        hard_share=hard_share,
        worsened_share=worsened_share,
    )
    start(Plan(runs / name, source, schedule, Charset(alphabet.load()), initial, processes))


@main.command()
@click.argument("pictures", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder to make [default: taught, in the folder of runs].")
@click.option("--threads", default=1, show_default=True, help="Threads for detector and teacher.")
def teach(pictures: Path, out: Path | None, threads: int) -> None:
    """Label the lines of unlabelled PICTURES with PP-OCRv6-small, where it is sure, for training."""
    school = teacher.School(Charset(alphabet.load()), teacher.Standard(), threads=threads)
    total = teacher.Yield()
    with tqdm(total=len(teacher.pictures(pictures)), unit="picture") as bar:
        for total in teacher.teach(pictures, out or default_runs() / "taught", school):
            bar.update()
            bar.set_postfix(found=total.found, kept=total.kept, refresh=False)
    click.echo(json.dumps(asdict(total)))


@main.command()
@click.argument("checkpoint_path", metavar="CHECKPOINT", type=click.Path(exists=True, path_type=Path))
@click.option("--most", default=1000, show_default=True, help="Lines of each set at most.")
@click.option("--data", default="../shared/data", type=click.Path(path_type=Path), show_default=True)
def validate(checkpoint_path: Path, most: int, data: Path) -> None:
    """Print the validation table (tune parts and synthetic lines) of a checkpoint."""
    network, charset, progress = checkpoint.restore(checkpoint.load(checkpoint_path))
    source = standard_source(data)
    table = Validation.load(source, charset, most=most).table(network.eval(), charset)
    click.echo(f"{progress.lines + progress.lines_before:,} lines seen")
    for name, row in table.items():
        click.echo(f"{name:24} {row['lines']:.3f} of lines, CER {row['cer']:.3f}")


@main.command()
@click.argument("run_checkpoint", metavar="[CHECKPOINT]", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--most", default=1000, show_default=True, help="Lines of each set at most in the validation table.")
@click.option("--data", default="../shared/data", type=click.Path(path_type=Path), show_default=True)
def export(run_checkpoint: Path | None, most: int, data: Path) -> None:
    """Make the package's model folder: from a run's CHECKPOINT, or anew from the compact one that is committed."""
    if run_checkpoint is not None:
        state = checkpoint.load(run_checkpoint)
        network, charset, _ = checkpoint.restore(state)
        source = standard_source(data)
        figures = Validation.load(source, charset, most=most).table(network.eval(), charset)
        checkpoint.save(COMPACT, compact_state(state, figures))
    write_folder(checkpoint.load(COMPACT), WEIGHTS)
    click.echo(f"wrote {WEIGHTS.name}")


@main.command("calibrate")
@click.option("--synthetic", default=3000, show_default=True, help="Synthetic lines to fit on.")
@click.option("--most", type=int, help="Lines of each real set at most [default: all].")
@click.option("--data", default="../shared/data", type=click.Path(path_type=Path), show_default=True)
def fit_calibration(synthetic: int, most: int | None, data: Path) -> None:
    """Fit what turns the package's model's probabilities into confidences, on tune parts and synthetic lines."""
    click.echo(json.dumps(calibrate(WEIGHTS, standard_source(data), synthetic=synthetic, most=most), indent=1))


@main.command()
@click.option("--most", default=LINES_OF_A_SET, show_default=True, help="Lines of each set at most.")
@click.option("--data", default="../shared/data", type=click.Path(path_type=Path), show_default=True)
def quantise(most: int, data: Path) -> None:
    """Add the eight-bit network to the package's model, its ranges those on tune parts."""
    quantise_folder(checkpoint.load(COMPACT), WEIGHTS, sample(data / "lines", limit=most))


@main.command("attend")
@click.option("--synthetic", default=Amounts().synthetic, show_default=True, help="Synthetic lines to learn from.")
@click.option("--real", default=Amounts().real, show_default=True, help="Real lines to learn from.")
@click.option("--judged", default=Amounts().judged, show_default=True, help="Synthetic lines to judge the head by.")
@click.option("--epochs", default=Lesson().epochs, show_default=True, help="Passes over all characters.")
@click.option("--threads", default=2, show_default=True, help="Processor threads.")
@click.option("--data", default="../shared/data", type=click.Path(path_type=Path), show_default=True)
def train_attention(synthetic: int, real: int, judged: int, epochs: int, threads: int, data: Path) -> None:
    """Train the attention head of the package's model, and keep what it is worth in benchmarks/results."""
    torch.set_num_threads(threads)
    network, charset, _ = checkpoint.restore(checkpoint.load(COMPACT))
    amounts = Amounts(synthetic, real, judged)
    study = gather(network.eval(), charset, standard_source(data), amounts, Lesson(epochs=epochs))
    _keep_worth(attend(WEIGHTS, study))


@main.command("language")
@click.option("--data", default="../shared/data", type=click.Path(path_type=Path), show_default=True)
def make_language(data: Path) -> None:
    """Make the package's language model from the texts, word lists and labels of train parts."""
    content, description = language.build(language.read_texts(data))
    language.write(language.SHIPPED, content, description)
    click.echo(json.dumps(description, indent=1))


@main.command("masked")
@click.option("--steps", default=1800, show_default=True, help="Batches to learn from.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="File to make [default: masked.pt, in the folder of runs]."
)
@click.option("--data", default="../shared/data", type=click.Path(path_type=Path), show_default=True)
def train_masked(steps: int, out: Path | None, data: Path) -> None:
    """Train the transformer that the language model is compared with, on the same texts."""
    torch.set_num_threads(1)
    sequence, classes = language.sequence(language.read_texts(data), load_language_model().classes)
    masked.save(masked.train(sequence, classes, steps=steps, tell=click.echo), out or default_runs() / "masked.pt")


@main.command("fuse")
@click.option("--most", type=int, help="Lines of each set at most [default: all].")
@click.option("--threads", default=1, show_default=True, help="Processor threads.")
@click.option("--data", default="../shared/data", type=click.Path(path_type=Path), show_default=True)
def fit_fusion(most: int | None, threads: int, data: Path) -> None:
    """Fit what candidate texts are weighed with in the package's model, on tune parts."""
    click.echo(json.dumps(fuse(WEIGHTS, data, load_language_model(), threads=threads, most=most), indent=1))


@main.command("shapes")
@click.option("--data", default="../shared/data", type=click.Path(path_type=Path), show_default=True)
def write_shapes(data: Path) -> None:
    """Draw what the diagnosis compares characters with: the alphabet of the package's model in plain faces."""
    content = draw_shapes(standard_source(data).fonts, load_model().charset)
    WEIGHTS.with_name(SHAPES).write_bytes(content)
    click.echo(f"{len(content)} bytes")


@main.command("plan")
@click.option("--most", default=SAMPLED, show_default=True, help="Lines of each set at most.")
@click.option("--data", default="../shared/data", type=click.Path(path_type=Path), show_default=True)
def fit_plan(most: int, data: Path) -> None:
    """Fit the plan that chooses what is done to a line's picture, on tune parts made worse."""
    click.echo(json.dumps(make_plan(WEIGHTS, data / "lines", most=most, tell=click.echo), indent=1))


@main.command("probe")
@click.option("--lines", default=LINES, show_default=True, help="Lines to make.")
@click.option("--processes", default=2, show_default=True, help="Processes that make them.")
@click.option("--data", default="../shared/data", type=click.Path(path_type=Path), show_default=True)
def fit_probe(lines: int, processes: int, data: Path) -> None:
    """Teach which faults a picture has, on lines made with faults and on tune parts made worse."""
    source = standard_source(data)
    click.echo(json.dumps(teach_probe(WEIGHTS, source, lines, processes=processes, tell=click.echo), indent=1))


@main.command("diagnose")
@click.option("--lines", default=CASES, show_default=True, help="Lines to make; two in five are of use.")
@click.option("--processes", default=2, show_default=True, help="Processes that make and examine them.")
@click.option("--data", default="../shared/data", type=click.Path(path_type=Path), show_default=True)
def fit_causes(lines: int, processes: int, data: Path) -> None:
    """Teach what a misreading comes from, on lines made with faults and on tune parts made worse."""
    source = standard_source(data)
    worth = teach_causes(WEIGHTS, source, lines, processes=processes, tell=click.echo)
    click.echo(json.dumps(worth, indent=1))


@main.command("refit")
@click.option("--threads", default=2, show_default=True, help="Processor threads.")
@click.option("--data", default="../shared/data", type=click.Path(path_type=Path), show_default=True)
def refit_model(threads: int, data: Path) -> None:
    """Rebuild every part of the package's model that depends on the weights, from the committed checkpoint."""
    torch.set_num_threads(threads)
    _keep_worth(refit(checkpoint.load(COMPACT), WEIGHTS, standard_source(data), tell=click.echo))


def _keep_worth(worth: Mapping[str, Any]) -> None:
    text = json.dumps(worth, indent=1) + "\n"
    click.echo(text, nl=False)
    WORTH.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
