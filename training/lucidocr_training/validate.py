"""The validation table of a run: synthetic lines in faces never trained on, and the tune parts of real sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

import torch

from lucidocr.charset import Charset
from lucidocr.metrics import Rule, tally
from lucidocr.preprocess import normalise_line, to_batch
from lucidocr.types import STRIDE, ImageArray
from lucidocr_training.batches import Source
from lucidocr_training.corpus import is_han
from lucidocr_training.network import Network
from lucidocr_training.real import load_lines
from lucidocr_training.synthesis import Synthesiser

SCORED: tuple[tuple[str, Rule], ...] = (
    ("pdf_zh", "zh"),
    ("aiera_table_cells", "zh"),
    ("taigi_hanlo", "zh"),
    ("taigi_hanji", "zh"),
    ("aicup_tw_scene", "zh"),
    ("iiit5k_train", "alnum"),
    ("svt_train", "alnum"),
    ("sroie", "alnum"),
    ("funsd_train", "alnum"),
    ("wire_markers_alnum", "exact"),
)
"""Real sets and how each is scored."""

_SYNTHETIC_SEED = 9_999
_COLUMNS = 12_000


@dataclass(frozen=True, slots=True, eq=False)
class ValidationSet:
    """Lines with their texts and how they are scored."""

    name: str
    rule: Rule
    images: tuple[ImageArray, ...]
    texts: tuple[str, ...]


def script_of(text: str) -> str:
    """Script by which synthetic lines are reported: "han", "latin" or "mixed"."""
    han = any(map(is_han, text))
    latin = any(char.isascii() and char.isalnum() for char in text)
    return "mixed" if han and latin else "han" if han else "latin"


@torch.no_grad()
def read_lines(network: Network, charset: Charset, images: Sequence[ImageArray]) -> list[str]:
    """Greedy readings (best path) of normalised lines, in their order."""
    order = sorted(range(len(images)), key=lambda number: images[number].shape[1])
    texts = [""] * len(images)
    start = 0
    while start < len(order):
        count = max(1, _COLUMNS // images[order[min(start + 64, len(order) - 1)]].shape[1])
        group = order[start : start + count]
        start += count
        for number, text in zip(group, _read_batch(network, charset, [images[n] for n in group]), strict=True):
            texts[number] = text
    return texts


def _read_batch(network: Network, charset: Charset, images: Sequence[ImageArray]) -> list[str]:
    pixels, widths = to_batch(images)
    features = network(torch.from_numpy(pixels), torch.from_numpy(widths))
    inside = torch.arange(features.blank.shape[1])[None] < torch.from_numpy(widths // STRIDE)[:, None]
    likely = (features.blank < 8) & inside
    values, classes = network.class_logits(features.bottleneck[likely]).log_softmax(-1).max(-1)
    said = torch.zeros_like(features.blank, dtype=torch.long)
    odds = values + torch.nn.functional.logsigmoid(-features.blank[likely])
    said[likely] = torch.where(odds > torch.nn.functional.logsigmoid(features.blank[likely]), classes + 1, 0)
    texts = []
    for row in said.tolist():
        kept = [now for before, now in zip([0, *row], row, strict=False) if now and now != before]
        texts.append(charset.decode(number - 1 for number in kept).strip())
    return texts


@dataclass(frozen=True, slots=True)
class Validation:
    """The sets that a run is watched on."""

    sets: tuple[ValidationSet, ...]

    @classmethod
    def load(cls, source: Source, charset: Charset, *, most: int = 200, synthetic: int = 600) -> Validation:
        """At most ``most`` lines of each real set's tune part, and some synthetic ones in held-out faces."""
        sets = []
        synthesiser = Synthesiser.load(source.fonts, source.texts, charset, _SYNTHETIC_SEED, held_out=True)
        lines = [synthesiser.line(index) for index in range(synthetic)]
        for script in ("han", "latin", "mixed"):
            chosen = [line for line in lines if script_of(line.text) == script]
            images = tuple(normalise_line(line.pixels) for line in chosen)
            sets.append(ValidationSet(f"synthetic_{script}", "exact", images, tuple(line.text for line in chosen)))
        for name, rule in SCORED:
            real = load_lines(source.lines / name, charset, "tune")
            Random(0).shuffle(real)
            images = tuple(normalise_line(line.pixels) for line in real[:most])
            sets.append(ValidationSet(name, rule, images, tuple(line.text for line in real[:most])))
        return cls(tuple(item for item in sets if item.images))

    def table(self, network: Network, charset: Charset) -> Mapping[str, Mapping[str, float]]:
        """Share of lines read right, and CER, by set."""
        rows = {}
        for item in self.sets:
            read = read_lines(network, charset, item.images)
            score = tally(zip(read, item.texts, strict=True), item.rule)
            rows[item.name] = {"lines": round(score.line_accuracy, 4), "cer": round(score.cer, 4)}
        return rows
