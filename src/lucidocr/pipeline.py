"""A picture in, its reading out: the parts composed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from lucidocr.assemble import make_page, placed
from lucidocr.calibration import load_calibration
from lucidocr.correct.corrector import ALONE, Correcting, Corrector
from lucidocr.correct.fusion import load_plan
from lucidocr.correct.language import load_language_model
from lucidocr.correct.opinion import PaddleOpinion, SecondOpinion
from lucidocr.detect import Detector, PaddleDetector, cut_line, whole_line
from lucidocr.diagnose.diagnoser import load_diagnoser
from lucidocr.errors import OptionError
from lucidocr.explain.explainer import Explainer
from lucidocr.explain.methods import DEFAULT_METHODS
from lucidocr.flatten import flatten
from lucidocr.gathering import Gatherer
from lucidocr.io import PdfText, Source, documents, load
from lucidocr.layout import reading_order
from lucidocr.lazy import Lazy
from lucidocr.lines import LineReader
from lucidocr.metrics import Rule
from lucidocr.model import Model, load_model
from lucidocr.native import is_alike, lines_to_compare
from lucidocr.orientation import ReadLine, read_page
from lucidocr.prepare import Preprocess, check_preprocess, load_preprocessing
from lucidocr.preprocess import to_grey
from lucidocr.recognise import BATCH_COLUMNS, Precision, Recogniser
from lucidocr.single_line import CROP_HEIGHT, FLAT_ASPECT, is_single_line
from lucidocr.threads import available_cores
from lucidocr.types import Diagnosis, Explanation, ImageArray, Page, PageImage, Recognition

Mode = Literal["auto", "line", "page"]


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
        preprocess: whether the pictures of lines are mended before they are read, where a call says nothing else; see
            :data:`lucidocr.prepare.Preprocess`.
        engine: who gives the second opinion; PP-OCRv6-small, loaded with the first line that needs it, when None.
        gather: puts something between callers and the recogniser that runs lines of many threads together, see
            :mod:`lucidocr.gathering`; every call runs its own when None.

    Raises:
        MissingPartError: eight bits are wanted, and the model has no such network.
        ModelError: the model folder is incomplete or altered.
        OptionError: fewer than one thread or column, or another precision or preprocessing.
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
        preprocess: Preprocess = "auto",
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
        calibration = load_calibration(self._model, alone.precision)
        self._explainer = Explainer(
            self._model, threads=self._threads, recogniser=alone if precision == "fp32" else None
        )
        self._correcting = correcting or Correcting()
        self._preprocess = check_preprocess(preprocess)
        self._corrector = Corrector(
            self._model.charset,
            load_plan(self._model, self._recogniser.precision),
            language=load_language_model,
            engine=lambda: engine or PaddleOpinion(threads=1 if gather else self._threads),
        )
        self._lines = LineReader(
            self._recogniser, self._model.charset, calibration, load_preprocessing(self._model), self._corrector
        )
        self._diagnoser = Lazy(
            lambda: load_diagnoser(self._model, self._recogniser.frames, calibration, self._explainer)
        )
        self._detector: Lazy[Detector] = Lazy(lambda: detector or PaddleDetector(threads=self._threads))

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

    def read(
        self,
        source: Source,
        *,
        mode: Mode = "auto",
        correcting: Correcting | None = None,
        preprocess: Preprocess | None = None,
    ) -> Page:
        """Read a picture.

        Args:
            source: a path, an http(s) address, bytes, an array (RGB), a Pillow image or a page image.
            mode: "line" takes the picture for one tight line, "page" looks for lines, "auto" decides by its shape
                and ink.
            correcting: what helps with doubtful lines; what the reader was made with when None.
            preprocess: whether the pictures of lines are mended first; as the reader was made when None.

        Returns:
            The lines in reading order; none when the picture holds no text. The page of a PDF that holds its own text
            (:attr:`lucidocr.types.PageImage.native`) gives that, unless a few of its lines read otherwise.

        Raises:
            InputError: the picture cannot be used; see :func:`lucidocr.io.load`.
            MissingPartError: a page, and no detector is installed.
            OptionError: another mode or preprocessing.
        """
        if mode not in get_args(Mode):
            raise OptionError(f"the mode {mode!r} is not one of {', '.join(get_args(Mode))}")
        page = load(source)
        if mode != "line" and page.native and self._shows_its_text(page):
            order = reading_order([np.array(line.box, dtype=np.float32) for line in page.native])
            return make_page(page, [page.native[number] for number in order], "native")
        if mode == "auto":
            mode = "line" if _is_line(page) else "page"
        if mode == "line":
            cut = whole_line(page)
            read = self.read_lines([cut.pixels], correcting=correcting, preprocess=preprocess)
            return make_page(page, placed([(cut, read[0])]), mode)
        flat = flatten(page)
        image = page if flat is None else flat.image
        found = read_page(image, self._detector.get().find(image), self._read_alone)
        reading = make_page(image, placed(self._improved(found, correcting, preprocess)), mode)
        return reading if flat is None else flat.restore(reading, page)

    def read_pages(
        self,
        source: Source,
        *,
        pages: str | None = None,
        mode: Mode = "auto",
        pdf_text: PdfText = "auto",
        correcting: Correcting | None = None,
        preprocess: Preprocess | None = None,
    ) -> Iterator[Page]:
        """Read the pages of a document one at a time.

        Args:
            source: what :meth:`read` takes, a PDF or a TIFF of several pages among it.
            pages: which pages, counted from one: "1-3,7", "5-"; all when None.
            mode: see :meth:`read`.
            pdf_text: "ignore" reads the picture of a PDF's page in any case.
            correcting: see :meth:`read`.
            preprocess: see :meth:`read`.

        Yields:
            A reading for each page.

        Raises:
            InputError: see :func:`lucidocr.io.documents`.
            MissingPartError, OptionError: see :meth:`read`.
        """
        for image in documents(source, pages=pages, pdf_text=pdf_text):
            yield self.read(image, mode=mode, correcting=correcting, preprocess=preprocess)

    def read_lines(
        self,
        images: Sequence[ImageArray],
        *,
        correcting: Correcting | None = None,
        preprocess: Preprocess | None = None,
    ) -> list[Recognition]:
        """Read line images, batched by width.

        Args:
            images: uint8 [h, w] grey or [h, w, 3] RGB each, of any size.
            correcting: see :meth:`read`.
            preprocess: see :meth:`read`.

        Returns:
            A reading for every image, in the order given; its text is empty where there is none.

        Raises:
            InputError: something else than such an array.
            OptionError: another preprocessing.
        """
        mended = check_preprocess(preprocess or self._preprocess)
        return self._lines.read(images, correcting or self._correcting, mended)

    def _read_alone(self, images: Sequence[ImageArray]) -> list[Recognition]:
        """The recogniser's own readings, which tell which way lines run."""
        return self._lines.read(images, ALONE, "off")

    def _improved(
        self, found: Sequence[ReadLine], correcting: Correcting | None, preprocess: Preprocess | None
    ) -> list[ReadLine]:
        """Lines of a page, the doubtful ones read again: their frames are computed anew rather than kept."""
        options, mended = correcting or self._correcting, check_preprocess(preprocess or self._preprocess)
        doubtful = [
            number for number, (_, reading) in enumerate(found) if self._lines.is_doubtful(reading, options, mended)
        ]
        again = self._lines.read([found[number][0].pixels for number in doubtful], options, mended)
        readings = dict(zip(doubtful, again, strict=True))
        return [(cut, readings.get(number, reading)) for number, (cut, reading) in enumerate(found)]

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
        pixels = _pixels(line)
        methods = (method,) if isinstance(method, str) else tuple(method)
        return self._explainer.explain(
            pixels, text=text, methods=methods, attention=attention, faithfulness=faithfulness
        )

    def diagnose(
        self, line: Source, *, truth: str | None = None, misread: bool = False, rule: Rule = "exact"
    ) -> Diagnosis:
        """Find out why the recogniser may misread a line, by itself and in the picture as it is.

        Args:
            line: see :meth:`explain`.
            truth: what the line says, where that is known: it makes the diagnosis surer.
            misread: that the line is misread, where that is known and the truth is not: "nothing" is no answer then.
            rule: under which reading and truth are compared, see :data:`lucidocr.metrics.RULES`.

        Returns:
            The causes with their probabilities, and what speaks for each.

        Raises:
            InputError: the picture cannot be used.
            MissingPartError: the model has no part that names causes.
        """
        return self._diagnoser.get().diagnose(to_grey(_pixels(line)), truth=truth, misread=misread, rule=rule)

    def _shows_its_text(self, page: PageImage) -> bool:
        """Whether a few lines of a PDF's page read as its own text says."""
        chosen = [page.native[number] for number in lines_to_compare(page.native, self._model.charset)]
        cuts = [cut_line(page, np.array(line.box, dtype=np.float32)) for line in chosen]
        readings = self._read_alone([cut.pixels for cut in cuts])
        return is_alike([line.text for line in chosen], [reading.text for reading in readings])


def _pixels(line: Source) -> ImageArray:
    return line if isinstance(line, np.ndarray) else load(line).pixels


def _is_line(page: PageImage) -> bool:
    """Whether a picture is one tight line; most pages tell by their shape, before their grey is computed."""
    if page.height > CROP_HEIGHT and page.width < FLAT_ASPECT * page.height:
        return False
    return is_single_line(to_grey(page.pixels))
