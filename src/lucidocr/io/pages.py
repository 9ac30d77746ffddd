"""Which pages of a document are wanted."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lucidocr.errors import OptionError

_PART = re.compile(r"\s*(\d+)\s*(?:(-)\s*(\d+)?)?\s*", re.ASCII)
_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class PageRange:
    """Numbers of pages, counted from one.

    Attributes:
        parts: first and last page of every run; None as last is the document's end. No part is all pages.
    """

    parts: tuple[tuple[int, int | None], ...] = ()

    @classmethod
    def parse(cls, text: str | None) -> PageRange:
        """Take "1-3,7" or "5-" apart; None is all pages.

        Raises:
            OptionError: something else, or a run that ends before it begins.
        """
        if text is None:
            return cls()
        return cls(tuple(_parse_part(part, text) for part in text.split(",")))

    def numbers(self, count: int) -> list[int]:
        """The wanted pages of a document of ``count`` pages, in the document's order, each once.

        Raises:
            OptionError: none of them is there.
        """
        if not self.parts:
            return list(range(1, count + 1))
        wanted = sorted(
            {number for first, last in self.parts for number in range(first, min(last or count, count) + 1)}
        )
        if not wanted:
            raise OptionError(
                f"the document has {count} page{'s' * (count != 1)}, none of which is wanted",
                remedy="Name pages that it has.",
            )
        return wanted


def _parse_part(part: str, text: str) -> tuple[int, int | None]:
    match = _PART.fullmatch(part)
    if match is None or max(len(digits or "") for digits in match.group(1, 3)) > _MOST_DIGITS:
        raise OptionError(f"{text!r} is not a range of pages", remedy="Write it like 1-3,7 or 5-.")
    first = int(match[1])
    last = None if match[2] and not match[3] else int(match[3] or first)
    if first < 1 or (last is not None and last < first):
        raise OptionError(f"{text!r} is not a range of pages", remedy="Pages count from 1, and runs go upwards.")
    return first, last
