"""Diagnoses of one or several pictures as an HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lucidocr.export.bundle import bundle
from lucidocr.export.diagnosis_schema import DiagnosesRecord
from lucidocr.export.diagnosis_words import words_record

STYLES: Final = ("evidence.css", "report.css", "diagnosis.css")
SCRIPTS: Final = ("chinese.js", "language.js", "words.js", "parts.js", "diagnosis.js")
"""What a page with diagnoses is made of, beside its own script."""


def diagnoses_page(records: Sequence[DiagnosesRecord]) -> bytes:
    """A page with the diagnoses of pictures, as a file.

    Args:
        records: of the pictures, with pictures in them.
    """
    source = ", ".join(record["source"] for record in records)
    shown = {"words": words_record(), "pages": list(records)}
    return bundle("diagnoses.html", shown, source=source, styles=STYLES, scripts=(*SCRIPTS, "diagnoses.js"))
