"""``lucidocr explain``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import click
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from lucidocr import cli, pipeline
from lucidocr.explain.methods import DEFAULT_METHODS, METHOD_NAMES
from tests.fakes import FakeReader, encoded, picture_of

Run = Callable[..., Result]


@pytest.fixture
def run(fake: FakeReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "b.png", "b.jpg"):
        Path(name).write_bytes(encoded(picture_of("a")))
    Path("bad.png").write_bytes(b"not a picture")

    def invoke(*arguments: str, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(cli.main, ["explain", *arguments], input=stdin)

    return invoke


def record(folder: str) -> dict[str, object]:
    return json.loads(Path(folder, "explanation.json").read_text(encoding="utf-8"))


def test_a_table_by_default(run: Run, fake: FakeReader) -> None:
    result = run("a.png")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("发票 Invoice\nright as a whole: 80.0 %, check\n")
    assert "step  character  confidence  alternatives" in result.stdout
    assert {methods for _, methods, _ in fake.explained} == {()}  # no maps: they are not shown
    assert "HiResCAM peak" in run("a.png", "--method", "hirescam").stdout


def test_tables_of_several_images(run: Run) -> None:
    result = run("a.png", "bad.png", "b.png")
    assert result.exit_code == 2
    assert [line for line in result.stdout.splitlines() if "==" in line] == ["==> a.png <==", "==> b.png <=="]


def test_json(run: Run) -> None:
    result = run("a.png", "bad.png", "--format", "json")
    first, second = json.loads(result.stdout)
    assert (first["success"], first["source"], len(first["lines"])) == (True, "a.png", 2)
    assert (second["success"], second["source"]) == (False, "bad.png")
    assert "error" in json.loads(run("a.png", "--format", "json", "--text", "a", "--mode", "page").stdout)[0]


@pytest.mark.parametrize("given", [("-o", "why.html"), ("-o", "why.HTM"), ("-o", "why", "--format", "html")])
def test_a_page(run: Run, given: tuple[str, ...]) -> None:
    result = run("a.png", *given)
    assert (result.exit_code, result.stdout) == (0, "")
    assert Path(given[1]).read_text(encoding="utf-8").startswith("<!doctype html>")


def test_output_follows_the_ending(run: Run) -> None:
    for name in ("why.png", "why.json", "why.txt"):
        assert run("a.png", "-o", name).exit_code == 0
    with Image.open("why.png") as picture:
        assert picture.format == "PNG"
    assert json.loads(Path("why.json").read_text(encoding="utf-8"))[0]["text"] == "发票 Invoice\n42.00"
    assert "step" in Path("why.txt").read_text(encoding="utf-8")


def test_a_folder_may_have_any_name(run: Run) -> None:
    Path("v1.html").mkdir()
    assert run("a.png", "-o", "v1.html").stdout == f"{Path('v1.html', 'explanation.html')}\n"
    assert run("a.png", "-o", "out.png", "--format", "folder").exit_code == 0
    assert Path("out.png", "explanation.json").is_file()


def test_nothing_is_written_where_nothing_is_read(run: Run) -> None:
    assert run("bad.png", "-o", "why.html").exit_code == 2
    assert not Path("why.html").exists()


def test_an_image_is_never_overwritten(run: Run) -> None:
    before = Path("a.png").read_bytes()
    result = run("a.png", "-o", "./a.png")
    assert (result.exit_code, Path("a.png").read_bytes()) == (2, before)
    assert "is the image itself" in result.stderr


def test_one_image(run: Run) -> None:
    result = run("a.png", "-o", "out/deep")
    page = Path("out", "deep", "explanation.html")
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{page}\n", "")
    assert "发票 Invoice" in page.read_text(encoding="utf-8")
    written = record("out/deep")
    assert (written["source"], len(written["lines"])) == ("a.png", 2)
    for line in written["lines"]:
        for character in line["characters"]:
            assert Path("out", "deep", character["maps"]["hirescam"]["file"]).stat().st_size > 0


def test_several_images_get_a_folder_each(run: Run) -> None:
    result = run("a.png", "b.png", "b.jpg", "a.png", "-o", "out")
    assert result.exit_code == 0
    assert result.stdout.split() == [f"out/{name}/explanation.html" for name in ("a", "b", "b-2")]
    assert record("out/b-2")["source"] == "b.jpg"


def test_stdin(run: Run) -> None:
    assert run("-", "-o", "out", stdin=encoded(picture_of("a"))).exit_code == 0
    assert record("out")["source"] == "<stdin>"
    assert run("-", "a.png", "-o", "more", stdin=encoded(picture_of("a"))).stdout.startswith("more/stdin/")


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ((), DEFAULT_METHODS),
        (("--method", "ink"), ("ink",)),
        (("--method", "gradcam,hirescam, ink,ink"), ("gradcam", "hirescam", "ink")),
        (("--method", "all"), METHOD_NAMES),
    ],
)
def test_methods(run: Run, fake: FakeReader, given: tuple[str, ...], used: tuple[str, ...]) -> None:
    assert run("a.png", "-o", "out", *given).exit_code == 0
    assert fake.explained[-1][1] == used
    assert set(record("out")["lines"][0]["characters"][0]["maps"]) == {*used, "attention"}


@pytest.mark.parametrize(
    ("given", "has", "code", "shown"),
    [
        ((), True, 0, True),
        ((), False, 0, False),
        (("--attention",), True, 0, True),
        (("--attention",), False, 3, None),
        (("--no-attention",), True, 0, False),
    ],
)
def test_attention(
    run: Run, fake: FakeReader, given: tuple[str, ...], has: bool, code: int, shown: bool | None
) -> None:
    fake.has_attention = has
    assert run("a.png", "-o", "out", *given).exit_code == code
    if shown is not None:
        assert (record("out")["lines"][0]["characters"][0]["attention"] is not None) == shown


def test_maps_can_be_judged(run: Run) -> None:
    assert run("a.png", "-o", "out", "--faithfulness").exit_code == 0
    assert record("out")["lines"][0]["characters"][0]["maps"]["hirescam"]["faithfulness"]["deletion"] == 2.5


def test_a_given_text(run: Run, fake: FakeReader) -> None:
    assert run("a.png", "-o", "out", "--text", "元 <b>").exit_code == 0
    (line,) = record("out")["lines"]
    assert (line["text"], line["reading"]["text"]) == ("元 <b>", fake.texts[0])


def test_a_picture_without_text_has_a_page_too(run: Run, fake: FakeReader) -> None:
    fake.texts = ()
    assert run("a.png", "-o", "out").exit_code == 0
    assert record("out")["lines"] == []
    assert "No text was found" in Path("out/explanation.html").read_text(encoding="utf-8")


def test_a_bad_file_is_named_and_the_others_are_explained(run: Run) -> None:
    result = run("a.png", "bad.png", "missing.png", "b.png", "-o", "out")
    assert result.exit_code == 2
    assert [line.split(":")[1] for line in result.stderr.splitlines()] == [" bad.png", " missing.png"]
    assert result.stdout.split() == ["out/a/explanation.html", "out/b/explanation.html"]
    assert not Path("out", "bad").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("-o", "out"),
        ("a.png", "-o", "out", "--method", "cam"),
        ("a.png", "-o", "out", "--method", ""),
        ("a.png", "-o", "out", "--mode", "word"),
        ("a.png", "-o", "out", "--text", ""),
        ("a.png", "-o", "out", "--text", "a", "--mode", "page"),
        ("a.png", "b.png", "-o", "out", "--text", "a"),
        ("a.png", "--format", "folder"),
        ("a.png", "--format", "pdf"),
        ("a.png", "b.png", "-o", "why.html"),
        ("a.png", "b.png", "--format", "png"),
        ("a.png", "-o", "bad.png", "--format", "folder"),
        ("a.png", "-o", "bad.png/out"),
    ],
)
def test_bad_usage(run: Run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stderr
    assert "Traceback" not in result.stderr
    assert not Path("out").exists()


def test_choices_are_those_of_the_library() -> None:
    mode = next(one for one in cli.main.commands["explain"].params if one.name == "mode")
    assert isinstance(mode.type, click.Choice)
    assert tuple(mode.type.choices) == get_args(pipeline.Mode)
