"""Pages in the shape of PaddleOCR's results (version 3, ``res.json``), for programs that were written for those."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from lucidocr.export.parts import bounds
from lucidocr.types import Line, Page


def document_paddle(pages: Iterable[Page]) -> Iterator[str]:
    """An array with ``{"res": ...}`` for each page."""
    yield json.dumps([{"res": paddle_record(page)} for page in pages], ensure_ascii=False, indent=4) + "\n"


def paddle_record(page: Page) -> dict[str, Any]:
    """One page: parallel lists of texts, scores, polygons and upright boxes; pages count from zero.

    The keys that describe PaddleOCR's own models say what corresponds: no document preprocessing, no threshold.
    """
    polygons = [_polygon(line) for line in page.lines]
    places = [bounds(line.box, page) for line in page.lines]
    return {
        "input_path": page.source,
        "page_index": page.number - 1,
        "model_settings": {"use_doc_preprocessor": False, "use_textline_orientation": False},
        "dt_polys": polygons,
        "text_type": "general",
        "textline_orientation_angles": [-1] * len(page.lines),
        "text_rec_score_thresh": 0.0,
        "return_word_box": False,
        "rec_texts": [line.text for line in page.lines],
        "rec_scores": [round(float(line.confidence), 6) for line in page.lines],
        "rec_polys": polygons,
        "rec_boxes": [[place.left, place.top, place.right, place.bottom] for place in places],
    }


def _polygon(line: Line) -> list[list[int]]:
    return [[round(x), round(y)] for x, y in line.box]
