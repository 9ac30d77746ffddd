"""The reading graph in eight bits, written node by node.

A tool that quantises the float graph would keep its layout and its masks, and would leave the LSTM alone or take its
scales from whatever is in the batch. Here:

- Every scale is fixed when the graph is written, so a line's numbers depend neither on its neighbours nor on padding.
- Feature maps are laid out as [B, W, H, C]. A column is then one piece of memory, and clearing the padding costs
  nothing where there is none.
- ONNX Runtime's eight-bit LSTM takes its scales from what it is given. It is given anchors that make them constant.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper
from torch import Tensor, nn

from lucidocr.charset import Charset
from lucidocr.preprocess import LINE_HEIGHT
from lucidocr.types import STRIDE, FloatArray
from lucidocr_training.graph import NetworkGraph, finished_reading, folded, in_onnx_order
from lucidocr_training.network import Network

Ranges = Mapping[str, tuple[float, float]]
"""Lowest and highest value of feature maps, by the name of the module that makes them."""

ACTIVE_LOGIT = 5.8
"""As in the float graph, but P(not blank) above 3e-3: what that loses is less than what eight bits blur."""

STAGES = ("stage16", "stage8", "stage4", "stage2", "stage1")
MAPS = ("entry", "residual.first", "residual.second", "residual")
"""What a stage computes, in its order; the last is its output."""

LARGEST_WEIGHT = 127

_CONTRIBUTED = "com.microsoft"
_ANCHORS = 2
_SATURATED = 40.0
"""Pre-activation at which a gate is wide open."""

_MANY_CHANNELS = 56
"""From here on a convolution is faster as one product of matrices, which a zero other than 0 makes of it."""


class Grid(NamedTuple):
    """How the bytes 0 to 255 stand for real numbers: ``scale * (byte - zero)``."""

    scale: float
    zero: int

    @classmethod
    def of(cls, low: float, high: float) -> Grid:
        """The grid whose ends are closest to a range; zero is one of its points."""
        low, high = min(low, 0.0), max(high, 0.0)
        scale = (high - low) / 255 or 1.0
        return cls(scale, round(-low / scale))

    def nearest(self, values: FloatArray) -> FloatArray:
        """The grid's points that values become."""
        steps = np.rint(values / np.float32(self.scale)).clip(-self.zero, 255 - self.zero)
        return np.asarray(steps * np.float32(self.scale), np.float32)


PIXELS = Grid(2 / 255, 127)
"""Of pixels in [-1, 1] that were moved up by half a step, so that the 256 shades of grey become the bytes."""

SIGNED = Grid(1 / 127, 128)
"""Of numbers in [-1, 1]."""


def quantised_columns(matrix: FloatArray) -> tuple[NDArray[np.int8], FloatArray]:
    """Whole numbers and one scale for every column (last axis): ``matrix`` is about their product."""
    peaks = np.abs(matrix).max(axis=tuple(range(matrix.ndim - 1)))
    scales = np.where(peaks > 0, peaks / LARGEST_WEIGHT, 1.0).astype(np.float32)
    return np.rint(matrix / scales).astype(np.int8), scales


def in_squares(weight: Tensor) -> Tensor:
    """A 3 x 3 convolution of stride 2 over one map, as one of stride 1 over squares of 2 x 2 of its pixels.

    Args:
        weight: [O, 1, 3, 3], down and across.

    Returns:
        [O, 4, 2, 2]: pixel of the square (down first), then across and down; it begins one square before.
    """
    result = weight.new_zeros(len(weight), 2, 2, 2, 2)
    place = ((0, 1), (1, 0), (1, 1))  # square and pixel in it, of each of the three
    for down, (square_down, pixel_down) in enumerate(place):
        for across, (square_across, pixel_across) in enumerate(place):
            result[:, pixel_down, pixel_across, square_across, square_down] = weight[:, 0, down, across]
    return result.flatten(1, 2)


