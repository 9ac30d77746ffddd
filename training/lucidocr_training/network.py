"""The CRNN: a residual CNN, a bidirectional LSTM over the width, and a factorised CTC head.

Every line is 32 pixels high; a frame is four pixels wide. The same module trains, is exported for reading, and is
exported with its taps for explanation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

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


class Padding(NamedTuple):
    """Columns of feature maps that lie beyond the end of their line.

    Attributes:
        lines: int64 [N], whose.
        columns: int64 [N], which.
    """

    lines: Tensor
    columns: Tensor

    @classmethod
    def of(cls, widths: Tensor, columns: int, stride: int) -> Padding:
        """The padding of a batch.

        Args:
            widths: int64 [B], widths of the lines in pixels.
            columns: columns of the feature map.
            stride: pixels that one of its columns covers.
        """
        positions = torch.arange(columns) * stride
        return cls(*(positions[None, :] >= widths[:, None]).nonzero(as_tuple=True))


class _MaskedRelu(torch.autograd.Function):
    """What is positive and inside a line; few columns are padding, so they are cleared rather than multiplied away."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor, lines: Tensor, columns: Tensor) -> Tensor:
        result = maps.relu()
        result.permute(0, 3, 1, 2)[lines, columns] = 0
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        (result,) = ctx.saved_tensors
        return torch.ops.aten.threshold_backward(grad, result, 0), None, None


def masked_relu(maps: Tensor, padding: Padding) -> Tensor:
    """ReLU of feature maps [B, C, H, W], zero in the padding."""
    result: Tensor = _MaskedRelu.apply(maps, padding.lines, padding.columns)  # type: ignore[no-untyped-call]
    return result


class _LockedDropout(nn.Module):
    """Dropout that forgets a feature over the whole line (Gal and Ghahramani 2016, section 4.3): [B, T, D]."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, sequence: Tensor) -> Tensor:
        if not self.training:
            return sequence
        kept = torch.empty(len(sequence), 1, sequence.shape[2], dtype=sequence.dtype).bernoulli_(1 - self.rate)
        return sequence * (kept / (1 - self.rate))


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

    def forward(self, maps: Tensor, padding: Padding) -> Tensor:
        inner = masked_relu(self.first(maps), padding)
        return masked_relu(self.second(inner) + maps, padding)


class _Stage(nn.Module):
    """A convolution that changes the resolution, then one residual pair."""

    def __init__(self, entry: _Convolution, channels: int, *, flat: bool = False) -> None:
        super().__init__()
        self.entry = entry
        self.residual = _Residual(channels, flat=flat)

    def forward(self, maps: Tensor, padding: Padding) -> Tensor:
        result: Tensor = self.residual(masked_relu(self.entry(maps), padding), padding)
        return result


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
        self.dropout = _LockedDropout(0.1)
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
        half = Padding.of(widths, images.shape[3] // 2, 2)
        full = Padding.of(widths, images.shape[3] // STRIDE, STRIDE)
        height8 = self.stage8(self.stage16(images, half), full)
        height4 = self.stage4(height8, full)
        maps = self.stage1(self.stage2(height4, full), full)
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
