from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the train extra")

import torch

from lucidocr_training import masked

pytestmark = pytest.mark.torch

MOST = np.full(8, 50.0)


def test_a_small_language_is_learnt_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masked, "_BATCH", 8)
    monkeypatch.setattr(masked, "_WARMUP", 5)
    sequence = np.array([1, 3, 4, 5, 6, 0] * 60, dtype=np.uint16)
    told: list[str] = []
    network = masked.train(sequence, 8, steps=120, seed=2, tell=told.append)
    right, wrong, longer = masked.masked_scores(network, [[3, 4, 5, 6], [3, 4, 6, 6], [3, 4, 5, 5, 6]], MOST)
    assert told
    assert right == 0
    assert wrong < -0.5
    assert longer < -0.5
    masked.save(network, tmp_path / "masked.pt")
    again = masked.load(tmp_path / "masked.pt")
    assert masked.masked_scores(again, [[3, 4, 5, 6], [3, 4, 6, 6]], MOST) == pytest.approx([right, wrong])


def test_scores_are_sums_over_the_symbols_that_differ() -> None:
    torch.manual_seed(3)
    network = masked.Masked(8).eval()
    first, other = [3, 4, 5, 6], [3, 7, 5, 6]
    symbols = torch.tensor([[1, 3, masked.MASK, 5, 6]])
    with torch.no_grad():
        said = network(symbols, symbols == masked.MASK)[0]
    found = masked.masked_scores(network, [first, other], MOST)
    assert found == pytest.approx([0.0, float(said[7] - said[4])], abs=1e-5)
    capped = masked.masked_scores(network, [first, other], np.zeros(8))
    assert abs(capped[1]) < abs(found[1])
