"""What was tried on lines' pictures: in JSON, as pictures, and for people."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image

from lucidocr.assemble import cut_again
from lucidocr.export import page_record
from lucidocr.export.preparation import preparation_record, preparations_text
from lucidocr.export.step_pictures import step_pictures
from lucidocr.types import PageImage
from tests.diagnoses import PREPARATION
from tests.evidence import line_pixels
from tests.export.pages import line_at, page_of

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "page-1.json"


def test_the_record() -> None:
    record = preparation_record(PREPARATION)
    assert record["chosen"] == ["deskew"]
    assert record["attempts"][1] == {
        "steps": ["denoise", "sharpen"], "reason": "noise 0.3, usually 0.02", "text": "l0", "confidence": 0.3
    }  # fmt: skip
    assert "image" not in record


def test_pictures_before_and_after_each_step() -> None:
    pixels = line_pixels("ab")
    record = preparation_record(PREPARATION, pixels)
    shown = Image.open(BytesIO(base64.b64decode(record["image"])))
    assert np.array_equal(np.asarray(shown), pixels)
    assert [one["step"] for one in record["attempts"][1]["pictures"]] == ["denoise", "sharpen"]
    for attempt in record["attempts"]:
        for one in attempt["pictures"]:
            assert Image.open(BytesIO(base64.b64decode(one["image"]))).format == "PNG"


def test_steps_are_taken_one_after_the_other() -> None:
    noise = np.random.default_rng(0).integers(0, 80, (32, 96)).astype(np.uint8)
    pixels = np.asarray(line_pixels("abcd") // 2 + noise, dtype=np.uint8)
    (_, first), (_, second) = step_pictures(pixels, ("denoise", "sharpen"))
    ((_, alone),) = step_pictures(pixels, ("sharpen",))
    assert not np.array_equal(first, pixels)
    assert not np.array_equal(second, first)
    assert not np.array_equal(second, alone)


def test_pages_have_it_and_obey_the_schema() -> None:
    page = page_of(replace(line_at("10", 20, 10), preparation=PREPARATION), line_at("ab", 20, 60))
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    image = PageImage(np.full((page.height, page.width, 3), 255, np.uint8))
    for record in (page_record(page), page_record(page, partial(cut_again, image, page.mode))):
        jsonschema.validate(record, schema)
        assert record["lines"][1]["preparation"] is None
    cut = Image.open(BytesIO(base64.b64decode(record["lines"][0]["preparation"]["image"])))
    assert cut.size == pytest.approx((40, 20), abs=2)


def test_for_people() -> None:
    page = page_of(line_at("ab", 0, 0), replace(line_at("10", 0, 40), preparation=PREPARATION))
    assert "".join(preparations_text(page)) == (
        "a.png, page 1, line 2: picture mended by deskew\n"
        "  as it is           40.0%  l0\n"
        "* deskew             80.0%  10  (skew 4.2, usually 0.1)\n"
        "  denoise, sharpen   30.0%  l0  (noise 0.3, usually 0.02)\n"
    )
    kept = page_of(replace(line_at("l0", 0, 0), preparation=replace(PREPARATION, chosen=())))
    assert "".join(preparations_text(kept)).startswith("a.png, page 1, line 1: picture kept as it is\n* as it is")
