"""Labels from a teacher: lines of unlabelled pictures as a larger recogniser reads them, kept where it is sure.

The teacher is PP-OCRv6-small, whose graph the package rapidocr carries. A line is kept when the teacher is sure of it
on the mean and at its worst character, reads it alike after it has been stretched, dimmed and blurred, and shows none
of the habits that it is known for: English words run together, single characters out of nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import NamedTuple

import cv2
import numpy as np

from lucidocr import io
from lucidocr.charset import Charset, canonical
from lucidocr.correct.paddle import PaddleRecogniser
from lucidocr.decode import best_path
from lucidocr.detect import PaddleDetector, cut_line, turn_tall
from lucidocr.errors import InputError
from lucidocr.types import FloatArray, Frames, ImageArray, PageImage

_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".gif"})
_RUN_TOGETHER = re.compile(r"[A-Za-z]{15}")
_BACKDROP = (48, 256)
"""Height and width of a piece of picture without text, pixels."""


@dataclass(frozen=True, slots=True)
class Standard:
    """How sure the teacher must be.

    Attributes:
        mean: least mean probability of a line's characters.
        least: least probability of its worst character.
        alone: least probability of a character that stands alone.
        height: least height of a line, pixels.
    """

    mean: float = 0.95
    least: float = 0.6
    alone: float = 0.985
    height: int = 10


class Lesson(NamedTuple):
    """What the teacher reads in one line image: the text, and the mean and least probability of its characters."""

    text: str
    mean: float
    least: float


class Teacher:
    """PP-OCRv6-small's recogniser.

    Args:
        threads: to run it on.
    """

    def __init__(self, *, threads: int) -> None:
        self._recogniser = PaddleRecogniser(threads=threads)

    def read(self, lines: Sequence[ImageArray]) -> list[Lesson]:
        """Read grey line images, batched by width; results in their order."""
        return [_lesson(frames, self._recogniser.charset) for frames in self._recogniser.frames(lines)]


def _lesson(frames: Frames, charset: Charset) -> Lesson:
    """The greedy reading, and the probabilities of its characters where each is greatest."""
    runs = best_path(frames)
    if not runs:
        return Lesson("", 0.0, 0.0)
    said = frames.log_other[frames.active, None] + frames.log_chars
    rows = [slice(*np.searchsorted(frames.active, (run.start, run.stop))) for run in runs]
    best = [float(np.exp(said[own, run.label].max())) for own, run in zip(rows, runs, strict=True)]
    return Lesson(charset.decode(run.label for run in runs), float(np.mean(best)), min(best))


def _altered(line: ImageArray) -> ImageArray:
    """The same line a little wider, dimmer and softer."""
    wide = cv2.resize(line, (max(1, round(line.shape[1] * 1.08)), line.shape[0]), interpolation=cv2.INTER_LINEAR)
    soft = cv2.GaussianBlur(wide.astype(np.float32) * 0.85 + 12, (0, 0), 0.02 * line.shape[0])
    return np.asarray(soft, np.uint8)


def believable(first: Lesson, second: Lesson, charset: Charset, standard: Standard) -> str | None:
    """The label that two readings of a line agree on in the alphabet's form, or None where they are not to be believed.

    Args:
        first: reading of the line as it is.
        second: reading of the line altered.
        charset: the alphabet that the label must be written in.
        standard: how sure the readings must be.
    """
    text = canonical(first.text)
    if not text or text != canonical(second.text) or charset.unknown(text) or _RUN_TOGETHER.search(text):
        return None
    mean, least = min(first.mean, second.mean), min(first.least, second.least)
    wanted = standard.alone if len(text) == 1 else standard.mean
    return text if mean >= wanted and least >= standard.least else None


class Taught(NamedTuple):
    """What one picture gave: labelled lines, and a piece of it without text, if there is one."""

    lines: list[tuple[ImageArray, str]]
    found: int
    backdrop: ImageArray | None


class School:
    """Teacher and detector together.

    Args:
        charset: the alphabet of the labels.
        standard: how sure the teacher must be.
        threads: to run both on.
    """

    def __init__(self, charset: Charset, standard: Standard, *, threads: int) -> None:
        self._charset, self._standard = charset, standard
        self._teacher, self._detector = Teacher(threads=threads), PaddleDetector(threads=threads)

    def attend(self, page: PageImage, rng: Random) -> Taught:
        """Find, read and sift the lines of one picture."""
        quads = turn_tall(self._detector.find(page))
        cuts = [cut_line(page, quad).pixels for quad in quads]
        cuts = [cut for cut in cuts if cut.shape[0] >= self._standard.height and cut.shape[1] >= 6]
        firsts = self._teacher.read(cuts)
        sure = [number for number, lesson in enumerate(firsts) if lesson.mean >= self._standard.mean]
        seconds = self._teacher.read([_altered(cuts[number]) for number in sure])
        lines = []
        for number, second in zip(sure, seconds, strict=True):
            text = believable(firsts[number], second, self._charset, self._standard)
            if text is not None:
                lines.append((cuts[number], text))
        return Taught(lines, len(quads), _backdrop(page, quads, rng))


def _backdrop(page: PageImage, quads: Sequence[FloatArray], rng: Random) -> ImageArray | None:
    """A piece of the picture that no line touches and that is not plain."""
    height, width = _BACKDROP
    if page.height < height or page.width < width:
        return None
    for _ in range(12):
        x, y = rng.randint(0, page.width - width), rng.randint(0, page.height - height)
        free = all(
            quad[:, 0].max() + 4 < x or quad[:, 0].min() - 4 > x + width
            or quad[:, 1].max() + 4 < y or quad[:, 1].min() - 4 > y + height
            for quad in quads
        )  # fmt: skip
        piece = np.asarray(cv2.cvtColor(page.pixels[y : y + height, x : x + width], cv2.COLOR_RGB2GRAY), np.uint8)
        if free and piece.std() > 6:
            return piece
    return None


@dataclass(frozen=True, slots=True)
class Yield:
    """What a folder of pictures gave.

    Attributes:
        pictures: read.
        found: lines found.
        kept: lines kept with their label.
        backdrops: pieces without text.
    """

    pictures: int = 0
    found: int = 0
    kept: int = 0
    backdrops: int = 0


def pictures(folder: Path) -> list[Path]:
    """Picture files of a folder and its sub-folders, in order."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in _PICTURES)


