"""Bounds of lines once the page's skew is taken out, and the rows that they stand in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lucidocr.types import FloatArray

Quad = tuple[tuple[float, float], ...]

ROW_OVERLAP = 0.5
"""Part of the lower of two lines' heights that they must share to stand in one row."""


@dataclass(frozen=True, slots=True)
class Box:
    """A line's bounds, pixels, on the page turned upright; ``number`` is the line's."""

    number: int
    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """Half way down."""
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """How a page is turned upright.

    Attributes:
        matrix: float64 [2, 2], by which points of the page, as columns, are multiplied.
    """

    matrix: NDArray[np.float64]

    @property
    def is_level(self) -> bool:
        """Whether the page is upright to within a degree."""
        return bool(self.matrix[0, 0] > np.cos(np.radians(1.0)))

    def boxes(self, quads: Sequence[FloatArray]) -> list[Box]:
        """Bounds of the quads on the upright page."""
        turned = [quad @ self.matrix.T for quad in quads]
        return [
            Box(number, *map(float, (*corners.min(axis=0), *corners.max(axis=0))))
            for number, corners in enumerate(turned)
        ]

    def quad(self, left: float, top: float, right: float, bottom: float) -> Quad:
        """Where an upright rectangle lies on the page: four corners from its top left on, clockwise."""
        corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)]) @ self.matrix
        return tuple((float(x), float(y)) for x, y in corners)


def turn_of(quads: Sequence[FloatArray]) -> Turn:
    """How the page turns upright: by the median direction of the quads' upper edges, never one between two."""
    if not quads:
        return Turn(np.eye(2))
    edges = np.array([quad[1] - quad[0] for quad in quads], dtype=np.float64)
    angle = np.sort(np.arctan2(edges[:, 1], edges[:, 0]))[(len(edges) - 1) // 2]
    return Turn(np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]))


def share_row(row: Sequence[Box], box: Box) -> bool:
    """Whether a line belongs to a row: it overlaps the row's nearest member in height, and none in width."""
    nearest = min(row, key=lambda other: max(other.left - box.right, box.left - other.right))
    shared = min(nearest.bottom, box.bottom) - max(nearest.top, box.top)
    stacked = min(nearest.right, box.right) - max(nearest.left, box.left)
    narrower = min(nearest.width, box.width)
    return shared >= ROW_OVERLAP * min(nearest.height, box.height) and stacked <= ROW_OVERLAP * narrower


def rows_of(boxes: Iterable[Box]) -> list[list[Box]]:
    """Group lines that follow each other in one row, in the order given."""
    rows: list[list[Box]] = []
    for box in boxes:
        if rows and share_row(rows[-1], box):
            rows[-1].append(box)
        else:
            rows.append([box])
    return rows


def bounds(boxes: Iterable[Box]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom around lines."""
    edges = np.array([(box.left, box.top, box.right, box.bottom) for box in boxes])
    left, top = edges[:, :2].min(axis=0).tolist()
    right, bottom = edges[:, 2:].max(axis=0).tolist()
    return left, top, right, bottom
