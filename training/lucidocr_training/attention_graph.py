"""The attention head as an ONNX graph, written node by node: the model part ``attention.onnx``.

It looks at the whole line at once; columns out of reach get no attention, as in training. Keys are turned by their own
place and queries by theirs, which is the same as turning one of them by the distance.
"""

from __future__ import annotations

import math

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper
from torch import nn

from lucidocr.charset import Charset
from lucidocr_training.attention import REACH, AttentionHead
from lucidocr_training.glimpses import ROWS
from lucidocr_training.nodes import GraphBuilder


@torch.no_grad()
def attention_graph(head: AttentionHead, classes: nn.Linear, charset: Charset) -> onnx.ModelProto:
    """``attention.onnx``: features_h4 [1, C2, 4, T], positions [K, 2] to weights [K, 4, T], log_probs [K, C].

    A position is a centre and its standard deviation, in frames.

    Args:
        head: the trained head; its sight is the maps.
        classes: the recogniser's class layer, whose weights are numbers of half precision (they are stored as such).
        charset: the model's alphabet.
    """
    writer = _HeadGraph(head)
    writer.reading(writer.attention(), classes)
    channels = head.key.in_features
    inputs = [
        helper.make_tensor_value_info("features_h4", TensorProto.FLOAT, [1, channels, ROWS, "T"]),
        helper.make_tensor_value_info("positions", TensorProto.FLOAT, ["K", 2]),
    ]
    outputs = [
        helper.make_tensor_value_info("weights", TensorProto.FLOAT, ["K", ROWS, "T"]),
        helper.make_tensor_value_info("log_probs", TensorProto.FLOAT, ["K", len(charset)]),
    ]
    return writer.graph.model("attention", inputs, outputs, charset)


