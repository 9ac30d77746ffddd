"""A picture in, its reading out: the parts composed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from lucidocr.calibration import load_calibration
from lucidocr.columns import Column
from lucidocr.correct.corrector import ALONE, AT_ONCE, Correcting, Corrector, Doubt
from lucidocr.correct.fusion import load_plan
from lucidocr.correct.language import load_language_model
from lucidocr.correct.opinion import PaddleOpinion, SecondOpinion
from lucidocr.decode import read_frames
from lucidocr.detect import Detector, PaddleDetector, cut_line, whole_line
from lucidocr.errors import OptionError
from lucidocr.explain.explainer import Explainer
from lucidocr.explain.methods import DEFAULT_METHODS
from lucidocr.flatten import flatten
from lucidocr.gathering import Gatherer
from lucidocr.io import PdfText, Source, documents, load
from lucidocr.layout import reading_order
from lucidocr.layout.blocks import blocks_of, in_block_order
from lucidocr.model import Model, load_model
from lucidocr.native import is_alike, lines_to_compare
from lucidocr.orientation import ReadLine, read_page
from lucidocr.preprocess import to_grey
from lucidocr.recognise import BATCH_COLUMNS, Precision, Recogniser
from lucidocr.single_line import CROP_HEIGHT, FLAT_ASPECT, is_single_line
from lucidocr.threads import available_cores
from lucidocr.types import Block, Explanation, ImageArray, Line, LineImage, Page, PageImage, Recognition, Span

Mode = Literal["auto", "line", "page"]
Point = tuple[float, float]


class Reader:
    """Reads pictures of text; one serves any number of threads.

    Args:
        model: a model folder; the one that comes with the package when None.
        threads: processor threads that one call may use; as many as this process may use cores when None.
        batch_columns: most columns of normalised lines to run at once; it bounds memory.
        precision: "fp32", "int8", or "auto": "int8" where the model has it and the processor computes it exactly.
        detector: what finds the lines of a page; PP-OCR's, loaded with the first page, when None.
        correcting: what helps with doubtful lines, where a call says nothing else; the language model and a second
            opinion when None.
        engine: who gives the second opinion; PP-OCRv6-small, loaded with the first line that needs it, when None.
        gather: puts something between callers and the recogniser that runs lines of many threads together, see
            :mod:`lucidocr.gathering`; every call runs its own when None.

    Raises:
        MissingPartError: eight bits are wanted, and the model has no such network.
        ModelError: the model folder is incomplete or altered.
        OptionError: fewer than one thread or column, or another precision.
    """

    def __init__(  # noqa: PLR0913 - each is a choice of its own
        self,
        model: str | Path | None = None,
        *,
        threads: int | None = None,
        batch_columns: int = BATCH_COLUMNS,
        precision: Precision = "fp32",
        detector: Detector | None = None,
        correcting: Correcting | None = None,
        engine: SecondOpinion | None = None,
        gather: Callable[[Recogniser], Gatherer] | None = None,
    ) -> None:
        if (threads is not None and threads < 1) or batch_columns < 1:
            raise OptionError("threads and batch_columns are at least 1")
        self._threads = threads or available_cores()
        self._model = load_model(model)
        alone = Recogniser(
            self._model, threads=1 if gather else self._threads, batch_columns=batch_columns, precision=precision
        )
        self._recogniser = gather(alone) if gather else alone
        self._calibration = load_calibration(self._model, alone.precision)
        self._explainer = Explainer(
            self._model, threads=self._threads, recogniser=alone if precision == "fp32" else None
        )
        self._correcting = correcting or Correcting()
        self._corrector = Corrector(
            self._model.charset,
            load_plan(self._model, self._recogniser.precision),
            language=load_language_model,
            engine=lambda: engine or PaddleOpinion(threads=1 if gather else self._threads),
        )
        self._detector = detector
        self._detector_lock = threading.Lock()

    @property
    def model(self) -> Model:
        """The model that reads."""
        return self._model

    @property
    def precision(self) -> Literal["fp32", "int8"]:
        """What the network computes in."""
        return self._recogniser.precision

    @property
    def waiting(self) -> int:
        """Lines of all threads that wait to be recognised, where they are gathered; see :mod:`lucidocr.gathering`."""
        return self._recogniser.waiting if isinstance(self._recogniser, Gatherer) else 0

    @property
    def notices(self) -> tuple[str, ...]:
        """Why something that was to help with doubtful lines does not; empty where all is well."""
        return self._corrector.notices

    def read(self, source: Source, *, mode: Mode = "auto", correcting: Correcting | None = None) -> Page:
        """Read a picture.

        Args:
            source: a path, an http(s) address, bytes, an array (RGB), a Pillow image or a page image.
            mode: "line" takes the picture for one tight line, "page" looks for lines, "auto" decides by its shape
                and ink.
            correcting: what helps with doubtful lines; what the reader was made with when None.

        Returns:
            The lines in reading order; none when the picture holds no text. The page of a PDF that holds its own text
            (:attr:`lucidocr.types.PageImage.native`) gives that, unless a few of its lines read otherwise.

        Raises:
            InputError: the picture cannot be used; see :func:`lucidocr.io.load`.
            MissingPartError: a page, and no detector is installed.
            OptionError: another mode.
        """
        if mode not in get_args(Mode):
            raise OptionError(f"the mode {mode!r} is not one of {', '.join(get_args(Mode))}")
        page = load(source)
        if mode != "line" and page.native and self._shows_its_text(page):
            order = reading_order([np.array(line.box, dtype=np.float32) for line in page.native])
            return _page(page, [page.native[number] for number in order], "native")
        if mode == "auto":
            mode = "line" if _is_line(page) else "page"
        if mode == "line":
            cut = whole_line(page)
            return _page(page, _placed([(cut, self.read_lines([cut.pixels], correcting=correcting)[0])]), mode)
        flat = flatten(page)
        image = page if flat is None else flat.image
        found = read_page(image, self._page_detector().find(image), self._read_alone)
        reading = _page(image, _placed(self._corrected(found, correcting or self._correcting)), mode)
        return reading if flat is None else flat.restore(reading, page)

    def read_pages(
        self,
        source: Source,
        *,
        pages: str | None = None,
        mode: Mode = "auto",
        pdf_text: PdfText = "auto",
        correcting: Correcting | None = None,
    ) -> Iterator[Page]:
        """Read the pages of a document one at a time.

        Args:
            source: what :meth:`read` takes, a PDF or a TIFF of several pages among it.
            pages: which pages, counted from one: "1-3,7", "5-"; all when None.
            mode: see :meth:`read`.
            pdf_text: "ignore" reads the picture of a PDF's page in any case.
            correcting: see :meth:`read`.

        Yields:
            A reading for each page.

        Raises:
            InputError: see :func:`lucidocr.io.documents`.
            MissingPartError, OptionError: see :meth:`read`.
        """
        for image in documents(source, pages=pages, pdf_text=pdf_text):
            yield self.read(image, mode=mode, correcting=correcting)

    def read_lines(self, images: Sequence[ImageArray], *, correcting: Correcting | None = None) -> list[Recognition]:
        """Read line images, batched by width.

        Args:
            images: uint8 [h, w] grey or [h, w, 3] RGB each, of any size.
            correcting: see :meth:`read`.

        Returns:
            A reading for every image, in the order given; its text is empty where there is none.

        Raises:
            InputError: something else than such an array.
        """
        options = correcting or self._correcting
        readings: dict[int, Recognition] = {}
        doubts: dict[int, Doubt] = {}
        for number, frames in self._recogniser.stream(images):
            grey = to_grey(images[number])
            readings[number] = read_frames(frames, self._model.charset, grey, calibration=self._calibration)
            if self._corrector.doubts(readings[number], options):
                doubts[number] = Doubt(frames, grey, readings[number])
            if len(doubts) == AT_ONCE:
                readings |= self._resolved(doubts, options)
                doubts = {}
        readings |= self._resolved(doubts, options)
        return [readings[number] for number in range(len(images))]

    def _read_alone(self, images: Sequence[ImageArray]) -> list[Recognition]:
        """The recogniser's own readings, which tell which way lines run."""
        return self.read_lines(images, correcting=ALONE)

    def _corrected(self, found: Sequence[ReadLine], options: Correcting) -> list[ReadLine]:
        """Lines of a page, the doubtful ones read again: their frames are computed anew rather than kept."""
        doubtful = [number for number, (_, reading) in enumerate(found) if self._corrector.doubts(reading, options)]
        again = self.read_lines([found[number][0].pixels for number in doubtful], correcting=options)
        readings = dict(zip(doubtful, again, strict=True))
        return [(cut, readings.get(number, reading)) for number, (cut, reading) in enumerate(found)]

    def _resolved(self, doubts: dict[int, Doubt], options: Correcting) -> dict[int, Recognition]:
        return dict(zip(doubts, self._corrector.correct(list(doubts.values()), options), strict=True))

    def explain(
        self,
        line: Source,
        *,
        method: str | Sequence[str] = DEFAULT_METHODS,
        text: str | None = None,
        attention: bool = False,
        faithfulness: bool = False,
    ) -> Explanation:
        """Show why a line is read as it is, by the network in full precision.

        Args:
            line: a picture of one line: an array as :meth:`read_lines` takes it, or what else :meth:`read` takes.
            method: of the heat maps, one or several of :data:`lucidocr.explain.methods.METHODS`; none when empty.
            text: what to explain; what is read when None. Spaces at its ends are dropped.
            attention: whether to ask the attention head.
            faithfulness: whether to judge every map, by reading the line again without what it marks.

        Returns:
            The evidence; there is none for characters where the text is empty.

        Raises:
            AlignmentError: the text cannot lie on the line, or holds characters that the model does not know.
            ImageSizeError: line and text are too long.
            InputError: the picture cannot be used.
            MissingPartError: the model has no part that answers this.
            OptionError: an unknown method.
        """
        pixels = line if isinstance(line, np.ndarray) else load(line).pixels
        methods = (method,) if isinstance(method, str) else tuple(method)
        return self._explainer.explain(
            pixels, text=text, methods=methods, attention=attention, faithfulness=faithfulness
        )

    def _shows_its_text(self, page: PageImage) -> bool:
        """Whether a few lines of a PDF's page read as its own text says."""
        chosen = [page.native[number] for number in lines_to_compare(page.native, self._model.charset)]
        cuts = [cut_line(page, np.array(line.box, dtype=np.float32)) for line in chosen]
        readings = self._read_alone([cut.pixels for cut in cuts])
        return is_alike([line.text for line in chosen], [reading.text for reading in readings])

    def _page_detector(self) -> Detector:
        with self._detector_lock:
            if self._detector is None:
                self._detector = PaddleDetector(threads=self._threads)
            return self._detector


