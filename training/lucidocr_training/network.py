"""The CRNN: a residual CNN, a bidirectional LSTM over the width, and a factorised CTC head.

Every line is 32 pixels high; a frame is four pixels wide. The same module trains, is exported for reading, and is
exported with its taps for explanation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

STRIDE = 4


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """Sizes of the network.

    Attributes:
        classes: characters in the alphabet, blank not counted.
        channels: feature maps at heights 16, 8, 4, 2 and 1.
        hidden: LSTM units in each direction.
        bottleneck: width of the vector that the class layer reads.
    """

    classes: int
    channels: tuple[int, int, int, int, int] = (24, 56, 96, 144, 224)
    hidden: int = 160
    bottleneck: int = 128


class Features(NamedTuple):
    """What the network computes before its class layer.

    Attributes:
        height8: [B, C1, 8, T], after the stage of that height.
        height4: [B, C2, 4, T], after the stage of that height.
        sequence: [B, T, C4], input of the LSTM.
        blank: [B, T], logit of the blank.
        bottleneck: [B, T, bottleneck], input of the class layer.
    """

    height8: Tensor
    height4: Tensor
    sequence: Tensor
    blank: Tensor
    bottleneck: Tensor


class _Convolution(nn.Sequential):
    def __init__(
        self, inputs: int, outputs: int, kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int]
    ) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False),
            nn.BatchNorm2d(outputs, momentum=0.02),
        )


class _Residual(nn.Module):
    """Two convolutions and the way around them; masked, so that padding stays zero."""

    def __init__(self, channels: int, *, flat: bool = False) -> None:
        super().__init__()
        kernel, padding = ((1, 3), (0, 1)) if flat else ((3, 3), (1, 1))
        self.first = _Convolution(channels, channels, kernel, (1, 1), padding)
        self.second = _Convolution(channels, channels, kernel, (1, 1), padding)

    def forward(self, maps: Tensor, mask: Tensor) -> Tensor:
        inner = functional.relu(self.first(maps)) * mask
        return functional.relu(self.second(inner) + maps) * mask


class _Stage(nn.Module):
    """A convolution that changes the resolution, then one residual pair."""

    def __init__(self, entry: _Convolution, channels: int, *, flat: bool = False) -> None:
        super().__init__()
        self.entry = entry
        self.residual = _Residual(channels, flat=flat)

    def forward(self, maps: Tensor, mask: Tensor) -> Tensor:
        result: Tensor = self.residual(functional.relu(self.entry(maps)) * mask, mask)
        return result


def width_mask(widths: Tensor, columns: int, stride: int) -> Tensor:
    """Ones where a line is, zeros where the batch was padded.

    Args:
        widths: int64 [B], widths of the lines in pixels.
        columns: columns of the feature map.
        stride: pixels that one of its columns covers.

    Returns:
        float32 [B, 1, 1, columns].
    """
    positions = torch.arange(columns, device=widths.device) * stride
    return (positions[None, :] < widths[:, None]).to(torch.float32)[:, None, None, :]


class Network(nn.Module):
    """The recogniser.

    A line's result depends neither on its neighbours in the batch nor on padding: features beyond its width are set to
    zero before every convolution (what a convolution at the border of an unpadded line sees), and the backward LSTM
    starts at the line's own end.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        c16, c8, c4, c2, c1 = config.channels
        self.stage16 = _Stage(_Convolution(1, c16, (3, 3), (2, 2), (1, 1)), c16)
        self.stage8 = _Stage(_Convolution(c16, c8, (3, 3), (2, 2), (1, 1)), c8)
        self.stage4 = _Stage(_Convolution(c8, c4, (3, 3), (2, 1), (1, 1)), c4)
        self.stage2 = _Stage(_Convolution(c4, c2, (3, 3), (2, 1), (1, 1)), c2)
        self.stage1 = _Stage(_Convolution(c2, c1, (2, 3), (1, 1), (0, 1)), c1, flat=True)
        self.dropout = nn.Dropout(0.1)
        self.lstm = nn.LSTM(c1, config.hidden, bidirectional=True, batch_first=True)
        self.bottleneck = nn.Linear(2 * config.hidden, config.bottleneck)
        self.blank = nn.Linear(2 * config.hidden, 1)
        self.classes = nn.Linear(config.bottleneck, config.classes)
        nn.init.normal_(self.classes.weight, std=config.bottleneck**-0.5)
        nn.init.zeros_(self.classes.bias)

    def forward(self, images: Tensor, widths: Tensor) -> Features:
        """Everything up to the class layer.

        Args:
            images: float32 [B, 1, 32, W], W a multiple of 4.
            widths: int64 [B], multiples of 4, on the CPU.
        """
        half = width_mask(widths, images.shape[3] // 2, 2).to(images.dtype)
        mask = half[..., ::2]
        height8 = self.stage8(self.stage16(images, half), mask)
        height4 = self.stage4(height8, mask)
        maps = self.stage1(self.stage2(height4, mask), mask)
        sequence = self.dropout(maps[:, :, 0, :].transpose(1, 2))
        context = self.dropout(self.context(sequence, widths // STRIDE))
        blank = self.blank(context).float()[..., 0]
        return Features(height8, height4, sequence, blank, torch.tanh(self.bottleneck(context)))

    def context(self, sequence: Tensor, lengths: Tensor) -> Tensor:
        """Run the LSTM both ways, the backward one from each line's own end.

        Args:
            sequence: [B, T, C4].
            lengths: int64 [B], frames of each line.

        Returns:
            [B, T, 2 * hidden]; what lies beyond a line's length is undefined.
        """
        positions = torch.arange(sequence.shape[1])[None]
        lengths = lengths[:, None]
        mirror = torch.where(positions < lengths, lengths - 1 - positions, positions)
        backward = _reorder(self._direction(_reorder(sequence, mirror), "_reverse"), mirror)
        return torch.cat([self._direction(sequence, ""), backward], dim=2)

    def _direction(self, sequence: Tensor, suffix: str) -> Tensor:
        """One direction of the LSTM. Packed sequences would be five times slower to train on a CPU."""
        weights = [
            getattr(self.lstm, f"{name}_l0{suffix}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        ]
        start = sequence.new_zeros(1, len(sequence), self.config.hidden)
        return torch.lstm(sequence, (start, start), weights, True, 1, 0.0, self.training, False, True)[0]

    def class_logits(self, bottleneck: Tensor) -> Tensor:
        """Logits of all characters, given that the frame is not blank: [..., classes]."""
        logits: Tensor = self.classes(bottleneck)
        return logits


def _reorder(sequence: Tensor, order: Tensor) -> Tensor:
    """[B, T, D] with frame t of each line replaced by its frame ``order[b, t]``."""
    return sequence.gather(1, order[:, :, None].expand(-1, -1, sequence.shape[2]))
