"""``recognise.int8.onnx``: the part of a model folder that reads in eight bits.

Its ranges are those of the feature maps on some lines; nothing is trained.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lucidocr.evaluate import load_dataset
from lucidocr.io import load
from lucidocr.model import RECOGNISE
from lucidocr.preprocess import normalise_line, to_batch, to_grey
from lucidocr.recognise import RECOGNISE_INT8
from lucidocr.types import FloatArray, ImageArray
from lucidocr_training import checkpoint
from lucidocr_training.integer import MAPS, STAGES, Grid, integer_graph
from lucidocr_training.network import Network
from lucidocr_training.parts import add_part

LINES_OF_A_SET = 40
_VALUES_OF_A_LINE = 400
"""Of each feature map, spread evenly."""

_PARTS = np.linspace(1, 0.25, 16)
"""Of the range that holds every value."""

_AROUND = "around"
"""Name of what goes around a stage's residual pair and is added to what it makes."""


@torch.no_grad()
def calibrate(network: Network, lines: Iterable[ImageArray]) -> dict[str, tuple[float, float]]:
    """Ranges of the feature maps on some lines.

    Args:
        network: ready to read.
        lines: uint8 [32, W] each, normalised; at least one.
    """
    seen: dict[str, list[Tensor]] = {f"{stage}.{part}": [] for stage in STAGES for part in (*MAPS, _AROUND)}

    def note(name: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        def hook(_: nn.Module, given: tuple[Tensor, ...], maps: Tensor) -> None:
            step = max(1, maps.numel() // _VALUES_OF_A_LINE)
            seen[name].append(maps.flatten()[::step].clone())
            if name.endswith("residual"):
                seen[f"{name.removesuffix('residual')}{_AROUND}"].append(given[0].flatten()[::step].clone())

        return hook

    names = [name for name in seen if not name.endswith(_AROUND)]
    hooks = [network.get_submodule(name).register_forward_hook(note(name)) for name in names]
    try:
        for line in lines:
            images, widths = to_batch([line])
            network(torch.from_numpy(images), torch.from_numpy(widths))
    finally:
        for hook in hooks:
            hook.remove()
    values = {name: torch.cat(parts).numpy() for name, parts in seen.items()}
    ranges = {name: best_range(values[name].clip(0)) for name in names}
    for stage in STAGES:
        second = f"{stage}.residual.second"
        ranges[second] = best_range(values[second], values[f"{stage}.{_AROUND}"])
    return ranges


def best_range(values: FloatArray, around: FloatArray | None = None) -> tuple[float, float]:
    """The range whose grid blurs least, squared, what is positive of a sum; a little of the largest is cut off.

    Args:
        values: float32 [N] that the grid is for, at least one.
        around: float32 [N] that is added to them; nothing when None.
    """
    around = np.zeros_like(values) if around is None else around
    wanted = (values + around).clip(0)
    lows = np.unique(min(float(values.min()), 0.0) * _PARTS)
    ranges = [(float(low), float(high)) for low in lows for high in float(values.max()) * _PARTS]
    blurs = [float(np.square((Grid.of(*ends).nearest(values) + around).clip(0) - wanted).mean()) for ends in ranges]
    return ranges[int(np.argmin(blurs))]


def sample(folder: Path, *, limit: int = LINES_OF_A_SET) -> list[ImageArray]:
    """Normalised lines of the tune parts of all data sets in a folder.

    Args:
        folder: of data sets; one without a tune part gives nothing.
        limit: most lines of a set.

    Raises:
        ValueError: there is none.
    """
    tuned = [
        table.parent for table in sorted(folder.glob("*/split.tsv")) if "\ttune" in table.read_text(encoding="utf-8")
    ]
    paths = [line.path for one in tuned for line in load_dataset(one, "tune").sample(limit).lines]
    if not paths:
        raise ValueError(f"no data set in {folder} has a tune part")
    return [normalise_line(to_grey(load(path).pixels)) for path in paths]


def quantise_folder(state: Mapping[str, Any], folder: Path, lines: Iterable[ImageArray]) -> None:
    """Add the eight-bit network to a model folder.

    Args:
        state: the compact checkpoint that the folder was exported from.
        folder: a model folder.
        lines: see :func:`calibrate`.
    """
    network, charset, _ = checkpoint.restore(dict(state))
    graph = integer_graph(network, charset, calibrate(network.eval(), lines))
    add_part(folder, RECOGNISE_INT8, graph.SerializeToString(), [RECOGNISE])
