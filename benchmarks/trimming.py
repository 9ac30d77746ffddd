"""What trimming small text does to each labelled set; results go to ``results/trimming.json``.

``python -m benchmarks.trimming DIR`` reads a sample of the ``tune`` parts as the runtime does, and again with every
picture kept at its height.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from unittest import mock

from benchmarks.reading import RESULTS, SETS
from lucidocr import Reader
from lucidocr.correct.corrector import ALONE
from lucidocr.evaluate import evaluate, load_dataset
from lucidocr.io import load
from lucidocr.preprocess import normalise, to_grey
from lucidocr.preprocess.band import trim

LINES_OF_A_SET = 250


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    reader = Reader(threads=1, correcting=ALONE, preprocess="off")
    records = []
    for name, rule in SETS.items():
        lines = load_dataset(folder / name, "tune").sample(LINES_OF_A_SET)
        pictures = [to_grey(load(line.path).pixels) for line in lines.lines]
        trimmed = sum(trim(picture).shape != picture.shape for picture in pictures)
        found = evaluate(reader, lines, rule)
        with mock.patch.object(normalise, "trim", lambda pixels: pixels):
            plain = evaluate(reader, lines, rule)
        records.append(
            {
                "dataset": name,
                "n": found.n,
                "trimmed": trimmed,
                "without": {"line_accuracy": plain.line_accuracy, "cer": plain.cer},
                "with": {"line_accuracy": found.line_accuracy, "cer": found.cer},
            }
        )
        print(records[-1])
    (RESULTS / "trimming.json").write_text(json.dumps(records, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
