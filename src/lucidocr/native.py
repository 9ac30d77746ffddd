"""Whether the text that a page of a PDF holds itself is the text that it shows.

Fonts may map their pictures to any characters whatever: such a page looks right and copies as nonsense. Nothing in the
file says so, but reading a few of its lines does.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

from lucidocr.charset import Charset
from lucidocr.types import Line

SAMPLE: Final = 3
"""Lines of a page that are read to compare."""

_SHORTEST: Final = 4
"""Characters of a line that is compared."""

_LONGEST: Final = 60
"""Characters above which a line is no better to compare, only slower."""

_KNOWN: Final = 0.9
"""Part of a line's characters that the model must know for its reading to say anything."""

_ALIKE: Final = 0.5
"""Likeness of texts and readings, 0 to 1, from which on they are the same text, read with errors."""


def lines_to_compare(lines: Sequence[Line], known: Charset) -> list[int]:
    """Numbers of the lines whose readings tell most about a page's own text.

    Args:
        lines: the page's own lines.
        known: the characters that the model can read.

    Returns:
        At most ``SAMPLE`` numbers, spread over the page; none where the model knows too little of its writing.
    """
    fit = [
        number
        for number, line in enumerate(lines)
        if not line.vertical and len(line.text) >= _SHORTEST and _part_known(line.text, known) >= _KNOWN
    ]
    longest = sorted(fit, key=lambda number: -min(len(lines[number].text), _LONGEST))[: 4 * SAMPLE]
    return sorted(longest)[:: max(1, len(longest) // SAMPLE)][:SAMPLE]


def is_alike(texts: Sequence[str], readings: Sequence[str]) -> bool:
    """Whether readings of lines bear out the texts that a file gives for them; true where there are none."""
    compared = [(_bare(text), _bare(reading)) for text, reading in zip(texts, readings, strict=True)]
    length = sum(len(text) + len(reading) for text, reading in compared)
    shared = sum(
        2 * sum(block.size for block in SequenceMatcher(None, text, reading, autojunk=False).get_matching_blocks())
        for text, reading in compared
    )
    return length == 0 or shared >= _ALIKE * length


def _part_known(text: str, known: Charset) -> float:
    return sum(char in known for char in text) / len(text)


def _bare(text: str) -> str:
    """A text without what readings often differ in: white space, case and the width of marks."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
