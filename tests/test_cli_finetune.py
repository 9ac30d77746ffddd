"""``lucidocr finetune``: what it asks for and what it says; the training itself is tested in tests/training."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lucidocr import cli
from lucidocr.errors import DatasetError, OptionError
from lucidocr.metrics import Tally

Run = Callable[..., Result]


@dataclass
class Trainer:
    """Stands for ``lucidocr_training.finetune``."""

    asked: list[SimpleNamespace] = field(default_factory=list)
    error: BaseException | None = None
    new: str = ""
    left_out: int = 0

    def finetune(self, settings: SimpleNamespace) -> SimpleNamespace:
        self.asked.append(settings)
        if self.error is not None:
            raise self.error
        sets = [
            SimpleNamespace(name="plates", before=Tally(75, 0, 132, 525, 0), after=Tally(75, 73, 2, 525, 0)),
            SimpleNamespace(name="print", before=Tally(100, 90, 10, 1000, 0), after=Tally(100, 88, 12, 1000, 0)),
        ]
        return SimpleNamespace(
            sets=sets, seconds=90.0, lines=18_000, share=0.8, new=self.new, left_out=self.left_out
        )  # fmt: skip


def settings(folder: Path, out: Path, model: Path | None, keep: tuple[Path, ...], **further: Any) -> SimpleNamespace:
    return SimpleNamespace(folder=folder, out=out, model=model, keep=keep, **further)


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch) -> Trainer:
    trainer = Trainer()
    module = SimpleNamespace(Settings=settings, finetune=trainer.finetune)
    monkeypatch.setitem(sys.modules, "lucidocr_training.finetune", module)
    return trainer


@pytest.fixture
def run(trainer: Trainer) -> Run:
    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(cli.main, ["finetune", *arguments])

    return invoke


def test_it_shows_what_was_gained(run: Run) -> None:
    result = run("plates", "-o", "new")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "held-out lines of  n    lines right       CER",
        "plates             75   0.0000 -> 0.9733  0.2514 -> 0.0038",
        "print              100  0.9000 -> 0.8800  0.0100 -> 0.0120",
        "18,000 lines learnt from in 1.5 minutes, 200 a second",
        "80% of the way from the old weights to the new ones taken",
        "wrote new",
    ]


def test_it_says_what_is_new_and_what_was_left_out(run: Run, trainer: Trainer) -> None:
    trainer.new, trainer.left_out = "皖", 3
    lines = run("plates", "-o", "new").stdout.splitlines()
    assert "new characters: 皖" in lines
    assert any(line.startswith("3 lines left out") for line in lines)


def test_every_option_arrives(run: Run, trainer: Trainer) -> None:
    words = (
        "plates -o new --minutes 2.5 --alphabet own --characters 警 --keep a --keep b --score zh --model m --threads 2"
    )
    assert run(*words.split()).exit_code == 0
    (asked,) = trainer.asked
    assert (asked.folder, asked.out, asked.model) == (Path("plates"), Path("new"), Path("m"))
    assert asked.keep == (Path("a"), Path("b"))
    assert (asked.minutes, asked.alphabet, asked.characters) == (2.5, "own", "警")
    assert (asked.rule, asked.threads) == ("zh", 2)


def test_what_is_not_asked_for_has_a_default(run: Run, trainer: Trainer) -> None:
    run("plates", "--output", "new")
    (asked,) = trainer.asked
    assert (asked.minutes, asked.alphabet, asked.characters) == (10.0, "extended", "")
    assert (asked.model, asked.keep, asked.threads, asked.rule) == (None, (), None, "exact")


@pytest.mark.parametrize("arguments", [("plates",), ("-o", "new"), ("plates", "-o", "new", "--minutes", "0")])
def test_what_is_missing_or_senseless_is_said(run: Run, trainer: Trainer, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2
    assert not trainer.asked


@pytest.mark.parametrize(("error", "code"), [(DatasetError("no lines"), 2), (OptionError("a model already"), 2)])
def test_errors_are_a_line_and_an_exit_code(run: Run, trainer: Trainer, error: BaseException, code: int) -> None:
    trainer.error = error
    result = run("plates", "-o", "new")
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr == f"lucidocr: {error}\n"


def test_stopping_it_says_how_to_go_on(run: Run, trainer: Trainer) -> None:
    trainer.error = KeyboardInterrupt()
    result = run("plates", "-o", "new")
    assert result.exit_code == 130
    assert "the same command goes on" in result.stderr


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lucidocr_training.finetune", None)
    result = CliRunner().invoke(cli.main, ["finetune", "plates", "-o", "new"])
    assert result.exit_code == 3
    assert 'pip install "lucidocr[train]"' in result.stderr
    assert "Traceback" not in result.stderr
