"""Gradients of leads: NumPy and ``gradient.onnx`` against PyTorch's automatic differentiation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the train extra")
pytest.importorskip("onnx", reason="needs the train extra")

import torch
from torch import Tensor

from lucidocr.explain.lead import edited, lead_over
from lucidocr.explain.network import OpenNetwork
from lucidocr.explain.recurrent import Direction, bilstm_backward
from lucidocr.explain.seen import Seen
from lucidocr.model import load_model
from lucidocr.preprocess import to_batch
from lucidocr.types import ImageArray
from lucidocr_training.graph import in_onnx_order
from lucidocr_training.network import Network

pytestmark = pytest.mark.torch


def log_prob(blank: Tensor, scores: Tensor, labels: Sequence[int], margin: int) -> Tensor:
    """CTC's forward pass as a graph of single operations, in float64."""
    log_blank, log_other = (torch.nn.functional.logsigmoid(logit) for logit in (blank, -blank))
    chars = log_other[:, None] + scores.log_softmax(-1)
    outer = torch.logaddexp(log_blank, chars[:, margin])
    said = [outer, *(part for label in labels for part in (chars[:, label], log_blank))]
    said[-1] = outer
    nothing = torch.tensor(-1e30, dtype=torch.float64)
    masses = [said[state][0] if state < 2 else nothing for state in range(len(said))]
    for step in range(1, len(blank)):
        after = []
        for state in range(len(said)):
            entering = [masses[state]]
            if state:
                entering.append(masses[state - 1])
            if state > 2 and state % 2 and labels[state // 2] != labels[state // 2 - 1]:
                entering.append(masses[state - 2])
            after.append(torch.stack(entering).logsumexp(0) + said[state][step])
        masses = after
    return torch.stack(masses[-2:]).logsumexp(0)


def by_autograd(network: Network, line: ImageArray, texts: Sequence[tuple[int, ...]], margin: int) -> np.ndarray:
    """Gradients at the tap of height 8 of the first text's lead over each of the others."""
    images, widths = to_batch([line])
    taps: list[Tensor] = []
    hook = network.stage8.register_forward_hook(lambda _, __, out: taps.append(out))
    try:
        features = network(torch.from_numpy(images).double(), torch.from_numpy(widths))
    finally:
        hook.remove()
    blank, scores = features.blank[0].double(), network.class_logits(features.bottleneck)[0]
    own, *others = (log_prob(blank, scores, text, margin) for text in texts)
    gradients = [torch.autograd.grad(own - other, taps[0], retain_graph=True)[0][0] for other in others]
    return torch.stack(gradients).numpy()


def test_gradients_are_those_of_autograd(network: Network, model_folder: Path, pictures: list[ImageArray]) -> None:
    model = load_model(model_folder)
    open_network, (margin,) = OpenNetwork(model, threads=1), model.charset.encode(" ")
    doubled = Network(network.config).double().eval()
    doubled.load_state_dict({name: value.double() for name, value in network.state_dict().items()})
    for picture, text in zip(pictures[:3], ("lucid", "a 42", "xx"), strict=True):
        seen, labels = Seen.of(picture), tuple(model.charset.encode(text))
        taps = open_network.look(seen, picture)
        edits = [(0, None), (len(labels) - 1, None), (1, labels[0]), (len(labels) - 1, labels[-1] + 1)]
        found = open_network.gradients(taps, lead_over(taps.frames, labels, edits, margin=margin))
        texts = [labels, *(edited(labels, place, rival, margin) for place, rival in edits)]
        expected = by_autograd(doubled, seen.line, texts, margin)
        assert found.shape == expected.shape == (4, network.config.channels[1], 8, len(taps.frames))
        assert np.abs(expected).max() > 1e-3
        np.testing.assert_allclose(found, expected, atol=1e-5 * max(1.0, float(np.abs(expected).max())))


@pytest.mark.parametrize("steps", [1, 2, 17])
def test_the_lstm_alone(steps: int) -> None:
    torch.manual_seed(steps)
    layer = torch.nn.LSTM(5, 4, bidirectional=True, batch_first=True)
    sequence = torch.randn(1, steps, 5, requires_grad=True)
    output = layer(sequence)[0]
    gradients = torch.randn(3, steps, 8)
    expected = [torch.autograd.grad((output[0] * one).sum(), sequence, retain_graph=True)[0][0] for one in gradients]
    directions = [
        Direction(
            *(in_onnx_order(weight).detach().numpy() for weight in weights[:2]),
            in_onnx_order(weights[2] + weights[3]).detach().numpy(),
        )
        for weights in (
            [getattr(layer, f"{name}_l0{suffix}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
            for suffix in ("", "_reverse")
        )
    ]
    found = bilstm_backward(sequence[0].detach().numpy(), *directions, gradients.numpy())
    np.testing.assert_allclose(found, torch.stack(expected).numpy(), atol=1e-5)
