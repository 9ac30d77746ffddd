"""How pages that lie askew are read; results go to ``results/skewing.json``.

``python -m benchmarks.skewing DIR`` turns the tune pages of :data:`SETS` in DIR by every one of :data:`DEGREES`, with
their true lines, and reads them: one after the other, so that the same pages are compared.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchmarks.page_scores import PageScore, PlacedText, ordered_errors, score_page
from benchmarks.pages import SETS as ALL_SETS
from benchmarks.pages import load_pages, read_lines_of, some
from benchmarks.reading import RESULTS
from lucidocr import Reader
from lucidocr.correct.corrector import ALONE
from lucidocr.flatten import apply
from lucidocr.io import load
from lucidocr.types import ImageArray, PageImage

SETS: Final = ("pdf_textlayer_zh", "taigi_scans", "sroie")
"""Documents of many level lines."""

DEGREES: Final = (0.0, 1.0, -2.0, 3.0, -5.0, 10.0, -15.0)


def skew(pixels: ImageArray, lines: Sequence[PlacedText], degrees: float) -> tuple[PageImage, list[PlacedText]]:
    """A page turned clockwise about its middle, with room for its corners, and its lines.

    Args:
        pixels: uint8 [H, W, 3]; the new ground repeats its edge.
        lines: in its pixels.
        degrees: by how much.
    """
    height, width = pixels.shape[:2]
    turn = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0), (0.0, 0.0, 1.0)])
    corners = apply(turn, np.array([(0, 0), (width, 0), (width, height), (0, height)]))
    low, high = corners.min(axis=0), corners.max(axis=0)
    turn = np.array([(1, 0, -low[0]), (0, 1, -low[1]), (0, 0, 1)]) @ turn
    size = (round(high[0] - low[0]), round(high[1] - low[1]))
    turned = cv2.warpAffine(pixels, turn[:2], size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    placed = [replace(line, box=apply(turn, line.box).astype(np.float32)) for line in lines]
    return PageImage(np.asarray(turned if degrees else pixels, dtype=np.uint8)), placed


def main() -> None:
    """Turn, read, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="holds the sets")
    parser.add_argument("--limit", type=int, metavar="N", help="most pages of a set; no results are written then")
    parser.add_argument("--seed", type=int, default=0, help="which pages a limit leaves")
    options = parser.parse_args()
    reader, rows = Reader(threads=1, correcting=ALONE, preprocess="off"), []
    for name in SETS:
        pages = some(load_pages(options.folder / name, "tune"), options.limit, options.seed)
        for degrees in DEGREES:
            total, ordered = PageScore(), 0
            for labelled in pages:
                page, truth = skew(load(labelled.path).pixels, labelled.lines, degrees)
                read = read_lines_of(reader.read(page, mode="page"))
                total += score_page(read, truth, ALL_SETS[name])
                ordered += ordered_errors(read, truth, ALL_SETS[name])[0]
            lines, length = max(total.lines, 1), max(total.length, 1)
            row = {"dataset": name, "degrees": degrees, "pages": len(pages), "lines": total.lines}
            rows.append(
                row | {"found": total.found / lines, "right": total.right / lines, "page_cer": ordered / length}
            )
            print(json.dumps(rows[-1]), flush=True)
    if options.limit is None:
        (RESULTS / "skewing.json").write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