def teach(source: Path, target: Path, school: School, *, seed: int = 0) -> Iterator[Yield]:
    """Make a labelled set of all pictures of a folder.

    Args:
        source: pictures, in sub-folders if need be.
        target: becomes a set of the usual form (``images/``, ``labels.tsv``, ``split.tsv``; every line is for
            training), with ``backdrops/`` beside it; must not hold one already.
        school: what reads them.
        seed: of where backdrops are cut.

    Yields:
        The running total after every picture.
    """
    for name in ("images", "backdrops"):
        (target / name).mkdir(parents=True, exist_ok=False)
    total = Yield()
    with (target / "labels.tsv").open("w", encoding="utf-8") as labels, (target / "split.tsv").open("w") as split:
        for number, path in enumerate(pictures(source)):
            try:
                taught = school.attend(io.load(path), Random((seed << 32) + number))
            except InputError:
                continue
            for line, (pixels, text) in enumerate(taught.lines):
                name = f"{number:06}_{line:03}.png"
                cv2.imwrite(str(target / "images" / name), pixels)
                labels.write(f"{name}\t{text}\n")
                split.write(f"{name}\t{number}\ttrain\n")
            if taught.backdrop is not None:
                cv2.imwrite(str(target / "backdrops" / f"{number:06}.png"), taught.backdrop)
            gained = Yield(1, taught.found, len(taught.lines), int(taught.backdrop is not None))
            total = Yield(*(getattr(total, name) + value for name, value in asdict(gained).items()))
            yield total
