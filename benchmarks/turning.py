"""What tells readings of pages that stand upright from those of turned ones (docs/adr/0014).

``python -m benchmarks.turning DIR`` turns the tune pages of :data:`SETS` in DIR by quarters and reads the lines that
are found there as they are cut out. The longest are read upside down too, and as columns of upright characters where
they run downwards. Results go to ``results/turning.json``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.pages import load_pages, some
from benchmarks.reading import RESULTS
from lucidocr import Reader
from lucidocr.columns import lay_out
from lucidocr.correct.corrector import ALONE
from lucidocr.detect import Detector, PaddleDetector, cut_line, turn_tall
from lucidocr.io import load
from lucidocr.orientation import SAMPLE, Read, expected_right, longest, mean_confidence, upside_down
from lucidocr.types import LineImage, PageImage

SETS: Final = ("pdf_textlayer_zh", "taigi_scans", "sroie")
"""Documents of many level lines."""

SAMPLES: Final = (1, 2, 3, 4, 6, 8, 12)
"""Numbers of lines that are tried."""

_NOTHING: Final = 1e-9
"""Stands for nothing where something is divided by it."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One page, turned.

    Attributes:
        dataset: name of the set.
        file: of the page.
        quarters: that it was turned by, clockwise; from two on its lines are cut out upside down.
        confidence: mean confidence of the characters of all lines as they are cut out.
        gains: for each of :data:`SAMPLES`, how many times as many characters of the longest lines are expected to be
            right when those are turned by 180 degrees.
        standing: mean confidence of the longest lines that run downwards, read as columns, as a multiple of that as
            they are cut out; None where there are none.
    """

    dataset: str
    file: str
    quarters: int
    confidence: float
    gains: tuple[float, ...]
    standing: float | None


def turned(page: PageImage, quarters: int) -> PageImage:
    """A page turned clockwise."""
    return PageImage(np.ascontiguousarray(np.rot90(page.pixels, -quarters)))


def observe(page: PageImage, detector: Detector, read: Read) -> tuple[float, tuple[float, ...], float | None]:
    """The confidence, the gains and the standing of a page as it is, see :class:`Observation`."""
    quads = detector.find(page)
    turned_quads = turn_tall(quads)
    cuts = [cut_line(page, quad) for quad in turned_quads]
    confidence = mean_confidence(read([cut.pixels for cut in cuts]))
    sample = longest(cuts, max(SAMPLES))
    upright, other = read([cut.pixels for cut in sample]), read([upside_down(cut) for cut in sample])
    gains = (expected_right(other[:count]) / max(expected_right(upright[:count]), _NOTHING) for count in SAMPLES)
    tall = [cut for cut, own, quad in zip(cuts, quads, turned_quads, strict=True) if quad is not own]
    return confidence, tuple(gains), standing(longest(tall, SAMPLE), read) if tall else None


def standing(cuts: Sequence[LineImage], read: Read) -> float:
    """Mean confidence of lines that run downwards as columns, as a multiple of that on their sides."""
    lying = mean_confidence(read([cut.pixels for cut in cuts]))
    return mean_confidence(read([lay_out(cut).pixels for cut in cuts])) / max(lying, _NOTHING)


def observations(folder: Path, detector: Detector, read: Read, *, limit: int | None, seed: int) -> list[Observation]:
    """Observe the tune pages of all sets in every direction.

    Raises:
        DatasetError: a set is missing.
        InputError: a picture cannot be used.
    """
    found = []
    for name in SETS:
        for labelled in some(load_pages(folder / name, "tune"), limit, seed):
            page = load(labelled.path)
            for quarters in range(4):
                seen = observe(turned(page, quarters), detector, read)
                found.append(Observation(name, labelled.path.name, quarters, *seen))
    return found


def summary(found: Sequence[Observation]) -> dict[str, object]:
    """How far apart the two directions are; there must be a page of each.

    Returns:
        Number of pages, least confidence of pages that stand upright and greatest of those that do not, the same
        extremes of the gains for each number of lines, and the greatest standing of those on their sides.
    """
    upright = [one for one in found if one.quarters < 2]
    inverted = [one for one in found if one.quarters >= 2]
    return {
        "pages": len(upright) // 2,
        "least_confidence_upright": min(one.confidence for one in upright),
        "greatest_confidence_inverted": max(one.confidence for one in inverted),
        "greatest_standing": max((one.standing for one in found if one.standing is not None), default=None),
        "gains": [
            {
                "lines": count,
                "greatest_upright": max(one.gains[place] for one in upright),
                "least_inverted": min(one.gains[place] for one in inverted),
            }
            for place, count in enumerate(SAMPLES)
        ],
    }


def main() -> None:
    """Observe, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="holds the sets")
    parser.add_argument("--limit", type=int, metavar="N", help="most pages of a set; no results are written then")
    parser.add_argument("--seed", type=int, default=0, help="which pages a limit leaves")
    options = parser.parse_args()
    read = Reader(threads=1, correcting=ALONE, preprocess="off").read_lines
    found = observations(options.folder, PaddleDetector(threads=1), read, limit=options.limit, seed=options.seed)
    result = {"summary": summary(found), "observations": [asdict(one) for one in found]}
    print(json.dumps(result["summary"], indent=2))
    if options.limit is None:
        (RESULTS / "turning.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