@torch.no_grad()
def integer_graph(network: Network, charset: Charset, ranges: Ranges) -> onnx.ModelProto:
    """``recognise.int8.onnx``; its inputs and outputs are those of the float graph.

    Args:
        network: the trained network.
        charset: its alphabet.
        ranges: of the modules :data:`MAPS` of every stage.
    """
    return finished_reading(_IntegerGraph(network.eval(), ranges), charset, ACTIVE_LOGIT)


class _IntegerGraph(NetworkGraph):
    """Writes the layers of a network in eight bits."""

    def __init__(self, network: Network, ranges: Ranges) -> None:
        super().__init__(network)
        self._grids = {name: Grid.of(*ends) for name, ends in ranges.items()}

    def trunk(self) -> None:
        """Everything up to the class layer; defines what the float graph's trunk defines."""
        graph = self.graph
        half, full = self._outside("half", 2), self._outside("mask", STRIDE)
        maps = self._stage("stage16", self._first_block(), 16, half)
        for number, (before, name) in enumerate(pairwise(STAGES)):
            entry = self._block(f"{name}_entry", maps, self._grids[f"{before}.residual"], f"{name}.entry")
            maps = self._stage(name, entry, 8 >> number, full)
        lengths = graph.node("Div", ["widths", graph.weight("stride", np.array(STRIDE, np.int64))], "lengths")
        self._heads(self.lstm(self._anchored(maps), lengths))

    def _grid(self, grid: Grid) -> tuple[str, str]:
        """Names of a grid's scale and zero."""
        scale = self.graph.weight(f"scale_{grid.scale:.9g}", np.array(grid.scale, np.float32))
        return scale, self.graph.weight(f"zero_{grid.zero}", np.array(grid.zero, np.uint8))

    def _outside(self, name: str, stride: int) -> str:
        """int64 [P, 2]: line and column of what is padding."""
        graph = self.graph
        inside = graph.node("Squeeze", [self.inside(name, stride), graph.ints(1, 2)], f"{name}_flags")
        found = graph.node("NonZero", [graph.node("Not", [inside], f"{name}_not")], f"{name}_found")
        return graph.node("Transpose", [found], f"{name}_outside", perm=[1, 0])

    def _nothing(self, name: str, outside: str, height: int, channels: int) -> str:
        """uint8 [P, H, C] of zeros: what padding holds."""
        graph = self.graph
        count = graph.node("Shape", [outside], f"{name}_count", start=0, end=1)
        shape = graph.node("Concat", [count, graph.ints(height, channels)], f"{name}_shape", axis=0)
        zeros = numpy_helper.from_array(np.zeros(1, np.uint8))
        return graph.node("ConstantOfShape", [shape], f"{name}_nothing", value=zeros)

    def _convolution(
        self, name: str, maps: str, weight: Tensor, bias: Tensor, grids: tuple[Grid, Grid], **attributes: object
    ) -> str:
        """A convolution of bytes [B, W, H, C]; weight [O, C, kW, kH] and bias are of real numbers."""
        graph, (given, wanted) = self.graph, grids
        numbers, scales = quantised_columns(weight.numpy().transpose(1, 2, 3, 0))
        zero = -1 if weight.shape[1] >= _MANY_CHANNELS else 0
        offset = np.rint(bias.numpy().astype(np.float64) / (given.scale * scales.astype(np.float64)))
        inputs = [
            maps, *self._grid(given),
            graph.weight(f"{name}.weight", numbers.transpose(3, 0, 1, 2) + np.int8(zero)),
            graph.weight(f"{name}.scales", scales),
            graph.weight(f"zeros{zero}_{len(scales)}", np.full(len(scales), zero, np.int8)),
            *self._grid(wanted),
            graph.weight(f"{name}.bias", offset.astype(np.int32)),
        ]  # fmt: skip
        return graph.node("QLinearConv", inputs, name, domain=_CONTRIBUTED, channels_last=1, **attributes)

    def _first_block(self) -> str:
        """The first convolution: of squares of 2 x 2 pixels, because a byte is too little to move at a time."""
        graph = self.graph
        half_step = graph.weight("half_step", np.array(PIXELS.scale / 2, np.float32))
        moved = graph.node("Add", ["images", half_step], "images_moved")
        pixels = graph.node("QuantizeLinear", [moved, *self._grid(PIXELS)], "pixels")
        squares = graph.node("Reshape", [pixels, graph.ints(0, LINE_HEIGHT // 2, 2, -1, 2)], "squares")
        turned = graph.node("Transpose", [squares], "squares_turned", perm=[0, 3, 1, 2, 4])
        maps = graph.node("Reshape", [turned, graph.ints(0, 0, 0, 4)], "squares_flat")
        weight, bias = folded(self._convolution_and_norm("stage16.entry"))
        return self._convolution(
            "stage16_entry", maps, in_squares(weight), bias - weight.sum((1, 2, 3)) * (PIXELS.scale / 2),
            (PIXELS, self._grids["stage16.entry"]), kernel_shape=[2, 2], strides=[1, 1], pads=[1, 1, 0, 0],
        )  # fmt: skip

    def _block(self, name: str, maps: str, given: Grid, module: str) -> str:
        """A convolution with its batch normalisation; ``module`` names it."""
        block = self._convolution_and_norm(module)
        layer = block[0]
        if not isinstance(layer, nn.Conv2d) or isinstance(layer.padding, str):
            raise TypeError("a block begins with a convolution of explicit padding")
        weight, bias = folded(block)
        height, width = layer.padding
        return self._convolution(
            name, maps, weight.transpose(2, 3), bias, (given, self._grids[module]),
            kernel_shape=list(reversed(layer.kernel_size)), strides=list(reversed(layer.stride)),
            pads=[width, height, width, height],
        )  # fmt: skip

    def _convolution_and_norm(self, module: str) -> nn.Sequential:
        block = self.network.get_submodule(module)
        if not isinstance(block, nn.Sequential):
            raise TypeError(f"{module} is no convolution with its normalisation")
        return block

    def _stage(self, name: str, entry: str, height: int, outside: str) -> str:
        """What follows the first convolution of a stage."""
        graph, grids = self.graph, [self._grids[f"{name}.{part}"] for part in MAPS]
        nothing = self._nothing(name, outside, height, self.network.config.channels[STAGES.index(name)])
        start = graph.node("ScatterND", [entry, outside, nothing], f"{name}_in")
        first = self._block(f"{name}_first", start, grids[0], f"{name}.residual.first")
        inner = graph.node("ScatterND", [first, outside, nothing], f"{name}_mid")
        second = self._block(f"{name}_second", inner, grids[1], f"{name}.residual.second")
        inputs = [second, *self._grid(grids[2]), start, *self._grid(grids[0]), *self._grid(grids[3])]
        total = graph.node("QLinearAdd", inputs, f"{name}_sum", domain=_CONTRIBUTED)
        return graph.node("ScatterND", [total, outside, nothing], f"{name}_out")

    def _anchored(self, maps: str) -> str:
        """Input of the LSTM, float32 [T, B, D + 1]: one column more, which always holds the greatest value there is."""
        graph = self.graph
        flat = graph.node("Squeeze", [maps, graph.ints(2)], "flat")
        top = graph.weight("top", np.array(255, np.uint8))
        anchored = graph.node("Pad", [flat, graph.ints(0, 0, 0, 0, 0, 1), top], "anchored")
        by_frame = graph.node("Transpose", [anchored], "by_frame", perm=[1, 0, 2])
        return graph.node("DequantizeLinear", [by_frame, *self._grid(self._grids["stage1.residual"])], "sequence")

    def lstm(self, sequence: str, lengths: str) -> str:
        """As in the float graph, with two units more in each direction: [T, B, D + 1] to [B, T, 2 * (hidden + 2)].

        The operator takes the scale of its input from the highest value in it, and that of its state from the highest
        and the lowest at every step. The last column of the input and the two units hold the greatest values that
        there can be: after t steps the cell of a unit is at most t, and with gates that are wide open it is t.
        """
        graph, layer = self.graph, self.network.lstm
        hidden = layer.hidden_size

        def both(name: str) -> FloatArray:
            gates = [in_onnx_order(getattr(layer, f"{name}_l0{suffix}")).numpy() for suffix in ("", "_reverse")]
            return np.stack([each.reshape(4, hidden, *each.shape[1:]) for each in gates])

        units = ((0, 0), (0, 0), (0, _ANCHORS))
        inputs, states = np.pad(both("weight_ih"), (*units, (0, 1))), np.pad(both("weight_hh"), (*units, (0, _ANCHORS)))
        biases = np.pad(both("bias_ih") + both("bias_hh"), units, constant_values=_SATURATED)
        biases[:, 3, -1] = -_SATURATED  # the cell of the last unit falls
        parts = [self._lstm_weights(f"lstm.{name}", matrix) for name, matrix in (("W", inputs), ("R", states))]
        zeros = graph.weight("lstm.zeros", np.zeros((2, 4 * (hidden + _ANCHORS)), np.int8))
        count = graph.node("Cast", [lengths], "lengths_int32", to=TensorProto.INT32)
        both_biases = np.concatenate([biases.reshape(2, -1), np.zeros_like(biases).reshape(2, -1)], 1)
        operands = [
            sequence, parts[0][0], parts[1][0], graph.weight("lstm.B", both_biases), count, "", "", "",
            parts[0][1], zeros, parts[1][1], zeros,
        ]  # fmt: skip
        directions = graph.node(
            "DynamicQuantizeLSTM", operands, "lstm_directions", domain=_CONTRIBUTED, direction="bidirectional",
            hidden_size=hidden + _ANCHORS,
        )  # fmt: skip
        ordered = graph.node("Transpose", [directions], "lstm_ordered", perm=[2, 0, 1, 3])
        return graph.node("Reshape", [ordered, graph.ints(0, 0, -1)], "context")

    def _lstm_weights(self, name: str, matrix: FloatArray) -> tuple[str, str]:
        """Whole numbers and scales of weights [2, 4, units, inputs]."""
        columns = [quantised_columns(half.reshape(-1, half.shape[2]).T) for half in matrix]
        return (
            self.graph.weight(name, np.stack([numbers for numbers, _ in columns])),
            self.graph.weight(f"{name}_scale", np.stack([scales for _, scales in columns])),
        )

    def _heads(self, context: str) -> None:
        """``blank`` and ``bottleneck`` as one product; the LSTM's anchors weigh nothing in it."""
        graph, network = self.graph, self.network
        layers = (network.bottleneck, network.blank)
        weight = torch.cat([layer.weight for layer in layers]).reshape(-1, 2, network.lstm.hidden_size)
        matrix = np.pad(weight.numpy(), ((0, 0), (0, 0), (0, _ANCHORS))).reshape(len(weight), -1).T
        both = self._product("heads", context, matrix, torch.cat([layer.bias for layer in layers]))
        width = network.config.bottleneck
        graph.nodes("Split", [both, graph.ints(width, 1)], ["bottleneck_sum", "blank_column"], axis=2)
        graph.node("Squeeze", ["blank_column", graph.ints(2)], "blank")
        graph.node("Tanh", ["bottleneck_sum"], "bottleneck")

    def classes(self, values: str) -> str:
        """``log_chars``: log-softmax of the class layer."""
        layer = self.network.classes
        logits = self._product("class_layer", values, layer.weight.numpy().T, layer.bias)
        return self.graph.node("LogSoftmax", [logits], "log_chars", axis=-1)

    def _product(self, name: str, values: str, matrix: FloatArray, bias: Tensor) -> str:
        """Numbers in [-1, 1] times a matrix, whole numbers in between."""
        graph, (scale, zero) = self.graph, self._grid(SIGNED)
        numbers, scales = quantised_columns(matrix)
        inputs = [
            graph.node("QuantizeLinear", [values, scale, zero], f"{name}_bytes"),
            graph.weight(f"{name}.weight", numbers), scale, graph.weight(f"{name}.scales", scales), zero,
            graph.weight(f"{name}.zeros", np.zeros(len(scales), np.int8)),
            graph.weight(f"{name}.bias", bias),
        ]  # fmt: skip
        return graph.node("MatMulIntegerToFloat", inputs, name, domain=_CONTRIBUTED)
