"""The trained network as ONNX graphs, written node by node.

Two graphs come from one description. The reading graph computes the class layer only on frames that may hold a
character; the explaining graph computes everything and gives the taps that explanations start from. Batch
normalisation is folded into the convolutions.
"""

from __future__ import annotations

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper
from torch import nn

from lucidocr.charset import Charset
from lucidocr.preprocess import LINE_HEIGHT
from lucidocr.types import STRIDE
from lucidocr_training.network import Network
from lucidocr_training.nodes import GraphBuilder, float_value

ACTIVE_LOGIT = 10.8
"""Frames whose blank logit is below this are read: P(not blank) above 2e-5. The effect is measured (see docs/adr)."""


def gain_and_bias(block: nn.Sequential) -> tuple[torch.Tensor, torch.Tensor]:
    """What batch normalisation makes of its convolution: a factor and an offset for each of its maps."""
    convolution, norm = block[0], block[1]
    if not (isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)):
        raise TypeError("a block is a convolution and its batch normalisation")
    mean, variance = norm.running_mean, norm.running_var
    if mean is None or variance is None:
        raise TypeError("the batch normalisation keeps no statistics")
    gain = norm.weight / torch.sqrt(variance + norm.eps)
    return gain, norm.bias - mean * gain


def folded(block: nn.Sequential) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights and bias of a convolution with its batch normalisation folded in."""
    gain, bias = gain_and_bias(block)
    weight: torch.Tensor = block[0].get_parameter("weight")
    return weight * gain[:, None, None, None], bias


def in_onnx_order(gates: torch.Tensor) -> torch.Tensor:
    """LSTM gates in torch's order (i, f, g, o) turned into ONNX's (i, o, f, c)."""
    i, f, g, o = gates.chunk(4)
    return torch.cat([i, o, f, g])


class NetworkGraph:
    """Writes the layers of a network into a graph."""

    def __init__(self, network: Network) -> None:
        self.graph = GraphBuilder()
        self.network = network

    def inside(self, name: str, stride: int) -> str:
        """Bool [B, 1, 1, W / stride]: which columns of feature maps lie inside their line."""
        graph = self.graph
        shape = graph.node("Shape", ["images"], f"{name}_shape", start=3, end=4)
        columns = graph.node("Squeeze", [shape], f"{name}_columns")
        zero, step = (
            graph.weight("zero", np.array(0, np.int64)),
            graph.weight(f"step{stride}", np.array(stride, np.int64)),
        )
        positions = graph.node("Range", [zero, columns, step], f"{name}_positions")
        limits = graph.node("Unsqueeze", ["widths", graph.ints(1, 2, 3)], f"{name}_limits")
        return graph.node("Less", [positions, limits], f"{name}_inside")

    def mask(self, name: str, stride: int) -> str:
        """float32 [B, 1, 1, W / stride]: one inside a line, zero in its padding."""
        return self.graph.node("Cast", [self.inside(name, stride)], name, to=TensorProto.FLOAT)

    def convolution(self, name: str, block: nn.Sequential, maps: str) -> str:
        """A convolution with its batch normalisation."""
        gain, bias = gain_and_bias(block)
        graph, layer = self.graph, block[0]
        if not isinstance(layer, nn.Conv2d) or isinstance(layer.padding, str):
            raise TypeError("a block begins with a convolution of explicit padding")
        vertical, horizontal = layer.padding
        kernel = graph.matrix(f"{name}.kernel", layer.weight)
        gains = graph.weight(f"{name}.gain", gain[:, None, None, None])
        inputs = [maps, graph.node("Mul", [kernel, gains], f"{name}.weight"), graph.weight(f"{name}.bias", bias)]
        return graph.node(
            "Conv", inputs, name, kernel_shape=list(layer.kernel_size), strides=list(layer.stride),
            pads=[vertical, horizontal, vertical, horizontal],
        )  # fmt: skip

    def masked_relu(self, name: str, maps: str, mask: str) -> str:
        """What is positive and inside the line."""
        return self.graph.node("Mul", [self.graph.node("Relu", [maps], f"{name}_relu"), mask], name)

    def stage(self, name: str, maps: str, mask: str) -> str:
        """A stage of the CNN."""
        stage = self.network.get_submodule(name)
        entry, first, second = (stage.get_submodule(part) for part in ("entry", "residual.first", "residual.second"))
        if not all(isinstance(block, nn.Sequential) for block in (entry, first, second)):
            raise TypeError(f"{name} is no stage")
        start = self.masked_relu(f"{name}_in", self.convolution(f"{name}_entry", entry, maps), mask)  # type: ignore[arg-type]
        inner = self.masked_relu(f"{name}_mid", self.convolution(f"{name}_first", first, start), mask)  # type: ignore[arg-type]
        outer = self.convolution(f"{name}_second", second, inner)  # type: ignore[arg-type]
        return self.masked_relu(f"{name}_out", self.graph.node("Add", [outer, start], f"{name}_sum"), mask)

    def lstm(self, sequence: str, lengths: str) -> str:
        """Both directions, the backward one from each line's own end: [T, B, D] to [B, T, 2 * hidden]."""
        graph, layer = self.graph, self.network.lstm

        def both(name: str) -> torch.Tensor:
            return torch.stack([in_onnx_order(getattr(layer, f"{name}_l0{suffix}")) for suffix in ("", "_reverse")])

        inputs = [
            sequence,
            graph.matrix("lstm.W", both("weight_ih")),
            graph.matrix("lstm.R", both("weight_hh")),
            graph.weight("lstm.B", torch.cat([both("bias_ih"), both("bias_hh")], 1)),
            graph.node("Cast", [lengths], "lengths_int32", to=TensorProto.INT32),
        ]
        directions = graph.node(
            "LSTM", inputs, "lstm_directions", direction="bidirectional", hidden_size=layer.hidden_size
        )
        ordered = graph.node("Transpose", [directions], "lstm_ordered", perm=[2, 0, 1, 3])
        return graph.node("Reshape", [ordered, graph.ints(0, 0, -1)], "context")

    def linear(self, name: str, layer: nn.Linear, values: str) -> str:
        """A linear layer over the last axis."""
        graph = self.graph
        product = graph.node("MatMul", [values, graph.matrix(f"{name}.weight", layer.weight.t())], f"{name}_product")
        return graph.node("Add", [product, graph.weight(f"{name}.bias", layer.bias)], name)

    def trunk(self) -> None:
        """Everything up to the class layer; defines ``mask_inside``, ``blank`` [B, T], ``bottleneck`` [B, T, d]."""
        graph, network = self.graph, self.network
        half, mask = self.mask("half", 2), self.mask("mask", STRIDE)
        maps = self.stage("stage16", "images", half)
        for name in ("stage8", "stage4", "stage2", "stage1"):
            maps = self.stage(name, maps, mask)
        flat = graph.node("Squeeze", [maps, graph.ints(2)], "flat")
        by_frame = graph.node("Transpose", [flat], "by_frame", perm=[2, 0, 1])
        lengths = graph.node("Div", ["widths", graph.weight("stride", np.array(STRIDE, np.int64))], "lengths")
        context = self.lstm(by_frame, lengths)
        graph.node("Squeeze", [self.linear("blank_layer", network.blank, context), graph.ints(2)], "blank")
        graph.node("Tanh", [self.linear("bottleneck_layer", network.bottleneck, context)], "bottleneck")

    def blank_terms(self) -> None:
        """``log_blank`` and ``log_other`` [B, T] from the blank's logit, without overflow."""
        graph = self.graph
        opposite = graph.node("Neg", ["blank"], "opposite")
        for name, source in (("log_blank", opposite), ("log_other", "blank")):
            graph.node("Neg", [graph.node("Softplus", [source], f"{name}_cost")], name)

    def classes(self, values: str) -> str:
        """``log_chars``: log-softmax of the class layer."""
        logits = self.linear("class_layer", self.network.classes, values)
        return self.graph.node("LogSoftmax", [logits], "log_chars", axis=-1)


