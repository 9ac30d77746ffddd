"""How well and how fast labelled pages are read from end to end; results go to ``results/pages.json``.

``python -m benchmarks.pages DIR`` expects the sets of :data:`SETS` as folders in DIR: ``images/``, ``gt.json`` (for
every page its file and its lines, each a polygon of four corners and a text) and ``split.tsv``. What is counted is
said in :mod:`benchmarks.page_scores`. Labels of some pages are not in the order in which the page is read, but sorted
by their height across its columns; for these ``orders.json`` holds that order, which was found by looking at them.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args

import numpy as np

from benchmarks.page_scores import PageScore, PlacedText, score_page
from benchmarks.reading import RESULTS
from lucidocr import Reader
from lucidocr.correct.corrector import ALONE, Correcting
from lucidocr.detect import Detector, PaddleDetector
from lucidocr.errors import DatasetError
from lucidocr.io import load
from lucidocr.metrics import Rule
from lucidocr.orientation import ReadLine
from lucidocr.prepare import Preprocess
from lucidocr.recognise import Precision
from lucidocr.types import FloatArray, ImageArray, Page, PageImage, Recognition

Part = Literal["tune", "report"]

SETS: dict[str, Rule] = {
    "pdf_textlayer_zh": "zh",
    "taigi_scans": "zh",
    "aiera_tables": "zh",
    "aicup_tw_scene": "zh",
    "sroie": "alnum",
}
"""Folder names of the sets, and the rule that each is compared under."""


ORDERS: Final = Path(__file__).parent / "orders.json"
"""By set and file, numbers of a page's labels in the order of reading; where there are none, it is theirs."""


@dataclass(frozen=True, slots=True)
class LabelledPage:
    """A page and what stands on it.

    Attributes:
        path: the picture's file.
        lines: the truth, in the order in which the page is read.
        given: the same in the order of the set's labels, where that is another.
    """

    path: Path
    lines: tuple[PlacedText, ...]
    given: tuple[PlacedText, ...] | None = None


@dataclass(frozen=True, slots=True)
class Seconds:
    """Wall clock of reading, decoding of the files not counted.

    Attributes:
        total: of everything.
        detection: of looking for lines.
        recognition: of the network and decoding, of lines that are read another way round too.
    """

    total: float
    detection: float
    recognition: float


@dataclass(frozen=True, slots=True)
class PageFigures:
    """How pages of one set are read.

    Attributes:
        dataset: name of the set.
        part: of its split.
        rule: how texts were made comparable, see :func:`lucidocr.metrics.normalise`.
        pages: that were read.
        lines: true lines compared.
        found: share of them in groups that were read at least half as long as they are.
        right: share of them in groups without any error.
        cer: edit distances of all groups by length of the truth.
        beside: characters read where the truth has no line, by length of the truth; part of ``cer``.
        seconds: wall clock of a page, decoding of the file not counted.
        detection: share of it that goes into looking for lines.
        recognition: share of it that goes into reading them.
        rest: share of it that goes into cutting lines out, their order and the layout.
    """

    dataset: str
    part: Part
    rule: Rule
    pages: int
    lines: int
    found: float
    right: float
    cer: float
    beside: float
    seconds: float
    detection: float
    recognition: float
    rest: float


