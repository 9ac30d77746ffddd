"""What it costs PP-OCRv6-small to read squeezed lines; results go to ``results/squeezing.json``.

``python -m benchmarks.squeezing DATA/lines`` has it read *tune* lines of Han characters and others, at several parts of
their width.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from unittest import mock

from tqdm import tqdm

from benchmarks.preprocessing import REAL, Question, questions
from lucidocr.correct import paddle
from lucidocr.correct.opinion import is_square
from lucidocr.decode import read_text

RESULTS = Path(__file__).parent / "results"
PARTS: Final = (1.0, 0.8, 0.75, 2 / 3, 0.6, 0.5)
"""Widths that are tried, by the whole."""

MOST: Final = 300
"""Lines of a set at most."""


def read_squeezed(recogniser: paddle.PaddleRecogniser, asked: Sequence[Question], part: float) -> dict[str, Any]:
    """Read lines, all of them squeezed to a part of their width."""
    right = 0
    began = time.perf_counter()
    with mock.patch.object(paddle, "SQUEEZED", part):
        for question in tqdm(asked, desc=f"{part:.2f}"):
            (frames,) = recogniser.frames([question.pixels], [True])
            right += question.is_answered(read_text(frames, recogniser.charset)[0])
    seconds = time.perf_counter() - began
    return {
        "part": round(part, 3),
        "lines": len(asked),
        "right": right / len(asked),
        "ms": 1000 * seconds / len(asked),
    }


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lines", type=Path, help="folder of sets")
    parser.add_argument("--most", type=int, default=MOST)
    arguments = parser.parse_args()
    recogniser = paddle.PaddleRecogniser(threads=1)
    lines = questions(arguments.lines, REAL, "tune", arguments.most)
    result = {
        name: [read_squeezed(recogniser, chosen, part) for part in PARTS]
        for name, chosen in (
            ("han", [line for line in lines if is_square(line.text)]),
            ("other", [line for line in lines if not is_square(line.text)]),
        )
    }
    text = json.dumps(result, indent=1) + "\n"
    print(text, end="")
    (RESULTS / "squeezing.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
