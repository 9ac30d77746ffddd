"""Pages as Markdown (CommonMark with the tables of GitHub): headings, paragraphs, tables, and forms as lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from lucidocr.export.parts import blocks_of, grid_of
from lucidocr.layout import join_lines
from lucidocr.types import Block, Cell, Page

_INLINE: Final = re.compile(r"([\\`*_\[\]<>|~&$])")
"""Characters that may begin a mark within a line."""

_LEADING: Final = re.compile(r"^(\s*)(#{1,6}(?=\s|$)|[-+](?=\s|$)|=+\s*$|-+\s*$|\d{1,9}[.)](?=\s|$))")
"""What makes a line a heading, an entry of a list or a rule."""


def document_markdown(pages: Iterable[Page]) -> Iterator[str]:
    """Pages one after the other; a rule parts them."""
    for number, page in enumerate(pages):
        yield ("\n---\n\n" if number else "") + page_markdown(page)


def page_markdown(page: Page) -> str:
    """A page's blocks; every line is one of its own where the page has no blocks."""
    if not page.blocks:
        return "\n".join(f"{_escaped(line.text)}\n" for line in page.lines)
    return "\n".join(_block(block, page) for block in blocks_of(page))


def _block(block: Block, page: Page) -> str:
    match block.kind:
        case "table":
            return _table(block.cells)
        case "form":
            return _form(block.cells)
        case _:
            text = _escaped(join_lines(page.lines[number].text for number in block.lines))
            return ("#" * block.level + " " if block.kind == "heading" else "") + text + "\n"


def _table(cells: Sequence[Cell]) -> str:
    """A cell over several rows or columns stands in the first, and leaves the others empty."""
    head, *rows = ([_inline(text) for text in row] for row in grid_of(cells))
    return "".join("| " + " | ".join(row) + " |\n" for row in (head, ["---"] * len(head), *rows))


def _form(cells: Sequence[Cell]) -> str:
    labels = {cell.row: _inline(cell.text) for cell in cells if cell.column == 0}
    values = {cell.row: _inline(cell.text) for cell in cells if cell.column > 0}
    return "".join(f"- **{label}**: {values.get(row, '')}".rstrip() + "\n" for row, label in sorted(labels.items()))


def _escaped(text: str) -> str:
    """A text that begins a line."""
    return _LEADING.sub(lambda match: f"{match[1]}{_guarded(match[2])}", _inline(text))


def _guarded(mark: str) -> str:
    """A mark that no longer is one: the backslash goes before its sign, which a number's is the last."""
    return f"{mark[:-1]}\\{mark[-1]}" if mark[0].isdigit() else f"\\{mark}"


def _inline(text: str) -> str:
    return _INLINE.sub(r"\\\1", " ".join(text.split()))
