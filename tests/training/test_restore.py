"""A model folder gives back its network, and the network can learn other characters."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the train extra")

import torch
from torch import nn

from lucidocr.charset import Charset
from lucidocr.errors import ModelError
from lucidocr.model import load_model
from lucidocr.preprocess import normalise_line, to_batch
from lucidocr.recognise import Recogniser
from lucidocr_training import checkpoint
from lucidocr_training.graph import in_onnx_order
from lucidocr_training.network import Network
from lucidocr_training.restore import in_torch_order, keep_norms, restore_network, with_alphabet
from tests.toy import write_model
from tests.training.bars import CHARSET, base_state, picture, random_network, texts, write_base

pytestmark = pytest.mark.torch

LINES = [picture(text) for text in texts(5, seed=3)]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return write_base(tmp_path_factory.mktemp("models") / "bars")


@torch.no_grad()
def logits(network: Network) -> tuple[torch.Tensor, torch.Tensor]:
    """Blank logits and character logits of the test's lines."""
    images, widths = to_batch([normalise_line(line) for line in LINES])
    features = network(torch.from_numpy(images), torch.from_numpy(widths))
    return features.blank, network.class_logits(features.bottleneck)


def test_a_restored_network_says_what_its_graph_says(base: Path) -> None:
    model = load_model(base)
    blank, _ = logits(restore_network(model))
    for row, frames in enumerate(Recogniser(model, threads=1).frames(LINES)):
        expected = torch.tensor(frames.log_blank)
        assert torch.allclose(nn.functional.logsigmoid(blank[row, : len(expected)]), expected, atol=1e-4)


def test_it_says_what_the_network_said_before_it_was_exported(base: Path) -> None:
    before, _, _ = checkpoint.restore(base_state())
    for one, other in zip(logits(before.eval()), logits(restore_network(load_model(base))), strict=True):
        assert torch.allclose(one, other, atol=1e-3)


def test_norms_that_keep_to_their_statistics_change_nothing(base: Path) -> None:
    network = restore_network(load_model(base))
    before = logits(network)
    keep_norms(network)
    assert network.training
    network.dropout.eval()
    for one, other in zip(before, logits(network), strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_gates_come_back_in_their_order() -> None:
    gates = torch.arange(8.0).reshape(8, 1)
    assert torch.equal(in_torch_order(in_onnx_order(gates)), gates)


def test_another_kind_of_graph_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not a network that can be trained on"):
        restore_network(load_model(write_model(tmp_path / "toy")))


class TestWithAlphabet:
    def test_characters_keep_their_scores_whatever_their_number(self) -> None:
        network = random_network()
        blank, chars = logits(network)
        other = Charset("hca")
        blank_after, chars_after = logits(with_alphabet(network, CHARSET, other))
        assert torch.equal(blank, blank_after)
        assert torch.allclose(chars[..., CHARSET.encode("hca")], chars_after, atol=1e-6)

    def test_a_new_character_is_never_the_best_before_it_is_learnt(self) -> None:
        network = random_network()
        wider = Charset(CHARSET.chars + "Z国")
        _, chars = logits(with_alphabet(network, CHARSET, wider))
        assert int(chars.argmax(-1).max()) < len(CHARSET)

    def test_a_new_character_begins_as_the_mean_of_its_like(self) -> None:
        charset = Charset("ab天地")
        network = random_network(charset)
        after = with_alphabet(network, charset, Charset("ab天地玄"))
        weights, biases = network.classes.weight.detach(), network.classes.bias.detach()
        assert torch.allclose(after.classes.weight[4], weights[2:4].mean(0))
        assert float(after.classes.bias.detach()[4]) == float(biases[2:4].min())