def _inputs() -> list[onnx.ValueInfoProto]:
    return [
        helper.make_tensor_value_info("images", TensorProto.FLOAT, ["B", 1, LINE_HEIGHT, "W"]),
        helper.make_tensor_value_info("widths", TensorProto.INT64, ["B"]),
    ]


def reading_graph(network: Network, charset: Charset) -> onnx.ModelProto:
    """``recognise.onnx``: the class layer runs only on frames that may hold a character."""
    return finished_reading(NetworkGraph(network.eval()), charset, ACTIVE_LOGIT)


def finished_reading(writer: NetworkGraph, charset: Charset, active_logit: float) -> onnx.ModelProto:
    """A reading graph, layers written by ``writer``.

    Args:
        writer: of a new graph.
        charset: the model's alphabet.
        active_logit: frames whose blank logit is below this get the class layer.
    """
    graph = writer.graph
    writer.trunk()
    writer.blank_terms()
    likely = graph.node("Less", ["blank", graph.weight("active_logit", np.array(active_logit, np.float32))], "likely")
    frame_mask = graph.node("Squeeze", ["mask_inside", graph.ints(1, 2)], "inside")
    flags = graph.node("Reshape", [graph.node("And", [likely, frame_mask], "flags"), graph.ints(-1)], "flags_flat")
    active = graph.node("Squeeze", [graph.node("NonZero", [flags], "active_rows"), graph.ints(0)], "active")
    width = writer.network.config.bottleneck
    flat = graph.node("Reshape", ["bottleneck", graph.ints(-1, width)], "bottleneck_flat")
    writer.classes(graph.node("Gather", [flat, active], "bottleneck_active"))
    outputs = [
        float_value("log_blank", "B", "T"),
        float_value("log_other", "B", "T"),
        helper.make_tensor_value_info("active", TensorProto.INT64, ["N"]),
        float_value("log_chars", "N", len(charset)),
    ]
    return graph.model("recognise", _inputs(), outputs, charset)


