"""Fixtures for all tests: the toy model, and the model that comes with the package."""

from __future__ import annotations

from pathlib import Path

import pytest

import lucidocr
from lucidocr.pipeline import Reader
from tests.fakes import FakeReader
from tests.toy import write_model


@pytest.fixture(scope="session")
def toy_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a model whose readings can be foretold."""
    return write_model(tmp_path_factory.mktemp("models") / "toy")


@pytest.fixture(scope="session")
def toy_reader(toy_model: Path) -> Reader:
    return Reader(toy_model, threads=1)


@pytest.fixture(scope="session")
def reader() -> Reader:
    """A reader with the model that comes with the package; its absence is a failure and no reason to skip."""
    if not (Path(lucidocr.__file__).parent / "weights" / "zh_en" / "model.json").is_file():
        pytest.fail("src/lucidocr/weights/zh_en is not there: train it and export it, see training/README.md")
    return Reader(threads=1)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeReader:
    """What the command line reads with instead of a real reader."""
    reader = FakeReader()

    def make(*_: object, **__: object) -> FakeReader:
        return reader

    monkeypatch.setattr("lucidocr.pipeline.Reader", make)
    return reader
