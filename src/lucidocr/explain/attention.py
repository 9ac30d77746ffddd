"""Where a small attention head looks for each character, and what it reads there.

The head is a model part of its own, ``attention.onnx``. It is asked by a character's place alone, never by what was
read, and its class layer is the recogniser's: what it reads shows whether it looks at the right thing.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lucidocr.errors import ModelError
from lucidocr.model import Model
from lucidocr.session import Session
from lucidocr.types import Alignment, FloatArray, Frames, Glance, HeatMap

ATTENTION: Final = "attention.onnx"
"""The model part that holds the head."""

METHOD: Final = "attention"
"""Name of its heat maps."""

MOST: Final = 0.8
"""Part of the attention, along each axis, that lies within a region."""

_INPUTS: Final = ("features_h4", "positions")
_OUTPUTS: Final = ("weights", "log_probs")

Box = tuple[float, float, float, float]


class Attention:
    """The attention head of a model; immutable once built, and many threads may ask it at once.

    Args:
        model: the model folder.
        threads: that one call may use.

    Raises:
        MissingPartError: the model has no attention head.
        ModelError: the part is altered, or belongs to other weights.
    """

    def __init__(self, model: Model, *, threads: int) -> None:
        self._charset = model.charset
        self._session = Session(model.read_part(ATTENTION), threads=threads)
        if set(self._session.inputs) != set(_INPUTS) or set(self._session.outputs) != set(_OUTPUTS):
            raise ModelError(f"the {ATTENTION} takes {self._session.inputs} and gives {self._session.outputs}")

    def glances(self, features_h4: FloatArray, alignment: Alignment, frames: Frames, box: Box) -> tuple[Glance, ...]:
        """Look at the characters of a line.

        Args:
            features_h4: float32 [1, C2, 4, T], the tap at height 4 of ``explain.onnx`` for this line.
            alignment: of the text to look for.
            frames: what the network says of the line.
            box: left, top, right, bottom of the T columns of the tap in pixels of the line image.

        Returns:
            One glance per character of the text; none for an empty one.
        """
        if not alignment.text:
            return ()
        places = np.stack([alignment.centres, alignment.deviations], axis=1) / np.float32(frames.pixels_per_frame)
        feeds = {"features_h4": features_h4, "positions": places.astype(np.float32)}
        weights, log_probs = self._session.run(feeds, _OUTPUTS)
        steps = alignment.occupancy[:, 1::2].argmax(axis=0).tolist()
        read = log_probs.argmax(axis=1)
        sure = np.exp(log_probs[np.arange(len(read)), read])
        return tuple(
            Glance(
                position=position,
                frame=steps[position],
                region=region_of(weights[position], box),
                char=self._charset.chars[read[position]],
                probability=min(float(sure[position]), 1.0),
                weights=HeatMap(METHOD, position, "", weights[position], box),
            )
            for position in range(len(read))
        )


def region_of(weights: FloatArray, box: Box, share: float = MOST) -> Box:
    """The part of a box that holds most of the attention, along each axis.

    Args:
        weights: float32 [h, w], not negative, not all zero.
        box: left, top, right and bottom of the grid.
        share: how much of it, in (0, 1].

    Returns:
        Left, top, right and bottom, in the unit of ``box``.
    """
    left, top, right, bottom = box
    first, last = shortest_stretch(weights.sum(axis=0), share)
    upper, lower = shortest_stretch(weights.sum(axis=1), share)
    width, height = (right - left) / weights.shape[1], (bottom - top) / weights.shape[0]
    return left + first * width, top + upper * height, left + last * width, top + lower * height


def shortest_stretch(masses: NDArray[np.floating], share: float) -> tuple[float, float]:
    """The shortest stretch of neighbouring cells, parts of cells among them, with a share of all mass.

    Mass is spread evenly within a cell, so one end of a shortest stretch may always lie between two cells.

    Args:
        masses: [n], not negative, not all zero.
        share: in (0, 1].

    Returns:
        Both ends, in cells from the first one's beginning.
    """
    reached = np.concatenate([[0.0], np.cumsum(masses, dtype=np.float64)])
    reached /= reached[-1]
    edges = np.arange(len(reached), dtype=np.float64)
    from_left = reached + share <= 1 + 1e-12
    from_right = reached - share >= -1e-12
    starts = np.concatenate([edges[from_left], _place(reached[from_right] - share, reached)])
    stops = np.concatenate([_place(reached[from_left] + share, reached), edges[from_right]])
    best = int(np.argmin(stops - starts))
    return float(starts[best]), float(stops[best])


def _place(wanted: NDArray[np.float64], reached: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where so much mass is reached, cells; ``reached`` rises from 0 to 1 at the cells' edges."""
    return np.interp(wanted, reached, np.arange(len(reached), dtype=np.float64))