WEIGHT_OUTPUTS = {
    "class_weights": "class_layer.weight",
    "bottleneck_weights": "bottleneck_layer.weight",
    "blank_weights": "blank_layer.weight",
    "lstm_inputs": "lstm.W",
    "lstm_recurrent": "lstm.R",
    "lstm_bias": "lstm.B",
}
"""Outputs of ``explain.onnx`` that are weights, and the names of those."""


def explaining_graph(network: Network, charset: Charset) -> onnx.ModelProto:
    """``explain.onnx``: every frame, the taps at heights 8 and 4, and what the gradients of later layers need.

    These are the LSTM's input and output, the bottleneck, the class layer's mean weights under each frame's
    probabilities, and the weights of these layers; they are outputs so that no file holds them twice.
    """
    writer = NetworkGraph(network.eval())
    writer.trunk()
    writer.blank_terms()
    writer.classes("bottleneck")
    channels, config = network.config.channels, network.config
    weights = writer.graph.node("Transpose", ["class_layer.weight"], "class_vectors", perm=[1, 0])
    writer.graph.node("MatMul", [writer.graph.node("Exp", ["log_chars"], "chars"), weights], "mean_class")
    for name, source in WEIGHT_OUTPUTS.items():
        writer.graph.node("Identity", [source], name)
    for name, source in (("features_h8", "stage8_out"), ("features_h4", "stage4_out")):
        writer.graph.node("Identity", [source], name)
    writer.graph.node("Transpose", ["flat"], "sequence", perm=[0, 2, 1])
    outputs = [
        float_value("log_blank", "B", "T"),
        float_value("log_other", "B", "T"),
        float_value("log_chars", "B", "T", len(charset)),
        float_value("features_h8", "B", channels[1], 8, "T"),
        float_value("features_h4", "B", channels[2], 4, "T"),
        float_value("sequence", "B", "T", channels[4]),
        float_value("context", "B", "T", 2 * config.hidden),
        float_value("bottleneck", "B", "T", config.bottleneck),
        float_value("mean_class", "B", "T", config.bottleneck),
        float_value("class_weights", config.bottleneck, len(charset)),
        float_value("bottleneck_weights", 2 * config.hidden, config.bottleneck),
        float_value("blank_weights", 2 * config.hidden, 1),
        float_value("lstm_inputs", 2, 4 * config.hidden, channels[4]),
        float_value("lstm_recurrent", 2, 4 * config.hidden, config.hidden),
        float_value("lstm_bias", 2, 8 * config.hidden),
    ]
    return writer.graph.model("explain", _inputs(), outputs, charset)
