"""What faults a picture has, told from the recogniser's own feature maps: the model part ``probe.npz``.

A probe (Alain and Bengio 2016) is a small classifier on the frozen activations of another network. This one has a
hidden layer, and looks at means, spreads, peaks and ends of the maps over the line: what blur, noise or a cut does to
them is much the same whatever the line says.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lucidocr.blas import one_blas_thread
from lucidocr.errors import ImageSizeError, ModelError
from lucidocr.explain.network import Taps
from lucidocr.types import CAUSES, Cause, FloatArray, ImageArray

PROBE: Final = "probe.npz"
"""The model part that holds the probe."""

FAULTS: Final[tuple[Cause, ...]] = CAUSES[: CAUSES.index("nothing")]
"""What the probe tells of: K causes."""

WIDEST: Final = 5.0
"""Standard deviations beyond which a feature counts as no further from its mean."""

_END: Final = 3
"""Frames at either end of a line that are looked at by themselves, for what is cut off there."""

_SUREST: Final = 12.0
"""Log-odds beyond which the probe is not believed."""


def pool(taps: Taps) -> FloatArray:
    """What the feature maps of a line say of it as a whole: float32 [F].

    Args:
        taps: of the line.
    """
    h8, h4, sequence = taps.features_h8, taps.features_h4, taps.sequence
    parts = (
        h8.mean((1, 2)), h8.std((1, 2)), h4.mean((1, 2)), h4.std((1, 2)),
        h4.mean(2).ravel(), h4.max(2).ravel(), h4[:, :, :_END].mean((1, 2)), h4[:, :, -_END:].mean((1, 2)),
        sequence.mean(0), sequence.std(0), sequence.max(0), sequence[:_END].mean(0), sequence[-_END:].mean(0),
        taps.bottleneck.mean(0), taps.bottleneck.std(0),
    )  # fmt: skip
    return np.concatenate(parts, dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """A probe's weights.

    Attributes:
        mean: float32 [F], of the features.
        deviation: float32 [F], standard, of the features; above 0.
        inward: float32 [F, H].
        hidden_bias: float32 [H].
        outward: float32 [H, K].
        bias: float32 [K].
    """

    mean: FloatArray
    deviation: FloatArray
    inward: FloatArray
    hidden_bias: FloatArray
    outward: FloatArray
    bias: FloatArray

    def log_odds(self, features: FloatArray) -> NDArray[np.float64]:
        """float64 [..., K], of each of :data:`FAULTS` being there.

        Args:
            features: float32 [..., F], see :func:`pool`.
        """
        with one_blas_thread():
            standard = np.clip((features - self.mean) / self.deviation, -WIDEST, WIDEST)
            hidden = np.maximum(standard @ self.inward + self.hidden_bias, 0.0)
            odds: NDArray[np.float64] = np.clip(hidden @ self.outward + self.bias, -_SUREST, _SUREST)
            return odds.astype(np.float64)


class Probe:
    """Tells what faults line images have; one serves any number of threads.

    Args:
        layers: its weights.
        look: runs the network over a line image, see :meth:`lucidocr.explain.explainer.Explainer.look`.
    """

    def __init__(self, layers: Layers, look: Callable[[ImageArray], Taps]) -> None:
        self._layers, self._look = layers, look

    def __call__(self, pixels: ImageArray) -> NDArray[np.float64]:
        """float64 [K], log-odds of each of :data:`FAULTS`; zeros of a line that is too long to be taken apart.

        Args:
            pixels: uint8 [h, w] grey.
        """
        try:
            taps = self._look(pixels)
        except ImageSizeError:
            return np.zeros(len(FAULTS))
        return self._layers.log_odds(pool(taps))


def parse_probe(content: bytes) -> Layers:
    """Read the part's content.

    Raises:
        ModelError: it is not of the known form.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            layers = Layers(*(arrays[name].astype(np.float32) for name in Layers.__slots__))
    except (EOFError, KeyError, OSError, ValueError, zipfile.BadZipFile) as error:
        raise ModelError(f"the {PROBE} is not of the known form ({error})") from error
    features, hidden = layers.mean.size, layers.hidden_bias.size
    expected = ((features,), (features,), (features, hidden), (hidden,), (hidden, len(FAULTS)), (len(FAULTS),))
    held = [getattr(layers, name) for name in Layers.__slots__]
    if tuple(array.shape for array in held) != expected:
        raise ModelError(f"the {PROBE} holds arrays that do not fit together")
    if not all(np.isfinite(array).all() for array in held) or layers.deviation.min() <= 0:
        raise ModelError(f"the {PROBE} holds numbers that cannot be")
    return layers


def describe_probe(layers: Layers) -> bytes:
    """The content of the part; the inverse of :func:`parse_probe`, but for half precision."""
    buffer = io.BytesIO()
    halves = {name: getattr(layers, name).astype(np.float16) for name in ("inward", "outward")}
    others = {name: getattr(layers, name) for name in Layers.__slots__ if name not in halves}
    np.savez(buffer, **halves, **others)
    return buffer.getvalue()
