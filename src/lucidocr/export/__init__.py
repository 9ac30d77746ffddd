"""Readings in the shapes that other programs take."""

from lucidocr.export.formats import FORMATS, Format
from lucidocr.export.json import PageRecord, page_record
from lucidocr.export.parts import Sheet
from lucidocr.export.text import page_text

__all__ = ["FORMATS", "Format", "PageRecord", "Sheet", "page_record", "page_text"]
