from __future__ import annotations

import json

import numpy as np

from lucidocr.export import page_record, page_text
from lucidocr.types import Line, Page, Span
from tests.fakes import line_of


def test_text_ends_every_line() -> None:
    assert page_text(Page((line_of("一"), line_of("two")), 10, 10)) == "一\ntwo\n"
    assert page_text(Page((), 10, 10)) == ""


def test_record_is_json_with_the_documented_keys() -> None:
    record = page_record(Page((line_of("元", 0.75),), 320, 48, "a.png", "line"))
    assert json.loads(json.dumps(record)) == {
        "schema_version": 1,
        "source": "a.png",
        "page": 1,
        "width": 320,
        "height": 48,
        "dpi": None,
        "mode": "line",
        "text": "元",
        "confidence": 0.75,
        "lines": [
            {
                "text": "元",
                "confidence": 0.75,
                "box": [[0, 0], [10, 0], [10, 20], [0, 20]],
                "vertical": False,
                "spans": [
                    {
                        "char": "元",
                        "left": 0,
                        "right": 10,
                        "confidence": 0.75,
                        "box": [[0, 0], [10, 0], [10, 20], [0, 20]],
                    }
                ],
                "correction": None,
                "as_read": None,
                "preparation": None,
            }
        ],
        "blocks": [],
    }


def test_numpy_numbers_and_missing_quads() -> None:
    number = np.float32(0.1)
    line = Line("a", float(number), ((number, number),) * 4, (Span("a", 0, 1, number, number, number),))
    record = json.loads(json.dumps(page_record(Page((line,), 1, 1))))
    assert record["lines"][0]["spans"][0] == {"char": "a", "left": 0.1, "right": 0.1, "confidence": 0.1, "box": None}


def test_a_page_without_text() -> None:
    record = page_record(Page((), 5, 5))
    assert (record["text"], record["confidence"], record["lines"]) == ("", 0.0, [])
