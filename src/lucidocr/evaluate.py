"""How well a reader does on a folder of labelled lines.

A data set is a folder with ``images/``, ``labels.tsv`` (``file<TAB>text``) and perhaps ``split.tsv``
(``file<TAB>source<TAB>part``), all UTF-8.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Literal, Protocol, get_args

from lucidocr import io
from lucidocr.errors import DatasetError
from lucidocr.metrics import Rule, is_right, tally
from lucidocr.types import Explanation, Faithfulness, ImageArray, Recognition

Part = Literal["train", "tune", "report"]
"""What a line may be used for: fitting weights, fitting everything else, or only being reported."""

PARTS: tuple[Part, ...] = get_args(Part)

CHUNK = 64
"""Lines held in memory and handed to the reader at a time."""


_JUDGED = ("pointing", "energy", "deletion", "elsewhere", "insertion")
"""Figures of a heat map that are averaged."""


class LineReader(Protocol):
    """What evaluation needs of a reader."""

    def read_lines(self, images: Sequence[ImageArray]) -> list[Recognition]:
        """Read line images, order kept."""


class LineExplainer(Protocol):
    """What judging explanations needs of a reader."""

    def explain(self, line: ImageArray, *, method: str | Sequence[str] = (), faithfulness: bool = False) -> Explanation:
        """Explain what is read from a line image."""


@dataclass(frozen=True, slots=True)
class LabelledLine:
    """One line image and what it says.

    Attributes:
        path: the picture's file.
        text: the truth, as labelled.
    """

    path: Path
    text: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """Labelled lines, in the order of their table.

    Attributes:
        name: the folder's name.
        part: which part of the split the lines are, or None for all of them.
        lines: at least one.
    """

    name: str
    part: Part | None
    lines: tuple[LabelledLine, ...]

    def sample(self, limit: int) -> Dataset:
        """At most ``limit`` (>= 1) of the lines, spread evenly over the set: the same ones every time."""
        count = len(self.lines)
        if count <= limit:
            return self
        chosen = tuple(self.lines[number * count // limit] for number in range(limit))
        return Dataset(name=self.name, part=self.part, lines=chosen)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a reader did on one data set.

    Attributes:
        dataset: name of the set.
        part: part of its split, or None for all of it.
        rule: how texts were made comparable, see :func:`lucidocr.metrics.normalise`.
        n: lines compared.
        line_accuracy: share of lines in [0, 1] read without any error.
        cer: edit distances by length of truth, both summed over the set.
        ms_per_line: wall-clock milliseconds of reading a line, in batches, decoding of the files not counted.
        excluded: lines left out because the rule leaves nothing of their truth.
    """

    dataset: str
    part: Part | None
    rule: Rule
    n: int
    line_accuracy: float
    cer: float
    ms_per_line: float
    excluded: int


@dataclass(frozen=True, slots=True)
class MethodEvaluation:
    """How faithful one method's heat maps are on a data set, see :class:`lucidocr.types.Faithfulness`.

    Attributes:
        method: name of the method.
        lines: lines judged: those read without any error.
        characters: maps judged, one a character.
        pointing: share of maps in [0, 1] whose hottest place lies in the character's aligned box.
        energy: mean share of the heat in that box.
        deletion: by how many nats the character's lead falls on the mean when the hottest places are erased.
        elsewhere: the same for as much at a random place of the line.
        insertion: by how many nats it rises when only the hottest places are put on the empty line.
    """

    method: str
    lines: int
    characters: int
    pointing: float
    energy: float
    deletion: float
    elsewhere: float
    insertion: float


