"""All formats by their names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from lucidocr.export.alto import document_alto
from lucidocr.export.hocr import document_hocr
from lucidocr.export.image import document_image
from lucidocr.export.json import document_json
from lucidocr.export.markdown import document_markdown
from lucidocr.export.paddle import document_paddle
from lucidocr.export.parts import Sheet
from lucidocr.export.pdf import document_pdf
from lucidocr.export.text import document_text
from lucidocr.export.tsv import document_tsv
from lucidocr.types import Page


@dataclass(frozen=True, slots=True)
class Format:
    """What a document can be written as.

    Attributes:
        media_type: as HTTP names it.
        suffix: ending of a file's name.
        binary: whether a terminal cannot show it.
        write: from the sheets of a document, of which there is at least one, to the pieces of a file.
    """

    media_type: str
    suffix: str
    binary: bool
    write: Callable[[Iterable[Sheet]], Iterator[bytes]]


def _of_text(media_type: str, suffix: str, document: Callable[[Iterable[Page]], Iterator[str]]) -> Format:
    """A format that is text, in UTF-8; what a file's name holds beside it is escaped."""

    def write(sheets: Iterable[Sheet]) -> Iterator[bytes]:
        for part in document(sheet.page for sheet in sheets):
            yield part.encode("utf-8", "backslashreplace")

    return Format(media_type, suffix, False, write)


FORMATS: Final = MappingProxyType(
    {
        "text": _of_text("text/plain", ".txt", document_text),
        "json": _of_text("application/json", ".json", document_json),
        "tsv": _of_text("text/tab-separated-values", ".tsv", document_tsv),
        "markdown": _of_text("text/markdown", ".md", document_markdown),
        "hocr": _of_text("application/xhtml+xml", ".hocr", document_hocr),
        "alto": _of_text("application/xml", ".xml", document_alto),
        "pdf": Format("application/pdf", ".pdf", True, document_pdf),
        "image": Format("image/png", ".png", True, document_image),
        "paddle": _of_text("application/json", ".json", document_paddle),
    }
)
