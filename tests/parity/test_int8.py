"""The network in eight bits beside PyTorch and the float graph."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray

from lucidocr.model import RECOGNISE, load_model
from lucidocr.preprocess import normalise_line, to_batch
from lucidocr.recognise import RECOGNISE_INT8, Recogniser
from lucidocr.session import Session
from lucidocr.types import STRIDE, ImageArray
from lucidocr_training.graph import reading_graph
from lucidocr_training.integer import ACTIVE_LOGIT
from lucidocr_training.network import Network
from lucidocr_training.nodes import constants
from lucidocr_training.quantise import quantise_folder, sample
from tests.training.small import CHARSET

pytestmark = pytest.mark.torch
Outputs = dict[str, NDArray[Any]]


@pytest.fixture(scope="module")
def folder(
    compact: dict[str, Any], model_folder: Path, lines: list[ImageArray], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    copy = tmp_path_factory.mktemp("eight") / model_folder.name
    shutil.copytree(model_folder, copy)
    quantise_folder(compact, copy, lines)
    return copy


@pytest.fixture(scope="module")
def lines(pictures: list[ImageArray]) -> list[ImageArray]:
    return [normalise_line(picture) for picture in pictures]


@pytest.fixture(scope="module")
def session(folder: Path) -> Session:
    return Session(load_model(folder).read_part(RECOGNISE_INT8), threads=1)


def run(session: Session, lines: list[ImageArray], *, extra: int = 0) -> Outputs:
    images, widths = to_batch(lines)
    images = np.pad(images, ((0, 0), (0, 0), (0, 0), (0, extra)), constant_values=1)
    names = ("log_blank", "log_other", "active", "log_chars")
    return dict(zip(names, session.run({"images": images, "widths": widths}, names), strict=True))


def blank_logits(outputs: Outputs) -> NDArray[np.float32]:
    return np.asarray(outputs["log_blank"] - outputs["log_other"])


def test_blank_is_near_that_of_torch(network: Network, session: Session, lines: list[ImageArray]) -> None:
    images, widths = to_batch(lines)
    with torch.no_grad():
        wanted = network(torch.from_numpy(images), torch.from_numpy(widths)).blank.numpy()
    inside = np.arange(wanted.shape[1])[None] < widths[:, None] // STRIDE
    found = blank_logits(run(session, lines))
    assert np.corrcoef(found[inside], wanted[inside])[0, 1] > 0.9  # of random weights; trained ones blur less
    assert np.abs(found - wanted)[inside].mean() < 0.4 * wanted[inside].std()


def test_characters_are_near_those_of_torch(network: Network, session: Session, lines: list[ImageArray]) -> None:
    with torch.no_grad():
        features = network(*map(torch.from_numpy, to_batch(lines)))
        wanted = network.class_logits(features.bottleneck).log_softmax(-1).numpy().reshape(-1, len(CHARSET))
    found = run(session, lines)
    difference = found["log_chars"] - wanted[found["active"]]
    assert np.abs(difference).mean() < 0.3 * wanted.std()
    np.testing.assert_allclose(np.exp(found["log_chars"]).sum(1), 1, atol=1e-4)


def test_active_frames_are_those_that_may_hold_a_character(session: Session, lines: list[ImageArray]) -> None:
    outputs = run(session, lines)
    widths = np.array([line.shape[1] for line in lines])
    inside = np.arange(outputs["log_blank"].shape[1])[None] < widths[:, None] // STRIDE
    likely = (blank_logits(outputs) < ACTIVE_LOGIT - 1e-3) & inside
    possible = (blank_logits(outputs) < ACTIVE_LOGIT + 1e-3) & inside
    assert set(np.flatnonzero(likely)) <= set(outputs["active"].tolist()) <= set(np.flatnonzero(possible))


@pytest.mark.parametrize("extra", [0, 4, 96])
def test_alone_batched_and_padded_are_the_same(session: Session, lines: list[ImageArray], extra: int) -> None:
    together = run(session, lines, extra=extra)
    steps = together["log_blank"].shape[1]
    for row, line in enumerate(lines):
        alone, count = run(session, [line]), line.shape[1] // STRIDE
        first, stop = np.searchsorted(together["active"], (row * steps, (row + 1) * steps))
        np.testing.assert_array_equal(together["active"][first:stop] - row * steps, alone["active"])
        np.testing.assert_allclose(blank_logits(together)[row, :count], blank_logits(alone)[0], atol=1e-4)
        np.testing.assert_allclose(together["log_chars"][first:stop], alone["log_chars"], atol=1e-4)


def test_the_part_belongs_to_its_weights_and_is_read(folder: Path, pictures: list[ImageArray]) -> None:
    model = load_model(folder)
    assert model.fitted_on[RECOGNISE_INT8] == {RECOGNISE: model.parts[RECOGNISE]}
    assert len(Recogniser(model, threads=1, precision="int8").frames(pictures)) == len(pictures)
    assert (folder / RECOGNISE_INT8).stat().st_size < 0.8 * (folder / RECOGNISE).stat().st_size


def test_the_bundled_model_reads_the_same_in_eight_bits(pictures: list[ImageArray]) -> None:
    model = load_model()
    both = [Recogniser(model, threads=1, precision=precision).frames(pictures) for precision in ("fp32", "int8")]
    for full, eight in zip(*both, strict=True):
        assert np.abs(full.log_blank - eight.log_blank).mean() < 0.1
        shared, in_full, in_eight = np.intersect1d(full.active, eight.active, return_indices=True)
        sure = full.log_chars[in_full].max(1) > np.log(0.9)
        best = [frames.log_chars[rows].argmax(1)[sure] for frames, rows in ((full, in_full), (eight, in_eight))]
        assert len(shared)
        np.testing.assert_array_equal(*best)


def test_half_precision_stores_the_very_weights(network: Network) -> None:
    graph = reading_graph(network, CHARSET).graph
    stored = {one.name: one.data_type for one in graph.initializer}
    assert stored["class_layer.weight.half"] == stored["lstm.W.half"] == onnx.TensorProto.FLOAT16
    assert "class_layer.weight" not in stored
    found = constants(graph)
    np.testing.assert_array_equal(found["class_layer.weight"], network.classes.weight.detach().numpy().T)


def test_weights_that_half_precision_would_change_are_stored_whole(network: Network) -> None:
    other = Network(network.config).eval()
    other.load_state_dict(network.state_dict())
    with torch.no_grad():
        other.classes.weight += 1e-5
    graph = reading_graph(other, CHARSET).graph
    assert "class_layer.weight" in {one.name for one in graph.initializer}
    np.testing.assert_array_equal(constants(graph)["class_layer.weight"], other.classes.weight.detach().numpy().T)


def test_a_folder_without_tune_parts_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="tune"):
        sample(tmp_path)
