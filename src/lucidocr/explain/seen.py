"""The line as the network sees it, and where that lies on the line as cut."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from lucidocr.preprocess import normalise_line
from lucidocr.preprocess.band import kept_rows
from lucidocr.types import FloatArray, HeatMap, ImageArray

Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A normalised line.

    Attributes:
        line: uint8 [32, W].
        box: what of the line as cut it shows, in pixels of that.
    """

    line: ImageArray
    box: Box

    @classmethod
    def of(cls, pixels: ImageArray) -> Seen:
        """What the network sees of a line as cut: uint8 [h, w], grey."""
        first, last = kept_rows(pixels)
        return cls(normalise_line(pixels), (0.0, float(first), float(pixels.shape[1]), float(last)))

    def columns(self, left: float, right: float) -> tuple[float, float]:
        """An interval of the line as cut in columns of the normalised line."""
        scale = self.line.shape[1] / (self.box[2] - self.box[0])
        return (left - self.box[0]) * scale, (right - self.box[0]) * scale

    def rows(self, top: float, bottom: float) -> tuple[float, float]:
        """Likewise from top to bottom."""
        scale = self.line.shape[0] / (self.box[3] - self.box[1])
        return (top - self.box[1]) * scale, (bottom - self.box[1]) * scale

    def rectangle(self, box: Box) -> Box:
        """A box of the line as cut in pixels of the normalised line."""
        (left, right), (top, bottom) = self.columns(box[0], box[2]), self.rows(box[1], box[3])
        return left, top, right, bottom

    def heat(self, heat: HeatMap) -> FloatArray:
        """A map's values at the pixels of the normalised line, between its cells by linear interpolation.

        Returns:
            float32 [32, W], raw and signed; 0 outside of the map's own box.
        """
        left, top, right, bottom = self.rectangle(heat.box)
        x, y = np.arange(self.line.shape[1]) + 0.5, np.arange(self.line.shape[0]) + 0.5
        columns = (x - left) / (right - left) * heat.values.shape[1] - 0.5
        rows = (y - top) / (bottom - top) * heat.values.shape[0] - 0.5
        across, down = np.meshgrid(columns.astype(np.float32), rows.astype(np.float32))
        values = np.array(heat.values, dtype=np.float32)  # OpenCV takes no read-only array
        sampled = cv2.remap(values, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        inside = ((y >= top) & (y <= bottom))[:, None] & ((x >= left) & (x <= right))[None]
        return np.where(inside, sampled, 0).astype(np.float32)
