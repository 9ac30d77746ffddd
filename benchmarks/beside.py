"""How well and how fast whole pages are read beside other programs; results go to ``results/beside.json``.

``python -m benchmarks.beside DIR --peers PYTHON`` gives every labelled page of the sets in DIR (see
:mod:`benchmarks.pages`) to all readers in turn, so that what else the machine does meets them alike, and compares all
readings in the same way. PYTHON is the interpreter of an environment that holds the readers of
:mod:`benchmarks.page_peers`; one that is not there is named with the reason.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, get_args

import numpy as np
from PIL import Image

from benchmarks.page_peers import PEERS
from benchmarks.page_scores import PageScore, PlacedText, ordered_errors, score_page
from benchmarks.pages import SETS, LabelledPage, Part, TimedReader, load_pages, read_lines_of, some
from benchmarks.reading import RESULTS
from lucidocr.correct.corrector import ALONE, Correcting
from lucidocr.io import load
from lucidocr.layout import reading_order
from lucidocr.metrics import Rule
from lucidocr.recognise import Precision
from lucidocr.types import FloatArray, PageImage

OWN: Final[dict[str, tuple[Precision, Correcting]]] = {
    "lucidocr": ("fp32", Correcting()),
    "lucidocr, int8": ("int8", Correcting()),
    "lucidocr, its network alone": ("fp32", ALONE),
    "lucidocr, its network alone, int8": ("int8", ALONE),
}
"""Names of this project's readers, their precision, and what helps them with doubtful lines."""

BORROWED: Final = "lucidocr, its network alone, on the boxes of faster-paddle tiny"
LENDER: Final = "faster-paddle tiny"

