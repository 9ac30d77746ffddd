"""Refitting: every part that depends on the weights, in the order in which they depend on each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs the train extra")

from click.testing import CliRunner

from lucidocr.charset import Charset
from lucidocr_training import __main__ as commands
from lucidocr_training import refit as module
from lucidocr_training.batches import Source
from lucidocr_training.checkpoint import Progress
from lucidocr_training.network import Network, NetworkConfig

pytestmark = pytest.mark.torch

CHARSET = Charset("ab ")


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the steps as they are taken; none of them does anything."""
    steps: list[str] = []

    def step(name: str, result: Any = None) -> None:
        def take(*_: object, **__: object) -> Any:
            steps.append(name)
            return result

        monkeypatch.setattr(module, name, take)

    network = Network(NetworkConfig(len(CHARSET), channels=(2, 2, 2, 2, 2), hidden=2, bottleneck=2))
    monkeypatch.setattr(module.checkpoint, "restore", lambda _: (network, CHARSET, Progress()))
    fitted = ("calibrate", "fuse", "make_plan", "teach_probe", "teach_causes", "gather")
    for name in ("write_folder", "quantise_folder", "sample", *fitted):
        step(name)
    step("attend", {"attention": {"energy": 0.9}})
    return steps


def test_parts_follow_what_they_are_fitted_on(done: list[str], tmp_path: Path) -> None:
    told: list[str] = []
    worth = module.refit({}, tmp_path, Source(tmp_path, tmp_path, tmp_path, (), None, 0.0, 1, 1), tell=told.append)
    assert [name for name in done if name not in {"sample", "gather"}] == [
        "write_folder",
        "quantise_folder",
        "calibrate",
        "fuse",
        "make_plan",
        "teach_probe",
        "teach_causes",
        "attend",
    ]
    assert len(told) == 7
    assert worth == {"attention": {"energy": 0.9}}


def test_the_command_keeps_what_the_head_is_worth(
    done: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "WORTH", tmp_path / "attention.json")
    monkeypatch.setattr(commands.checkpoint, "load", lambda _: {})
    result = CliRunner().invoke(commands.main, ["refit", "--threads", "1", "--data", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert '"energy": 0.9' in (tmp_path / "attention.json").read_text(encoding="utf-8")
    assert done[-1] == "attend"
