"""``lucidocr diagnose``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lucidocr import cli
from tests.fakes import FakeAnalyst, encoded, picture_of

Run = Callable[..., Result]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeAnalyst:
    reader = FakeAnalyst()
    monkeypatch.setattr("lucidocr.pipeline.Reader", lambda *_, **__: reader)
    return reader


@pytest.fixture
def run(fake: FakeAnalyst, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    fake.confidence = 0.6
    for name in ("a.png", "b.png"):
        Path(name).write_bytes(encoded(picture_of("a")))
    Path("bad.png").write_bytes(b"not a picture")
    Path("set", "images").mkdir(parents=True)
    for number in range(3):
        Path("set", "images", f"{number}.png").write_bytes(encoded(picture_of("a")))
    Path("set", "labels.tsv").write_text("0.png\t发票 Invoice\n1.png\tother\n2.png\t发票 lnvoice\n", encoding="utf-8")

    def invoke(*arguments: str, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(cli.main, ["diagnose", *arguments], input=stdin)

    return invoke


def test_a_verdict_for_every_doubtful_line(run: Run, fake: FakeAnalyst) -> None:
    result = run("a.png")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.count("likely cause: slope") == 2
    assert "“42.00”  (55.0%)" in result.stdout
    fake.confidence = 0.95
    assert run("a.png").stdout == "2 lines read, none doubtful\n"
    assert run("a.png", "--all").stdout.count("likely cause") == 2


def test_several_pictures(run: Run) -> None:
    result = run("a.png", "bad.png", "b.png")
    assert result.exit_code == 2
    assert [line for line in result.stdout.splitlines() if "==" in line] == ["==> a.png <==", "==> b.png <=="]
    assert "bad.png" in result.stderr


def test_json(run: Run) -> None:
    first, second = json.loads(run("a.png", "bad.png", "--format", "json").stdout)
    assert (first["success"], first["count"], len(first["lines"])) == (True, 2, 2)
    assert "image" not in first["lines"][0]["diagnosis"]
    assert (second["success"], second["source"]) == (False, "bad.png")
    (shown,) = json.loads(run("a.png", "--format", "json", "--pictures").stdout)
    assert shown["lines"][0]["diagnosis"]["image"]


def test_output_follows_the_ending(run: Run) -> None:
    for name, start in (("why.html", "<!doctype html>"), ("why.json", "["), ("why.txt", "“")):
        assert run("a.png", "-o", name).exit_code == 0
        assert Path(name).read_text(encoding="utf-8").startswith(start)
    assert run("bad.png", "-o", "bad.html").exit_code == 2
    assert not Path("bad.html").exists()


def test_a_known_truth(run: Run, fake: FakeAnalyst) -> None:
    result = run("-", "--truth", "42.08", "--score", "alnum", "--preprocess", "off", stdin=encoded(picture_of("a")))
    assert "wrong; it says: “42.08”" in result.stdout
    assert (fake.diagnosed[-1], fake.complained[-1]) == (("42.08", "alnum"), False)
    assert (fake.modes[-1], fake.prepared_with[-1]) == ("line", "off")


def test_a_line_that_is_known_to_be_misread(run: Run, fake: FakeAnalyst) -> None:
    run("-", "--misread", stdin=encoded(picture_of("a")))
    assert fake.complained[-1] is True


def test_a_set(run: Run) -> None:
    result = run("set", "-o", "report.html", "--score", "zh")
    assert result.exit_code == 0
    assert "lucidocr: reading: 3 lines\n" in result.stderr
    page = Path("report.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    record = json.loads(Path("report.json").read_text(encoding="utf-8"))
    assert (record["dataset"], record["lines"], record["rule"]) == ("set", 3, "zh")
    assert [one["file"] for one in record["failures"]] == ["1.png", "2.png"]


def test_figures_alone(run: Run) -> None:
    result = run("set", "--format", "json", "--limit", "2")
    assert json.loads(result.stdout)["lines"] == 2
    assert run("set", "-o", "figures.json").exit_code == 0
    assert json.loads(Path("figures.json").read_text(encoding="utf-8"))["lines"] == 3
    assert not Path("figures.html").exists()


def test_a_bad_picture_of_a_set_is_named_and_the_others_are_read(run: Run) -> None:
    Path("set", "images", "1.png").write_bytes(b"no picture")
    result = run("set", "-o", "report.html")
    assert result.exit_code == 0
    assert "1.png" in result.stderr
    record = json.loads(Path("report.json").read_text(encoding="utf-8"))
    assert (record["lines"], record["unreadable"][0]["file"]) == (2, "1.png")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("a.png", "b.png", "--truth", "a"),
        ("a.png", "--truth", "a", "--mode", "page"),
        ("a.png", "--part", "tune"),
        ("a.png", "--limit", "3"),
        ("a.png", "-o", "a.png"),
        ("a.png", "--score", "none"),
        ("set",),
        ("set", "--format", "html"),
        ("set", "a.png", "-o", "r.html"),
        ("set", "-o", "r.html", "--truth", "a"),
        ("set", "-o", "r.html", "--misread"),
        ("a.png", "--truth", "a", "--misread"),
        ("set", "-o", "r.html", "--part", "tune"),
        ("set/images", "-o", "r.html"),
    ],
)
def test_bad_usage(run: Run, arguments: tuple[str, ...]) -> None:
    before = Path("a.png").read_bytes()
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stderr
    assert "Traceback" not in result.stderr
    assert not Path("r.html").exists()
    assert Path("a.png").read_bytes() == before
