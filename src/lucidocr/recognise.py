"""The recogniser: from line images to frames."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np

from lucidocr.errors import ImageSizeError, InputError, ModelError, OptionError
from lucidocr.model import FORMAT_VERSION, RECOGNISE, Model
from lucidocr.preprocess import normalise_line, to_batch, to_grey
from lucidocr.preprocess.normalise import normalised_width
from lucidocr.processor import has_dot_products
from lucidocr.session import Session
from lucidocr.types import FloatArray, Frames, ImageArray, IntArray

Precision = Literal["auto", "fp32", "int8"]
"""What the network computes in; see :func:`network_part`."""

PRECISIONS: tuple[Precision, ...] = get_args(Precision)

RECOGNISE_INT8: Final = "recognise.int8.onnx"
"""The same network in eight bits: several times faster, and here and there another reading (docs/adr/0011)."""

BATCH_COLUMNS = 2048
"""Columns of all lines of a batch together: bounds memory, and larger batches are not faster on a CPU."""

MAX_COLUMNS = 131_072
"""Longest normalised line: 32 pixels high and four thousand times as long. It guards memory, not sense."""

MIN_FILL = 0.8
"""Narrowest line of a batch, as part of its widest: the rest is padding that is computed for nothing."""

_INPUTS = ("images", "widths")
_OUTPUTS = ("log_blank", "log_other", "active", "log_chars")


class Recogniser:
    """A loaded recognition network; immutable once built, safe to call from many threads.

    Args:
        model: the model folder.
        threads: that one call may use.
        batch_columns: most columns, padding included, to run at once; a longer line runs alone.
        precision: see :func:`network_part`.

    Raises:
        MissingPartError: eight bits are wanted, and the model has no such network.
        ModelError: the network is altered or does not belong to the model.
        OptionError: another precision.
    """

    def __init__(
        self, model: Model, *, threads: int, batch_columns: int = BATCH_COLUMNS, precision: Precision = "fp32"
    ) -> None:
        self._batch_columns = batch_columns
        self._stride = model.stride
        part = network_part(model, precision, exact=has_dot_products())
        self._precision: Literal["fp32", "int8"] = "int8" if part == RECOGNISE_INT8 else "fp32"
        self._session = Session(model.read_part(part), threads=threads, arena=True)
        _check_graph(self._session, model, part)

    @property
    def precision(self) -> Literal["fp32", "int8"]:
        """What the network computes in."""
        return self._precision

    def frames(self, lines: Sequence[ImageArray]) -> list[Frames]:
        """Run the network over line images; :meth:`stream` in the order given, for few lines.

        Args:
            lines: see :meth:`stream`.

        Returns:
            The frames of every line, in the order given.
        """
        results = dict(self.stream(lines))
        return [results[number] for number in range(len(lines))]

    def stream(self, lines: Sequence[ImageArray]) -> Iterator[tuple[int, Frames]]:
        """Run the network over line images, batch by batch: only a batch's frames are held at a time.

        A line's result does not depend on the others.

        Args:
            lines: uint8 [h, w] grey or [h, w, 3] RGB each, of any size; nothing is cut off.

        Yields:
            The number of a line and its frames, widest lines first.

        Raises:
            InputError: something else than such an array.
            ImageSizeError: a line without pixels, or longer than ``MAX_COLUMNS`` once it is 32 pixels high.
        """
        prepared = [self.prepare(line) for line in lines]
        for batch in plan_batches([line.columns for line in prepared], self._batch_columns):
            yield from zip(batch, self.run([prepared[number] for number in batch]), strict=True)

    @staticmethod
    def prepare(line: ImageArray) -> PreparedLine:
        """Make what :meth:`run` takes of a line image.

        Args:
            line: see :meth:`stream`.

        Raises:
            InputError, ImageSizeError: see :meth:`stream`.
        """
        _check_line(line)
        return PreparedLine(normalise_line(to_grey(line)), line.shape[1])

    def run(self, lines: Sequence[PreparedLine]) -> Iterator[Frames]:
        """Run the network once, over lines that are to be of like width.

        Args:
            lines: at least one.

        Yields:
            The frames of every line, in the order given.
        """
        images, widths = to_batch([line.image for line in lines])
        unusual = images.shape[0] * images.shape[3] > max(self._batch_columns, BATCH_COLUMNS)
        batched = _Batch(*self._session.run({"images": images, "widths": widths}, _OUTPUTS, shrink=unusual))
        for row, line in enumerate(lines):
            yield batched.line(row, line.columns // self._stride, line.width)


@dataclass(frozen=True, slots=True, eq=False)
class PreparedLine:
    """A line image as the network takes it.

    Attributes:
        image: uint8 [32, W], W a multiple of the stride.
        width: of the line as cut, pixels.
    """

    image: ImageArray
    width: int

    @property
    def columns(self) -> int:
        """Width of the normalised line, pixels."""
        return int(self.image.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """The network's outputs for a batch.

    Attributes:
        log_blank: float32 [B, T].
        log_other: float32 [B, T].
        active: int64 [N], numbers b * T + t, increasing.
        log_chars: float32 [N, C].
    """

    log_blank: FloatArray
    log_other: FloatArray
    active: IntArray
    log_chars: FloatArray

    def line(self, row: int, count: int, width: int) -> Frames:
        """One line's frames.

        They are copied: a view would keep the whole batch alive as long as any of its lines.

        Args:
            row: number of the line in the batch.
            count: of its frames that are not padding.
            width: of its image as cut, pixels.
        """
        steps = self.log_blank.shape[1]
        own = slice(*np.searchsorted(self.active, (row * steps, (row + 1) * steps)))
        return Frames(
            log_blank=self.log_blank[row, :count].copy(),
            log_other=self.log_other[row, :count].copy(),
            active=self.active[own] - row * steps,
            log_chars=self.log_chars[own].copy(),
            pixels_per_frame=width / count,
            width=width,
        )


def network_part(model: Model, precision: Precision, *, exact: bool) -> str:
    """Which part of a model reads.

    Args:
        model: the model folder.
        precision: "fp32", "int8", or "auto": "int8" where the model has it and the processor computes it exactly.
        exact: whether it does, see :func:`lucidocr.processor.has_dot_products`.

    Raises:
        OptionError: another precision.
    """
    if precision not in PRECISIONS:
        raise OptionError(f"the precision {precision!r} is not one of {', '.join(PRECISIONS)}")
    if precision == "auto":
        precision = "int8" if exact and RECOGNISE_INT8 in model else "fp32"
    return RECOGNISE_INT8 if precision == "int8" else RECOGNISE


def plan_batches(columns: Sequence[int], limit: int) -> list[list[int]]:
    """Group lines of like width.

    Args:
        columns: width of every normalised line.
        limit: most columns of a batch, padding included.

    Returns:
        Line numbers, batch by batch, every line once. A line wider than the limit is a batch of its own.
    """
    batches: list[list[int]] = []
    for number in sorted(range(len(columns)), key=lambda line: -columns[line]):
        widest = columns[batches[-1][0]] if batches else 0
        fits = batches and (len(batches[-1]) + 1) * widest <= limit
        if fits and columns[number] >= MIN_FILL * widest:
            batches[-1].append(number)
        else:
            batches.append([number])
    return batches


def _check_line(line: object) -> None:
    if not isinstance(line, np.ndarray):
        raise InputError(
            f"{type(line).__name__} is not a line image", remedy="Give arrays: uint8, [h, w] grey or [h, w, 3] RGB."
        )
    if line.dtype != np.uint8 or not (line.ndim == 2 or (line.ndim == 3 and line.shape[2] == 3)):
        raise InputError(
            f"an array of {line.dtype} and shape {line.shape} is not a line image",
            remedy="Give uint8, [h, w] grey or [h, w, 3] RGB.",
        )
    if 0 in line.shape:
        raise ImageSizeError("a line image has no pixels", remedy="Give a picture with content.")
    if normalised_width(*line.shape[:2]) > MAX_COLUMNS:
        raise ImageSizeError(
            f"a line of {line.shape[1]} x {line.shape[0]} pixels is too long for its height",
            remedy="Cut it into parts.",
        )


def _check_graph(session: Session, model: Model, part: str) -> None:
    """Refuse a network that speaks another language than its folder says."""
    if set(session.inputs) != set(_INPUTS) or not set(_OUTPUTS) <= set(session.outputs):
        raise ModelError(f"the {part} of {model.name!r} takes {session.inputs} and gives {session.outputs}")
    try:
        stated = json.loads(session.metadata.get("lucidocr", "null"))
    except ValueError:
        stated = None
    expected = {
        "format_version": FORMAT_VERSION,
        "charset_sha256": hashlib.sha256(model.charset.chars.encode("utf-8")).hexdigest(),
        "height": model.height,
        "stride": model.stride,
    }
    if stated != expected:
        raise ModelError(f"the {part} of {model.name!r} was exported for another charset or geometry")
