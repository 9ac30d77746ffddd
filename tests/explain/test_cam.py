from __future__ import annotations

import numpy as np

from lucidocr.explain.cam import CAMS, gradcam, hirescam, layercam, on_ink
from lucidocr.explain.methods import METHOD_NAMES
from lucidocr.explain.seen import Seen
from lucidocr.types import HeatMap


def test_each_method_by_hand() -> None:
    gradients = np.array([[[[1.0, -2.0]], [[0.5, 3.0]]]], np.float32)  # one target, two features, one row, two columns
    activations = np.array([[[2.0, 1.0]], [[4.0, 0.5]]], np.float32)
    np.testing.assert_allclose(hirescam(gradients, activations), [[[2 + 2, -2 + 1.5]]])
    np.testing.assert_allclose(layercam(gradients, activations), [[[4, 1.5]]])
    np.testing.assert_allclose(gradcam(gradients, activations), [[[-0.5 * 2 + 1.75 * 4, -0.5 + 1.75 * 0.5]]])


def test_all_are_methods_that_can_be_asked_for() -> None:
    assert set(CAMS) <= set(METHOD_NAMES)


def test_heat_stays_on_the_strokes() -> None:
    line = np.full((32, 64), 240, np.uint8)
    line[8:24, 20:28] = 10
    seen = Seen.of(line)
    even = HeatMap("hirescam", 3, "x", np.ones((8, 16), np.float32), seen.box)
    found = on_ink(even, seen, "ink")
    assert (found.method, found.position, found.against, found.values.shape) == ("ink", 3, "x", seen.line.shape)
    assert found.values.max() > 0.9
    columns = np.flatnonzero(found.values.max(axis=0) > 0.1)
    assert 18 <= columns.min() < columns.max() <= 30
