"""The attention head says the same in PyTorch, on windows, and in ONNX, on whole lines."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the train extra")
pytest.importorskip("onnx", reason="needs the train extra")

import torch
from torch import nn

from lucidocr.charset import Charset
from lucidocr.session import Session
from lucidocr_training.attention import REACH, Answer, AttentionHead, views_of
from lucidocr_training.attention_graph import attention_graph
from lucidocr_training.glimpses import RIVALS, ROWS, Glimpses

pytestmark = pytest.mark.torch

CHANNELS = 6
LENGTH = 40
CENTRES = (0.3, 7.5, 19.02, 20.0, 39.6)
CHARSET = Charset("abcdefghij")


@pytest.fixture(scope="module")
def head() -> AttentionHead:
    torch.manual_seed(3)
    made = AttentionHead(CHANNELS, 12, eyes=3, width=8, hidden=10)
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(0.3 * torch.randn_like(weight))
    return made.eval()


@pytest.fixture(scope="module")
def classes() -> nn.Linear:
    torch.manual_seed(4)
    layer = nn.Linear(12, len(CHARSET))
    with torch.no_grad():
        layer.weight.copy_(layer.weight.half().float())
    return layer


@pytest.fixture(scope="module")
def glimpses() -> Glimpses:
    """One line, with other lines before and behind it."""
    torch.manual_seed(5)
    count = len(CENTRES)
    return Glimpses(
        maps=torch.randn(30 + LENGTH + 30, ROWS, CHANNELS).relu().half(),
        first=torch.full((count,), 30),
        length=torch.full((count,), LENGTH),
        centre=torch.tensor(CENTRES),
        deviation=torch.linspace(0.3, 2.0, count),
        rivals=torch.zeros(count, RIVALS, dtype=torch.long),
        shares=torch.full((count, RIVALS), 1 / RIVALS),
        read=torch.zeros(count, dtype=torch.long),
        box=torch.full((count, 4), torch.nan),
    )


@pytest.fixture(scope="module")
def answer(head: AttentionHead, glimpses: Glimpses) -> Answer:
    with torch.no_grad():
        answer: Answer = head(views_of(glimpses, torch.arange(len(glimpses))))
    return answer


@pytest.fixture(scope="module")
def computed(head: AttentionHead, classes: nn.Linear, glimpses: Glimpses) -> tuple[np.ndarray, np.ndarray]:
    session = Session(attention_graph(head, classes, CHARSET).SerializeToString(), threads=1)
    line = glimpses.maps[30 : 30 + LENGTH].float().permute(2, 1, 0)[None]
    places = torch.stack([glimpses.centre, glimpses.deviation], 1)
    feeds = {"features_h4": np.ascontiguousarray(line.numpy()), "positions": places.numpy()}
    weights, log_probs = session.run(feeds, ("weights", "log_probs"))
    return weights, log_probs


def test_weights(answer: Answer, computed: tuple[np.ndarray, np.ndarray]) -> None:
    weights, _ = computed
    assert weights.shape == (len(CENTRES), ROWS, LENGTH)
    for number, centre in enumerate(CENTRES):
        start = int(centre) - REACH
        first, last = max(start, 0), min(start + 2 * REACH + 1, LENGTH)
        window = answer.weights.mean(1)[number, first - start : last - start].T.numpy()
        np.testing.assert_allclose(weights[number, :, first:last], window, atol=1e-6, rtol=1e-4)
        assert weights[number, :, first:last].sum() == pytest.approx(1, abs=1e-5)


def test_answers(answer: Answer, classes: nn.Linear, computed: tuple[np.ndarray, np.ndarray]) -> None:
    with torch.no_grad():
        expected = classes(answer.bottleneck).log_softmax(-1).numpy()
    np.testing.assert_allclose(computed[1], expected, atol=1e-5, rtol=1e-4)


def test_a_head_looks_no_further_than_it_may(computed: tuple[np.ndarray, np.ndarray]) -> None:
    away = np.abs(np.arange(LENGTH) + 0.5 - np.array(CENTRES)[:, None])
    assert np.all(computed[0].sum(axis=1)[away > REACH] == 0)


def test_the_same_picture_gets_the_same_attention_anywhere(head: AttentionHead, classes: nn.Linear) -> None:
    session = Session(attention_graph(head, classes, CHARSET).SerializeToString(), threads=1)
    chance = np.random.default_rng(6)
    line = np.abs(chance.normal(size=(1, CHANNELS, ROWS, 30))).astype(np.float32)
    near = session.run({"features_h4": line, "positions": np.array([[15.3, 0.5]], np.float32)})
    far_line = np.concatenate([np.zeros((1, CHANNELS, ROWS, 200), np.float32), line], axis=3)
    far = session.run({"features_h4": far_line, "positions": np.array([[215.3, 0.5]], np.float32)})
    np.testing.assert_allclose(far[0][:, :, 200:], near[0], atol=1e-4)
    np.testing.assert_allclose(far[1], near[1], atol=1e-3)
