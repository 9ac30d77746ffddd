"""What a line costs by its width and its company; results go to ``results/microbatches.json``.

``python -m benchmarks.microbatches`` runs the recogniser's network on one thread over batches of lines of one width,
in turns, and notes the processor time of a line. It chose the size of micro-batches (docs/adr/0026). It takes a minute
or two.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.reading import RESULTS
from lucidocr.model import RECOGNISE, load_model
from lucidocr.recognise import RECOGNISE_INT8
from lucidocr.session import Session

WIDTHS: Final = (48, 96, 160, 280, 560)
LINES: Final = (1, 2, 3, 4, 8, 16)
PARTS: Final = {"fp32": RECOGNISE, "int8": RECOGNISE_INT8}
ROUNDS: Final = 30


def measure(part: str, width: int, rounds: int) -> list[dict[str, Any]]:
    """Milliseconds of a line in batches of every size."""
    session = Session(load_model().read_part(PARTS[part]), threads=1, arena=True)
    chance = np.random.default_rng(0)
    feeds: dict[int, dict[str, NDArray[Any]]] = {
        count: {
            "images": chance.uniform(-1, 1, (count, 1, 32, width)).astype(np.float32),
            "widths": np.full(count, width, np.int64),
        }
        for count in LINES
    }
    taken: dict[int, list[float]] = {count: [] for count in LINES}
    for number in range(rounds + 2):
        for count, feed in feeds.items():
            began = time.process_time()
            session.run(feed)
            if number >= 2:
                taken[count].append(1000 * (time.process_time() - began) / count)
    return [
        {"precision": part, "width": width, "lines": count, "ms": round(statistics.median(times), 3)}
        for count, times in taken.items()
    ]


def main() -> None:
    """Measure, print and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    costs = [one for part in PARTS for width in WIDTHS for one in measure(part, width, options.rounds)]
    result = {"machine": platform.machine(), "rounds": options.rounds, "costs": costs}
    for one in costs:
        print(f"{one['precision']} {one['width']:4} columns, {one['lines']:2} lines: {one['ms']:.2f} ms a line")
    (RESULTS / "microbatches.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
