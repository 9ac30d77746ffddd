"""What eight bits cost on each labelled set; results go to ``results/precision.json``.

``python -m benchmarks.precision DIR`` reads the ``tune`` parts of the sets of :data:`benchmarks.reading.SETS` in full
precision and in eight bits.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks.reading import RESULTS, SETS
from lucidocr import Reader
from lucidocr.correct.corrector import ALONE
from lucidocr.evaluate import Dataset, load_dataset
from lucidocr.io import load
from lucidocr.metrics import Rule, tally

PRECISIONS = ("fp32", "int8")


def compare(readers: dict[str, Reader], dataset: Dataset, rule: Rule) -> dict[str, Any]:
    """Figures of one set under every precision, and how many readings differ."""
    images = [load(line.path).pixels for line in dataset.lines]
    texts = {name: [reading.text for reading in reader.read_lines(images)] for name, reader in readers.items()}
    truths = [line.text for line in dataset.lines]
    record: dict[str, Any] = {"dataset": dataset.name, "n": len(truths)}
    for name, read in texts.items():
        counts = tally(zip(read, truths, strict=True), rule)
        record[name] = {"line_accuracy": counts.line_accuracy, "cer": counts.cer}
    full, eight = (texts[name] for name in PRECISIONS)
    record["changed"] = sum(one != other for one, other in zip(full, eight, strict=True))
    return record


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int, default=10_000, help="most lines of a set")
    parser.add_argument("--output", type=Path, default=RESULTS / "precision.json")
    options = parser.parse_args()
    readers = {name: Reader(precision=name, correcting=ALONE, preprocess="off") for name in ("fp32", "int8")}
    records = []
    for name, rule in SETS.items():
        dataset = load_dataset(options.folder / name, "tune").sample(options.limit)
        records.append(compare(readers, dataset, rule))
        print(records[-1])
    options.output.write_text(json.dumps(records, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
