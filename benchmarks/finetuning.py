"""What fine-tuning gives and what it costs: number plates before and after, and the other sets.

``python -m benchmarks.finetuning DIR`` fine-tunes the bundled model on the train part of plates_cn, with its tune part
held out, and reads the report parts of the sets in DIR before and after. It does so three times: on the plates alone,
with the train parts of the other sets to be kept in mind, and with an alphabet of the plates' own. Each takes at most
``--minutes`` of training. A model that was finished from the same weights is not made again. Models go to the folder of
runs; figures go to ``results/finetuning.json``.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.reading import RESULTS, SETS
from lucidocr import Reader
from lucidocr.correct.corrector import ALONE
from lucidocr.evaluate import evaluate, load_dataset
from lucidocr.io import load
from lucidocr.metrics import normalise, tally
from lucidocr.model import RECOGNISE, load_model
from lucidocr_training.finetune import Settings, finetune
from lucidocr_training.lessons import Alphabet
from lucidocr_training.sources import default_runs

PLATES = "plates_cn"
OTHERS = ("pdf_zh", "aiera_table_cells", "taigi_hanlo", "iiit5k_train", "sroie", "funsd_train")
LAST = 6
"""Characters of a plate that count most: nearly all of these plates begin alike."""


@dataclass(frozen=True, slots=True)
class Arm:
    """A way to fine-tune.

    Attributes:
        name: what the tables call it.
        alphabet: of the new model.
        keep: sets to be kept in mind.
    """

    name: str
    alphabet: Alphabet
    keep: tuple[str, ...]


ARMS = (
    Arm("plates alone", "extended", ()),
    Arm("plates, the rest kept in mind", "extended", OTHERS),
    Arm("plates alone, alphabet of their own", "own", ()),
)


def read_plates(reader: Reader, folder: Path) -> dict[str, float]:
    """Figures on the report part of the plates: share with the last characters right, share right as a whole, CER."""
    lines = load_dataset(folder / PLATES, "report").lines
    readings = reader.read_lines([load(line.path).pixels for line in lines])
    rule = SETS[PLATES]
    pairs = [
        (normalise(reading.text, rule), normalise(line.text, rule))
        for reading, line in zip(readings, lines, strict=True)
    ]
    counts = tally(pairs, rule)
    last = sum(reading[-LAST:] == truth[-LAST:] for reading, truth in pairs) / len(pairs)
    return {"n": len(pairs), "last_six": last, "lines": counts.line_accuracy, "cer": counts.cer}


def read_others(reader: Reader, folder: Path, limit: int) -> dict[str, dict[str, float]]:
    """Figures on the report parts of the other sets."""
    found = {}
    for name in OTHERS:
        one = evaluate(reader, load_dataset(folder / name, "report").sample(limit), SETS[name])
        found[name] = {"n": one.n, "lines": one.line_accuracy, "cer": one.cer}
    return found


def make_model(arm: Arm, folder: Path, minutes: float, threads: int | None) -> Path:
    """The arm's model folder, made unless it is there."""
    out = default_runs() / "finetuning" / arm.name.replace(", ", "-").replace(" ", "-")
    if (out / "model.json").is_file() and _account(out)["from"][RECOGNISE] != load_model().parts[RECOGNISE]:
        shutil.rmtree(out)
    if not (out / "model.json").is_file():
        keep = tuple(folder / name for name in arm.keep)
        finetune(
            Settings(
                folder / PLATES, out, keep=keep, alphabet=arm.alphabet, rule=SETS[PLATES], minutes=minutes,
                threads=threads,
            )
        )  # fmt: skip
    return out


def _account(folder: Path) -> Mapping[str, Any]:
    account: Mapping[str, Any] = load_model(folder).training["finetuned"]
    return account


def measure(arms: Sequence[Arm], folder: Path, *, minutes: float, limit: int, threads: int | None) -> dict[str, Any]:
    """Fine-tune every way and read the report parts.

    Args:
        arms: the ways.
        folder: holds the sets.
        minutes: of training, at most.
        limit: lines of each of the other sets.
        threads: to train with; all that are allowed when None.
    """
    base = Reader(threads=threads, correcting=ALONE, preprocess="off")
    rows = []
    for arm in arms:
        model = make_model(arm, folder, minutes, threads)
        reader = Reader(model, threads=threads, correcting=ALONE, preprocess="off")
        row = {
            **asdict(arm),
            **{key: _account(model)[key] for key in ("minutes", "lines", "share", "held_out")},
            "plates": read_plates(reader, folder),
            "plates_int8": read_plates(
                Reader(model, threads=threads, precision="int8", correcting=ALONE, preprocess="off"), folder
            ),
            "others": read_others(reader, folder, limit) if arm.alphabet != "own" else None,
        }
        print(json.dumps(row, ensure_ascii=False))
        rows.append(row)
    return {"plates": read_plates(base, folder), "others": read_others(base, folder, limit), "arms": rows}


def main() -> None:
    """Measure and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="holds the sets")
    parser.add_argument("--minutes", type=float, default=12.0)
    parser.add_argument("--limit", type=int, default=200, help="lines of each other set")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--arms", type=int, default=len(ARMS), help="only the first so many")
    parser.add_argument("--output", type=Path, default=RESULTS / "finetuning.json")
    given = parser.parse_args()
    found = measure(ARMS[: given.arms], given.folder, minutes=given.minutes, limit=given.limit, threads=given.threads)
    given.output.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
