"""At what size pages are to be looked at for lines (docs/adr/0017); results go to ``results/detecting.json``.

``python -m benchmarks.detecting DIR`` looks for lines on the tune pages of the sets in DIR (see
:mod:`benchmarks.pages`) at every area of :data:`AREAS`, and once as the detector does by itself. What is found is read
and compared with the truth, since a line that is cut badly is found in vain.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.page_scores import PageScore, PlacedText, score_page
from benchmarks.pages import SETS, LabelledPage, load_pages, some
from benchmarks.reading import RESULTS
from lucidocr import Reader
from lucidocr.correct.corrector import ALONE
from lucidocr.detect import PaddleDetector
from lucidocr.io import load
from lucidocr.metrics import Rule
from lucidocr.orientation import Read, read_page
from lucidocr.types import FloatArray, PageImage

AREAS: Final = (100_000, 200_000, 400_000, 800_000, 1_200_000, 2_400_000, 4_800_000)
"""Pixels that a page is brought to."""

MOST_ENLARGED: Final = 2.0
"""Areas for which a page would have to be enlarged further are left out."""

HEIGHTS: Final = (0, 6, 8, 10, 12, 14, 17, 20, 25, 30, 40)
"""Least heights of text, pixels as looked at, of the classes that figures are given for; the last is open."""

Find = Callable[[PageImage], list[FloatArray]]


@dataclass(frozen=True, slots=True)
class Looked:
    """A page, looked at in one size.

    Attributes:
        dataset: name of the set.
        file: of the page.
        area: pixels that it was brought to; None where the detector chose.
        scale: by which it was brought to them; None where the detector chose.
        height: median height of its true lines, pixels of the page.
        seconds: processor time of looking for lines.
        score: of the reading.
    """

    dataset: str
    file: str
    area: int | None
    scale: float | None
    height: float
    seconds: float
    score: PageScore


def text_height(lines: Sequence[PlacedText]) -> float:
    """Median height of lines, pixels: the shorter of the sides of each."""
    sides = [[np.linalg.norm(line.box[1] - line.box[0]), np.linalg.norm(line.box[2] - line.box[1])] for line in lines]
    return float(np.median(np.min(sides, axis=1)))


def sizes(page: PageImage) -> Iterator[tuple[int, float]]:
    """The areas that a page can be brought to, and the scale for each."""
    for area in AREAS:
        scale = math.sqrt(area / (page.width * page.height))
        if scale <= MOST_ENLARGED:
            yield area, scale


def look(
    page: PageImage, truth: Sequence[PlacedText], rule: Rule, *, find: Find, read: Read
) -> tuple[float, PageScore]:
    """Processor seconds of finding lines, and the score of reading them."""
    began = time.process_time()
    quads = find(page)
    seconds = time.process_time() - began
    found = [PlacedText(cut.box, reading.text) for cut, reading in read_page(page, quads, read) if reading.text]
    return seconds, score_page(found, truth, rule)


def observe(name: str, labelled: LabelledPage, detector: PaddleDetector, read: Read) -> Iterator[Looked]:
    """A page in all sizes, and as the detector chooses.

    Raises:
        InputError: the picture cannot be used.
    """
    page = load(labelled.path)
    height = text_height(labelled.lines)
    for area, scale in sizes(page):

        def find(page: PageImage, scale: float = scale) -> list[FloatArray]:
            return detector.find_at(page, scale)

        seconds, score = look(page, labelled.lines, SETS[name], find=find, read=read)
        yield Looked(name, labelled.path.name, area, scale, height, seconds, score)
    seconds, score = look(page, labelled.lines, SETS[name], find=detector.find, read=read)
    yield Looked(name, labelled.path.name, None, None, height, seconds, score)


def shares(found: Iterable[Looked]) -> dict[str, float]:
    """Counts of several looks as shares; there must be one.

    Returns:
        Pages, true lines, found and right ones as shares of those, the CER and its part ``beside``, and processor
        seconds of looking for the lines of a page.
    """
    looks = list(found)
    total = sum((one.score for one in looks), PageScore())
    lines, length = max(total.lines, 1), max(total.length, 1)
    return {
        "pages": len(looks),
        "lines": total.lines,
        "found": total.found / lines,
        "right": total.right / lines,
        "cer": total.errors / length,
        "beside": total.beside / length,
        "seconds": sum(one.seconds for one in looks) / len(looks),
    }


def summary(found: Sequence[Looked]) -> dict[str, object]:
    """Shares by set and area, and by height of the text as it was looked at."""
    by_area = [
        {"dataset": name, "area": area} | shares(one for one in found if (one.dataset, one.area) == (name, area))
        for name in dict.fromkeys(one.dataset for one in found)
        for area in (*AREAS, None)
        if any((one.dataset, one.area) == (name, area) for one in found)
    ]
    classes: dict[int, list[Looked]] = {least: [] for least in HEIGHTS}
    for one in found:
        if one.scale is not None:
            classes[max(least for least in HEIGHTS if least <= one.height * one.scale)].append(one)
    by_height = [{"least": least} | shares(looks) for least, looks in classes.items() if looks]
    return {"by_area": by_area, "by_height": by_height}


def main() -> None:
    """Look at all pages in all sizes, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="holds the sets")
    parser.add_argument("--limit", type=int, metavar="N", help="most pages of a set; no results are written then")
    parser.add_argument("--seed", type=int, default=0, help="which pages a limit leaves")
    options = parser.parse_args()
    detector, read = PaddleDetector(threads=1), Reader(threads=1, correcting=ALONE, preprocess="off").read_lines
    found: list[Looked] = []
    for name in SETS:
        for labelled in some(load_pages(options.folder / name, "tune"), options.limit, options.seed):
            found += observe(name, labelled, detector, read)
            print(name, labelled.path.name)
    result = {"summary": summary(found), "looks": [asdict(one) for one in found]}
    print(json.dumps(result["summary"], indent=2))
    if options.limit is None:
        (RESULTS / "detecting.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
