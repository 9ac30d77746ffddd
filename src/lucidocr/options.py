"""How documents are read, as one value that travels: from the command line to a reader in another process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lucidocr import io
from lucidocr.correct.display import normalise_page
from lucidocr.correct.normalise import Normalisation, Punctuation, Script, Spaces, Width
from lucidocr.export.parts import Sheet
from lucidocr.types import Page, PageImage

if TYPE_CHECKING:
    from lucidocr.correct.corrector import Ask, Correcting, LexiconMode
    from lucidocr.pipeline import Mode, Reader
    from lucidocr.prepare import Preprocess
    from lucidocr.recognise import Precision


class PageReader(Protocol):
    """What is needed of a reader."""

    def read(self, source: PageImage, *, mode: Mode = "auto") -> Page:
        """Read a decoded picture."""


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """Everything that a reading depends on beside the document; each field is an option of the command line.

    Attributes:
        model: a model folder; the bundled model when None.
        threads: that one reader may use; all cores of the process when None. It does not change what is read.
        precision: see :class:`lucidocr.pipeline.Reader`.
        mode: see :meth:`lucidocr.pipeline.Reader.read`.
        pages: which pages of documents, as in :func:`lucidocr.io.documents`.
        pdf_text: what is done with the text that a PDF holds itself.
        preprocess: whether the pictures of lines are mended before they are read.
        lm: whether the language model has a say in doubtful lines.
        second_opinion: when another recogniser is asked.
        lexicon: files of words and patterns, or names of built-in lists.
        lexicon_mode: whether they are preferred, or nothing else may be read.
        width: see :class:`lucidocr.correct.normalise.Normalisation`, like the others.
        punctuation: width of marks.
        script: of Chinese characters.
        spaces: between Chinese characters and others.
    """

    model: Path | None = None
    threads: int | None = None
    precision: Precision = "fp32"
    mode: Mode = "auto"
    pages: str | None = None
    pdf_text: io.PdfText = "auto"
    preprocess: Preprocess = "auto"
    lm: bool = True
    second_opinion: Ask = "auto"
    lexicon: tuple[str, ...] = ()
    lexicon_mode: LexiconMode = "prefer"
    width: Width = "keep"
    punctuation: Punctuation = "keep"
    script: Script = "keep"
    spaces: Spaces = "keep"

    def make_reader(self) -> Reader:
        """Load the model.

        Raises:
            MissingPartError, ModelError: see :class:`lucidocr.pipeline.Reader`.
            OptionError: a lexicon cannot be read, or holds a pattern that is none.
        """
        from lucidocr import pipeline  # noqa: PLC0415  (loads ONNX Runtime, which `lucidocr --help` does without)

        return pipeline.Reader(
            self.model,
            threads=self.threads,
            precision=self.precision,
            correcting=self.correcting(),
            preprocess=self.preprocess,
        )

    def correcting(self) -> Correcting:
        """What helps with doubtful lines; errors as :meth:`make_reader`."""
        from lucidocr.correct.corrector import Correcting  # noqa: PLC0415  (as above)

        lexicon = None
        if self.lexicon:
            from lucidocr.correct.lexicon import load_lexicons  # noqa: PLC0415

            lexicon = load_lexicons(self.lexicon)
        return Correcting(self.lm, self.second_opinion, lexicon, self.lexicon_mode)

    def sheets(self, reader: PageReader, source: io.Source, name: str | None = None) -> Iterator[Sheet]:
        """Read the pages of a document one at a time.

        Args:
            reader: from :meth:`make_reader`.
            source: the document, see :func:`lucidocr.io.documents`.
            name: what errors and pages call it; its own name without it.

        Raises:
            InputError: as :func:`lucidocr.io.documents` and the reader have it.
            MissingPartError: another script is wanted, and OpenCC is not installed.
        """
        shown = Normalisation(self.width, self.punctuation, self.script, self.spaces)
        for image in io.documents(source, pages=self.pages, pdf_text=self.pdf_text, name=name):
            yield Sheet(image, normalise_page(reader.read(image, mode=self.mode), shown))
