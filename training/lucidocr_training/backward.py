"""``gradient.onnx``: gradients at the tap of height 8 from those at the LSTM's input, written as a forward graph.

Every convolution's gradient with respect to its input is again a convolution. The activations that decide which ReLU
lets a gradient through are computed once from the tap and serve all targets.
"""

from __future__ import annotations

import onnx
import torch
from torch import nn

from lucidocr.charset import Charset
from lucidocr_training.graph import gain_and_bias
from lucidocr_training.network import Network
from lucidocr_training.nodes import GraphBuilder, float_value

STAGES = ("stage4", "stage2", "stage1")
"""From the tap to the LSTM."""

_BEFORE_FIRST = -(2**31)
"""Where a slice with a negative step stops that takes the first element too."""


class _Tail:
    """Writes the CNN's last stages and their gradients."""

    def __init__(self, network: Network) -> None:
        self.graph = GraphBuilder()
        self._network = network

    def forward(self, name: str, maps: str) -> str:
        """A stage as in the network; remembers where its ReLUs are open."""
        entry = self._activated(f"{name}.entry", self._convolved(f"{name}.entry", maps))
        inner = self._activated(f"{name}.first", self._convolved(f"{name}.residual.first", entry))
        second = self._convolved(f"{name}.residual.second", inner)
        return self._activated(f"{name}.second", self.graph.node("Add", [second, entry], f"{name}.sum"))

    def backward(self, name: str, gradient: str) -> str:
        """From the gradient at a stage's output to that at its input."""
        gradient = self._passed(f"{name}.second", gradient)
        inner = self._passed(f"{name}.first", self._returned(f"{name}.residual.second", gradient))
        around = self._returned(f"{name}.residual.first", inner)
        entry = self.graph.node("Add", [around, gradient], f"{name}.sum_gradient")
        return self._returned(f"{name}.entry", self._passed(f"{name}.entry", entry))

    def _block(self, name: str) -> nn.Sequential:
        block = self._network.get_submodule(name)
        if not isinstance(block, nn.Sequential):
            raise TypeError(f"{name} is no convolution")
        return block

    def _geometry(self, name: str) -> nn.Conv2d:
        convolution = self._block(name)[0]
        if not isinstance(convolution, nn.Conv2d):
            raise TypeError(f"{name} is no convolution")
        return convolution

    def _convolved(self, name: str, maps: str) -> str:
        convolution = self._geometry(name)
        gain, bias = gain_and_bias(self._block(name))
        (top, side), graph = _pair(convolution.padding), self.graph
        kernel = graph.matrix(f"{name}.kernel", convolution.weight)
        gains = graph.weight(f"{name}.gain", gain[:, None, None, None])
        inputs = [maps, graph.node("Mul", [kernel, gains], f"{name}.weight"), graph.weight(f"{name}.bias", bias)]
        return graph.node("Conv", inputs, f"{name}.out", strides=list(convolution.stride), pads=[top, side, top, side])

    def _activated(self, name: str, maps: str) -> str:
        zero = self.graph.weight("zero", torch.zeros(()))
        self.graph.node("Greater", [maps, zero], f"{name}.open")
        return self.graph.node("Relu", [maps], f"{name}.relu")

    def _passed(self, name: str, gradient: str) -> str:
        return self.graph.node("Where", [f"{name}.open", gradient, "zero"], f"{name}.passed")

    def _returned(self, name: str, gradient: str) -> str:
        """The gradient at a convolution's input."""
        convolution = self._geometry(name)
        if convolution.stride == (1, 1):
            (top, side), (height, width) = _pair(convolution.padding), _pair(convolution.kernel_size)
            weight = self._turned(name, "turned", rows=(height - 1, _BEFORE_FIRST, -1))
            return self.graph.node(
                "Conv", [gradient, weight], f"{name}.gradient", pads=[height - 1 - top, width - 1 - side] * 2
            )
        if (convolution.kernel_size, convolution.stride, convolution.padding) != ((3, 3), (2, 1), (1, 1)):
            raise TypeError(f"{name} has a convolution whose gradient is not known here")
        return self._interleaved(name, gradient)

    def _interleaved(self, name: str, gradient: str) -> str:
        """Where rows were halved, those of even number went to the middle tap alone, the others to the outer two."""
        graph = self.graph
        middle = self._turned(name, "middle", rows=(1, 2, 1))
        outer = self._turned(name, "outer", rows=(2, _BEFORE_FIRST, -2))
        even = graph.node("Conv", [gradient, middle], f"{name}.even", pads=[0, 1, 0, 1])
        odd = graph.node("Conv", [gradient, outer], f"{name}.odd", pads=[0, 1, 1, 1])
        pair = [graph.node("Unsqueeze", [rows, graph.ints(3)], f"{rows}_row") for rows in (even, odd)]
        both = graph.node("Concat", pair, f"{name}.rows", axis=3)
        columns = graph.node("Shape", [gradient], f"{name}.columns", start=3, end=4)
        shape = graph.node("Concat", [graph.ints(0, 0, -1), columns], f"{name}.shape", axis=0)
        return graph.node("Reshape", [both, shape], f"{name}.gradient")

    def _turned(self, name: str, which: str, *, rows: tuple[int, int, int]) -> str:
        """A convolution's weights from its outputs to its inputs, columns mirrored; ONNX Runtime does this once.

        Args:
            name: of the convolution.
            which: name of the result.
            rows: of the kernel that are taken: start, stop and step.
        """
        graph, (start, stop, step) = self.graph, rows
        exchanged = graph.node("Transpose", [f"{name}.weight"], f"{name}.{which}_exchanged", perm=[1, 0, 2, 3])
        limits = [graph.ints(start, -1), graph.ints(stop, _BEFORE_FIRST), graph.ints(2, 3), graph.ints(step, -1)]
        return graph.node("Slice", [exchanged, *limits], f"{name}.{which}")


def _pair(size: object) -> tuple[int, int]:
    if not isinstance(size, tuple) or len(size) != 2:
        raise TypeError(f"{size} are not two sizes")
    return int(size[0]), int(size[1])


def gradient_graph(network: Network, charset: Charset) -> onnx.ModelProto:
    """``gradient.onnx``; for one line without padding.

    Its inputs are ``features_h8`` [1, C1, 8, T] of ``explain.onnx`` and ``gradients`` [K, C4, T] at the LSTM's input;
    its output is ``gradients_h8`` [K, C1, 8, T].
    """
    writer = _Tail(network.eval())
    graph, channels = writer.graph, network.config.channels
    maps = "features_h8"
    for name in STAGES:
        maps = writer.forward(name, maps)
    gradient = graph.node("Unsqueeze", ["gradients", graph.ints(2)], "gradients_h1")
    for name in reversed(STAGES):
        gradient = writer.backward(name, gradient)
    graph.node("Identity", [gradient], "gradients_h8")
    inputs = [float_value("features_h8", 1, channels[1], 8, "T"), float_value("gradients", "K", channels[4], "T")]
    return graph.model("gradient", inputs, [float_value("gradients_h8", "K", channels[1], 8, "T")], charset)
