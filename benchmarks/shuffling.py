"""Models whose layers have lost what they learned, from the last one down (Adebayo et al. 2018, section 3.1).

The values of every weight are shuffled rather than drawn anew, so that activations keep their scale.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch

from lucidocr.explain.attention import ATTENTION
from lucidocr.model import Model
from lucidocr_training import checkpoint
from lucidocr_training.export import COMPACT, write_folder
from lucidocr_training.parts import add_part

CASCADE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("class layer", ("classes.",)),
    ("blank and bottleneck", ("blank.", "bottleneck.")),
    ("LSTM", ("lstm.",)),
    ("stage 1", ("stage1.",)),
    ("stage 2", ("stage2.",)),
    ("stage 4", ("stage4.",)),
    ("stage 8", ("stage8.",)),
    ("stage 16", ("stage16.",)),
)
"""From the network's end to its beginning: name of a step, and how the names of its weights begin."""

_SEED = 7


def shuffled_models(model: Model, folder: Path) -> Iterator[tuple[str, Path]]:
    """Write a model folder for every step of the cascade; each step's weights are shuffled besides those before it.

    The attention head stays as it is: it is given the features of the shuffled network.

    Args:
        model: the bundled one, which belongs to the committed checkpoint.
        folder: gets the folders.

    Yields:
        The step's name and its folder.
    """
    state = checkpoint.load(COMPACT)
    chance = torch.Generator().manual_seed(_SEED)
    for number, (name, beginnings) in enumerate(CASCADE):
        for key, weight in state["average"].items():
            if key.startswith(beginnings) and weight.numel() > 1:
                state["average"][key] = weight.flatten()[torch.randperm(weight.numel(), generator=chance)].view_as(
                    weight
                )
        target = folder / str(number)
        write_folder(state, target)
        if ATTENTION in model:
            add_part(target, ATTENTION, model.read_part(ATTENTION), model.fitted_on.get(ATTENTION, ()))
        yield name, target