class Clock:
    """Adds up the seconds between entering and leaving."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count what happens within."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - began


class TimedDetector:
    """A detector whose time is taken."""

    def __init__(self, detector: Detector) -> None:
        self.clock = Clock()
        self._detector = detector

    def find(self, page: PageImage) -> list[FloatArray]:
        """See :meth:`lucidocr.detect.Detector.find`."""
        with self.clock.running():
            return self._detector.find(page)


class TimedReader(Reader):
    """The bundled model, with its time taken in parts.

    Args:
        threads: that reading may use.
        precision: of the network.
        detector: the one whose time is taken; PP-OCR's when None.
        correcting: what helps with doubtful lines; nothing mends their pictures where nothing does.
    """

    def __init__(
        self,
        *,
        threads: int,
        precision: Precision = "fp32",
        detector: Detector | None = None,
        correcting: Correcting | None = None,
    ) -> None:
        self._timed_detector = TimedDetector(detector or PaddleDetector(threads=threads))
        self._line_clock = Clock()
        super().__init__(
            threads=threads,
            precision=precision,
            detector=self._timed_detector,
            correcting=correcting,
            preprocess="off" if correcting is ALONE else "auto",
        )

    def read_lines(
        self,
        images: Sequence[ImageArray],
        *,
        correcting: Correcting | None = None,
        preprocess: Preprocess | None = None,
    ) -> list[Recognition]:
        """See :meth:`lucidocr.Reader.read_lines`."""
        with self._line_clock.running():
            return super().read_lines(images, correcting=correcting, preprocess=preprocess)

    def _read_alone(self, images: Sequence[ImageArray]) -> list[Recognition]:
        with self._line_clock.running():
            return super()._read_alone(images)

    def _improved(
        self, found: Sequence[ReadLine], correcting: Correcting | None, preprocess: Preprocess | None
    ) -> list[ReadLine]:
        with self._line_clock.running():
            return super()._improved(found, correcting, preprocess)

    def read_timed(self, image: PageImage) -> tuple[Page, Seconds]:
        """Read a page, and say how long its parts took."""
        self._timed_detector.clock.seconds = self._line_clock.seconds = 0.0
        began = time.perf_counter()
        page = self.read(image)
        total = time.perf_counter() - began
        return page, Seconds(total, self._timed_detector.clock.seconds, self._line_clock.seconds)


def load_pages(folder: Path, part: Part) -> list[LabelledPage]:
    """The labelled pages of one part of a set.

    Raises:
        DatasetError: the set is missing or has no page of this part, or its labels are not those that
            :data:`ORDERS` was made for.
    """
    try:
        rows = [row.split("\t") for row in (folder / "split.tsv").read_text(encoding="utf-8").splitlines()]
        labels = json.loads((folder / "gt.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise DatasetError(f"{error.filename} cannot be read ({error.strerror})") from error
    orders = json.loads(ORDERS.read_text(encoding="utf-8")).get(folder.name, {})
    wanted = {row[0] for row in rows if row[2] == part}
    found = [
        labelled_page(folder / "images" / page["file"], page["lines"], orders.get(page["file"]))
        for page in labels
        if page["file"] in wanted
    ]
    if not found:
        raise DatasetError(f"{folder} has no page of part {part!r}")
    return found


def labelled_page(path: Path, labels: Sequence[dict[str, Any]], order: Sequence[int] | None) -> LabelledPage:
    """A page with its labels in the order of reading, as far as that is known to be another than theirs.

    Raises:
        DatasetError: the order is of other labels.
    """
    given = tuple(map(truth_line, labels))
    if order is None:
        return LabelledPage(path, given)
    if sorted(order) != list(range(len(given))):
        raise DatasetError(f"{path.name} has {len(given)} labels, and {ORDERS.name} orders {len(order)}")
    return LabelledPage(path, tuple(given[number] for number in order), given)


def truth_line(label: dict[str, Any]) -> PlacedText:
    """A line of ``gt.json``; one that is to be ignored, or has no text, is left open."""
    text = None if label.get("ignore") else label["text"] or None
    return PlacedText(np.array(label["poly"], dtype=np.float32), text)


def read_lines_of(page: Page) -> list[PlacedText]:
    """The lines of a reading; a column's box is turned so that its first side runs along its text."""
    return [
        PlacedText(np.roll(np.array(line.box, dtype=np.float32), -1 if line.vertical else 0, axis=0), line.text)
        for line in page.lines
    ]


def some(pages: Sequence[LabelledPage], limit: int | None, seed: int) -> list[LabelledPage]:
    """At most ``limit`` pages, drawn with ``seed``, in their order; all where it is None."""
    if limit is None or limit >= len(pages):
        return list(pages)
    chosen = np.random.default_rng(seed).choice(len(pages), size=limit, replace=False)
    return [pages[number] for number in sorted(chosen.tolist())]


def figures(name: str, part: Part, scores: Sequence[PageScore], times: Sequence[Seconds]) -> PageFigures:
    """The figures of a set from those of its pages, at least one.

    Args:
        name: key of :data:`SETS`.
        part: of its split.
        scores: of every page.
        times: of every page.
    """
    counts = sum(scores, PageScore())
    total = sum(one.total for one in times)
    detection, recognition = (sum(getattr(one, name) for one in times) / total for name in ("detection", "recognition"))
    lines, length = max(counts.lines, 1), max(counts.length, 1)
    return PageFigures(
        dataset=name,
        part=part,
        rule=SETS[name],
        pages=len(scores),
        lines=counts.lines,
        found=counts.found / lines,
        right=counts.right / lines,
        cer=counts.errors / length,
        beside=counts.beside / length,
        seconds=total / len(times),
        detection=detection,
        recognition=recognition,
        rest=1 - detection - recognition,
    )


def measure(reader: TimedReader, name: str, part: Part, pages: Sequence[LabelledPage]) -> PageFigures:
    """Read the pages of a set and compare them with their truth.

    Raises:
        InputError: a picture cannot be used.
    """
    scores, times = [], []
    for page in pages:
        reading, seconds = reader.read_timed(load(page.path))
        scores.append(score_page(read_lines_of(reading), page.lines, SETS[name]))
        times.append(seconds)
    return figures(name, part, scores, times)


def main() -> None:
    """Measure every set and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="holds the sets")
    parser.add_argument("--part", choices=get_args(Part), default="report")
    parser.add_argument("--limit", type=int, metavar="N", help="most pages of a set; no results are written then")
    parser.add_argument("--seed", type=int, default=0, help="which pages a limit leaves")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    reader = TimedReader(threads=options.threads)
    found = []
    for name in SETS:
        pages = some(load_pages(options.folder / name, options.part), options.limit, options.seed)
        found.append(asdict(measure(reader, name, options.part, pages)))
        print(found[-1])
    if options.limit is None:
        content = {"threads": options.threads, "sets": found}
        (RESULTS / "pages.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