class _HeadGraph:
    """Writes the head, of E eyes, into a graph; every method returns the name of what it computes."""

    def __init__(self, head: AttentionHead) -> None:
        self.graph = GraphBuilder()
        self._head = head
        self._places()

    def _number(self, name: str, value: float) -> str:
        return self.graph.weight(name, np.array(value, np.float32))

    def _linear(self, name: str, layer: nn.Linear, values: str) -> str:
        graph = self.graph
        product = graph.node("MatMul", [values, graph.weight(f"{name}.weight", layer.weight.t())], f"{name}_product")
        return graph.node("Add", [product, graph.weight(f"{name}.bias", layer.bias)], name)

    def _places(self) -> None:
        """Defines ``cells`` [4, T, C2], ``middles`` [T], ``centre`` and ``deviation`` [K, 1], ``distance`` [K, T]."""
        graph = self.graph
        maps = graph.node("Squeeze", ["features_h4", graph.ints(0)], "maps")
        graph.node("Transpose", [maps], "cells", perm=[1, 2, 0])
        shape = graph.node("Shape", ["features_h4"], "shape", start=3, end=4)
        count = graph.node("Squeeze", [shape], "count")
        zero, one = graph.weight("zero", np.array(0, np.int64)), graph.weight("one", np.array(1, np.int64))
        numbers = graph.node("Range", [zero, count, one], "numbers")
        columns = graph.node("Cast", [numbers], "columns", to=TensorProto.FLOAT)
        graph.node("Add", [columns, self._number("half", 0.5)], "middles")
        graph.nodes("Split", ["positions", graph.ints(1, 1)], ["centre", "deviation"], axis=1)
        graph.node("Sub", ["middles", "centre"], "distance")

    def attention(self) -> str:
        """[E, K, 4, T], see :class:`lucidocr_training.attention.AttentionHead`; defines ``weights``, their mean."""
        graph = self.graph
        logits = graph.node("Add", [self._match(), self._habit()], "logits")
        near = graph.node(
            "LessOrEqual", [graph.node("Abs", ["distance"], "away"), self._number("reach", REACH)], "near"
        )
        seen = graph.node("Unsqueeze", [near, graph.ints(1)], "seen")
        kept = graph.node("Where", [seen, logits, self._number("nothing", -math.inf)], "kept")
        flat = graph.node("Reshape", [kept, graph.ints(0, 0, -1)], "flat")
        softmax = graph.node("Softmax", [flat], "softmax", axis=-1)
        eyes = graph.node("Reshape", [softmax, graph.ints(0, 0, ROWS, -1)], "eyes")
        graph.node("ReduceMean", [eyes], "weights", axes=[0], keepdims=0)
        return softmax

    def _habit(self) -> str:
        """[E, K, 4, T], what each eye does whatever the maps are."""
        graph, head = self.graph, self._head
        shifted = graph.node("Sub", ["distance", graph.weight("offset", head.offset[:, None, None])], "shifted")
        scaled = graph.node("Div", [shifted, graph.weight("spread", head.spread.exp()[:, None, None])], "scaled")
        squared = graph.node("Mul", [scaled, scaled], "squared")
        prior = graph.node("Mul", [squared, self._number("minus_half", -0.5)], "prior")
        lifted = graph.node("Unsqueeze", [prior, graph.ints(2)], "prior_lifted")
        return graph.node("Add", [lifted, graph.weight("habit", head.habit[:, None, :, None])], "habitual")

    def _match(self) -> str:
        """[E, K, 4, T], how well each cell answers the query of each eye."""
        graph, head = self.graph, self._head
        rows = graph.weight("rows", head.rows[:, None])
        keys = graph.node("Add", [self._linear("key", head.key, "cells"), rows], "keys")
        split = graph.node("Reshape", [keys, graph.ints(0, 0, head.eyes, head.width)], "keys_by_eye")  # [4, T, E, d]
        columns = graph.node("Unsqueeze", ["middles", graph.ints(1, 2)], "columns_lifted")
        ready = graph.node("Transpose", [self._turned("keys", split, columns)], "keys_ready", perm=[2, 3, 0, 1])
        flat = graph.node("Reshape", [ready, graph.ints(0, 0, -1)], "keys_flat")  # [E, d, 4 T]
        query = self._linear("query", head.query, graph.node("Log", ["deviation"], "log_deviation"))
        asked = graph.node("Reshape", [query, graph.ints(0, head.eyes, head.width)], "query_by_eye")  # [K, E, d]
        centres = graph.node("Unsqueeze", ["centre", graph.ints(2)], "centre_lifted")
        queries = graph.node("Transpose", [self._turned("query", asked, centres)], "queries", perm=[1, 0, 2])
        answers = graph.node("MatMul", [queries, flat], "answers")
        by_row = graph.node("Reshape", [answers, graph.ints(0, 0, ROWS, -1)], "answers_by_row")
        return graph.node("Mul", [by_row, self._number("scale", head.width**-0.5)], "match")

    def _turned(self, name: str, values: str, places: str) -> str:
        """Pairs of numbers on the last axis turned by the angle of their place, see ``attention.turned``."""
        graph, half = self.graph, self._head.width // 2
        angles = graph.node("Mul", [places, graph.weight("rates", self._head.rates)], f"{name}_angles")
        cos, sin = graph.node("Cos", [angles], f"{name}_cos"), graph.node("Sin", [angles], f"{name}_sin")
        first, second = f"{name}_first", f"{name}_second"
        graph.nodes("Split", [values, graph.ints(half, half)], [first, second], axis=-1)
        products = {
            (part, wave): graph.node("Mul", [part, wave], f"{part}_{wave}")
            for part in (first, second)
            for wave in (cos, sin)
        }
        ahead = graph.node("Sub", [products[first, cos], products[second, sin]], f"{name}_ahead")
        aside = graph.node("Add", [products[second, cos], products[first, sin]], f"{name}_aside")
        return graph.node("Concat", [ahead, aside], f"{name}_turned", axis=-1)

    def reading(self, attention: str, classes: nn.Linear) -> str:
        """``log_probs`` [K, C], what the frozen class layer makes of what the attention [E, K, 4 T] gathers."""
        graph, head = self.graph, self._head
        channels = head.key.in_features
        cells = graph.node("Reshape", ["cells", graph.ints(-1, channels)], "cells_flat")
        gathered = graph.node("MatMul", [attention, cells], "gathered")
        ordered = graph.node("Transpose", [gathered], "gathered_by_place", perm=[1, 0, 2])
        flat = graph.node("Reshape", [ordered, graph.ints(0, -1)], "gathered_flat")
        inner = graph.node("Relu", [self._linear("gather", head.gather, flat)], "inner")
        answer = self._linear("answer", head.answer, inner)
        norm = [graph.weight("norm.weight", head.norm.weight), graph.weight("norm.bias", head.norm.bias)]
        normed = graph.node("LayerNormalization", [answer, *norm], "normed", axis=-1, epsilon=head.norm.eps)
        stored = graph.weight("classes.weight.half", classes.weight.t().half())
        layer = graph.node("Cast", [stored], "classes.weight", to=TensorProto.FLOAT)
        product = graph.node("MatMul", [normed, layer], "classes_product")
        logits = graph.node("Add", [product, graph.weight("classes.bias", classes.bias)], "classes")
        return graph.node("LogSoftmax", [logits], "log_probs", axis=-1)
