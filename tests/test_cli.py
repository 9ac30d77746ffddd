from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import click
import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from lucidocr import __version__, cli, io, pipeline
from lucidocr.errors import MissingPartError, ModelError
from lucidocr.evaluate import PARTS
from lucidocr.export import FORMATS
from lucidocr.metrics import RULES
from lucidocr.types import Page, PageImage
from tests.fakes import FakeReader, encoded, picture_of

Run = Callable[..., Result]


@pytest.fixture
def run(fake: FakeReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.png").write_bytes(encoded(picture_of("a")))
    (tmp_path / "b.png").write_bytes(encoded(picture_of("b")))
    (tmp_path / "bad.png").write_bytes(b"not a picture")

    def invoke(*arguments: str, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(cli.main, arguments, input=stdin)

    return invoke


@pytest.fixture
def words(tmp_path: Path) -> Path:
    folder = tmp_path / "words"
    (folder / "images").mkdir(parents=True)
    for name in ("a.png", "b.png"):
        (folder / "images" / name).write_bytes(encoded(picture_of("a")))
    (folder / "labels.tsv").write_text("a.png\t发票 invoice!\nb.png\t42\n", encoding="utf-8")
    (folder / "split.tsv").write_text("a.png\ts\ttune\nb.png\tt\treport\n", encoding="utf-8")
    return folder


def test_text_of_one_file(run: Run) -> None:
    result = run("read", "a.png")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "发票 Invoice\n42.00\n", "")


def test_text_of_several_files_is_headed(run: Run) -> None:
    text = "发票 Invoice\n42.00\n"
    assert run("read", "a.png", "b.png").stdout == f"==> a.png <==\n{text}\n==> b.png <==\n{text}"


def test_json_is_an_array_also_for_one_file(run: Run) -> None:
    (record,) = json.loads(run("read", "a.png", "--format", "json").stdout)
    assert record["success"] is True
    assert record["source"] == "a.png"
    assert [line["text"] for line in record["lines"]] == ["发票 Invoice", "42.00"]


def test_stdin(run: Run) -> None:
    result = run("read", "-", "--format", "json", stdin=encoded(picture_of("a")))
    assert json.loads(result.stdout)[0]["source"] == "<stdin>"


def test_output_file(run: Run, tmp_path: Path) -> None:
    result = run("read", "a.png", "-o", "out.txt")
    assert (result.exit_code, result.stdout) == (0, "")
    assert (tmp_path / "out.txt").read_text(encoding="utf-8") == "发票 Invoice\n42.00\n"


def test_mode_is_handed_on(run: Run, fake: FakeReader) -> None:
    for mode in get_args(pipeline.Mode):
        run("read", "a.png", "--mode", mode)
    assert fake.modes == list(get_args(pipeline.Mode))


def test_a_bad_file_is_named_and_the_others_are_read(run: Run) -> None:
    result = run("read", "a.png", "bad.png", "b.png")
    assert result.exit_code == 2
    assert result.stdout.count("Invoice") == 2
    assert result.stderr.startswith("lucidocr: bad.png: ")
    assert result.stderr.count("\n") == 1


def test_a_bad_file_keeps_its_place_in_the_array(run: Run) -> None:
    result = run("read", "bad.png", "a.png", "--format", "json")
    assert result.exit_code == 2
    bad, good = json.loads(result.stdout)
    assert (bad["success"], bad["source"], bad["error"]["code"]) == (False, "bad.png", "not_an_image")
    assert good["success"] is True


def zeros(width: int, height: int) -> bytes:
    return encoded(Image.new("1", (width, height)))


BAD_FILES: dict[str, tuple[bytes | None, str]] = {
    "missing.png": (None, "not_found"),
    "empty.png": (b"", "not_an_image"),
    "text.jpg": (b"hello", "not_an_image"),
    "cut.png": (encoded(picture_of("a"))[:200], "damaged_image"),
    "cut.jpg": (encoded(picture_of("a"), "JPEG")[:900], "damaged_image"),
    "bomb.png": (zeros(40_000, 40_000), "image_size"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files(run: Run, tmp_path: Path, name: str) -> None:
    content, code = BAD_FILES[name]
    if content is not None:
        (tmp_path / name).write_bytes(content)
    result = run("read", name, "--format", "json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)[0]["error"]["code"] == code
    assert name in result.stderr
    assert "Traceback" not in result.stderr


def test_a_folder_without_pictures(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = run("read", "empty")
    assert result.exit_code == 2
    assert result.stderr.startswith("lucidocr: empty: ")


def test_folders_and_patterns_are_read_file_by_file(run: Run) -> None:
    result = run("read", ".", "[ab].png", "--format", "json")
    assert result.exit_code == 2
    assert [record["source"] for record in json.loads(result.stdout)] == [
        "a.png", "b.png", "bad.png", "a.png", "b.png",
    ]  # fmt: skip


def test_addresses_of_the_private_network_are_refused(run: Run) -> None:
    result = run("read", "http://127.0.0.1:9/a.png", "--format", "json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)[0]["error"]["code"] == "url_refused"


@pytest.mark.parametrize(
    "arguments",
    [
        ("read",),
        ("read", "a.png", "--mode", "word"),
        ("read", "a.png", "--threads", "0"),
        ("read", "a.png", "-o", "no/such/folder/out.txt"),
        ("evaluate",),
        ("evaluate", ".", "--limit", "0"),
        ("serve", "--port", "70000"),
        ("guess",),
    ],
)
def test_bad_usage(run: Run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code in {1, 2}
    assert "Error: " in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("error", [MissingPartError("no detector"), ZeroDivisionError("oops"), MemoryError()])
@pytest.mark.parametrize("form", ["json", "text"])
def test_any_error_of_one_file_leaves_the_readings_of_the_others(
    run: Run, fake: FakeReader, monkeypatch: pytest.MonkeyPatch, error: Exception, form: str
) -> None:
    read = fake.read

    def fail(source: PageImage, *, mode: str) -> Page:
        if source.source == "b.png":
            raise error
        return read(source, mode=mode)

    monkeypatch.setattr(fake, "read", fail)
    result = run("read", "a.png", "b.png", "a.png", "--format", form)
    assert result.exit_code == (3 if isinstance(error, MissingPartError) else 1)
    assert result.stdout.count("发票 Invoice") == 2 * (2 if form == "json" else 1)
    assert result.stderr.startswith("lucidocr: b.png: ")
    assert "Traceback" not in result.stderr
    if form == "json":
        assert [record["success"] for record in json.loads(result.stdout)] == [True, False, True]


def test_an_error_that_ends_the_run_is_written_to_the_output_file(run: Run, fake: FakeReader, tmp_path: Path) -> None:
    fake.failure = ModelError("the model is altered")
    result = run("read", "a.png", "-o", "out.json", "--format", "json")
    assert (result.exit_code, result.stdout) == (3, "")
    (record,) = json.loads((tmp_path / "out.json").read_bytes())
    assert record["error"]["code"] == "bad_model"


def test_errors_call_stdin_by_its_name(run: Run) -> None:
    assert "<stdin> is not a picture" in run("read", "-", stdin=b"hello").stderr


def test_an_error_of_the_model_ends_the_run(run: Run, fake: FakeReader) -> None:
    error = ModelError("the model is altered")
    fake.failure = error
    result = run("read", "a.png", "b.png", "--format", "json")
    assert result.exit_code == 3
    assert result.stderr == f"lucidocr: {error}\n"
    (record,) = json.loads(result.stdout)
    assert record == {"success": False, "error": {"code": error.code, "message": str(error)}}


def test_a_model_folder_that_is_none(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli.main, ["read", "a.png", "--model", str(tmp_path)])
    assert result.exit_code == 3
    assert result.stdout == ""


def test_an_internal_error_shows_no_traceback_unless_asked(run: Run, fake: FakeReader) -> None:
    fake.failure = ZeroDivisionError("oops")
    result = run("read", "a.png")
    assert result.exit_code == 1
    assert "internal error (ZeroDivisionError: oops)" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Traceback" in run("--debug", "read", "a.png").stderr


def test_interrupted(run: Run, fake: FakeReader) -> None:
    fake.failure = KeyboardInterrupt()  # type: ignore[assignment]
    result = run("read", "a.png")
    assert (result.exit_code, result.stderr) == (130, "")


def test_evaluate_table(run: Run, words: Path) -> None:
    result = run("evaluate", str(words), "--score", "alnum")
    assert result.exit_code == 0
    head, row = result.stdout.splitlines()
    assert head.split() == ["dataset", "part", "rule", "n", "line_accuracy", "cer", "ms_per_line"]
    assert row.split()[:6] == ["words", "all", "alnum", "2", "0.5000", "0.8182"]


def test_evaluate_json_has_one_object_a_set(run: Run, words: Path) -> None:
    result = run("evaluate", str(words), str(words), "--part", "tune", "--score", "alnum", "--format", "json")
    records = json.loads(result.stdout)
    assert len(records) == 2
    assert records[0].pop("ms_per_line") > 0
    assert records[0] == {
        "success": True,
        "dataset": "words",
        "part": "tune",
        "rule": "alnum",
        "n": 1,
        "line_accuracy": 1.0,
        "cer": 0.0,
        "excluded": 0,
    }


def test_evaluate_judges_explanations(run: Run, words: Path) -> None:
    result = run("evaluate", str(words), "--score", "alnum", "--explain", "--method", "hirescam,gradcam")
    assert result.exit_code == 0
    _, _, blank, head, first, second = result.stdout.splitlines()
    assert blank == ""
    assert head.split()[:4] == ["dataset", "method", "lines", "characters"]
    assert [row.split()[:3] for row in (first, second)] == [["words", "hirescam", "1"], ["words", "gradcam", "1"]]
    (record,) = json.loads(run("evaluate", str(words), "--score", "alnum", "--explain", "--format", "json").stdout)
    assert [one["method"] for one in record["explanations"]] == ["hirescam", "layercam", "gradcam", "ink"]
    assert run("evaluate", str(words), "--explain", "--method", "guess").exit_code == 2


def test_evaluate_limit(run: Run, words: Path) -> None:
    (record,) = json.loads(run("evaluate", str(words), "--limit", "1", "--format", "json").stdout)
    assert record["n"] == 1


def test_evaluate_goes_on_after_a_bad_set(run: Run, words: Path, tmp_path: Path) -> None:
    result = run("evaluate", "nowhere", str(words), "--format", "json")
    assert result.exit_code == 2
    assert "nowhere is not a folder" in result.stderr
    bad, good = json.loads(result.stdout)
    assert (bad["dataset"], bad["success"], bad["error"]["code"]) == ("nowhere", False, "bad_dataset")
    assert good["n"] == 2
    table = run("evaluate", "nowhere", str(words))
    assert (table.exit_code, len(table.stdout.splitlines())) == (2, 2)
    assert run("evaluate", "nowhere").stdout == ""


def test_evaluate_without_a_split(run: Run, words: Path) -> None:
    (words / "split.tsv").unlink()
    result = run("evaluate", str(words), "--part", "tune")
    assert result.exit_code == 2
    assert "has no split.tsv" in result.stderr


def choices(command: str, option: str) -> tuple[str, ...]:
    parameter = next(p for p in cli.main.commands[command].params if p.name == option)
    assert isinstance(parameter.type, click.Choice)
    return tuple(parameter.type.choices)


def test_choices_are_those_of_the_library() -> None:
    assert choices("read", "mode") == get_args(pipeline.Mode)
    assert choices("read", "pdf_text") == get_args(io.PdfText)
    assert choices("evaluate", "part") == PARTS
    assert choices("evaluate", "rule") == RULES


@pytest.fixture
def document(run: Run, tmp_path: Path) -> str:
    """A document of three pages."""
    first, *others = (picture_of(str(number)) for number in range(3))
    first.save(tmp_path / "scan.tif", save_all=True, append_images=others)
    return "scan.tif"


def test_pages_of_a_document_follow_each_other(run: Run, document: str) -> None:
    text = "发票 Invoice\n42.00\n"
    assert run("read", document).stdout == "\f".join([text] * 3)
    assert run("read", document, "a.png").stdout.count("==>") == 2
    records = json.loads(run("read", document, "--pages", "2-", "--format", "json").stdout)
    assert [(record["source"], record["page"]) for record in records] == [(document, 2), (document, 3)]


def test_pages_that_are_not_there(run: Run, document: str) -> None:
    result = run("read", document, "a.png", "--pages", "2", "--format", "json")
    assert result.exit_code == 2
    assert [record["success"] for record in json.loads(result.stdout)] == [True, False]


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_written(run: Run, tmp_path: Path, form: str) -> None:
    result = run("read", "a.png", "--format", form, "-o", "out")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert (tmp_path / "out").stat().st_size > 20


def test_one_file_for_all_pages_that_can_be_read(run: Run, document: str) -> None:
    result = run("read", "bad.png", document, "a.png", "--format", "hocr")
    assert result.exit_code == 2
    assert result.stdout.count('class="ocr_page"') == 4


def test_no_file_where_nothing_can_be_read(run: Run, tmp_path: Path) -> None:
    assert run("read", "bad.png", "--format", "pdf", "-o", "out.pdf").exit_code == 2
    assert not (tmp_path / "out.pdf").exists()


def test_an_annotated_picture_is_of_one_page(run: Run, document: str) -> None:
    result = run("read", document, "--format", "image", "-o", "out.png")
    assert (result.exit_code, "--pages" in result.stderr) == (2, True)
    assert run("read", document, "--pages", "2", "--format", "image", "-o", "out.png").exit_code == 0


def test_the_clipboard(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lucidocr.io.clipboard", lambda: PageImage(np.zeros((40, 90, 3), np.uint8), "<clipboard>"))
    (record,) = json.loads(run("read", "--clipboard", "--format", "json").stdout)
    assert (record["source"], record["width"]) == ("<clipboard>", 90)


def test_version_and_help(run: Run) -> None:
    assert run("--version").stdout == f"lucidocr {__version__}\n"
    for command in cli.main.commands:
        assert run(command, "-h").exit_code == 0


def lucidocr(*arguments: str, **options: object) -> subprocess.Popen[bytes]:
    """The real command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "lucidocr", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        **options,  # type: ignore[call-overload]
    )


def test_output_is_utf8_in_any_locale(tmp_path: Path) -> None:
    program = (
        "from lucidocr import cli, pipeline; from tests.fakes import FakeReader; "
        "pipeline.Reader = lambda *_, **__: FakeReader(); cli.main(prog_name='lucidocr')"
    )
    name = os.fsencode(tmp_path) + b"/\xff.png"
    Path(os.fsdecode(name)).write_bytes(encoded(picture_of("a")))
    done = subprocess.run(
        [sys.executable, "-c", program, "read", name, name],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
        capture_output=True,
        check=True,
    )
    assert "发票" in done.stdout.decode("utf-8")
    assert done.stderr == b""


def test_a_closed_pipe_ends_quietly() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "lucidocr", "read", "--help"],
        stdout=write,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    os.close(write)
    assert b"Traceback" not in done.stderr


def test_serve_prints_its_address_and_ends_with_ctrl_c(toy_model: Path) -> None:
    with lucidocr("serve", "--port", "0", "--model", str(toy_model)) as process:
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        assert line.startswith("lucidocr is at http://127.0.0.1:")
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        rest, complaints = process.communicate(timeout=20)
    assert (process.returncode, rest, complaints) == (0, b"", b"")
