"""Whether memory stays flat over thousands of readings; results go to ``results/memory.json``.

``python -m benchmarks.memory`` reads line pictures of ever new widths and a page now and then with one reader, as a
service would, and notes the resident memory of the process.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lucidocr import Reader

RESULTS = Path(__file__).parent / "results"
READS = 5000
EVERY = 500
PAGE_EVERY = 250
WARM_UP = 1000
"""Readings after which every buffer that is kept should be there."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Memory after a number of readings.

    Attributes:
        reads: pictures read so far.
        rss_mb: resident memory, MiB.
    """

    reads: int
    rss_mb: float


@dataclass(frozen=True, slots=True)
class Result:
    """What a run measured.

    Attributes:
        samples: memory over time.
        growth_mb: from the end of the warm-up to the end, MiB.
        ms_per_read: mean, pages included.
        threads: that a reading may use.
        machine: kind of processor.
    """

    samples: tuple[Sample, ...]
    growth_mb: float
    ms_per_read: float
    threads: int
    machine: str


def measure(model: Path | None, *, reads: int, threads: int) -> Result:
    """Read pictures and watch memory.

    Args:
        model: a model folder, or None for the one in the package.
        reads: how many pictures.
        threads: that a reading may use.
    """
    reader = Reader(model, threads=threads)
    chance = np.random.default_rng(0)
    samples = []
    began = time.perf_counter()
    for number in range(1, reads + 1):
        if number % PAGE_EVERY == 0:
            reader.read(draw_page(chance), mode="page")
        else:
            reader.read(draw_line(chance), mode="line")
        if number % EVERY == 0:
            samples.append(Sample(number, round(resident_mb(), 1)))
    passed = time.perf_counter() - began
    start = next((sample.rss_mb for sample in samples if sample.reads >= WARM_UP), 0.0)
    growth = round(samples[-1].rss_mb - start, 1) if samples else 0.0
    return Result(tuple(samples), growth, round(1000 * passed / reads, 2), threads, platform.machine())


def draw_line(chance: np.random.Generator) -> NDArray[np.uint8]:
    """A line of words, between 30 and 1,500 pixels wide."""
    picture = np.full((int(chance.integers(20, 64)), int(chance.integers(30, 1500))), 240, np.uint8)
    text = "".join(chance.choice(list("abcdefghij 0123456789"), picture.shape[1] // 14 + 1))
    cv2.putText(picture, text, (4, picture.shape[0] - 8), cv2.FONT_HERSHEY_SIMPLEX, picture.shape[0] / 45, 20, 2)
    return picture


def draw_page(chance: np.random.Generator) -> NDArray[np.uint8]:
    """A page of lines, of varied size."""
    height, width = (int(side) for side in chance.integers(500, 1600, 2))
    page = np.full((height, width), 255, np.uint8)
    for y in range(60, height - 20, 50):
        cv2.putText(page, "Invoice 2024 total 38105.50", (30, y), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 0, 2)
    return page


def resident_mb() -> float:
    """Resident memory of this process, MiB (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS:"))


def main() -> None:
    """Measure, print the result and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="a model folder; the one in the package without")
    parser.add_argument("--reads", type=int, default=READS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--output", type=Path, default=RESULTS / "memory.json")
    options = parser.parse_args()
    result = measure(options.model, reads=options.reads, threads=options.threads)
    text = json.dumps(asdict(result), indent=2)
    options.output.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
