"""What each ingredient of the training is worth.

``python -m benchmarks.ingredients`` trains on from the committed checkpoint for the same number of lines, once with
everything and once without each ingredient, and reads the tune parts and synthetic lines in held-out faces. It takes
about five minutes an arm on two cores, and needs the faces and the teacher's lines (see training/README.md). An arm
that was finished is not trained again.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.reading import RESULTS
from lucidocr.charset import Charset
from lucidocr_training import alphabet, checkpoint
from lucidocr_training.batches import Ingredient
from lucidocr_training.export import COMPACT
from lucidocr_training.sources import INGREDIENTS, default_runs, standard_source
from lucidocr_training.train import Plan, Schedule, start
from lucidocr_training.validate import Validation

REAL_SHARE = 0.3
HARD_SHARE = 0.1
WORSENED_SHARE = 0.15
SEED = 77


@dataclass(frozen=True, slots=True)
class Arm:
    """One training with or without something, and what came of it.

    Attributes:
        without: what was left out; None for nothing.
        lines: lines of this training.
        table: share of lines right and CER by set, on tune parts and synthetic lines.
    """

    without: Ingredient | None
    lines: int
    table: dict[str, dict[str, float]]


def measure(without: Ingredient | None, lines: int, data: Path, processes: int) -> Arm:
    """Train one arm, or take it as far as it is, and validate its averaged weights.

    Args:
        without: what to leave out.
        lines: lines to train on.
        data: holds ``lines/`` and ``text/``.
        processes: that train, one core each.
    """
    folder = default_runs() / "ingredients" / f"{without or 'all'}-{lines}"
    left_out = (without,) if without else ()
    source = standard_source(
        data, real_share=REAL_SHARE, seed=SEED, without=left_out, hard_share=HARD_SHARE, worsened_share=WORSENED_SHARE
    )
    schedule = Schedule(lines=lines, peak=4e-4, warmup=50, decay=0.9, framewise=0, validate_minutes=1e9)
    start(Plan(folder, source, schedule, Charset(alphabet.load()), COMPACT, processes))
    network, charset, _ = checkpoint.restore(checkpoint.load(folder / "last.pt"))
    table = Validation.load(standard_source(data), charset, most=1000).table(network.eval(), charset)
    return Arm(without, lines, {name: dict(row) for name, row in table.items()})


def main() -> None:
    """Measure all arms and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=60_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    arguments = parser.parse_args()
    arms = []
    for without in (None, *INGREDIENTS):
        arms.append(measure(without, arguments.lines, arguments.data, arguments.processes))
        print(json.dumps(asdict(arms[-1])))
    (RESULTS / "ingredients.json").write_text(
        json.dumps([asdict(arm) for arm in arms], indent=2) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