def _rows(path: Path, columns: int) -> list[tuple[str, ...]]:
    """Rows of a table, blank lines left out; only the last of its columns may hold a tab."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DatasetError(f"{path} does not exist") from None
    except OSError as error:
        raise DatasetError(f"{path} cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path} is not UTF-8 (byte {error.start})") from error
    rows = []
    # Not splitlines(): a label may hold one of the rarer characters that it takes for a line's end.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip("\r"):
            continue
        row = tuple(line.rstrip("\r").split("\t", columns - 1))
        if len(row) != columns:
            raise DatasetError(f"{path}, line {number}: {columns} columns are needed, {len(row)} found")
        rows.append(row)
    return rows


def _files_of_part(folder: Path, part: Part) -> frozenset[str]:
    path = folder / "split.tsv"
    if not path.is_file():
        raise DatasetError(
            f"{folder} has no split.tsv, so it has no part {part!r}",
            remedy="Leave out --part to use every line, or add split.tsv (file, tab, source, tab, part).",
        )
    rows = _rows(path, 3)
    strange = sorted({row[2] for row in rows} - set(PARTS))
    if strange:
        raise DatasetError(f"{path} names a part {strange[0]!r}; the parts are {', '.join(PARTS)}")
    return frozenset(row[0] for row in rows if row[2] == part)


def load_dataset(folder: str | Path, part: Part | None = None) -> Dataset:
    """Read the tables of a data set and see that its pictures are there; the pictures stay closed.

    Args:
        folder: holds ``images/`` and ``labels.tsv``; ``split.tsv`` too where a part is asked for.
        part: keep only the lines of this part; None keeps all.

    Raises:
        DatasetError: if the folder, a table, a picture or the part is missing, or no line is left.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DatasetError(f"{folder} is not a folder")
    rows = _rows(folder / "labels.tsv", 2)
    if part is not None:
        wanted = _files_of_part(folder, part)
        rows = [row for row in rows if row[0] in wanted]
    if not rows:
        raise DatasetError(f"{folder} has no line" + (f" of part {part!r}" if part else ""))
    lines = tuple(LabelledLine(path=folder / "images" / file, text=text) for file, text in rows)
    missing = [line.path for line in lines if not line.path.is_file()]
    if missing:
        raise DatasetError(f"{len(missing)} of {len(lines)} pictures are missing, the first is {missing[0]}")
    return Dataset(name=folder.resolve().name, part=part, lines=lines)


def evaluate(reader: LineReader, dataset: Dataset, rule: Rule) -> Evaluation:
    """Read every line of a data set and compare it with its truth.

    Args:
        reader: reads line images.
        dataset: what to read.
        rule: how texts are made comparable.

    Raises:
        InputError: if a picture cannot be used; its message names the file.
        DatasetError: if the rule leaves nothing to compare.
    """
    pairs: list[tuple[str, str]] = []
    seconds = 0.0
    for start in range(0, len(dataset.lines), CHUNK):
        chunk = dataset.lines[start : start + CHUNK]
        images = [io.load(line.path).pixels for line in chunk]
        began = time.perf_counter()
        readings = reader.read_lines(images)
        seconds += time.perf_counter() - began
        pairs += [(reading.text, line.text) for reading, line in zip(readings, chunk, strict=True)]
    counts = tally(pairs, rule)
    if not counts.lines:
        raise DatasetError(
            f"no label of {dataset.name} has anything to compare under the rule {rule!r}",
            remedy="Choose another rule with --score (alnum, zh or exact).",
        )
    return Evaluation(
        dataset=dataset.name,
        part=dataset.part,
        rule=rule,
        n=counts.lines,
        line_accuracy=counts.line_accuracy,
        cer=counts.cer,
        ms_per_line=1000 * seconds / len(pairs),
        excluded=counts.excluded,
    )


def evaluate_explanations(
    reader: LineExplainer, dataset: Dataset, rule: Rule, methods: Sequence[str]
) -> list[MethodEvaluation]:
    """Explain the lines of a data set and judge every heat map, by reading each line again without what it marks.

    Misread lines are left out: of them the place of a character is not known.

    Args:
        reader: explains line images.
        dataset: what to explain.
        rule: how texts are made comparable.
        methods: of the heat maps.

    Returns:
        One for each method that made a map of a line that was read right.

    Raises:
        InputError: if a picture cannot be used; its message names the file.
    """
    lines = 0
    found: dict[str, list[Faithfulness]] = {method: [] for method in methods}
    for line in dataset.lines:
        explanation = reader.explain(io.load(line.path).pixels, method=methods, faithfulness=True)
        if is_right(explanation.recognition.text, line.text, rule):
            lines += 1
            for verdict in explanation.faithfulness:
                found[verdict.method].append(verdict)
    return [_summary(method, lines, verdicts) for method, verdicts in found.items() if verdicts]


def _summary(method: str, lines: int, verdicts: Sequence[Faithfulness]) -> MethodEvaluation:
    figures = (fmean(getattr(one, name) for one in verdicts) for name in _JUDGED)
    return MethodEvaluation(method, lines, len(verdicts), *figures)
