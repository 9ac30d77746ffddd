"""Networks that name causes."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lucidocr.diagnose.causes import Causes, describe_causes, parse_causes
from lucidocr.errors import ModelError
from lucidocr.types import CAUSES


def causes() -> Causes:
    """Two features, two hidden units; the first feature speaks for the first cause, the second for the last."""
    last = np.zeros((len(CAUSES), 2))
    last[0, 0] = last[-1, 1] = 2.0
    member = (np.eye(2), np.zeros(2), last, np.zeros(len(CAUSES)))
    return Causes(
        ("a", "b"), np.array([1.0, 0.0]), np.array([2.0, 1.0]), (member, member), {"noise": (0.0, 0.2)}, 0.4, 0.3
    )


class TestProbabilities:
    def test_they_add_up_to_one_and_follow_the_features(self) -> None:
        shares = causes().probabilities(np.array([5.0, 0.0]))
        assert shares.sum() == pytest.approx(1)
        assert shares.argmax() == 0
        assert causes().probabilities(np.array([1.0, 2.0])).argmax() == len(CAUSES) - 1

    def test_a_feature_at_its_mean_says_nothing(self) -> None:
        assert np.allclose(causes().probabilities(np.array([1.0, 0.0])), 1 / len(CAUSES))

    def test_far_features_count_no_more_than_far_ones(self) -> None:
        near, far = (causes().probabilities(np.array([value, 0.0])) for value in (11.0, 1e9))
        assert np.allclose(near, far)


class TestPart:
    def test_what_is_written_is_read_again(self) -> None:
        again = parse_causes(json.dumps(describe_causes(causes())).encode())
        assert describe_causes(again) == describe_causes(causes())
        values = np.array([3.0, 0.5])
        assert np.allclose(again.probabilities(values), causes().probabilities(values), atol=1e-3)

    @pytest.mark.parametrize(
        "change",
        [
            {"format_version": 2},
            {"names": ["a"]},
            {"scales": [1.0, 0.0]},
            {"members": []},
            {"members": [describe_causes(causes())["members"][0] | {"offsets": [0.0]}]},
            {"members": [describe_causes(causes())["members"][0] | {"last_offsets": [0.0]}]},
            {"usual": {"noise": 3}},
            {"least": None},
            {"centres": [float("nan"), 0.0]},
        ],
    )
    def test_anything_else_is_refused(self, change: dict[str, object]) -> None:
        with pytest.raises(ModelError):
            parse_causes(json.dumps(describe_causes(causes()) | change).encode())

    @pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff"])
    def test_what_is_no_part_is_refused(self, content: bytes) -> None:
        with pytest.raises(ModelError):
            parse_causes(content)
