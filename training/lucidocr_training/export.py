"""From a checkpoint to a model folder.

The weights are first rounded to what the compact checkpoint stores, so that exporting from the run's checkpoint and
exporting again from the compact one give the same files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor

from lucidocr.model import FORMAT_VERSION
from lucidocr.preprocess import LINE_HEIGHT
from lucidocr.types import STRIDE
from lucidocr_training import checkpoint
from lucidocr_training.backward import gradient_graph
from lucidocr_training.graph import explaining_graph, reading_graph
from lucidocr_training.parts import DESCRIPTION, kept_parts, write_description

COMPACT = Path(__file__).parent.parent / "checkpoints" / "zh_en.pt"
WEIGHTS = Path(__file__).parents[2] / "src" / "lucidocr" / "weights" / "zh_en"


def compact_state(state: Mapping[str, Any], figures: Mapping[str, Any]) -> dict[str, Any]:
    """What is committed of a checkpoint: averaged weights, matrices in half precision, and where they came from.

    Args:
        state: a checkpoint of a run.
        figures: the validation table of these weights.
    """
    average: dict[str, Tensor] = {
        name: value.half() if value.ndim > 1 else value.clone() for name, value in state["average"].items()
    }
    before = state["progress"]["lines"] + state["progress"]["lines_before"]
    return {
        "config": state["config"],
        "charset": state["charset"],
        "average": average,
        "progress": {"lines": 0, "steps": 0, "lines_before": before},
        "figures": dict(figures),
    }


def write_folder(state: Mapping[str, Any], folder: Path) -> None:
    """Write the model folder of a compact checkpoint.

    Args:
        state: see :func:`compact_state`.
        folder: gets ``model.json`` and its parts; fitted parts in it stay if they belong to these very weights, all
            others are removed.
    """
    network, charset, progress = checkpoint.restore(dict(state))
    network.eval()
    folder.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        graphs = {
            "recognise.onnx": reading_graph(network, charset),
            "explain.onnx": explaining_graph(network, charset),
            "gradient.onnx": gradient_graph(network, charset),
        }
    made = {name: {"sha256": _write(folder / name, graph)} for name, graph in graphs.items()}
    parts = made | kept_parts(folder, made)
    described = {
        "format_version": FORMAT_VERSION,
        "name": folder.name,
        "charset": charset.chars,
        "direction": "ltr",
        "height": LINE_HEIGHT,
        "stride": STRIDE,
        "normalisation": {"offset": 0.5, "scale": 0.5},
        "training": {
            "lines": progress.lines_before,
            "parameters": sum(weight.numel() for weight in network.parameters()),
            "tune": state["figures"],
        },
        "parts": parts,
    }
    write_description(folder, described)
    for other in folder.iterdir():
        if other.is_file() and other.name not in {*parts, DESCRIPTION, "README.md"}:
            other.unlink()


def _write(path: Path, graph: onnx.ModelProto) -> str:
    content = graph.SerializeToString()
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()
