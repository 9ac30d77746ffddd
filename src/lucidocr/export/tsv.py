"""Pages as a table of words, in the columns of Tesseract's TSV, which many programs read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from lucidocr.export.parts import Bounds, blocks_of, bounds, words
from lucidocr.types import Page

COLUMNS: Final = (
    "level",
    "page_num",
    "block_num",
    "par_num",
    "line_num",
    "word_num",
    "left",
    "top",
    "width",
    "height",
    "conf",
    "text",
)
"""``level`` is 1 for a page, 2 a block, 3 a paragraph, 4 a line, 5 a word; ``conf`` is in percent, -1 but for words."""


def document_tsv(pages: Iterable[Page]) -> Iterator[str]:
    """A head and a row for every page, block, paragraph, line and word; pages are counted through."""
    yield "\t".join(COLUMNS) + "\n"
    for number, page in enumerate(pages, 1):
        yield _row((1, number), Bounds(0, 0, page.width, page.height))
        for block_number, block in enumerate(blocks_of(page), 1):
            place = bounds(block.box, page)
            yield _row((2, number, block_number), place)
            yield _row((3, number, block_number, 1), place)
            for line_number, index in enumerate(block.lines, 1):
                line = page.lines[index]
                key = (number, block_number, 1, line_number)
                yield _row((4, *key), bounds(line.box, page))
                for word_number, word in enumerate(words(line), 1):
                    percent = f"{100 * word.confidence:.2f}"
                    yield _row((5, *key, word_number), bounds(word.box, page), percent, word.text)


def _row(key: tuple[int, ...], place: Bounds, confidence: str = "-1", text: str = "") -> str:
    numbers = (*key, *(0,) * (6 - len(key)), place.left, place.top, place.width, place.height)
    return "\t".join((*map(str, numbers), confidence, " ".join(text.split()))) + "\n"
