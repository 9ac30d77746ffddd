from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lucidocr.batch.identity import described, digest
from lucidocr.errors import ModelError
from lucidocr.options import ReadingOptions


@pytest.fixture
def options(toy_model: Path, tmp_path: Path) -> ReadingOptions:
    (tmp_path / "words.txt").write_text("a\n", encoding="utf-8")
    return ReadingOptions(model=toy_model, lexicon=(str(tmp_path / "words.txt"), "built-in"))


def of(options: ReadingOptions, form: str = "text") -> str:
    return digest(described(options, form))


def test_threads_do_not_matter(options: ReadingOptions) -> None:
    assert of(options) == of(replace(options, threads=2))


@pytest.mark.parametrize("change", [{"mode": "line"}, {"precision": "int8"}, {"pages": "1"}, {"pdf_text": "ignore"}])
def test_options_matter(options: ReadingOptions, change: dict[str, str]) -> None:
    assert of(options) != of(replace(options, **change))  # type: ignore[arg-type]


def test_format_model_and_content_of_files_matter(options: ReadingOptions, tmp_path: Path) -> None:
    before = of(options)
    assert before != of(options, "json")
    assert before != of(replace(options, model=None))
    (tmp_path / "words.txt").write_text("b\n", encoding="utf-8")
    assert before != of(options)


def test_a_description_is_for_people_too(options: ReadingOptions) -> None:
    found = json.loads(json.dumps(described(options, "text")))
    assert found["mode"] == "auto"
    assert found["lexicon"][1] == "built-in"


def test_a_model_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        described(ReadingOptions(model=tmp_path), "text")
