"""Numbers in eight bits, and the ranges that they are given."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the train extra")
pytest.importorskip("onnx", reason="needs the train extra")

import torch

from lucidocr.types import ImageArray
from lucidocr_training.integer import MAPS, PIXELS, SIGNED, STAGES, Grid, in_squares, quantised_columns
from lucidocr_training.network import Network, NetworkConfig
from lucidocr_training.quantise import best_range, calibrate

pytestmark = pytest.mark.torch


@pytest.mark.parametrize(("low", "high"), [(-1.0, 3.0), (0.0, 7.0), (2.0, 5.0), (-4.0, -1.0), (0.0, 0.0)])
def test_zero_is_a_point_of_every_grid(low: float, high: float) -> None:
    grid = Grid.of(low, high)
    assert 0 <= grid.zero <= 255
    assert grid.nearest(np.zeros(1, np.float32)) == 0


def test_values_move_by_half_a_step_at_most_and_end_at_the_range() -> None:
    grid = Grid.of(-1, 3)
    values = np.linspace(-0.99, 2.99, 500, dtype=np.float32)
    assert np.abs(grid.nearest(values) - values).max() <= grid.scale / 2 + 1e-6
    assert grid.nearest(np.array([9], np.float32)) == pytest.approx(3, abs=grid.scale)


def test_every_shade_of_grey_is_a_byte() -> None:
    shades = np.arange(256) * np.float32(2 / 255) - 1
    moved = np.rint((shades + PIXELS.scale / 2) / PIXELS.scale) + PIXELS.zero
    assert moved.tolist() == list(range(256))


def test_signed_numbers_reach_both_ends() -> None:
    assert SIGNED.nearest(np.array([-1, 1], np.float32)) == pytest.approx([-1, 1])


def test_columns_have_scales_of_their_own() -> None:
    matrix = np.array([[1, 100, 0], [-0.5, 50, 0]], np.float32)
    numbers, scales = quantised_columns(matrix)
    assert numbers.dtype == np.int8
    assert numbers[:, :2].max(0).tolist() == [127, 127]
    np.testing.assert_allclose(numbers * scales, matrix, atol=0.5 * scales.max())


def test_a_convolution_over_squares_is_the_one_of_stride_two() -> None:
    generator = torch.Generator().manual_seed(2)
    weight, images = torch.randn(5, 1, 3, 3, generator=generator), torch.randn(2, 1, 8, 12, generator=generator)
    wanted = torch.conv2d(images, weight, stride=2, padding=1)
    squares = images.reshape(2, 4, 2, 6, 2).permute(0, 2, 4, 3, 1).reshape(2, 4, 6, 4)
    found = torch.conv2d(torch.nn.functional.pad(squares, (1, 0, 1, 0)), in_squares(weight))
    torch.testing.assert_close(found.transpose(2, 3), wanted)


def test_the_rarest_values_are_cut_off() -> None:
    values = np.random.default_rng(1).exponential(size=200_000).astype(np.float32)
    low, high = best_range(values)
    assert low == 0
    assert 0.6 * values.max() < high < values.max()


def test_what_a_sum_makes_negative_needs_no_range() -> None:
    chance = np.random.default_rng(1)
    values = chance.normal(-3, 2, 20_000).astype(np.float32)
    around = np.abs(chance.normal(size=20_000)).astype(np.float32)
    low, high = best_range(values, around)
    assert low > 0.8 * values.min()
    assert high > 0.6 * values.max()


def test_calibration_sees_every_map_and_leaves_the_network_alone() -> None:
    network = Network(NetworkConfig(4, channels=(4, 6, 8, 8, 8), hidden=6, bottleneck=5)).eval()
    line: ImageArray = np.random.default_rng(3).integers(0, 256, (32, 64), dtype=np.uint8)
    ranges = calibrate(network, [line])
    assert set(ranges) == {f"{stage}.{part}" for stage in STAGES for part in MAPS}
    assert all(low <= 0 < high for low, high in ranges.values())
    assert all(low == 0 for name, (low, _) in ranges.items() if not name.endswith("second"))
    assert not any(module._forward_hooks for module in network.modules())
