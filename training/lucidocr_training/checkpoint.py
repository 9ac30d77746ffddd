"""State of a training run on disk, written whole or not at all."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lucidocr.charset import Charset
from lucidocr_training.network import Network, NetworkConfig


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come.

    Attributes:
        lines: lines seen in this run.
        steps: optimiser steps in this run.
        lines_before: lines that the weights had seen before this run began.
    """

    lines: int = 0
    steps: int = 0
    lines_before: int = 0


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a state so that a kill at any moment leaves either the old or the new file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    partial.replace(path)


def load(path: Path) -> dict[str, Any]:
    """Read what :func:`save` wrote. Only tensors and plain values are accepted."""
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def pack(network: Network, average: dict[str, Tensor], charset: Charset, progress: Progress) -> dict[str, Any]:
    """What a later run or an export needs."""
    return {
        "config": asdict(network.config),
        "charset": charset.chars,
        "network": network.state_dict(),
        "average": average,
        "progress": asdict(progress),
    }


def restore(state: dict[str, Any], *, averaged: bool = True) -> tuple[Network, Charset, Progress]:
    """The network of a checkpoint, with its averaged weights or those of the last step."""
    config = dict(state["config"])
    config["channels"] = tuple(config["channels"])
    network = Network(NetworkConfig(**config))
    network.load_state_dict(state["average"] if averaged else state["network"])
    return network, Charset(state["charset"]), Progress(**state["progress"])
