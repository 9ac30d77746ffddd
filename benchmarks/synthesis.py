"""How fast training lines are made, on one core; the result goes to ``results/synthesis.json``.

``python -m benchmarks.synthesis FONTS TEXTS`` takes the folders that training takes. Time is the processor's, because
the machine may be busy; the first lines are not counted, because they read the glyph atlas from disk.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import cv2

from benchmarks.reading import RESULTS
from lucidocr.charset import Charset
from lucidocr_training import alphabet
from lucidocr_training.synthesis import Synthesiser

WARM_UP = 2000
LINES = 3000
ROUNDS = 5


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fonts", type=Path)
    parser.add_argument("texts", type=Path)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    synthesiser = Synthesiser.load(arguments.fonts, arguments.texts, Charset(alphabet.load()), seed=3)
    for index in range(WARM_UP):
        synthesiser.line(index)
    rates = []
    for number in range(ROUNDS):
        start = time.process_time()
        for index in range(LINES):
            synthesiser.line(WARM_UP + number * LINES + index)
        rates.append(round(LINES / (time.process_time() - start)))
    result = {"lines_per_second_of_one_core": sorted(rates)[ROUNDS // 2], "rounds": rates, "lines_in_a_round": LINES}
    (RESULTS / "synthesis.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(result)


if __name__ == "__main__":
    main()