def _is_line(page: PageImage) -> bool:
    """Whether a picture is one tight line; most pages tell by their shape, before their grey is computed."""
    if page.height > CROP_HEIGHT and page.width < FLAT_ASPECT * page.height:
        return False
    return is_single_line(to_grey(page.pixels))


def _page(image: PageImage, lines: Sequence[Line], mode: str) -> Page:
    blocks: tuple[Block, ...] = ()
    if lines and mode != "line":
        lines, blocks = in_block_order(lines, blocks_of(lines, to_grey(image.pixels)))
    return Page(tuple(lines), image.width, image.height, image.source, mode, image.number, image.dpi, blocks)


def _placed(found: Sequence[ReadLine]) -> list[Line]:
    """The lines on which something was read."""
    return [_place(cut, reading) for cut, reading in found if reading.text]


def _place(cut: LineImage | Column, reading: Recognition) -> Line:
    """A reading in its place on the page."""
    return Line(
        text=reading.text,
        confidence=reading.confidence,
        box=tuple((float(x), float(y)) for x, y in cut.box),
        spans=reading.spans,
        quads=tuple(cut.quad(span) if isinstance(cut, Column) else _quad(cut, span) for span in reading.spans),
        vertical=isinstance(cut, Column),
        correction=reading.correction,
    )


def _quad(cut: LineImage, span: Span) -> tuple[Point, ...]:
    """A character's corners in page pixels, clockwise from its top left; it is as high as its line image."""
    bottom = cut.pixels.shape[0]
    corners = [(span.left, 0), (span.right, 0), (span.right, bottom), (span.left, bottom)]
    mapped = np.array([(x, y, 1.0) for x, y in corners]) @ cut.to_page.T
    return tuple((float(x / w), float(y / w)) for x, y, w in mapped)
