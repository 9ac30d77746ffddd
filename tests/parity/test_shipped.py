"""The weights that come with the package: of the committed checkpoint, and the same in PyTorch and in ONNX."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the train extra")
pytest.importorskip("onnx", reason="needs the train extra")

import onnx
import torch
from onnx import numpy_helper

from lucidocr.model import load_model
from lucidocr.preprocess import normalise_line, to_batch
from lucidocr.session import Session
from lucidocr.types import STRIDE, ImageArray
from lucidocr_training import checkpoint
from lucidocr_training.export import COMPACT, WEIGHTS, write_folder
from lucidocr_training.network import Network

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def shipped() -> Network:
    return checkpoint.restore(checkpoint.load(COMPACT))[0].eval()


def padded(pictures: Sequence[ImageArray]) -> tuple[np.ndarray, np.ndarray]:
    return to_batch([normalise_line(picture) for picture in pictures])


def test_refit_gives_the_committed_folder(tmp_path: Path) -> None:
    write_folder(checkpoint.load(COMPACT), tmp_path / WEIGHTS.name)
    assert load_model(tmp_path / WEIGHTS.name).charset == load_model().charset
    for part in load_model().parts.keys() - load_model().fitted_on.keys():
        again, committed = (onnx.load(folder / part) for folder in (tmp_path / WEIGHTS.name, WEIGHTS))
        assert again.graph.node == committed.graph.node
        for one, other in zip(again.graph.initializer, committed.graph.initializer, strict=True):
            np.testing.assert_allclose(numpy_helper.to_array(one), numpy_helper.to_array(other), rtol=1e-5, atol=1e-7)


def test_torch_and_onnx_agree(shipped: Network, pictures: list[ImageArray]) -> None:
    images, widths = padded(pictures)
    with torch.no_grad():
        features = shipped(torch.from_numpy(images), torch.from_numpy(widths))
        expected = shipped.class_logits(features.bottleneck).log_softmax(-1).numpy()
        blank = torch.nn.functional.logsigmoid(features.blank).numpy()
    model = load_model()
    feeds = {"images": images, "widths": widths}
    reading = Session(model.read_part("recognise.onnx"), threads=1)
    log_blank, active, log_chars = reading.run(feeds, ("log_blank", "active", "log_chars"))
    inside = np.arange(blank.shape[1])[None] < widths[:, None] // STRIDE
    np.testing.assert_allclose(log_blank[inside], blank[inside], atol=1e-4)
    assert len(active)
    # Log-probabilities far below anything that is ever read carry the rounding of large sums.
    likely = expected.reshape(-1, expected.shape[2])[active] > -20
    np.testing.assert_allclose(log_chars[likely], expected.reshape(-1, expected.shape[2])[active][likely], atol=1e-3)
    explaining = Session(model.read_part("explain.onnx"), threads=1)
    (everything,) = explaining.run(feeds, ("log_chars",))
    np.testing.assert_allclose(everything.reshape(-1, expected.shape[2])[active], log_chars, atol=1e-3)


def test_alone_batched_and_padded_agree(pictures: list[ImageArray]) -> None:
    session = Session(load_model().read_part("explain.onnx"), threads=1)
    images, widths = padded(pictures)
    wider = np.pad(images, ((0, 0), (0, 0), (0, 0), (0, 200)))
    names = ("log_blank", "log_other", "log_chars")
    together, padding = (session.run({"images": array, "widths": widths}, names) for array in (images, wider))
    for row, picture in enumerate(pictures):
        image, width = padded([picture])
        alone = session.run({"images": image, "widths": width}, names)
        count = int(width[0]) // STRIDE
        for one, two, three in zip(alone, together, padding, strict=True):
            np.testing.assert_allclose(two[row, :count], one[0], atol=1e-4)
            np.testing.assert_allclose(three[row, :count], one[0], atol=1e-4)
