"""A small transformer that guesses masked symbols (Devlin et al. 2019), for comparison with the n-grams of the package.

It learns from the same texts, as the same symbols; what runs of letters and digits say is left to the same model of
words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lucidocr.correct.folding import UNKNOWN

LENGTH: Final = 40
"""Symbols of a piece that it learns from."""

_BATCH: Final = 48
_WIDTH, _HEADS, _LAYERS = 192, 4, 3
_MASKED: Final = 0.2
_RATE: Final = 1.5e-3
_WARMUP: Final = 100

MASK: Final = UNKNOWN
"""Class that stands for a masked symbol; texts hold next to none of it."""


class Masked(nn.Module):
    """Guesses symbols from those on both sides.

    Args:
        classes: of symbols, the empty class 0 included.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.symbols = nn.Embedding(classes, _WIDTH, padding_idx=0)
        self.places = nn.Embedding(4 * LENGTH, _WIDTH)
        layer = nn.TransformerEncoderLayer(
            _WIDTH, _HEADS, 4 * _WIDTH, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        self.body = nn.TransformerEncoder(layer, _LAYERS, enable_nested_tensor=False)
        self.last = nn.LayerNorm(_WIDTH)
        self.offsets = nn.Parameter(torch.zeros(classes))
        for table in (self.symbols, self.places):
            nn.init.normal_(table.weight, std=0.05)

    def forward(self, symbols: Tensor, wanted: Tensor) -> Tensor:
        """Log-probabilities of all classes at the places wanted.

        Args:
            symbols: int64 [B, T], 0 beyond a text's end.
            wanted: bool [B, T].

        Returns:
            float32 [N, C].
        """
        places = torch.arange(symbols.shape[1]).clamp(max=self.places.num_embeddings - 1)
        seen = self.body(self.symbols(symbols) + self.places(places), src_key_padding_mask=symbols == 0)
        logits = self.last(seen[wanted]) @ self.symbols.weight.T + self.offsets
        return torch.log_softmax(logits, dim=-1)


def train(
    sequence: NDArray[np.uint16], classes: int, *, steps: int, seed: int = 1, tell: Callable[[str], None]
) -> Masked:
    """Train it.

    Args:
        sequence: classes of texts, a 0 between two.
        classes: how many there are.
        steps: how many; the learning rate falls to zero over the second half.
        seed: of weights, pieces and masks.
        tell: is told now and then how it goes.
    """
    torch.manual_seed(seed)
    draw = torch.Generator().manual_seed(seed)
    texts = torch.from_numpy(sequence.astype(np.int64))
    network = Masked(classes)
    optimiser = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=0.01)
    mean = 0.0
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = _RATE * min(1.0, (step + 1) / _WARMUP, 2 * (1 - step / steps))
        starts = torch.randint(len(texts) - LENGTH, (_BATCH, 1), generator=draw)
        piece = texts[starts + torch.arange(LENGTH)]
        piece[piece == 0] = 1  # a new text begins: to the network that is a symbol like any other
        wanted = (torch.rand(piece.shape, generator=draw) < _MASKED) & (piece > MASK)
        said = network(torch.where(wanted, MASK, piece), wanted)
        loss = nn.functional.nll_loss(said, piece[wanted])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        mean = loss.item() if not step else 0.99 * mean + 0.01 * loss.item()
        if (step + 1) % 100 == 0:
            tell(f"{step + 1} steps, {mean:.3f} nats a masked symbol")
    return network.eval()


def save(network: Masked, path: Path) -> None:
    """Keep a network."""
    torch.save(network.state_dict(), path)


def load(path: Path) -> Masked:
    """A kept network."""
    state = torch.load(path, weights_only=True)
    network = Masked(len(state["offsets"]))
    network.load_state_dict(state)
    return network.eval()


@torch.no_grad()
def masked_scores(network: Masked, texts: Sequence[Sequence[int]], most: NDArray[np.float64]) -> list[float]:
    """How much more probable each text is than the first one, by the symbols in which the two differ.

    Each of these symbols is masked in turn (Salazar et al. 2020, the part of their sum that differs).

    Args:
        network: the network.
        texts: classes of symbols.
        most: float64 by class, about the most that a symbol may cost, nats.
    """
    windows = [_differing(texts[0], text) for text in texts]
    asked = dict.fromkeys(
        (row, place)
        for other, ((start, end_first), (_, end_other)) in enumerate(windows)
        for row, end in ((0, end_first), (other, end_other))
        for place in range(start, end)
    )
    said = _guess(network, [(list(texts[row]), place) for row, place in asked])
    values = {
        (row, place): float(np.logaddexp(value, -most[texts[row][place]]))
        for (row, place), value in zip(asked, said, strict=True)
    }
    return [
        sum(values[other, place] for place in range(start, end_other))
        - sum(values[0, place] for place in range(start, end_first))
        for other, ((start, end_first), (_, end_other)) in enumerate(windows)
    ]


def _guess(network: Masked, asked: Sequence[tuple[list[int], int]]) -> list[float]:
    """Log-probability of one symbol of each text, masked."""
    if not asked:
        return []
    longest = max(len(text) for text, _ in asked) + 1
    symbols = torch.zeros((len(asked), longest), dtype=torch.int64)
    wanted = torch.zeros(symbols.shape, dtype=torch.bool)
    truths = []
    for row, (text, place) in enumerate(asked):
        symbols[row, : len(text) + 1] = torch.tensor([1, *text])
        truths.append(text[place])
        symbols[row, place + 1] = MASK
        wanted[row, place + 1] = True
    said = network(symbols, wanted)
    return [float(value) for value in said[torch.arange(len(truths)), torch.tensor(truths)]]


def _differing(first: Sequence[int], other: Sequence[int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where two texts differ, from the first to the last difference, in each of them."""
    shorter = min(len(first), len(other))
    start = next((place for place in range(shorter) if first[place] != other[place]), shorter)
    rest = shorter - start
    same = next((place for place in range(rest) if first[-1 - place] != other[-1 - place]), rest)
    return (start, len(first) - same), (start, len(other) - same)
