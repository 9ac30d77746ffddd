"""A page as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lucidocr.export.parts import grid_of
from lucidocr.types import Block, Page

PAGE_END = "\f"
"""Parts the pages of a document, as most programs that write text from pages have it."""


def page_text(page: Page) -> str:
    """A page in reading order: one line of text a line, an empty line between blocks, rows of tables parted by tabs.

    Spaces within lines are kept. Without blocks, the lines follow each other; a page without text is empty.
    """
    if not page.blocks:
        return "".join(f"{line.text}\n" for line in page.lines)
    return "\n".join(_block_text(block, page) for block in page.blocks)


def document_text(pages: Iterable[Page]) -> Iterator[str]:
    """Pages one after the other, a form feed before each but the first."""
    for number, page in enumerate(pages):
        yield (PAGE_END if number else "") + page_text(page)


def _block_text(block: Block, page: Page) -> str:
    if not block.cells:
        return "".join(f"{page.lines[number].text}\n" for number in block.lines)
    return "".join("\t".join(row).rstrip() + "\n" for row in grid_of(block.cells))
