"""The evidence for what is read from a picture: which of its lines are explained, and each of them explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple, Protocol

import numpy as np

from lucidocr.assemble import checked_quad, cut_quad
from lucidocr.columns import Column
from lucidocr.correct.corrector import Correcting
from lucidocr.detect import whole_line
from lucidocr.errors import AlignmentError, MissingPartError, OptionError
from lucidocr.explain.methods import DEFAULT_METHODS
from lucidocr.pipeline import Mode
from lucidocr.prepare import Preprocess
from lucidocr.types import (
    ExplainedLine,
    ExplainedPage,
    Explanation,
    FloatArray,
    ImageArray,
    Line,
    LineImage,
    Page,
    PageImage,
)

MAX_CHARACTERS: Final = 200
"""Longest text whose heat maps are made: all characters of a line are held in memory at once."""


class ExplainingReader(Protocol):
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

    def explain(
        self,
        line: ImageArray,
        *,
        method: str | Sequence[str] = DEFAULT_METHODS,
        text: str | None = None,
        attention: bool = False,
        faithfulness: bool = False,
    ) -> Explanation:
        """Explain one line image: its reading, or the text that is given."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What to explain of a picture, and how.

    Attributes:
        mode: how to look for lines, as in :meth:`lucidocr.pipeline.Reader.read`.
        methods: of the heat maps.
        attention: whether to ask the attention head; where the model has one when None.
        text: what to explain in place of the reading; the picture is one line then, unless ``line`` or ``quad`` is
            given.
        faithfulness: whether to judge every map.
        line: number, from zero, of the one line to explain among those that are read.
        quad: float32 [4, 2], corners of the one line to explain, pixels, clockwise from its text's top left.
        vertical: whether ``quad`` is a column of upright characters.
    """

    mode: Mode = "auto"
    methods: tuple[str, ...] = DEFAULT_METHODS
    attention: bool | None = False
    text: str | None = None
    faithfulness: bool = False
    line: int | None = None
    quad: FloatArray | None = None
    vertical: bool = False

    def __post_init__(self) -> None:
        if self.line is not None and self.quad is not None:
            raise OptionError("a line and a box were given", remedy="Give one of them.")
        if self.vertical and self.quad is None:
            raise OptionError("a column was given without its box", remedy="Give the box, too.")
        if self.text is not None and self.line is None and self.quad is None and self.mode == "page":
            raise OptionError("a text cannot be explained on a whole page", remedy="Choose one line, or the mode line.")
        if self.text is not None and not self.text.strip():
            raise OptionError("the text to explain is empty", remedy="Give at least one character.")


def explain_page(
    reader: ExplainingReader, page: PageImage, question: Question, *, max_lines: int | None = None
) -> ExplainedPage:
    """Explain what is read from a picture.

    Args:
        reader: reads and explains.
        page: the picture.
        question: what to explain, and how.
        max_lines: most lines to explain at once; any number when None.

    Returns:
        The evidence for every line with text. A line of more than ``MAX_CHARACTERS`` has no maps and no attention, and
        says so.

    Raises:
        OptionError: there is no such line, its box is no quadrilateral inside the picture, or the lines are too many.
        AlignmentError: the given text cannot lie on the line.
        MissingPartError: the model or the installation lacks a part that was asked for.
    """
    mode, chosen = _choose(reader, page, question)
    if max_lines is not None and len(chosen) > max_lines:
        raise OptionError(
            f"{page.source} has {len(chosen)} lines, and at most {max_lines} are explained at once",
            remedy="Name one of them by its number or its box.",
        )
    lines = tuple(_explain(reader, one, question) for one in chosen)
    return ExplainedPage(
        tuple(line for line in lines if line.explanation.characters), page.width, page.height, page.source, mode
    )


class _Chosen(NamedTuple):
    """A line to explain, and the text to explain; None for what the recogniser reads by itself."""

    cut: LineImage | Column
    text: str | None


def _choose(reader: ExplainingReader, page: PageImage, question: Question) -> tuple[str, list[_Chosen]]:
    """How the picture was taken, and what to explain."""
    if question.quad is not None:
        cut = cut_quad(page, checked_quad(question.quad, page), vertical=question.vertical)
        return "page", [_Chosen(cut, question.text)]
    if question.text is not None and question.line is None:
        return "line", [_Chosen(whole_line(page), question.text)]
    read = reader.read(page, mode=question.mode)
    lines = read.lines if question.line is None else (_numbered(read, question.line),)
    return read.mode, [
        _Chosen(
            whole_line(page)
            if read.mode == "line"
            else cut_quad(page, np.array(line.box, dtype=np.float32), vertical=line.vertical),
            question.text or _corrected(line),
        )
        for line in lines
    ]


def _corrected(line: Line) -> str | None:
    """What a line says, where that is not the recogniser's own reading."""
    return line.text if line.correction is not None and line.correction.changed else None


def _numbered(read: Page, number: int) -> Line:
    if not 0 <= number < len(read.lines):
        raise OptionError(
            f"there is no line {number}", remedy=f"{len(read.lines)} lines were read; the first has the number 0."
        )
    return read.lines[number]


def _explain(reader: ExplainingReader, chosen: _Chosen, question: Question) -> ExplainedLine:
    cut = chosen.cut
    try:
        explanation, notice = _evidence(reader, cut.pixels, question, chosen.text)
    except AlignmentError:
        if question.text is not None:
            raise
        explanation, notice = _evidence(reader, cut.pixels, question, None)
        notice = f"{notice} The line was corrected to {chosen.text!r}, which the recogniser cannot read.".strip()
    if isinstance(cut, Column):
        return ExplainedLine(LineImage(cut.pixels, cut.box, cut.to_page), explanation, notice, cut.edges)
    return ExplainedLine(cut, explanation, notice)


def _evidence(
    reader: ExplainingReader, pixels: ImageArray, question: Question, text: str | None
) -> tuple[Explanation, str]:
    """The evidence for a line, and what of it is left out."""
    plain = reader.explain(pixels, text=text, method=())
    if len(plain.characters) > MAX_CHARACTERS:
        counted = f"The line has {len(plain.characters)} characters"
        return plain, f"{counted}; heat maps and attention are made for at most {MAX_CHARACTERS} at once."
    if not plain.characters or not (question.methods or question.attention is not False):
        return plain, ""
    return _with_maps(reader, pixels, question, text), ""


def _with_maps(reader: ExplainingReader, pixels: ImageArray, question: Question, text: str | None) -> Explanation:
    explained = partial(reader.explain, pixels, text=text, method=question.methods, faithfulness=question.faithfulness)
    if question.attention is not None:
        return explained(attention=question.attention)
    try:
        return explained(attention=True)
    except MissingPartError:
        return explained(attention=False)
