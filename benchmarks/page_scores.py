"""How the reading of a page is compared with its truth, whatever the order of its lines.

Readers part text differently: what is one line to one is two to another, and cells of a table are joined. So lines are
compared in groups. A read line and a true line are linked when they share at least half of the smaller one's area, and
what hangs together through such links is a group. The texts of a group are joined and compared as one. Lines that are
read where the truth has none count as errors; groups with a line that the truth leaves open are not counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lucidocr.metrics import Rule, edit_distance, normalise
from lucidocr.types import FloatArray

LINKED: Final = 0.5
"""Part of the smaller of two lines' areas that they share when they are linked."""

FOUND: Final = 0.5
"""Length of a group's reading, as part of that of its truth, from which on its lines are found."""


@dataclass(frozen=True, slots=True, eq=False)
class PlacedText:
    """A line of a page.

    Attributes:
        box: float32 [4, 2], page pixels, corners in order around the line; the first side runs along its text.
        text: what it says; None where the truth leaves it open.
    """

    box: FloatArray
    text: str | None


@dataclass(frozen=True, slots=True)
class PageScore:
    """Counts over pages, of true lines of which the rule of comparison leaves something.

    Attributes:
        lines: true lines.
        found: of them those in groups that were read at least half as long as they are.
        right: of them those in groups without any error.
        length: their characters.
        errors: edit distances of the groups, and ``beside``.
        beside: characters that were read where the truth has no line.
    """

    lines: int = 0
    found: int = 0
    right: int = 0
    length: int = 0
    errors: int = 0
    beside: int = 0

    def __add__(self, other: PageScore) -> PageScore:
        return PageScore(
            self.lines + other.lines,
            self.found + other.found,
            self.right + other.right,
            self.length + other.length,
            self.errors + other.errors,
            self.beside + other.beside,
        )


def score_page(read: Sequence[PlacedText], truth: Sequence[PlacedText], rule: Rule) -> PageScore:
    """Compare the reading of a page with its truth.

    Args:
        read: the lines as read, in reading order.
        truth: the lines as labelled. Groups that hold one without a text are left out.
        rule: how texts are made comparable, see :func:`lucidocr.metrics.normalise`.
    """
    boxes, true_boxes = [line.box for line in read], [line.box for line in truth]
    shared = shared_areas(boxes, true_boxes)
    areas, true_areas = areas_of(boxes), areas_of(true_boxes)
    total = PageScore()
    for own, true in groups(shared >= LINKED * np.minimum(areas[:, None], true_areas)):
        if all(truth[number].text is not None for number in true):
            reading = "".join(normalise(read[number].text or "", rule) for number in own)
            order = _along(read[own[0]].box, true, truth) if len(own) == 1 else true
            wanted = [normalise(truth[number].text or "", rule) for number in order]
            total += score_group(reading, wanted)
    return total


def ordered_errors(read: Sequence[PlacedText], truth: Sequence[PlacedText], rule: Rule) -> tuple[int, int]:
    """Compare the whole text of a page in reading order: that of the read lines, and that of the truth.

    Args:
        read: the lines as read, in reading order; those that share most of their area with labels left open are not
            counted.
        truth: the lines as labelled, in the order in which the page is read.
        rule: how texts are made comparable, see :func:`lucidocr.metrics.normalise`.

    Returns:
        The edit distance, and the length of the truth.
    """
    boxes = [line.box for line in read]
    unlabelled = [line.box for line in truth if line.text is None]
    covered = np.greater_equal(shared_areas(boxes, unlabelled), LINKED * areas_of(boxes)[:, None])
    shown = [line for line, over in zip(read, covered, strict=True) if not np.any(over)]
    reading = "".join(normalise(line.text or "", rule) for line in shown)
    wanted = "".join(normalise(line.text, rule) for line in truth if line.text is not None)
    return edit_distance(reading, wanted), len(wanted)


def score_group(reading: str, wanted: Sequence[str]) -> PageScore:
    """Compare the whole reading of a group with the texts of its true lines.

    Args:
        reading: after normalisation.
        wanted: of each true line, after normalisation; none where the truth has no line.
    """
    lines = sum(map(bool, wanted))
    truth = "".join(wanted)
    errors = edit_distance(reading, truth)
    return PageScore(
        lines=lines,
        found=lines if len(reading) >= FOUND * len(truth) else 0,
        right=0 if errors else lines,
        length=len(truth),
        errors=errors,
        beside=0 if wanted else len(reading),
    )


def shared_areas(first: Sequence[FloatArray], second: Sequence[FloatArray]) -> NDArray[np.float64]:
    """Areas that quads share: float64 [n, m], square pixels; of a quad that is not convex its hull counts."""
    shared = np.zeros((len(first), len(second)))
    hulls, others = ([cv2.convexHull(quad.astype(np.float32)) for quad in quads] for quads in (first, second))
    bounds, other_bounds = ([cv2.boundingRect(hull) for hull in found] for found in (hulls, others))
    for row, column in product(range(len(first)), range(len(second))):
        if _touch(bounds[row], other_bounds[column]):
            shared[row, column] = cv2.intersectConvexConvex(hulls[row], others[column])[0]
    return shared


def areas_of(quads: Sequence[FloatArray]) -> NDArray[np.float64]:
    """Areas of the hulls of quads: float64 [n], square pixels, at least one."""
    return np.array([max(1.0, cv2.contourArea(cv2.convexHull(quad.astype(np.float32)))) for quad in quads])


def _touch(first: Sequence[int], second: Sequence[int]) -> bool:
    """Whether two rectangles (left, top, width, height) meet."""
    return all(
        first[axis] <= second[axis] + second[axis + 2] and second[axis] <= first[axis] + first[axis + 2]
        for axis in (0, 1)
    )


def groups(linked: NDArray[np.bool_]) -> Iterator[tuple[list[int], list[int]]]:
    """What hangs together: numbers of rows and of columns, both rising, of each group.

    Args:
        linked: bool [n, m].

    Yields:
        Every row and every column once, alone where it is linked with nothing.
    """
    rows, columns = linked.shape
    left = set(range(rows + columns))
    for first in range(rows + columns):
        if first not in left:
            continue
        group, fresh = {first}, [first]
        while fresh:
            node = fresh.pop()
            near = np.flatnonzero(linked[node]) + rows if node < rows else np.flatnonzero(linked[:, node - rows])
            added = set(near.tolist()) - group
            group |= added
            fresh += added
        left -= group
        yield sorted(node for node in group if node < rows), sorted(node - rows for node in group if node >= rows)


def _along(box: FloatArray, numbers: Sequence[int], lines: Sequence[PlacedText]) -> list[int]:
    """Lines in the order in which a line that holds them all runs over them."""
    direction = box[1] - box[0] + box[2] - box[3]
    return sorted(numbers, key=lambda number: float(lines[number].box.mean(axis=0) @ direction))
