"""The doubtful lines of a picture, each diagnosed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from lucidocr.assemble import checked_quad, corners_of, cut_again, cut_quad
from lucidocr.correct.corrector import Correcting
from lucidocr.detect import whole_line
from lucidocr.errors import OptionError
from lucidocr.explain.render import SURE
from lucidocr.metrics import Rule
from lucidocr.pipeline import Mode
from lucidocr.prepare import Preprocess
from lucidocr.types import DiagnosedLine, DiagnosedPage, Diagnosis, FloatArray, ImageArray, Line, Page, PageImage


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


@dataclass(frozen=True, slots=True, eq=False)
class Complaint:
    """What to diagnose of a picture, and how.

    Attributes:
        mode: how to look for lines, as in :meth:`lucidocr.pipeline.Reader.read`.
        truth: what the picture says, which is one line then.
        rule: under which reading and truth are compared.
        everything: whether lines that are surely right are diagnosed as well.
        preprocess: whether the pictures of lines are mended before they are read; as the reader was made when None.
        misread: whether what is diagnosed is known to be misread, though not what it says.
        quad: float32 [4, 2], corners of the one line to diagnose, pixels, clockwise from its text's top left.
        vertical: whether ``quad`` is a column of upright characters.
    """

    mode: Mode = "auto"
    truth: str | None = None
    rule: Rule = "exact"
    everything: bool = False
    preprocess: Preprocess | None = None
    misread: bool = False
    quad: FloatArray | None = None
    vertical: bool = False

    def __post_init__(self) -> None:
        if self.vertical and self.quad is None:
            raise OptionError("a column was given without its box", remedy="Give the box, too.")
        if self.truth is not None and self.quad is None and self.mode == "page":
            raise OptionError("a truth was given for a whole page", remedy="Give it with the picture of one line.")
        if self.truth is not None and self.misread:
            raise OptionError("a truth tells by itself whether a line is misread", remedy="Leave one of both out.")


def diagnose_page(
    reader: DiagnosingReader, page: PageImage, complaint: Complaint, *, max_lines: int | None = None
) -> DiagnosedPage:
    """Diagnose what is read from a picture: the one line that it is or that was named, or every one that is doubtful.

    Args:
        reader: reads and diagnoses.
        page: the picture.
        complaint: what to diagnose, and how.
        max_lines: most lines to diagnose at once; any number when None.

    Returns:
        The lines that were diagnosed. One picture of a line is diagnosed even where nothing is read in it.

    Raises:
        MissingPartError: the model has no part that names causes.
        OptionError: the lines are too many, or the box is no quadrilateral inside the picture.
    """
    if complaint.quad is not None:
        named = _diagnosed_inside(reader, page, complaint.quad, complaint)
        return DiagnosedPage((named,), 1, page.width, page.height, page.source, "page")
    mode: Mode = "line" if complaint.truth is not None else complaint.mode
    read = reader.read(page, mode=mode, preprocess=complaint.preprocess)
    lines = _lines(page, read, complaint)
    if max_lines is not None and len(lines) > max_lines:
        raise OptionError(
            f"{page.source} has {len(lines)} lines to diagnose, and at most {max_lines} are at once",
            remedy="Cut the picture in parts.",
        )
    diagnosed = tuple(_diagnosed(reader, cut_again(page, read.mode, line), line, complaint) for line in lines)
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
    return Line("", 0.0, corners_of(whole_line(page).box))


def _diagnosed_inside(
    reader: DiagnosingReader, page: PageImage, quad: FloatArray, complaint: Complaint
) -> DiagnosedLine:
    """The line inside a box, cut out as when the page was read."""
    pixels = cut_quad(page, checked_quad(quad, page), vertical=complaint.vertical).pixels
    part = PageImage(pixels[..., None].repeat(3, axis=2), page.source, page.number)
    read = reader.read(part, mode="line", preprocess=complaint.preprocess).lines
    line = replace(read[0] if read else Line("", 0.0, ()), box=corners_of(quad), vertical=complaint.vertical)
    return _diagnosed(reader, pixels, line, complaint)


def _diagnosed(reader: DiagnosingReader, pixels: ImageArray, line: Line, complaint: Complaint) -> DiagnosedLine:
    return DiagnosedLine(
        line, reader.diagnose(pixels, truth=complaint.truth, misread=complaint.misread, rule=complaint.rule)
    )
