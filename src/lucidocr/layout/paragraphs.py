"""Paragraphs and headings: lines of one column that go on with each other, and those that are larger."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from lucidocr.layout.boxes import Box, bounds
from lucidocr.types import Line

_LARGEST_GAP: Final = 0.9
"""Gap between two lines that parts no paragraph, in line heights."""

_USUAL_GAP: Final = 1.25
"""The same as a multiple of the text's usual gap, where lines stand further apart, but never above ``_WIDEST_GAP``."""

_WIDEST_GAP: Final = 1.8

_SIZES: Final = 1.3
"""Most that the heights of two lines of a paragraph differ, as a factor."""

_INDENT: Final = 1.2
"""How far a paragraph's first line begins to the right of the line before it, in line heights."""

_SHORT: Final = 4.0
"""Room that the last line of a paragraph leaves at its end, in line heights, when it also ends a sentence."""

_HEADING: Final = 1.3
"""Height of a heading's lines, as a multiple of that of most text."""

_MOST_HEADING_LINES: Final = 3
_LEVEL_STEP: Final = 1.15
"""Factor between the sizes of headings of two levels."""

_LOWEST_LEVEL: Final = 6

_ITEM: Final = re.compile(
    r"\s*([•●■◆·▪–—*-]|[(（]?\d{1,3}[)）.、．]|[(（][一二三四五六七八九十a-zA-Z][)）]|[一二三四五六七八九十]+、)"
)
"""How an item of a list begins."""

_END: Final = re.compile(r"[。．.！!？?：:；;”\"')）]\s*$")


def paragraphs(boxes: Sequence[Box], lines: Sequence[Line]) -> list[list[Box]]:
    """Part the lines of a column into paragraphs.

    Args:
        boxes: in reading order.
        lines: all lines of the page.
    """
    if not boxes:
        return []
    parts = [[boxes[0]]]
    most = _most_gap(boxes)
    for box in boxes[1:]:
        if _goes_on(parts[-1], box, lines, most):
            parts[-1].append(box)
        else:
            parts.append([box])
    return parts


def _most_gap(boxes: Sequence[Box]) -> float:
    """Largest gap between two lines of a paragraph, in line heights."""
    gaps = [(lower.top - upper.bottom) / max(upper.height, 1.0) for upper, lower in pairwise(boxes)]
    usual = [gap for gap in gaps if -0.5 <= gap <= _WIDEST_GAP]
    return min(max(_LARGEST_GAP, _USUAL_GAP * float(np.median(usual))), _WIDEST_GAP) if usual else _LARGEST_GAP


def _goes_on(part: Sequence[Box], box: Box, lines: Sequence[Line], most_gap: float) -> bool:
    """Whether a line belongs to the paragraph that ends with the line before it."""
    last = part[-1]
    height = min(last.height, box.height)
    beside = min(last.right, box.right) - max(last.left, box.left)
    if max(last.height, box.height) > _SIZES * height or beside < 0.5 * min(last.width, box.width):
        return False
    if not -0.5 * height <= box.top - last.bottom <= most_gap * height or _ITEM.match(lines[box.number].text):
        return False
    left, _, right, _ = bounds(part)
    ended = max(right, box.right) - last.right > _SHORT * height and _END.search(lines[last.number].text)
    indented = box.left - (left if len(part) > 1 else last.left) > _INDENT * height
    return not ended and not indented


def heading_levels(parts: Sequence[Sequence[Box]], lines: Sequence[Line]) -> list[int]:
    """Levels of the paragraphs that are headings by their size, 1 for the largest; 0 for the others.

    Args:
        parts: all paragraphs of the page.
        lines: all its lines, those of tables too: most of their text has the size of text.
    """
    heights = [_line_height(line) for line in lines]
    counts = [max(1, len(line.text)) for line in lines]
    body = float(np.median(np.repeat(heights, counts))) if lines else 0.0
    sizes = [_heading_size(part, lines, body) for part in parts]
    levels: dict[float, int] = {}
    larger, level = float("inf"), 0
    for size in sorted({size for size in sizes if size}, reverse=True):
        if larger >= _LEVEL_STEP * size:
            level, larger = min(level + 1, _LOWEST_LEVEL), size
        levels[size] = level
    return [levels.get(size, 0) for size in sizes]


def _heading_size(part: Sequence[Box], lines: Sequence[Line], body: float) -> float:
    """Height of the lines of what may be a heading; 0 for what may not."""
    size = float(np.median([_line_height(lines[box.number]) for box in part]))
    letters = sum(char.isalpha() for box in part for char in lines[box.number].text)
    return size if size >= _HEADING * body and len(part) <= _MOST_HEADING_LINES and letters > 1 else 0.0


def _line_height(line: Line) -> float:
    """Size of the characters of a line: its extent across the direction in which it runs."""
    a, b, _, d = line.box
    return float(np.hypot(b[0] - a[0], b[1] - a[1]) if line.vertical else np.hypot(d[0] - a[0], d[1] - a[1]))
