"""What laying sheets flat is worth (docs/adr/0018); results go to ``results/flattening.json``.

``python -m benchmarks.flattening DIR`` lays the tune pages of :data:`SETS` in DIR on drawn grounds and photographs them
from aside (see :mod:`benchmarks.photographs`): as rectangles and more and more slanted. Where the corners are found,
and how far off, is known then, and so are the places of all lines in the photograph. Every photograph is read twice:
flat, and as it is. Last, sheets are looked for on the tune pages of all sets as they are, where there are none.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.page_scores import PageScore, PlacedText, ordered_errors, score_page
from benchmarks.pages import SETS as ALL_SETS
from benchmarks.pages import LabelledPage, load_pages, read_lines_of, some
from benchmarks.photographs import GROUNDS, Ground, Photograph, photograph
from benchmarks.reading import RESULTS
from lucidocr import Reader
from lucidocr.correct.corrector import ALONE
from lucidocr.detect import PaddleDetector
from lucidocr.flatten import apply
from lucidocr.io import load
from lucidocr.metrics import Rule
from lucidocr.orientation import read_page
from lucidocr.sheet import find_sheet
from lucidocr.types import PageImage

SETS: Final = ("pdf_textlayer_zh", "taigi_scans")
"""Whole pages of paper."""

SLANTS: Final = (0.0, 0.05, 0.1, 0.15, 0.2)
"""How far corners are moved inwards at most, as part of the picture's sides."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A photograph of a page.

    Attributes:
        slant: see :data:`SLANTS`.
        ground: what the page lies on.
        off: largest distance between a corner and where it was found, pixels; None where no sheet was found.
        flat: score of the reading with the sheet laid flat where it was found.
        as_is: score of the reading without.
        flat_order: edit distance of the page's text in reading order, laid flat.
        as_is_order: the same without.
    """

    slant: float
    ground: Ground
    off: float | None
    flat: PageScore
    as_is: PageScore
    flat_order: int
    as_is_order: int


class Readings:
    """Reads photographs both ways.

    Args:
        threads: that reading may use.
    """

    def __init__(self, *, threads: int) -> None:
        self._reader = Reader(threads=threads, correcting=ALONE, preprocess="off")
        self._detector = PaddleDetector(threads=threads)

    def flat(self, seen: PageImage) -> list[PlacedText]:
        """The lines as :class:`lucidocr.Reader` reads them."""
        return read_lines_of(self._reader.read(seen, mode="page"))

    def as_is(self, seen: PageImage) -> list[PlacedText]:
        """The lines without looking for a sheet."""
        found = read_page(seen, self._detector.find(seen), self._reader.read_lines)
        return [PlacedText(cut.box, reading.text) for cut, reading in found if reading.text]


def shoot(
    labelled: LabelledPage, rule: Rule, readings: Readings, *, slant: float, ground: Ground, chance: np.random.Generator
) -> Shot:
    """Photograph a page, look for it and read it.

    Raises:
        InputError: the picture cannot be used.
    """
    shot = photograph(load(labelled.path).pixels, ground, slant=slant, chance=chance)
    seen, truth = PageImage(shot.pixels), placed(labelled.lines, shot)
    corners = find_sheet(shot.pixels)
    read, straight = readings.flat(seen), readings.as_is(seen)
    return Shot(
        slant,
        ground,
        None if corners is None else float(np.linalg.norm(corners - shot.corners, axis=1).max()),
        score_page(read, truth, rule),
        score_page(straight, truth, rule),
        ordered_errors(read, truth, rule)[0],
        ordered_errors(straight, truth, rule)[0],
    )


def placed(lines: Sequence[PlacedText], shot: Photograph) -> list[PlacedText]:
    """The true lines in their places in the photograph."""
    return [replace(line, box=apply(shot.to_picture, line.box).astype(np.float32)) for line in lines]


def summary(shots: Sequence[Shot]) -> list[dict[str, object]]:
    """A row for each slant."""
    rows = []
    for slant in SLANTS:
        own = [shot for shot in shots if shot.slant == slant]
        if not own:
            continue
        off = [shot.off for shot in own if shot.off is not None]
        flat, as_is = (sum((getattr(shot, name) for shot in own), PageScore()) for name in ("flat", "as_is"))
        lines, length = max(flat.lines, 1), max(flat.length, 1)
        rows.append(
            {
                "slant": slant,
                "photographs": len(own),
                "sheets": len(off),
                "off_median": float(np.median(off)) if off else None,
                "off_most": max(off, default=None),
                "lines": flat.lines,
                "found": [flat.found / lines, as_is.found / lines],
                "right": [flat.right / lines, as_is.right / lines],
                "page_cer": [
                    sum(shot.flat_order for shot in own) / length,
                    sum(shot.as_is_order for shot in own) / length,
                ],
            }
        )
    return rows


def main() -> None:
    """Photograph, read, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="holds the sets")
    parser.add_argument("--limit", type=int, metavar="N", help="most pages of a set; no results are written then")
    parser.add_argument("--seed", type=int, default=0, help="of grounds and corners, and which pages a limit leaves")
    options = parser.parse_args()
    readings, chance = Readings(threads=1), np.random.default_rng(options.seed)
    shots: list[Shot] = []
    for name in SETS:
        for labelled in some(load_pages(options.folder / name, "tune"), options.limit, options.seed):
            for slant in SLANTS:
                ground = GROUNDS[len(shots) % len(GROUNDS)]
                shots.append(shoot(labelled, ALL_SETS[name], readings, slant=slant, ground=ground, chance=chance))
                print(name, labelled.path.name, slant, ground, shots[-1].off, flush=True)
    plain = [load(page.path) for name in ALL_SETS for page in load_pages(options.folder / name, "tune")]
    alarms = sum(find_sheet(page.pixels) is not None for page in plain)
    result = {
        "summary": summary(shots),
        "pages_as_they_are": len(plain),
        "sheets_on_them": alarms,
        "shots": [asdict(shot) for shot in shots],
    }
    print(json.dumps({name: value for name, value in result.items() if name != "shots"}, indent=2))
    if options.limit is None:
        (RESULTS / "flattening.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
