"""Class activation maps from the gradients and the activations of one tap.

All take float32 gradients [K, C, h, w] of K targets and activations [C, h, w], and give float32 [K, h, w], raw and
signed: what speaks against a target is negative.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import cv2
import numpy as np

from lucidocr.explain.seen import Seen
from lucidocr.ink import ink_mask
from lucidocr.types import FloatArray, HeatMap


def hirescam(gradients: FloatArray, activations: FloatArray) -> FloatArray:
    """Gradient times activation, place by place, summed over the features (Draelos and Carin 2020, eq. 4)."""
    return np.asarray(np.einsum("kchw,chw->khw", gradients, activations), dtype=np.float32)


def layercam(gradients: FloatArray, activations: FloatArray) -> FloatArray:
    """The same, of gradients that speak for the target only (Jiang et al. 2021, eq. 5 and 6)."""
    return hirescam(np.maximum(gradients, 0), activations)


def gradcam(gradients: FloatArray, activations: FloatArray) -> FloatArray:
    """Activations weighted by their gradients' mean over the whole map (Selvaraju et al. 2017, eq. 1 and 2)."""
    means = gradients.mean(axis=(2, 3))
    return np.asarray(np.einsum("kc,chw->khw", means, activations), dtype=np.float32)


CAMS: Mapping[str, Callable[[FloatArray, FloatArray], FloatArray]] = MappingProxyType(
    {"hirescam": hirescam, "layercam": layercam, "gradcam": gradcam}
)
"""Methods by their name."""


def on_ink(heat: HeatMap, seen: Seen, method: str) -> HeatMap:
    """A heat map at the pixels of the normalised line, where these are ink; nothing elsewhere.

    Args:
        heat: of any grid.
        seen: the line as the network sees it.
        method: name of the new map.
    """
    height, width = seen.line.shape
    mask = ink_mask(seen.line).astype(np.float32)
    share = np.asarray(cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA), dtype=np.float32)
    return HeatMap(method, heat.position, heat.against, seen.heat(heat) * share, seen.box)
