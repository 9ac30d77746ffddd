"""Lines in which every character is a bar of its own length, labelled folders of them, and a model for them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import cv2
import numpy as np
import torch

from lucidocr.charset import Charset
from lucidocr.preprocess import normalise_line, to_batch
from lucidocr.types import ImageArray
from lucidocr_training import checkpoint
from lucidocr_training.export import compact_state, write_folder
from lucidocr_training.network import Network, NetworkConfig
from tests.training.nets import randomise

CHARS = "abcdefgh"
CHARSET = Charset(CHARS)


def picture(text: str, *, height: int = 32) -> ImageArray:
    """uint8 [height, w] grey."""
    image = np.full((32, 16 * len(text) + 8), 250, np.uint8)
    for place, char in enumerate(text):
        length = 3 * ((ord(char) - ord("a")) % 10 + 1)
        image[30 - min(length, 28) : 30, 16 * place + 6 : 16 * place + 16] = 10
    return np.asarray(cv2.resize(image, (image.shape[1] * height // 32, height)), np.uint8)


def texts(count: int, *, chars: str = CHARS, seed: int = 0) -> list[str]:
    rng = Random(seed)
    return ["".join(rng.choices(chars, k=rng.randint(2, 5))) for _ in range(count)]


def write_set(folder: Path, labels: Sequence[str], parts: Sequence[str] | None = None) -> Path:
    """A labelled folder; a split too where parts are given."""
    images = folder / "images"
    images.mkdir(parents=True)
    for number, label in enumerate(labels):
        cv2.imwrite(str(images / f"{number}.png"), picture(label.strip() or "a"))
    table = "".join(f"{number}.png\t{label}\n" for number, label in enumerate(labels))
    (folder / "labels.tsv").write_text(table, encoding="utf-8")
    if parts is not None:
        split = "".join(f"{number}.png\ts{number}\t{part}\n" for number, part in enumerate(parts))
        (folder / "split.tsv").write_text(split, encoding="utf-8")
    return folder


def random_network(charset: Charset = CHARSET) -> Network:
    """Sure of some frames, ready to read."""
    images, widths = to_batch([normalise_line(picture(text)) for text in texts(8)])
    network = Network(NetworkConfig(len(charset), channels=(8, 12, 16, 24, 32), hidden=24, bottleneck=20))
    return randomise(network, 15, torch.from_numpy(images), torch.from_numpy(widths), spread=4)


def base_state(charset: Charset = CHARSET) -> dict[str, Any]:
    """The compact checkpoint of such a network."""
    network = random_network(charset)
    packed = checkpoint.pack(network, dict(network.state_dict()), charset, checkpoint.Progress(7, 1, 5))
    return compact_state(packed, {})


def write_base(folder: Path, charset: Charset = CHARSET) -> Path:
    """The model folder of such a network."""
    write_folder(base_state(charset), folder)
    return folder
