"""Peak memory and time of reading a page of 200 megapixels; results go to ``results/huge.json``.

``python -m benchmarks.huge`` draws a page of small text into a PNG file and reads it in a fresh process.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from PIL import Image

from benchmarks.reading import RESULTS
from lucidocr.types import ImageArray

SIZE: Final = (20_000, 10_000)
"""Width and height, pixels."""

WORDS: Final = "total 42.50"


def draw(width: int, height: int) -> tuple[ImageArray, int]:
    """A page of lines some twenty pixels high, and how many there are: uint8 [H, W]."""
    page = np.full((height, width), 250, np.uint8)
    places = [(x, y) for y in range(200, height - 100, 400) for x in range(200, width - 1500, 2500)]
    for number, place in enumerate(places):
        cv2.putText(page, f"Row {number} {WORDS}", place, cv2.FONT_HERSHEY_SIMPLEX, 0.9, 20, 2)
    return page, len(places)


def read(path: Path, threads: int) -> dict[str, float]:
    """Read a page in this process."""
    from lucidocr import Reader  # noqa: PLC0415 - only the fresh process reads
    from lucidocr.correct.corrector import ALONE  # noqa: PLC0415

    reader = Reader(threads=threads, correcting=ALONE, preprocess="off")
    began = time.perf_counter()
    page = reader.read(path)
    return {
        "lines": len(page.lines),
        "right": sum(WORDS in line.text for line in page.lines),
        "seconds": time.perf_counter() - began,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    """Draw, read, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        print(json.dumps(read(options.read, options.threads)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.png"
        page, drawn = draw(*SIZE)
        Image.fromarray(page).save(path, compress_level=1)
        del page
        command = [sys.executable, "-m", "benchmarks.huge", "--read", str(path), "--threads", str(options.threads)]
        done = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")  # noqa: S603 - ourselves
    result = {"megapixels": SIZE[0] * SIZE[1] / 1e6, "drawn": drawn, "threads": options.threads}
    result |= json.loads(done.stdout)
    print(json.dumps(result, indent=2))
    (RESULTS / "huge.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
