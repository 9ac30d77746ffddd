"""Which network reads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from lucidocr import cli
from lucidocr.charset import Charset
from lucidocr.errors import MissingPartError, OptionError
from lucidocr.model import RECOGNISE, Model
from lucidocr.recognise import RECOGNISE_INT8, Precision, Recogniser, network_part
from lucidocr.serve import Settings, create_app
from tests.fakes import FakeReader, encoded, picture_of

PLAIN = Model("toy", Charset("ab"), "ltr", 32, 4, {}, Path("nowhere"), {RECOGNISE: "00"})
BOTH = replace(PLAIN, parts={RECOGNISE: "00", RECOGNISE_INT8: "11"})


@pytest.mark.parametrize(
    ("model", "precision", "exact", "part"),
    [
        (BOTH, "fp32", True, RECOGNISE),
        (BOTH, "int8", True, RECOGNISE_INT8),
        (BOTH, "int8", False, RECOGNISE_INT8),
        (BOTH, "auto", True, RECOGNISE_INT8),
        (BOTH, "auto", False, RECOGNISE),
        (PLAIN, "auto", True, RECOGNISE),
    ],
)
def test_part(model: Model, precision: Precision, exact: bool, part: str) -> None:
    assert network_part(model, precision, exact=exact) == part


def test_eight_bits_that_a_model_lacks_are_an_error() -> None:
    with pytest.raises(MissingPartError, match="int8"):
        Recogniser(PLAIN, threads=1, precision="int8")


def test_another_precision_is_an_error() -> None:
    with pytest.raises(OptionError, match="fp16"):
        network_part(BOTH, "fp16", exact=True)  # type: ignore[arg-type]


class TestAsking:
    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """Precisions that readers were made with."""
        made: list[str] = []

        def make(model: Path | None, *, threads: int | None, precision: str, **_: object) -> FakeReader:
            made.append(precision)
            return FakeReader()

        monkeypatch.setattr("lucidocr.pipeline.Reader", make)
        monkeypatch.setattr("lucidocr.serve.reading.Reader", make)
        return made

    @pytest.mark.parametrize(("options", "precision"), [([], "fp32"), (["--precision", "int8"], "int8")])
    def test_the_command_line(self, asked: list[str], tmp_path: Path, options: list[str], precision: str) -> None:
        (tmp_path / "a.png").write_bytes(encoded(picture_of("a")))
        result = CliRunner().invoke(cli.main, ["read", str(tmp_path / "a.png"), *options])
        assert (result.exit_code, asked) == (0, [precision])

    def test_another_precision_is_a_usage_error(self, asked: list[str]) -> None:
        result = CliRunner().invoke(cli.main, ["read", "a.png", "--precision", "fp16"])
        assert (result.exit_code, asked) == (2, [])

    def test_the_service(self, asked: list[str]) -> None:
        create_app(Settings(precision="auto"))
        assert asked == ["auto"]
