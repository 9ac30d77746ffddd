"""A graph of ONNX operators, put together node by node."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from lucidocr.charset import Charset
from lucidocr.model import FORMAT_VERSION
from lucidocr.preprocess import LINE_HEIGHT
from lucidocr.types import STRIDE

OPSET = 17


class GraphBuilder:
    """Collects the nodes and weights of one graph; every method returns the name of what it computes."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._weights: dict[str, onnx.TensorProto] = {}

    def weight(self, name: str, value: NDArray[np.generic] | torch.Tensor) -> str:
        """A constant of the graph."""
        array = value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else value
        if name not in self._weights:
            self._weights[name] = numpy_helper.from_array(np.asarray(array, order="C"), name)
        return name

    def matrix(self, name: str, value: torch.Tensor) -> str:
        """A constant of the graph, stored in half precision where that loses nothing.

        ONNX Runtime turns it back while it loads the graph, so that everything is computed in single precision.
        """
        half = value.detach().half()
        if not torch.equal(half.float(), value):
            return self.weight(name, value)
        return self.node("Cast", [self.weight(f"{name}.half", half)], name, to=TensorProto.FLOAT)

    def ints(self, *values: int) -> str:
        """A constant vector of whole numbers."""
        return self.weight("ints_" + "_".join(map(str, values)), np.array(values, np.int64))

    def node(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """One operator with one output."""
        self._nodes.append(helper.make_node(kind, list(inputs), [output], name=output, **attributes))
        return output

    def nodes(self, kind: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Any) -> None:
        """One operator with several outputs."""
        self._nodes.append(helper.make_node(kind, list(inputs), list(outputs), name=outputs[0], **attributes))

    def model(
        self, name: str, inputs: Sequence[onnx.ValueInfoProto], outputs: Sequence[onnx.ValueInfoProto], charset: Charset
    ) -> onnx.ModelProto:
        """The finished graph with the metadata that the runtime checks."""
        graph = helper.make_graph(self._nodes, name, inputs, outputs, list(self._weights.values()))
        domains = sorted({node.domain for node in self._nodes})
        opsets = [helper.make_opsetid(domain, 1 if domain else OPSET) for domain in domains]
        model = helper.make_model(graph, opset_imports=opsets, producer_name="lucidocr")
        model.ir_version = 8
        stated = {
            "format_version": FORMAT_VERSION,
            "charset_sha256": hashlib.sha256(charset.chars.encode("utf-8")).hexdigest(),
            "height": LINE_HEIGHT,
            "stride": STRIDE,
        }
        helper.set_model_props(model, {"lucidocr": json.dumps(stated)})
        onnx.checker.check_model(model, full_check=True)
        return model


def constants(graph: onnx.GraphProto) -> dict[str, NDArray[np.generic]]:
    """Weights of a graph by their names, those that it stores in half precision and with a gain beside them too."""
    found = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    for node in graph.node:
        if node.op_type in {"Cast", "Mul"} and all(name in found for name in node.input):
            factors = [found[name].astype(np.float32) for name in node.input]
            found[node.output[0]] = np.prod(np.broadcast_arrays(*factors), axis=0) if len(factors) > 1 else factors[0]
    return found


def float_value(name: str, *shape: str | int) -> onnx.ValueInfoProto:
    """An input or output of numbers; names stand for lengths that vary."""
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))
