"""A page as plain text."""

from __future__ import annotations

from lucidocr.types import Page


def page_text(page: Page) -> str:
    """The lines of a page in reading order, each ended by a newline; empty for a page without text."""
    return "".join(f"{line.text}\n" for line in page.lines)
