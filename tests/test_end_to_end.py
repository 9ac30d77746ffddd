"""The bundled model through every face: what the README promises, on pictures rendered here."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from lucidocr import Reader, cli
from lucidocr.serve import Settings, create_app
from tests.fakes import encoded, picture_of

TEXT = "INVOICE 2026"
LINE = picture_of(TEXT, size=(300, 48))


def two_lines() -> Image.Image:
    sheet = Image.new("RGB", (640, 480), "white")
    for number, text in enumerate((TEXT, "TOTAL 42.50")):
        sheet.paste(picture_of(text, size=(300, 48)), (60, 100 + 150 * number))
    return sheet


@pytest.fixture
def line(tmp_path: Path, reader: Reader) -> Path:
    """A picture's path; the fixture ``reader`` says so where the bundled model is missing."""
    path = tmp_path / "line.png"
    LINE.save(path)
    return path


def test_command_line(line: Path) -> None:
    result = CliRunner().invoke(cli.main, ["read", str(line), "--threads", "1"])
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{TEXT}\n", "")


def test_evaluate(line: Path) -> None:
    (line.parent / "images").mkdir()
    line.rename(line.parent / "images" / "line.png")
    (line.parent / "labels.tsv").write_text(f"line.png\t{TEXT}\n", encoding="utf-8")
    result = CliRunner().invoke(cli.main, ["evaluate", str(line.parent), "--format", "json", "--threads", "1"])
    (record,) = json.loads(result.stdout)
    assert (record["n"], record["line_accuracy"], record["cer"]) == (1, 1.0, 0.0)


def test_service_reads_a_page(reader: Reader) -> None:
    client = create_app(Settings(), reader).test_client()
    form = {"image": (BytesIO(encoded(two_lines())), "page.png"), "mode": "page"}
    page = client.post("/ocr", data=form).get_json()
    assert page["text"] == f"{TEXT}\nTOTAL 42.50"
    assert page["mode"] == "page"
    first, second = page["lines"]
    assert first["box"][0][1] < second["box"][0][1]
    assert [span["char"] for span in first["spans"]] == list(TEXT)
    assert 0.5 < page["confidence"] <= 1.0


def test_service_with_a_toy_model_reads_any_number_of_pictures(toy_reader: Reader) -> None:
    client = create_app(Settings(), toy_reader).test_client()
    answers = [client.post("/ocr", data={"image": (BytesIO(encoded(LINE)), "a.png")}).get_json() for _ in range(5)]
    assert all(answer["success"] for answer in answers)
    assert len({answer["text"] for answer in answers}) == 1
