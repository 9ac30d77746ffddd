"""The network taken apart: what it computes on the way for one line, and gradients back to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from lucidocr.blas import one_blas_thread
from lucidocr.errors import ImageSizeError
from lucidocr.explain.lead import Lead
from lucidocr.explain.recurrent import Direction, bilstm_backward
from lucidocr.explain.seen import Box, Seen
from lucidocr.model import Model
from lucidocr.preprocess import to_batch
from lucidocr.session import Session
from lucidocr.types import STRIDE, FloatArray, Frames, ImageArray

EXPLAIN: Final = "explain.onnx"
"""The model part that computes all frames, and the activations on the way."""

GRADIENT: Final = "gradient.onnx"
"""The model part that takes gradients at the LSTM's input back to the tap."""

MAX_FRAMES: Final = 4096
"""Longest line that is taken apart: the probabilities of all characters at all frames are held in memory."""

_LAG: Final = 1.5
"""By how much the middle of what a cell of the tap looks at lies before the cell's own, pixels of the normalised line.

A convolution of stride 2 with one pixel of padding is centred on the first of each two; there are two of them.
"""

_TAPS: Final = (
    "log_blank", "log_other", "log_chars", "features_h8", "features_h4", "sequence", "bottleneck", "mean_class",
)  # fmt: skip
_WEIGHTS: Final = (
    "class_weights", "bottleneck_weights", "blank_weights", "lstm_inputs", "lstm_recurrent", "lstm_bias",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Taps:
    """What the network computes for one line of T frames.

    Attributes:
        frames: all of them active.
        features_h8: float32 [C1, 8, T], the tap at which heat maps are made.
        features_h4: float32 [C2, 4, T], what the attention head looks at.
        sequence: float32 [T, C4], the LSTM's input.
        bottleneck: float32 [T, d], the class layer's input.
        mean_class: float32 [T, d], mean of the class layer's weights under P(c | not blank, t).
    """

    frames: Frames
    features_h8: FloatArray
    features_h4: FloatArray
    sequence: FloatArray
    bottleneck: FloatArray
    mean_class: FloatArray


def tap_box(seen: Seen) -> Box:
    """Where the grid of the tap of height 8 lies: left, top, right and bottom in pixels of the line as cut."""
    left, top, right, bottom = seen.box
    across = _LAG * (right - left) / seen.line.shape[1]
    down = _LAG * (bottom - top) / seen.line.shape[0]
    return left - across, top - down, right - across, bottom - down


class OpenNetwork:
    """The network of a model with its inside in view; immutable, safe to call from many threads.

    Args:
        model: the model folder.
        threads: that one call may use.

    Raises:
        MissingPartError: the model cannot be explained.
        ModelError: a part is altered.
    """

    def __init__(self, model: Model, *, threads: int) -> None:
        self._forward = Session(model.read_part(EXPLAIN), threads=threads)
        self._backward = Session(model.read_part(GRADIENT), threads=threads)
        blank_line = np.zeros((2 * STRIDE * STRIDE, 2 * STRIDE), np.uint8)
        images, widths = to_batch([blank_line])
        found = self._forward.run({"images": images, "widths": widths}, _WEIGHTS)
        self._classes, self._bottleneck, self._blank, inputs, recurrent, bias = found
        units = recurrent.shape[2]
        self._ahead, self._behind = (
            Direction(inputs[number], recurrent[number], bias[number, : 4 * units] + bias[number, 4 * units :])
            for number in range(2)
        )

    def look(self, seen: Seen, pixels: ImageArray) -> Taps:
        """Run the network over one line.

        Args:
            seen: the line as the network sees it.
            pixels: uint8 [h, w] grey, the line as cut.

        Raises:
            ImageSizeError: the line is too long.
        """
        if seen.line.shape[1] > MAX_FRAMES * STRIDE:
            raise ImageSizeError("the line is too long to be explained", remedy="Cut it into parts.")
        images, widths = to_batch([seen.line])
        log_blank, log_other, log_chars, *taps = (
            output[0] for output in self._forward.run({"images": images, "widths": widths}, _TAPS)
        )
        count = len(log_blank)
        frames = Frames(log_blank, log_other, np.arange(count), log_chars, pixels.shape[1] / count, pixels.shape[1])
        return Taps(frames, *taps)

    def gradients(self, taps: Taps, lead: Lead) -> FloatArray:
        """Gradients of K leads with respect to the tap of height 8.

        Args:
            taps: of the line.
            lead: differences of posteriors, see :mod:`lucidocr.explain.lead`.

        Returns:
            float32 [K, C1, 8, T].
        """
        with one_blas_thread():
            scores = lead.chars @ self._classes[:, lead.classes].T + lead.blank[:, :, None] * taps.mean_class
            context = (scores * (1 - taps.bottleneck**2)) @ self._bottleneck.T
            context += lead.blank[:, :, None] * self._blank[:, 0]
            sequence = bilstm_backward(taps.sequence, self._ahead, self._behind, context)
        feeds = {
            "features_h8": taps.features_h8[None],
            "gradients": np.ascontiguousarray(sequence.transpose(0, 2, 1)),
        }
        (result,) = self._backward.run(feeds)
        return result