_PROGRAM: Final = Path(__file__).parent / "page_peers.py"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader says of a page.

    Attributes:
        lines: in reading order.
        seconds: of wall clock.
        parts: of them, by name, where the reader tells.
    """

    lines: tuple[PlacedText, ...]
    seconds: float
    parts: dict[str, float]


@dataclass(slots=True)
class Total:
    """Counts of one reader on one set."""

    score: PageScore = field(default_factory=PageScore)
    ordered: int = 0
    length: int = 0
    pages: int = 0
    seconds: float = 0.0
    parts: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, answer: Answer, truth: Sequence[PlacedText], rule: Rule) -> None:
        """Count a page."""
        self.score += score_page(answer.lines, truth, rule)
        errors, length = ordered_errors(answer.lines, truth, rule)
        self.ordered, self.length = self.ordered + errors, self.length + length
        self.pages, self.seconds = self.pages + 1, self.seconds + answer.seconds
        for name, seconds in answer.parts.items():
            self.parts[name] += seconds


@dataclass(frozen=True, slots=True)
class Row:
    """How one reader did on one set.

    Attributes:
        model: name of the reader.
        dataset: name of the set.
        rule: how texts were made comparable.
        pages: that were read.
        lines: true lines compared.
        found: share of them in groups that were read at least half as long as they are.
        right: share of them in groups without any error.
        cer: edit distances of the groups by length of the truth, whatever the order.
        page_cer: edit distance of the whole text of a page in reading order, by length of the truth.
        seconds: wall clock of a page, decoding of the file not counted where the reader takes pixels.
        parts: of them, by name, where the reader tells.
    """

    model: str
    dataset: str
    rule: Rule
    pages: int
    lines: int
    found: float
    right: float
    cer: float
    page_cer: float
    seconds: float
    parts: dict[str, float]


class Peer:
    """A reader in a process of its own, which answers for one page after the other.

    Args:
        name: one of :data:`benchmarks.page_peers.PEERS`.
        script: "zh" or "en".
        threads: that it may use.
        python: interpreter of its environment.
    """

    def __init__(self, name: str, script: str, threads: int, python: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - the interpreter is the user's choice
            [python, "-P", str(_PROGRAM), name, script, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env=os.environ | {"OMP_NUM_THREADS": str(threads)},
        )
        self.missing: str | None = self._answer().get("missing")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.communicate()

    def read(self, path: Path) -> Answer:
        """Read a page."""
        if self._process.stdin is None:
            raise RuntimeError("the process takes no pages")
        self._process.stdin.write(f"{path}\n")
        self._process.stdin.flush()
        found = self._answer()
        if "missing" in found:
            raise RuntimeError(f"{path.name} was not read")
        lines = (PlacedText(np.array(line["box"], np.float32), line["text"]) for line in found["lines"])
        return Answer(tuple(lines), found["seconds"], found["parts"])

    def _answer(self) -> dict[str, Any]:
        line = "" if self._process.stdout is None else self._process.stdout.readline()
        return dict(json.loads(line)) if line else {"missing": "it gave up"}


class Lent:
    """A detector that hands out what another program found."""

    def __init__(self) -> None:
        self.quads: list[FloatArray] = []

    def find(self, _: PageImage) -> list[FloatArray]:
        """See :meth:`lucidocr.detect.Detector.find`."""
        return self.quads


class Own:
    """This project's readers, in this process.

    Args:
        threads: that they may use.
    """

    def __init__(self, threads: int) -> None:
        self._lent = Lent()
        self._readers = {
            name: TimedReader(threads=threads, precision=precision, correcting=correcting)
            for name, (precision, correcting) in OWN.items()
        }
        self._readers[BORROWED] = TimedReader(threads=threads, detector=self._lent, correcting=ALONE)

    def read(self, name: str, image: PageImage) -> Answer:
        """Read a page."""
        page, seconds = self._readers[name].read_timed(image)
        parts = {"detection": seconds.detection, "recognition": seconds.recognition}
        return Answer(tuple(read_lines_of(page)), seconds.total, parts)

    def borrow(self, found: Answer, image: PageImage) -> Answer:
        """Read what another program found, and add its time."""
        self._lent.quads = [line.box for line in found.lines]
        own = self.read(BORROWED, image)
        parts = {"detection": found.seconds, "recognition": own.parts["recognition"]}
        return Answer(own.lines, found.seconds + own.seconds, parts)


def measure(name: str, pages: Sequence[LabelledPage], own: Own, peers: dict[str, Peer], folder: Path) -> Iterator[Row]:
    """All readers on the pages of one set, page by page.

    Args:
        name: key of :data:`benchmarks.pages.SETS`.
        pages: of it, at least one; the first is read once more before, unmeasured.
        own: this project's readers.
        peers: by name.
        folder: for pictures that all readers see alike.

    Raises:
        InputError: a picture cannot be used.
    """
    totals: dict[str, Total] = defaultdict(Total)
    for number, labelled in enumerate([pages[0], *pages]):
        image, path = load(labelled.path), folder / "page.bmp"
        Image.fromarray(image.pixels).save(path)
        answers = {peer: peers[peer].read(path) for peer in peers}
        answers |= {reader: own.read(reader, image) for reader in OWN}
        if LENDER in answers:
            answers[BORROWED] = own.borrow(answers[LENDER], image)
        if number:
            for reader, answer in answers.items():
                totals[reader].add(answer, labelled.lines, SETS[name])
    for reader in (*OWN, BORROWED, *PEERS):
        if reader in totals:
            yield row(reader, name, totals[reader])


def row(model: str, name: str, total: Total) -> Row:
    """Shares of the counts of at least one page."""
    score, lines = total.score, max(total.score.lines, 1)
    return Row(
        model=model,
        dataset=name,
        rule=SETS[name],
        pages=total.pages,
        lines=score.lines,
        found=score.found / lines,
        right=score.right / lines,
        cer=score.errors / max(score.length, 1),
        page_cer=total.ordered / max(total.length, 1),
        seconds=total.seconds / total.pages,
        parts={part: seconds / total.pages for part, seconds in total.parts.items()},
    )


def label_order(name: str, pages: Sequence[LabelledPage]) -> float:
    """How far the order of reading is from that of rows and columns: the page CER of the truth put in the latter."""
    errors = length = 0
    for page in pages:
        known = [line for line in page.lines if line.text is not None]
        ordered = [known[number] for number in reading_order([line.box for line in known])]
        more = ordered_errors(ordered, known, SETS[name])
        errors, length = errors + more[0], length + more[1]
    return errors / max(length, 1)


def given_order(name: str, pages: Sequence[LabelledPage]) -> float:
    """How far the order of the labels is from that of reading: the page CER of the truth put in the former."""
    counts = [ordered_errors(page.given or page.lines, page.lines, SETS[name]) for page in pages]
    return sum(errors for errors, _ in counts) / max(sum(length for _, length in counts), 1)


def main() -> None:
    """Measure every set and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="holds the sets")
    parser.add_argument("--part", choices=get_args(Part), default="report")
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--models", nargs="+", default=list(PEERS), choices=PEERS, metavar="NAME")
    parser.add_argument("--limit", type=int, metavar="N", help="most pages of a set; no results are written then")
    parser.add_argument("--seed", type=int, default=0, help="which pages a limit leaves")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    own = Own(options.threads)
    rows: list[dict[str, Any]] = []
    missing: dict[str, str] = {}
    orders: dict[str, float] = {}
    given: dict[str, float] = {}
    for name, rule in SETS.items():
        pages = some(load_pages(options.folder / name, options.part), options.limit, options.seed)
        script = "zh" if rule == "zh" else "en"
        with ExitStack() as stack:
            started = {
                one: stack.enter_context(Peer(one, script, options.threads, options.peers)) for one in options.models
            }
            missing |= {one: peer.missing for one, peer in started.items() if peer.missing}
            peers = {one: peer for one, peer in started.items() if not peer.missing}
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            for one in measure(name, pages, own, peers, folder):
                rows.append(asdict(one))
                print(json.dumps(rows[-1]), flush=True)
        orders[name], given[name] = label_order(name, pages), given_order(name, pages)
    result = {
        "machine": platform.machine(),
        "part": options.part,
        "threads": options.threads,
        "missing": missing,
        "label_order": orders,
        "given_order": given,
        "rows": rows,
    }
    if options.limit is None:
        (RESULTS / "beside.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
