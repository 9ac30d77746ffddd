"""A picture in, its reading out: the parts composed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from lucidocr.align import ink_extent
from lucidocr.decode import read_frames
from lucidocr.detect import Detector, PaddleDetector, cut_line, turn_tall, whole_line
from lucidocr.errors import OptionError
from lucidocr.io import Source, load
from lucidocr.layout import reading_order
from lucidocr.model import Model, load_model
from lucidocr.preprocess import to_grey
from lucidocr.recognise import BATCH_COLUMNS, Recogniser
from lucidocr.single_line import is_single_line
from lucidocr.threads import available_cores
from lucidocr.types import ImageArray, Line, LineImage, Page, PageImage, Recognition, Span

Mode = Literal["auto", "line", "page"]
Point = tuple[float, float]


class Reader:
    """Reads pictures of text; one serves any number of threads.

    Args:
        model: a model folder; the one that comes with the package when None.
        threads: processor threads that one call may use; as many as this process may use cores when None.
        batch_columns: most columns of normalised lines to run at once; it bounds memory.
        detector: what finds the lines of a page; PP-OCR's, loaded with the first page, when None.

    Raises:
        ModelError: the model folder is incomplete or altered.
        OptionError: fewer than one thread or column.
    """

    def __init__(
        self,
        model: str | Path | None = None,
        *,
        threads: int | None = None,
        batch_columns: int = BATCH_COLUMNS,
        detector: Detector | None = None,
    ) -> None:
        if (threads is not None and threads < 1) or batch_columns < 1:
            raise OptionError("threads and batch_columns are at least 1")
        self._threads = threads or available_cores()
        self._model = load_model(model)
        self._recogniser = Recogniser(self._model, threads=self._threads, batch_columns=batch_columns)
        self._detector = detector
        self._detector_lock = threading.Lock()

    @property
    def model(self) -> Model:
        """The model that reads."""
        return self._model

    def read(self, source: Source, *, mode: Mode = "auto") -> Page:
        """Read a picture.

        Args:
            source: a path, an http(s) address, bytes, an array (RGB), a Pillow image or a page image.
            mode: "line" takes the picture for one tight line, "page" looks for lines, "auto" decides by its shape
                and ink.

        Returns:
            The lines in reading order; none when the picture holds no text.

        Raises:
            InputError: the picture cannot be used; see :func:`lucidocr.io.load`.
            MissingPartError: a page, and no detector is installed.
            OptionError: another mode.
        """
        if mode not in get_args(Mode):
            raise OptionError(f"the mode {mode!r} is not one of {', '.join(get_args(Mode))}")
        page = load(source)
        if mode == "auto":
            mode = "line" if is_single_line(to_grey(page.pixels)) else "page"
        cuts = [whole_line(page)] if mode == "line" else self._cut_lines(page)
        readings = self.read_lines([cut.pixels for cut in cuts])
        lines = tuple(_place(cut, reading) for cut, reading in zip(cuts, readings, strict=True) if reading.text)
        return Page(lines, page.width, page.height, page.source, mode)

    def read_lines(self, images: Sequence[ImageArray]) -> list[Recognition]:
        """Read line images, batched by width.

        Args:
            images: uint8 [h, w] grey or [h, w, 3] RGB each, of any size.

        Returns:
            A reading for every image, in the order given; its text is empty where there is none.

        Raises:
            InputError: something else than such an array.
        """
        charset = self._model.charset
        readings = {
            number: read_frames(frames, charset, ink=ink_extent(to_grey(images[number])))
            for number, frames in self._recogniser.stream(images)
        }
        return [readings[number] for number in range(len(images))]

    def _cut_lines(self, page: PageImage) -> list[LineImage]:
        quads = turn_tall(self._page_detector().find(page))
        return [cut_line(page, quads[number]) for number in reading_order(quads)]

    def _page_detector(self) -> Detector:
        with self._detector_lock:
            if self._detector is None:
                self._detector = PaddleDetector(threads=self._threads)
            return self._detector


def _place(cut: LineImage, reading: Recognition) -> Line:
    """A reading in its place on the page."""
    return Line(
        text=reading.text,
        confidence=reading.confidence,
        box=tuple((float(x), float(y)) for x, y in cut.box),
        spans=reading.spans,
        quads=tuple(_quad(cut, span) for span in reading.spans),
    )


def _quad(cut: LineImage, span: Span) -> tuple[Point, ...]:
    """A character's corners in page pixels, clockwise from its top left; it is as high as its line image."""
    bottom = cut.pixels.shape[0]
    corners = [(span.left, 0), (span.right, 0), (span.right, bottom), (span.left, bottom)]
    mapped = np.array([(x, y, 1.0) for x, y in corners]) @ cut.to_page.T
    return tuple((float(x / w), float(y / w)) for x, y, w in mapped)
