"""The probe: what feature maps say of a line, and how its weights are kept."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

from lucidocr.diagnose.probe import FAULTS, Layers, Probe, describe_probe, parse_probe, pool
from lucidocr.errors import ImageSizeError, ModelError
from lucidocr.explain.explainer import Explainer
from lucidocr.model import load_model
from lucidocr.types import FloatArray, ImageArray
from tests.evidence import line_pixels


@pytest.fixture(scope="module")
def explainer() -> Explainer:
    return Explainer(load_model(None), threads=1)


def layers(features: int, hidden: int = 3, *, seed: int = 0) -> Layers:
    chance = np.random.default_rng(seed)

    def drawn(*shape: int) -> FloatArray:
        return chance.normal(size=shape).astype(np.float32)

    return Layers(
        drawn(features), np.exp(drawn(features)), drawn(features, hidden), drawn(hidden),
        drawn(hidden, len(FAULTS)), drawn(len(FAULTS)),
    )  # fmt: skip


class TestPool:
    def test_it_has_the_same_length_whatever_the_line(self, explainer: Explainer) -> None:
        lengths = {len(pool(explainer.look(line_pixels(text)))) for text in ("a", "Total 42.50", "x" * 60)}
        assert len(lengths) == 1
        assert np.isfinite(pool(explainer.look(np.full((1, 1), 9, np.uint8)))).all()

    def test_a_line_twice_as_long_is_much_the_same(self, explainer: Explainer) -> None:
        once, twice = (pool(explainer.look(line_pixels(text))) for text in ("noon on", "noon on noon on"))
        other = pool(explainer.look(np.random.default_rng(0).integers(0, 255, (32, 160), np.uint8)))
        assert np.abs(once - twice).mean() < 0.5 * np.abs(once - other).mean()


class TestLayers:
    def test_they_are_two_layers_on_standardised_features(self) -> None:
        own = layers(5)
        features = np.array([0.1, 0.2, -0.3, 9.0, -50.0], np.float32)
        standard = np.clip((features - own.mean) / own.deviation, -5, 5)
        expected = np.maximum(standard @ own.inward + own.hidden_bias, 0) @ own.outward + own.bias
        assert np.allclose(own.log_odds(features), np.clip(expected, -12, 12), atol=1e-5)

    def test_lines_are_told_apart_from_each_other(self) -> None:
        own, features = layers(5), np.random.default_rng(1).normal(size=(4, 5)).astype(np.float32)
        assert np.allclose(own.log_odds(features), [own.log_odds(one) for one in features], atol=1e-5)

    def test_they_can_be_written_and_read(self) -> None:
        own, features = layers(7), np.ones(7, np.float32)
        assert np.allclose(parse_probe(describe_probe(own)).log_odds(features), own.log_odds(features), atol=0.05)


def saved(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def named(own: Layers) -> dict[str, FloatArray]:
    return {name: getattr(own, name) for name in Layers.__slots__}


class TestParsing:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"PK",
            saved(mean=np.zeros(3)),
            saved(**{**named(layers(4)), "bias": np.zeros(3)}),
            saved(**{**named(layers(4)), "inward": np.zeros((5, 3))}),
            saved(**{**named(layers(4)), "deviation": np.zeros(4)}),
            saved(**{**named(layers(4)), "mean": np.full(4, np.nan)}),
            saved(**{**named(layers(4)), "mean": np.array(["a", "b", "c", "d"])}),
        ],
    )
    def test_what_is_no_probe_is_refused(self, content: bytes) -> None:
        with pytest.raises(ModelError, match="probe"):
            parse_probe(content)


def test_of_a_line_too_long_to_be_taken_apart_nothing_is_suspected() -> None:
    def look(_: ImageArray) -> Any:
        raise ImageSizeError("too long")

    assert (Probe(layers(4), look)(np.zeros((8, 8), np.uint8)) == 0).all()
