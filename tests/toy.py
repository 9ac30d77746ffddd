"""A model folder whose network can be computed by hand, and lines that it reads without error.

The toy network takes the mean grey of every frame (4 x 32 pixels): white is blank, and each character has a level of
grey of its own. It obeys the contract of a real ``recognise.onnx``: masks, flat active frames, metadata.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

CHARS = "abcdefgh "
LEVELS = np.linspace(-1.0, 0.6, len(CHARS))
SHARPNESS = 400.0
WHITE = 255
_FRAME = 4


def paint_line(text: str, *, height: int = 32, gap: int = 4, margin: int = 8) -> NDArray[np.uint8]:
    """A line image that the toy network reads as ``text``: a block of grey, 8 pixels wide, per character."""
    scale = height / 32
    blocks = [np.full((height, round(margin * scale)), WHITE, np.uint8)]
    for char in text:
        grey = round((LEVELS[CHARS.index(char)] + 1) * 127.5)
        blocks += [np.full((height, round(8 * scale)), grey), np.full((height, round(gap * scale)), WHITE)]
    return np.hstack([*blocks, np.full((height, round(margin * scale)), WHITE)]).astype(np.uint8)


def write_model(folder: Path, *, charset: str = CHARS) -> Path:
    """Write the toy model's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    graph = network(charset).SerializeToString()
    (folder / "recognise.onnx").write_bytes(graph)
    describe(folder, charset=charset)
    return folder


def describe(folder: Path, *, charset: str = CHARS, **changes: object) -> None:
    """Write ``model.json`` for what is in the folder, with changes to its top level."""
    description: dict[str, object] = {
        "format_version": 1,
        "name": "toy",
        "charset": charset,
        "direction": "ltr",
        "height": 32,
        "stride": 4,
        "normalisation": {"offset": 0.5, "scale": 0.5},
        "training": {"lines": 0},
        "parts": {
            path.name: {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()} for path in folder.glob("*.onnx")
        },
    }
    kept = {key: value for key, value in (description | changes).items() if value is not None}
    (folder / "model.json").write_text(json.dumps(kept), encoding="utf-8")


def network(charset: str = CHARS) -> onnx.ModelProto:
    """The toy network."""
    constants = {
        "weights": (2 * SHARPNESS * LEVELS)[None].astype(np.float32),
        "bias": (-SHARPNESS * LEVELS**2).astype(np.float32),
        "white": np.float32(0.8),
        "steep": np.float32(100.0),
        "silent": np.float32(-1e-3),
        "stride": np.int64(_FRAME),
        "zero": np.int64(0),
        "one": np.int64(1),
        "flat": np.array([-1], np.int64),
        "column": np.array([-1, 1], np.int64),
        "first": np.array([0], np.int64),
        "planes": np.array([1, 2], np.int64),
    }
    graph = helper.make_graph(
        _nodes(),
        "toy",
        [
            helper.make_tensor_value_info("images", TensorProto.FLOAT, ["B", 1, 32, "W"]),
            helper.make_tensor_value_info("widths", TensorProto.INT64, ["B"]),
        ],
        [
            helper.make_tensor_value_info("log_blank", TensorProto.FLOAT, ["B", "T"]),
            helper.make_tensor_value_info("log_other", TensorProto.FLOAT, ["B", "T"]),
            helper.make_tensor_value_info("active", TensorProto.INT64, ["N"]),
            helper.make_tensor_value_info("log_chars", TensorProto.FLOAT, ["N", len(CHARS)]),
        ],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    digest = hashlib.sha256(charset.encode("utf-8")).hexdigest()
    stated = {"format_version": 1, "charset_sha256": digest, "height": 32, "stride": 4}
    helper.set_model_props(model, {"lucidocr": json.dumps(stated)})
    return model


def _nodes() -> list[onnx.NodeProto]:
    node = helper.make_node
    return [
        node("AveragePool", ["images"], ["pooled"], kernel_shape=[32, _FRAME], strides=[32, _FRAME]),
        node("Squeeze", ["pooled", "planes"], ["means"]),  # [B, T]
        node("Sub", ["means", "white"], ["above"]),
        node("Mul", ["above", "steep"], ["blankness"]),
        node("Neg", ["blankness"], ["inkiness"]),
        node("Softplus", ["inkiness"], ["minus_log_blank"]),
        node("Neg", ["minus_log_blank"], ["log_blank"]),
        node("Softplus", ["blankness"], ["minus_log_other"]),
        node("Neg", ["minus_log_other"], ["log_other"]),
        node("Shape", ["means"], ["steps"], start=1, end=2),
        node("Squeeze", ["steps", "first"], ["count"]),
        node("Range", ["zero", "count", "one"], ["numbers"]),
        node("Div", ["widths", "stride"], ["own"]),
        node("Reshape", ["own", "column"], ["own_column"]),
        node("Less", ["numbers", "own_column"], ["inside"]),
        node("Less", ["log_blank", "silent"], ["speaking"]),
        node("And", ["inside", "speaking"], ["active_map"]),
        node("Reshape", ["active_map", "flat"], ["active_flat"]),
        node("NonZero", ["active_flat"], ["active_row"]),
        node("Squeeze", ["active_row", "first"], ["active"]),
        node("Reshape", ["means", "flat"], ["means_flat"]),
        node("Gather", ["means_flat", "active"], ["means_active"]),
        node("Reshape", ["means_active", "column"], ["means_column"]),
        node("MatMul", ["means_column", "weights"], ["projected"]),
        node("Add", ["projected", "bias"], ["logits"]),
        node("LogSoftmax", ["logits"], ["log_chars"], axis=1),
    ]
