"""How well and how fast the bundled model reads the labelled sets; results go to ``results/reading.json``.

``python -m benchmarks.reading DIR`` expects the sets of :data:`SETS` as folders in DIR and skips none.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from lucidocr import Reader
from lucidocr.correct.corrector import ALONE
from lucidocr.evaluate import Evaluation, Part, evaluate, load_dataset
from lucidocr.metrics import Rule

RESULTS = Path(__file__).parent / "results"

SETS: dict[str, Rule] = {
    "pdf_zh": "zh",
    "aiera_table_cells": "zh",
    "taigi_hanji": "zh",
    "taigi_hanlo": "zh",
    "aicup_tw_scene": "zh",
    "plates_cn": "zh",
    "iiit5k_train": "alnum",
    "svt_train": "alnum",
    "funsd_train": "alnum",
    "sroie": "alnum",
    "wire_markers_alnum": "exact",
}
"""Folder names of the sets, and the rule that each is compared under."""


def measure(folder: Path, part: Part, names: Sequence[str], *, limit: int | None = None) -> list[Evaluation]:
    """Read one part of several sets with the bundled model.

    Args:
        folder: holds the sets.
        part: which part of each.
        names: keys of :data:`SETS`.
        limit: most lines of a set, spread evenly; None takes all.

    Raises:
        DatasetError: if a set is missing or broken.
    """
    reader = Reader(correcting=ALONE, preprocess="off")
    sets = (load_dataset(folder / name, part) for name in names)
    return [evaluate(reader, one.sample(limit) if limit else one, SETS[one.name]) for one in sets]


def _has_part(folder: Path, part: Part) -> bool:
    return any(row.endswith(f"\t{part}") for row in (folder / "split.tsv").read_text(encoding="utf-8").splitlines())


def main() -> None:
    """Measure the report parts and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    names = [name for name in SETS if _has_part(folder / name, "report")]
    records = [asdict(one) for one in measure(folder, "report", names)]
    (RESULTS / "reading.json").write_text(json.dumps(records, indent=2) + "\n", encoding="utf-8")
    for record in records:
        print(record)


if __name__ == "__main__":
    main()
