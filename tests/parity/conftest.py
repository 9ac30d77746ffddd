"""A network with random weights, its model folder, and rendered lines for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from lucidocr.preprocess import normalise_line, to_batch
from lucidocr.types import ImageArray

if TYPE_CHECKING:
    from lucidocr_training.network import Network

TEXTS = ("lucid", "a longer line of text, with 42 figures", "x", "OCR 2031", "parity")


@pytest.fixture(scope="session")
def compact(pictures: list[ImageArray]) -> dict[str, Any]:
    """A compact checkpoint. Its network is sure of many frames: some are blank beyond doubt, others are not."""
    import torch

    from lucidocr_training import checkpoint
    from lucidocr_training.export import compact_state
    from lucidocr_training.network import Network, NetworkConfig
    from tests.training.nets import randomise
    from tests.training.small import CHARSET

    torch.set_num_threads(1)
    config = NetworkConfig(len(CHARSET), channels=(8, 12, 16, 24, 32), hidden=24, bottleneck=20)
    images, widths = to_batch([normalise_line(picture) for picture in pictures])
    network = randomise(Network(config), 15, torch.from_numpy(images), torch.from_numpy(widths), spread=4)
    packed = checkpoint.pack(network, network.state_dict(), CHARSET, checkpoint.Progress(7, 1, 5))
    return compact_state(packed, {"pdf_zh": {"lines": 0.5}})


@pytest.fixture(scope="session")
def network(compact: dict[str, Any]) -> Network:
    """The checkpoint's network in PyTorch."""
    from lucidocr_training import checkpoint

    return checkpoint.restore(compact)[0].eval()


@pytest.fixture(scope="session")
def model_folder(compact: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What export writes of it."""
    from lucidocr_training.export import write_folder

    folder = tmp_path_factory.mktemp("weights") / "tiny"
    write_folder(compact, folder)
    return folder


@pytest.fixture(scope="session")
def pictures() -> list[ImageArray]:
    """uint8 [h, w] grey, dark text on a light, noisy ground, of several heights."""
    rng = np.random.default_rng(4)
    made = []
    for number, text in enumerate(TEXTS):
        height = 24 + 9 * number
        picture = rng.normal(215, 12, (height, 10 + round(len(text) * height * 0.6))).clip(0, 255).astype(np.uint8)
        cv2.putText(picture, text, (4, round(height * 0.75)), cv2.FONT_HERSHEY_SIMPLEX, height / 40, 20, 2, cv2.LINE_AA)
        made.append(picture)
    return made
