"""Networks with weights as different as training makes them, without training."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lucidocr_training.network import STRIDE, Network


@torch.no_grad()
def randomise(network: Network, seed: int, images: Tensor, widths: Tensor, *, spread: float = 1.0) -> Network:
    """Give a network random weights and statistics that suit some lines, so that frames differ; ready to read.

    Args:
        network: changed in place.
        seed: of the weights.
        images: float32 [B, 1, 32, W]; the batch normalisation is told roughly what they do to it.
        widths: int64 [B].
        spread: standard deviation of the blank logits of these lines; their mean is half as much again.
    """
    generator = torch.Generator().manual_seed(seed)
    for weight in network.parameters():
        scale = 2.0 / weight[0].numel() ** 0.5 if weight.ndim > 1 else 0.3
        weight.copy_(scale * torch.randn(weight.shape, generator=generator))
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.weight.copy_(0.6 + torch.rand(norm.num_features, generator=generator))
        norm.momentum = None  # take the mean of what is seen
    network.train()(images, widths)
    for norm in norms:
        assert norm.running_mean is not None
        assert norm.running_var is not None
        norm.running_mean += 0.2 * torch.randn(norm.num_features, generator=generator)
        norm.running_var *= 0.6 + torch.rand(norm.num_features, generator=generator)
    inside = torch.arange(images.shape[3] // STRIDE)[None] < widths[:, None] // STRIDE
    logits = network.eval()(images, widths).blank[inside]
    network.blank.weight *= spread / logits.std()
    network.blank.bias.copy_(spread * (network.blank.bias - logits.mean()) / logits.std() + 1.5 * spread)
    return network
