"""An analysis as an HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from lucidocr.analysis.schema import AnalysisRecord, CardRecord
from lucidocr.export.bundle import bundle
from lucidocr.export.diagnosis_page import SCRIPTS, STYLES
from lucidocr.export.diagnosis_words import words_record


def analysis_page(record: AnalysisRecord, cards: Mapping[str, CardRecord]) -> bytes:
    """The page as a file.

    Args:
        record: the analysis.
        cards: the lines that are shown, by their files.
    """
    kept = {name: value for name, value in record.items() if name != "failures"}  # they are in the record beside it
    shown = {**kept, "wrong": len(record["failures"]), "cards": cards, "words": words_record()}
    part = f" ({record['part']})" if record["part"] else ""
    return bundle(
        "analysis.html",
        shown,
        source=record["dataset"] + part,
        styles=(*STYLES, "analysis.css"),
        scripts=(*SCRIPTS, "plots.js", "analysis.js"),
    )
