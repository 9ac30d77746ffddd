"""From a model folder back to a network that can be trained on: the inverse of :mod:`lucidocr_training.graph`.

Batch normalisation was folded into the convolutions when the graph was written, so it comes back as the identity: each
convolution has the folded weights, and its norm passes everything on and adds the bias. Such a network computes what
the graph computes as long as its norms keep to their statistics (:func:`keep_norms`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lucidocr.charset import Charset
from lucidocr.errors import ModelError
from lucidocr.model import RECOGNISE, Model
from lucidocr_training.network import Network, NetworkConfig
from lucidocr_training.nodes import constants

_STAGES = ("stage16", "stage8", "stage4", "stage2", "stage1")
_BLOCKS = {"entry": "entry", "first": "residual.first", "second": "residual.second"}
_LINEAR = {"blank_layer": "blank", "bottleneck_layer": "bottleneck", "class_layer": "classes"}

_SCRIPTS = (("\u2e80", "\u9fff"), ("\uac00", "\ud7a3"), ("\uf900", "\ufaff"), ("\U00020000", "\U0003ffff"))
"""First and last code points of writing in squares."""


def restore_network(model: Model) -> Network:
    """The network of a model folder, ready to read.

    Args:
        model: whose ``recognise.onnx`` was written by :func:`lucidocr_training.graph.reading_graph`.

    Raises:
        ModelError: the graph is altered or of another kind.
    """
    weights = constants(onnx.load_from_string(model.read_part(RECOGNISE)).graph)
    try:
        network = Network(_config(weights))
        network.load_state_dict(_state(weights))
    except (KeyError, ValueError, RuntimeError) as error:
        raise ModelError(
            f"the {RECOGNISE} of {model.name!r} is not a network that can be trained on ({error})",
            remedy="Start from the bundled model, or from one that was made from it.",
        ) from error
    return network.eval()


def keep_norms(network: Network) -> Network:
    """Put a network in training mode, except that its batch normalisation keeps to its statistics."""
    network.train()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
    return network


def in_torch_order(gates: Tensor) -> Tensor:
    """LSTM gates in ONNX's order (i, o, f, c) turned into torch's (i, f, g, o)."""
    i, o, f, c = gates.chunk(4)
    return torch.cat([i, f, c, o])


def _config(weights: Mapping[str, NDArray[np.generic]]) -> NetworkConfig:
    c16, c8, c4, c2, c1 = (len(weights[f"{stage}_entry.weight"]) for stage in _STAGES)
    bottleneck, classes = weights["class_layer.weight"].shape
    return NetworkConfig(classes, (c16, c8, c4, c2, c1), weights["lstm.R"].shape[2], bottleneck)


def _state(weights: Mapping[str, NDArray[np.generic]]) -> dict[str, Tensor]:
    """The state of the network whose graph has these weights."""
    state: dict[str, Tensor] = {}
    for stage in _STAGES:
        for name, path in _BLOCKS.items():
            weight, bias = (_tensor(weights, f"{stage}_{name}.{kind}") for kind in ("weight", "bias"))
            state |= _identity_block(f"{stage}.{path}", weight, bias)
    inputs, hidden, biases = (_tensor(weights, f"lstm.{name}") for name in "WRB")
    for number, suffix in enumerate(("", "_reverse")):
        bias_ih, bias_hh = biases[number].chunk(2)
        for name, gates in (
            ("weight_ih", inputs[number]), ("weight_hh", hidden[number]), ("bias_ih", bias_ih), ("bias_hh", bias_hh),
        ):  # fmt: skip
            state[f"lstm.{name}_l0{suffix}"] = in_torch_order(gates)
    for name, path in _LINEAR.items():
        state[f"{path}.weight"] = _tensor(weights, f"{name}.weight").t().contiguous()
        state[f"{path}.bias"] = _tensor(weights, f"{name}.bias").reshape(-1)
    return state


def _tensor(weights: Mapping[str, NDArray[np.generic]], name: str) -> Tensor:
    return torch.from_numpy(np.array(weights[name], np.float32))


def _identity_block(path: str, weight: Tensor, bias: Tensor) -> dict[str, Tensor]:
    """State of a convolution, and of a norm that divides by one and adds the bias."""
    norm = nn.BatchNorm2d(len(weight))
    return {
        f"{path}.0.weight": weight,
        f"{path}.1.weight": torch.ones(len(weight)),
        f"{path}.1.bias": bias,
        f"{path}.1.running_mean": torch.zeros(len(weight)),
        f"{path}.1.running_var": torch.full((len(weight),), 1 - norm.eps),
        f"{path}.1.num_batches_tracked": torch.tensor(0),
    }


@torch.no_grad()
def with_alphabet(network: Network, before: Charset, after: Charset) -> Network:
    """A network that reads another alphabet, everything else as it was.

    A character that is new gets the mean weights of its like (writing in squares, or other signs) and their lowest
    bias: readings hardly change until it is learnt.

    Args:
        network: reads ``before``.
        before: its alphabet.
        after: the one wanted.

    Returns:
        A copy, ready to read.
    """
    config = network.config
    result = Network(NetworkConfig(len(after), config.channels, config.hidden, config.bottleneck))
    state = dict(network.state_dict())
    rows = [_class_row(network, before, char) for char in after.chars]
    state["classes.weight"] = torch.stack([weight for weight, _ in rows])
    state["classes.bias"] = torch.stack([bias for _, bias in rows])
    result.load_state_dict(state)
    return result.eval()


def _class_row(network: Network, charset: Charset, char: str) -> tuple[Tensor, Tensor]:
    """Weights and bias of a character's class; those to begin with, where the network has none."""
    weights, biases = network.classes.weight, network.classes.bias
    if char in charset:
        (number,) = charset.encode(char)
        return weights[number], biases[number]
    alike = _alike(charset.chars, char)
    return weights[alike].mean(0), biases[alike].min()


def _alike(chars: Sequence[str], char: str) -> list[int]:
    """Numbers of the characters of the same kind of writing; all, where there are none."""
    wanted = _in_squares(char)
    return [number for number, one in enumerate(chars) if _in_squares(one) == wanted] or list(range(len(chars)))


def _in_squares(char: str) -> bool:
    return any(first <= char <= last for first, last in _SCRIPTS)
