"""The consumer of ``attention.onnx``, with a head that can be computed by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from lucidocr.errors import MissingPartError, ModelError
from lucidocr.explain.attention import ATTENTION, Attention, region_of, shortest_stretch
from lucidocr.model import load_model
from lucidocr.types import Alignment, FloatArray, Frames, Span
from tests.toy import CHARS, describe, write_model

STEPS = 10
BOX = (0.0, 3.0, 80.0, 23.0)


def head(*, inputs: tuple[str, str] = ("features_h4", "positions")) -> bytes:
    """A head that gives the one column it stands on all attention, by rows as the features say, and reads its number.

    The probability of each class is the softmax of minus the squared distance between its number and the centre.
    """
    constants = {
        "classes": np.arange(len(CHARS), dtype=np.float32),
        "half": np.float32(0.5),
        "flat": np.array([0, -1], np.int64),
        "grid": np.array([0, 4, -1], np.int64),
        "steps": np.arange(STEPS, dtype=np.float32),
        "planes": np.array([0, 1], np.int64),
        "one": np.array([1], np.int64),
        "sharp": np.float32(-100.0),
        "sizes": np.array([1, 1], np.int64),
    }
    node = helper.make_node
    nodes = [
        node("Split", [inputs[1], "sizes"], ["centre", "deviation"], axis=1),
        node("Sub", ["centre", "half"], ["frame"]),
        node("Sub", ["steps", "frame"], ["away"]),
        node("Mul", ["away", "away"], ["squared"]),
        node("Mul", ["squared", "sharp"], ["by_column"]),
        node("Unsqueeze", ["by_column", "one"], ["lifted"]),
        node("Squeeze", [inputs[0], "planes"], ["rows"]),
        node("Add", ["lifted", "rows"], ["logits"]),
        node("Reshape", ["logits", "flat"], ["flattened"]),
        node("Softmax", ["flattened"], ["shares"], axis=-1),
        node("Reshape", ["shares", "grid"], ["weights"]),
        node("Sub", ["classes", "frame"], ["apart"]),
        node("Mul", ["apart", "apart"], ["apart_squared"]),
        node("Neg", ["apart_squared"], ["scores"]),
        node("LogSoftmax", ["scores"], ["log_probs"], axis=-1),
    ]
    graph = helper.make_graph(
        nodes,
        "head",
        [
            helper.make_tensor_value_info(inputs[0], TensorProto.FLOAT, [1, 1, 4, STEPS]),
            helper.make_tensor_value_info(inputs[1], TensorProto.FLOAT, ["K", 2]),
        ],
        [
            helper.make_tensor_value_info("weights", TensorProto.FLOAT, ["K", 4, STEPS]),
            helper.make_tensor_value_info("log_probs", TensorProto.FLOAT, ["K", len(CHARS)]),
        ],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    content: bytes = model.SerializeToString()
    return content


def write_head(folder: Path, content: bytes) -> Path:
    """The toy model with an attention head."""
    write_model(folder)
    (folder / ATTENTION).write_bytes(content)
    describe(folder)
    return folder


@pytest.fixture
def attention(tmp_path: Path) -> Attention:
    return Attention(load_model(write_head(tmp_path / "toy", head())), threads=1)


def frames() -> Frames:
    """Ten frames, each eight pixels of the line image wide."""
    silent = np.zeros(STEPS, np.float32)
    return Frames(silent, silent, np.arange(STEPS), np.zeros((STEPS, len(CHARS)), np.float32), 8.0, 80)


def alignment(text: str, places: dict[int, int]) -> Alignment:
    """Characters that stand in the middle of a frame each, and are most probably said at another.

    Args:
        text: the characters.
        places: frame of each character's centre -> frame at which it is said.
    """
    occupancy = np.zeros((STEPS, 2 * len(text) + 1), np.float32)
    occupancy[:, 0] = 0.5
    for number, said in enumerate(places.values()):
        occupancy[said, 2 * number + 1] = 0.5
    centres = np.array([8.0 * place + 4 for place in places], np.float32)
    spans = tuple(Span(char, 0, 1, 0.0, 1.0, 0.9) for char in text)
    return Alignment(text, -1.0, occupancy, centres, np.full(len(text), 4.0, np.float32), spans)


def features(rows: tuple[float, float, float, float] = (-50.0, 0.0, 0.0, -50.0)) -> FloatArray:
    """What the head adds to the logits of each row: attention to the two rows in the middle."""
    return np.repeat(np.array(rows, np.float32)[None, None, :, None], STEPS, axis=3)


def test_every_character_has_its_row_in_the_table(attention: Attention) -> None:
    found = attention.glances(features(), alignment("ab", {2: 3, 6: 6}), frames(), BOX)
    assert [(one.position, one.frame, one.char) for one in found] == [(0, 3, CHARS[2]), (1, 6, CHARS[6])]


def test_places_reach_the_head_in_frames(attention: Attention) -> None:
    (found,) = attention.glances(features(), alignment("a", {2: 2}), frames(), BOX)
    assert found.weights.values.shape == (4, STEPS)
    assert found.weights.values.sum() == pytest.approx(1)
    assert found.weights.values[1, 2] == pytest.approx(0.5, abs=1e-3)
    assert (found.weights.method, found.weights.position, found.weights.box) == ("attention", 0, BOX)


def test_the_region_is_where_the_attention_lies(attention: Attention) -> None:
    (found,) = attention.glances(features(), alignment("a", {2: 2}), frames(), BOX)
    left, top, right, bottom = found.region
    assert 16 <= left < right <= 24
    assert right - left == pytest.approx(0.8 * 8, abs=0.1)
    assert 8 <= top < bottom <= 18
    assert bottom - top == pytest.approx(0.8 * 10, abs=0.1)


def test_what_the_head_reads_has_its_probability(attention: Attention) -> None:
    (found,) = attention.glances(features(), alignment("h", {2: 2}), frames(), BOX)
    assert found.char == CHARS[2]
    assert found.probability == pytest.approx(1 / sum(np.exp(-((np.arange(len(CHARS)) - 2.0) ** 2))), abs=1e-4)


def test_an_empty_text_has_no_glances(attention: Attention) -> None:
    assert attention.glances(features(), alignment("", {}), frames(), BOX) == ()


def test_a_model_without_a_head_says_so(toy_model: Path) -> None:
    with pytest.raises(MissingPartError, match=r"attention\.onnx"):
        Attention(load_model(toy_model), threads=1)


def test_a_head_of_another_kind_is_refused(tmp_path: Path) -> None:
    folder = write_head(tmp_path / "toy", head(inputs=("maps", "positions")))
    with pytest.raises(ModelError, match="takes"):
        Attention(load_model(folder), threads=1)


@pytest.mark.parametrize(
    ("masses", "share", "expected"),
    [
        ([0, 1, 0], 0.8, 0.8),
        ([1, 1, 1, 1], 0.5, 2.0),
        ([0.1, 0.4, 0.4, 0.1], 0.8, 2.0),
        ([0.5, 0.0, 0.0, 0.5], 0.5, 1.0),
        ([3, 1], 1.0, 2.0),
    ],
)
def test_the_shortest_stretch(masses: list[float], share: float, expected: float) -> None:
    start, stop = shortest_stretch(np.array(masses), share)
    assert stop - start == pytest.approx(expected)


def test_no_stretch_between_cells_is_shorter() -> None:
    chance = np.random.default_rng(0)
    for _ in range(50):
        masses = chance.dirichlet(np.full(7, 0.4))
        start, stop = shortest_stretch(masses, 0.8)
        edges = np.concatenate([[0], np.cumsum(masses)])
        inside = np.interp([start, stop], np.arange(8), edges)
        assert inside[1] - inside[0] == pytest.approx(0.8, abs=1e-9)
        whole = [b - a for a in range(8) for b in range(a, 8) if edges[b] - edges[a] >= 0.8 - 1e-12]
        assert stop - start <= min(whole) + 1e-9


def test_a_region_scales_with_its_box() -> None:
    weights = np.array([[0, 1, 0, 0], [0, 0, 0, 0]], np.float32)
    left, top, right, bottom = region_of(weights, (10, 20, 50, 40), share=0.5)
    assert right - left == pytest.approx(5)
    assert bottom - top == pytest.approx(5)
    assert 20 <= left <= 25
    assert 20 <= top <= 25
