"""The doubtful lines of a picture, each diagnosed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lucidocr.assemble import cut_again
from lucidocr.correct.corrector import Correcting
from lucidocr.detect import whole_line
from lucidocr.errors import OptionError
from lucidocr.explain.render import SURE
from lucidocr.metrics import Rule
from lucidocr.pipeline import Mode
from lucidocr.prepare import Preprocess
from lucidocr.types import DiagnosedLine, DiagnosedPage, Diagnosis, ImageArray, Line, Page, PageImage


class DiagnosingReader(Protocol):
    """What is needed of a reader; many threads may call it at once."""

    def read(
        self,
        source: PageImage,
        *,
        mode: Mode = "auto",
        correcting: Correcting | None = None,
        preprocess: Preprocess | None = None,
    ) -> Page:
        """Read a decoded picture."""

    def diagnose(
        self, line: ImageArray, *, truth: str | None = None, misread: bool = False, rule: Rule = "exact"
    ) -> Diagnosis:
        """Find out why a line image may be misread."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What to diagnose of a picture, and how.

    Attributes:
        mode: how to look for lines, as in :meth:`lucidocr.pipeline.Reader.read`.
        truth: what the picture says, which is one line then.
        rule: under which reading and truth are compared.
        everything: whether lines that are surely right are diagnosed as well.
        preprocess: whether the pictures of lines are mended before they are read; as the reader was made when None.
        misread: whether what is diagnosed is known to be misread, though not what it says.
    """

    mode: Mode = "auto"
    truth: str | None = None
    rule: Rule = "exact"
    everything: bool = False
    preprocess: Preprocess | None = None
    misread: bool = False

    def __post_init__(self) -> None:
        if self.truth is not None and self.mode == "page":
            raise OptionError("a truth was given for a whole page", remedy="Give it with the picture of one line.")
        if self.truth is not None and self.misread:
            raise OptionError("a truth tells by itself whether a line is misread", remedy="Leave one of both out.")


def diagnose_page(
    reader: DiagnosingReader, page: PageImage, complaint: Complaint, *, max_lines: int | None = None
) -> DiagnosedPage:
    """Diagnose what is read from a picture: the one line that it is, or every line of it that is doubtful.

    Args:
        reader: reads and diagnoses.
        page: the picture.
        complaint: what to diagnose, and how.
        max_lines: most lines to diagnose at once; any number when None.

    Returns:
        The lines that were diagnosed. One picture of a line is diagnosed even where nothing is read in it.

    Raises:
        MissingPartError: the model has no part that names causes.
        OptionError: the lines are too many.
    """
    mode: Mode = "line" if complaint.truth is not None else complaint.mode
    read = reader.read(page, mode=mode, preprocess=complaint.preprocess)
    lines = _lines(page, read, complaint)
    if max_lines is not None and len(lines) > max_lines:
        raise OptionError(
            f"{page.source} has {len(lines)} lines to diagnose, and at most {max_lines} are at once",
            remedy="Cut the picture in parts.",
        )
    diagnosed = tuple(_diagnosed(reader, page, read.mode, line, complaint) for line in lines)
    return DiagnosedPage(diagnosed, len(read.lines), page.width, page.height, page.source, read.mode)


def is_doubtful(line: Line) -> bool:
    """Whether a line, or what the recogniser read in it by itself, is less than surely right."""
    alone = [one.confidence_before for one in (line.correction, line.preparation) if one is not None]
    return min([line.confidence, *alone]) < SURE


def _lines(page: PageImage, read: Page, complaint: Complaint) -> list[Line]:
    """The lines to diagnose; a picture of one line is one, even if it is empty."""
    if read.mode == "native":
        return []
    if read.mode == "line":
        return list(read.lines) or [_empty(page)]
    return [line for line in read.lines if complaint.everything or is_doubtful(line)]


def _empty(page: PageImage) -> Line:
    corners = np.asarray(whole_line(page).box, dtype=np.float64)
    return Line("", 0.0, tuple((float(x), float(y)) for x, y in corners))


def _diagnosed(reader: DiagnosingReader, page: PageImage, mode: str, line: Line, complaint: Complaint) -> DiagnosedLine:
    pixels = cut_again(page, mode, line)
    return DiagnosedLine(
        line, reader.diagnose(pixels, truth=complaint.truth, misread=complaint.misread, rule=complaint.rule)
    )
