"""A line's result depends neither on its batch nor on padding."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs the train extra")

import torch
from torch import Tensor, nn

from lucidocr_training.network import STRIDE, Features, Network, NetworkConfig, Padding, masked_relu
from tests.training.nets import randomise

pytestmark = pytest.mark.torch
CONFIG = NetworkConfig(classes=30, channels=(4, 8, 12, 16, 24), hidden=20, bottleneck=16)
WIDTHS = (48, 8, 100, 64)


@pytest.fixture(scope="module")
def lines() -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    coarse = [2 * torch.rand(1, 1, 8, width // 4, generator=generator) - 1 for width in WIDTHS]
    return [nn.functional.interpolate(image, scale_factor=4)[0] for image in coarse]


@pytest.fixture(scope="module")
def network(lines: list[Tensor]) -> Network:
    widest = lines[2][None]
    return randomise(Network(CONFIG), 3, widest, torch.tensor([widest.shape[3]]))


def run(network: Network, lines: list[Tensor], columns: int, padding: float = 0.0) -> Features:
    images = torch.full((len(lines), 1, 32, columns), padding)
    for image, line in zip(images, lines, strict=True):
        image[:, :, : line.shape[2]] = line
    with torch.no_grad():
        result: Features = network(images, torch.tensor([line.shape[2] for line in lines]))
    return result


def own(features: Features, row: int, width: int) -> Features:
    """The features of one line of a batch, its padding cut off."""
    count = width // STRIDE
    return Features(
        features.height8[row, ..., :count],
        features.height4[row, ..., :count],
        features.sequence[row, :count],
        features.blank[row, :count],
        features.bottleneck[row, :count],
    )


def assert_same(one: Features, other: Features) -> None:
    for name, first, second in zip(Features._fields, one, other, strict=True):
        assert first.shape == second.shape, name
        assert torch.allclose(first, second, atol=1e-5, rtol=0), name


def test_shapes(network: Network, lines: list[Tensor]) -> None:
    features = run(network, lines, 100)
    assert features.height8.shape == (4, 8, 8, 25)
    assert features.height4.shape == (4, 12, 4, 25)
    assert features.sequence.shape == (4, 25, 24)
    assert features.blank.shape == (4, 25)
    assert features.bottleneck.shape == (4, 25, 16)
    assert network.class_logits(features.bottleneck).shape == (4, 25, 30)


def test_features_vary(network: Network, lines: list[Tensor]) -> None:
    """Else the comparisons below would prove nothing."""
    features = own(run(network, lines, 100), 2, 100)
    for values in (features.height8, features.height4, features.sequence, features.blank, features.bottleneck):
        assert values.std() > 0.1


@pytest.mark.parametrize("padding", [0.0, 1.0, -0.7])
@pytest.mark.parametrize("columns", [100, 104, 180])
def test_alone_in_a_batch_and_padded_are_the_same(
    network: Network, lines: list[Tensor], columns: int, padding: float
) -> None:
    batched = run(network, lines, columns, padding)
    for row, line in enumerate(lines):
        width = line.shape[2]
        assert_same(own(batched, row, width), own(run(network, [line], width), 0, width))


def test_the_order_in_a_batch_does_not_matter(network: Network, lines: list[Tensor]) -> None:
    forward, backward = run(network, lines, 100), run(network, lines[::-1], 100)
    for row, width in enumerate(WIDTHS):
        assert_same(own(forward, row, width), own(backward, len(WIDTHS) - 1 - row, width))


def test_features_beyond_a_line_are_zero(network: Network, lines: list[Tensor]) -> None:
    features = run(network, lines, 100, padding=1.0)
    assert (features.height8[0, ..., 12:] == 0).all()
    assert (features.height4[0, ..., 12:] == 0).all()
    assert (features.sequence[0, 12:] == 0).all()
    assert (features.sequence[0, 11] != 0).any()


def test_both_directions_equal_a_packed_sequence(network: Network) -> None:
    generator = torch.Generator().manual_seed(1)
    sequence = torch.randn(4, 25, 24, generator=generator)
    lengths = torch.tensor([12, 2, 25, 16])
    packed = nn.utils.rnn.pack_padded_sequence(sequence, lengths, batch_first=True, enforce_sorted=False)
    with torch.no_grad():
        expected, _ = nn.utils.rnn.pad_packed_sequence(network.lstm(packed)[0], batch_first=True)
        result = network.context(sequence, lengths)
    for row, length in enumerate(lengths.tolist()):
        assert torch.allclose(result[row, :length], expected[row, :length], atol=1e-6, rtol=0)


def test_both_directions_learn_as_a_packed_sequence_does(network: Network) -> None:
    generator = torch.Generator().manual_seed(1)
    lengths = torch.tensor([5, 2, 9])
    weight = torch.randn(3, 9, 2 * CONFIG.hidden, generator=generator)
    weight *= (torch.arange(9)[None] < lengths[:, None])[..., None]
    sequences = [torch.randn(3, 9, 24, generator=generator).requires_grad_()]
    sequences.append(sequences[0].detach().clone().requires_grad_())
    (network.context(sequences[0], lengths) * weight).sum().backward()
    packed = nn.utils.rnn.pack_padded_sequence(sequences[1], lengths, batch_first=True, enforce_sorted=False)
    expected, _ = nn.utils.rnn.pad_packed_sequence(network.lstm(packed)[0], batch_first=True)
    (expected * weight).sum().backward()
    assert sequences[0].grad is not None
    assert sequences[1].grad is not None
    assert sequences[1].grad.abs().max() > 0.01
    assert torch.allclose(sequences[0].grad, sequences[1].grad, atol=1e-5, rtol=0)


def test_padding() -> None:
    padding = Padding.of(torch.tensor([8, 12]), 4, 4)
    assert list(zip(padding.lines.tolist(), padding.columns.tolist(), strict=True)) == [(0, 2), (0, 3), (1, 3)]
    assert Padding.of(torch.tensor([8]), 8, 2).columns.tolist() == [4, 5, 6, 7]


def test_masked_relu_is_what_it_says() -> None:
    generator = torch.Generator().manual_seed(2)
    maps = torch.randn(2, 3, 4, 5, generator=generator)
    cheap, plain = maps.clone().requires_grad_(), maps.clone().requires_grad_()
    padding = Padding.of(torch.tensor([12, 20]), 5, 4)
    mask = (torch.arange(5)[None] * 4 < torch.tensor([12, 20])[:, None])[:, None, None, :]
    result, expected = masked_relu(cheap, padding), plain.relu() * mask
    assert torch.equal(result, expected)
    weight = torch.randn(maps.shape, generator=generator)
    (result * weight).sum().backward()
    (expected * weight).sum().backward()
    assert cheap.grad is not None
    assert plain.grad is not None
    assert torch.equal(cheap.grad, plain.grad)
