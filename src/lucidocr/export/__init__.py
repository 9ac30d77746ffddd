"""Readings in the shapes that other programs take."""

from lucidocr.export.json import PageRecord, page_record
from lucidocr.export.text import page_text

__all__ = ["PageRecord", "page_record", "page_text"]
