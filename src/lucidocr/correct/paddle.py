"""PP-OCRv6-small's recogniser, from the graph that the rapidocr package carries, as frames in an alphabet of ours.

Only the graph is taken from rapidocr: its own class around it picks thread counts by itself, logs, and keeps the
options of one call for the next.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from lucidocr.charset import Charset, canonical
from lucidocr.errors import MissingPartError
from lucidocr.preprocess import to_grey
from lucidocr.session import Session
from lucidocr.types import FloatArray, Frames, ImageArray, IntArray

GRAPH: Final = "PP-OCRv6_rec_small.onnx"

_HEIGHT: Final = 48
"""Of a line as the network takes it, pixels."""

SQUEEZED: Final = 2 / 3
"""Width of lines of square characters by what it would be: as legible to the network, and a third less to compute."""

_LEAST_WIDTH: Final = 16
_MAX_WIDTH: Final = 48_000
"""Widest line; what is longer is squeezed. It guards memory, not sense."""

_BATCH_COLUMNS: Final = 4096
"""Most columns of a batch: larger ones are not faster on a CPU."""

_ALIKE: Final = 16
"""Lines of a batch are at most as many as fit if all were as wide as this one of those that are left."""

_CERTAIN: Final = 1e-4
"""Probability of anything but blank below which a frame is taken for blank."""

_TINIEST: Final = 1e-30


class PaddleRecogniser:
    """PP-OCRv6-small; immutable once built, safe to call from many threads.

    Args:
        threads: that one call may use.

    Raises:
        MissingPartError: rapidocr is not installed, or carries another graph.
    """

    def __init__(self, *, threads: int) -> None:
        self._session = Session(_bundled_graph(), threads=threads, arena=True)
        chars = [canonical(char) or " " for char in (*self._session.metadata["character"].splitlines(), " ")]
        self._charset = Charset("".join(dict.fromkeys(chars)))
        columns: IntArray = np.array(self._charset.encode("".join(chars)), dtype=np.int64)
        self._firsts: IntArray = 1 + np.unique(columns, return_index=True)[1]
        self._twins = [(1 + row, column) for row, column in enumerate(columns) if 1 + row != self._firsts[column]]

    @property
    def charset(self) -> Charset:
        """What it reads; characters that no picture can tell apart count once (:func:`lucidocr.charset.canonical`)."""
        return self._charset

    def frames(self, lines: Sequence[ImageArray], square: Sequence[bool] | None = None) -> list[Frames]:
        """What the network says of line images.

        Args:
            lines: uint8 [h, w] grey or [h, w, 3] RGB each.
            square: of each line whether its characters are as wide as high, as Han characters are, so that it may be
                squeezed; none is when None.

        Returns:
            The frames of every line, in the order given; their characters are those of :attr:`charset`.
        """
        widths = [
            _width(line, SQUEEZED if squeeze else 1.0)
            for line, squeeze in zip(lines, square or [False] * len(lines), strict=True)
        ]
        results: dict[int, Frames] = {}
        for batch in _batches(widths):
            images = _stacked([lines[number] for number in batch], [widths[number] for number in batch])
            (probabilities,) = self._session.run(
                {self._session.inputs[0]: images}, self._session.outputs[:1], shrink=images.shape[3] > _BATCH_COLUMNS
            )
            for number, said in zip(batch, probabilities, strict=True):
                results[number] = self._fold(said, lines[number].shape[1], widths[number] / images.shape[3])
        return [results[number] for number in range(len(lines))]

    def _fold(self, said: FloatArray, width: int, filled: float) -> Frames:
        """Frames of one line from probabilities [T, C] of blank and all classes, of which the line fills a part."""
        count = min(len(said), math.ceil(len(said) * filled))
        said = said[:count]
        blank, other = said[:, 0], np.maximum(1 - said[:, 0], 0)
        active = np.flatnonzero(other > _CERTAIN)
        said = said[active]
        chars = said[:, self._firsts]
        for twin, column in self._twins:
            chars[:, column] += said[:, twin]
        return Frames(
            log_blank=np.log(np.maximum(blank, _TINIEST)),
            log_other=np.log(np.maximum(other, _TINIEST)),
            active=active,
            log_chars=np.log(np.maximum(chars / np.maximum(other[active, None], _TINIEST), _TINIEST)),
            pixels_per_frame=width / max(count, 1),
            width=width,
        )


def _bundled_graph() -> bytes:
    try:
        return (Path(str(resources.files("rapidocr") / "models")) / GRAPH).read_bytes()
    except (ModuleNotFoundError, OSError) as error:
        raise MissingPartError(
            "the second opinion needs the package rapidocr 3.10 with its graphs",
            remedy="pip install 'rapidocr>=3.10,<4', or read without a second opinion.",
        ) from error


def _width(line: ImageArray, part: float) -> int:
    """Columns of a line once it is as high as the network wants it, and squeezed to a part of its width."""
    height, width = (int(side) for side in line.shape[:2])
    return min(max(_LEAST_WIDTH, math.ceil(part * _HEIGHT * width / height)), _MAX_WIDTH)


def _batches(widths: Sequence[int]) -> list[list[int]]:
    """Numbers of lines of like width, narrow ones first."""
    order = sorted(range(len(widths)), key=widths.__getitem__)
    batches = []
    while order:
        count = max(1, _BATCH_COLUMNS // widths[order[min(len(order), _ALIKE) - 1]])
        batches.append(order[:count])
        order = order[count:]
    return batches


def _stacked(lines: Sequence[ImageArray], widths: Sequence[int]) -> FloatArray:
    """float32 [B, 3, 48, W] in [-1, 1], zero beyond a line's width."""
    images = np.zeros((len(lines), 3, _HEIGHT, max(widths)), np.float32)
    for image, line, width in zip(images, lines, widths, strict=True):
        image[:, :, :width] = cv2.resize(to_grey(line), (width, _HEIGHT)).astype(np.float32) / 127.5 - 1
    return images
