"""Other recognisers that are asked what they read where ours is unsure."""

from __future__ import annotations

import math
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from lucidocr.beam import beam_search
from lucidocr.charset import canonical
from lucidocr.correct.paddle import PaddleRecogniser
from lucidocr.correct.scoring import Scorer
from lucidocr.errors import AlignmentError, MissingPartError
from lucidocr.metrics import edit_distance
from lucidocr.types import ImageArray

TEXTS: Final = 3
"""Readings that are taken from another recogniser at most."""

_SQUARE: Final = 0.7
"""Part of the characters that are square in a line that may be squeezed."""

_BEAM: Final = 4

_TINIEST: Final = 1e-6
_LOG_SLIP: Final = -2.0
"""Natural log of the probability of one edit between the truth and a string of which only a confidence is known."""

_TESSERACT_SECONDS: Final = 30.0


class Opinion(Protocol):
    """What another recogniser says of one line."""

    @property
    def source(self) -> str:
        """Name of the recogniser."""

    @property
    def texts(self) -> tuple[str, ...]:
        """Its most probable readings, best first, in canonical form (:func:`lucidocr.charset.canonical`)."""

    def log_probs(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Natural log of P(text | picture), by it, of each of several texts."""

    def posteriors(self, text: str) -> NDArray[np.float64] | None:
        """The probability in [0, 1] of each character of a text in its place; None where it cannot tell."""


class SecondOpinion(Protocol):
    """Another recogniser; safe to call from many threads."""

    @property
    def name(self) -> str:
        """What it is called in results."""

    def ask(self, lines: Sequence[ImageArray], readings: Sequence[str]) -> list[Opinion]:
        """Read line images.

        Args:
            lines: uint8 [h, w] grey each.
            readings: what was read in them so far, which may be wrong: a hint at the script, and no more.

        Returns:
            An opinion for every line, in their order.
        """


@dataclass(frozen=True, slots=True, eq=False)
class FramesOpinion:
    """The opinion of a recogniser whose frames are known.

    Attributes:
        source: name of the recogniser.
        texts: see :class:`Opinion`.
        scorer: of its frames.
    """

    source: str
    texts: tuple[str, ...]
    scorer: Scorer

    def log_probs(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """See :class:`Opinion`: exact, summed over all CTC paths."""
        return self.scorer.log_probs(texts)

    def posteriors(self, text: str) -> NDArray[np.float64] | None:
        """See :class:`Opinion`: exact; None where the text has no room on its frames."""
        try:
            return self.scorer.posteriors(text)
        except AlignmentError:
            return None


class PaddleOpinion:
    """PP-OCRv6-small, which the rapidocr package carries.

    Args:
        threads: that one call may use.

    Raises:
        MissingPartError: rapidocr is not installed, or carries another graph.
    """

    name: Final = "PP-OCRv6-small"

    def __init__(self, *, threads: int) -> None:
        self._recogniser = PaddleRecogniser(threads=threads)

    def ask(self, lines: Sequence[ImageArray], readings: Sequence[str]) -> list[Opinion]:
        """See :class:`SecondOpinion`; lines of Han characters are squeezed."""
        charset = self._recogniser.charset
        return [
            FramesOpinion(
                self.name,
                tuple(one.text for one in beam_search(frames, charset, count=TEXTS, beam=_BEAM)),
                Scorer.of(frames, charset),
            )
            for frames in self._recogniser.frames(lines, [*map(is_square, readings)])
        ]


def is_square(reading: str) -> bool:
    """Whether most characters are as wide as high: from the CJK radicals of Unicode on."""
    return sum(char > "\u2e7f" for char in reading) >= _SQUARE * max(len(reading), 1)


@dataclass(frozen=True, slots=True)
class StringOpinion:
    """The opinion of a recogniser that gives a string and a confidence.

    Attributes:
        source: name of the recogniser.
        text: the string.
        confidence: that it is right, in [0, 1].
    """

    source: str
    text: str
    confidence: float

    @property
    def texts(self) -> tuple[str, ...]:
        """See :class:`Opinion`."""
        return (self.text,)

    def log_probs(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """See :class:`Opinion`: the string has its confidence, others the rest, less with every edit between them."""
        sure = min(max(self.confidence, _TINIEST), 1 - _TINIEST)
        edits = [edit_distance(text, self.text) for text in texts]
        return np.array([math.log1p(-sure) + count * _LOG_SLIP if count else math.log(sure) for count in edits])

    def posteriors(self, text: str) -> NDArray[np.float64] | None:
        """See :class:`Opinion`: unknown."""
        del text
        return None


class TesseractOpinion:
    """Tesseract's command line.

    Args:
        languages: as for its option ``-l``.

    Raises:
        MissingPartError: it is not installed.
    """

    name: Final = "Tesseract"

    def __init__(self, languages: str = "chi_sim+eng") -> None:
        program = shutil.which("tesseract")
        if program is None:
            raise MissingPartError(
                "tesseract is not installed", remedy="apt install tesseract-ocr tesseract-ocr-chi-sim, or leave it out."
            )
        self._command = (program, "stdin", "stdout", "--psm", "7", "-l", languages, "tsv")

    def ask(self, lines: Sequence[ImageArray], readings: Sequence[str]) -> list[Opinion]:
        """See :class:`SecondOpinion`."""
        del readings
        return [self._read(line) for line in lines]

    def _read(self, line: ImageArray) -> StringOpinion:
        encoded = cv2.imencode(".png", line)[1].tobytes()
        with tempfile.TemporaryDirectory() as folder:  # where it would leave debugging files
            done = subprocess.run(  # noqa: S603 - the command is ours
                self._command,
                input=encoded,
                capture_output=True,
                timeout=_TESSERACT_SECONDS,
                check=False,
                cwd=Path(folder),
                env={"OMP_THREAD_LIMIT": "1", "PATH": "/usr/bin:/bin"},
            )
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise MissingPartError(f"tesseract cannot read: {said[-1] if said else done.returncode}")
        rows = [row.split("\t") for row in done.stdout.decode("utf-8").splitlines()[1:]]
        words = [(row[11], float(row[10])) for row in rows if len(row) == 12 and row[11].strip()]
        if not words:
            return StringOpinion(self.name, "", 0.5)
        text = canonical(" ".join(word for word, _ in words))
        return StringOpinion(self.name, text, min(sure for _, sure in words) / 100)
