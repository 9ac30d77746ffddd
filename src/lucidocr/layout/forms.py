"""Forms: labels that end in a colon, and their values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lucidocr.layout.boxes import Box
from lucidocr.types import Line

_ENTRY: Final = re.compile(
    r"\s*(?P<label>[^\W_][^:：\[\]{}<>=&*~|\\]{0,30}?)\s*(?:(?<!\d)[:：]|[:：](?!\d))(?![/\\])\s*(?P<value>\S.*)?"
)
"""A label, a colon that is none of a time or an address, and perhaps a value."""

_SENTENCE: Final = re.compile(r"[。；;，,！!？?]")
"""Marks of running text, which a label has none of."""

_LEAST_ENTRIES: Final = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """A label and its value.

    Attributes:
        label: without its colon.
        value: empty where nothing was filled in.
        label_line: number of the line that holds the label.
        value_lines: numbers of the lines that hold the value.
    """

    label: str
    value: str
    label_line: int
    value_lines: tuple[int, ...]


def form_at(rows: Sequence[Sequence[Box]], lines: Sequence[Line]) -> tuple[int, list[Entry]]:
    """The form that some rows begin with.

    Args:
        rows: in reading order, each from left to right.
        lines: all lines of the page.

    Returns:
        How many rows it has, and its entries; nothing where there are fewer than two rows with a value.
    """
    entries: list[list[Entry]] = []
    for row in rows:
        found = _entries(row, lines)
        if not found:
            break
        entries.append(found)
    while entries and not any(entry.value for entry in entries[-1]):
        entries.pop()
    filled = sum(any(entry.value for entry in found) for found in entries)
    return (len(entries), [entry for found in entries for entry in found]) if filled >= _LEAST_ENTRIES else (0, [])


def _entries(row: Sequence[Box], lines: Sequence[Line]) -> list[Entry]:
    """The entries of a row; none where it holds something else."""
    found: list[Entry] = []
    for box in row:
        match = _ENTRY.fullmatch(lines[box.number].text)
        if match is not None and not _SENTENCE.search(match["label"]):
            value = match["value"] or ""
            found.append(Entry(match["label"], value, box.number, (box.number,) if value else ()))
        elif found and not found[-1].value:
            last = found[-1]
            found[-1] = Entry(last.label, lines[box.number].text.strip(), last.label_line, (box.number,))
        else:
            return []
    return found
