"""Trees that name causes."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lucidocr.diagnose.causes import Causes, Forest, Tree, describe_causes, parse_causes
from lucidocr.errors import ModelError
from lucidocr.types import CAUSES

LAST = len(CAUSES) - 1


def causes() -> Causes:
    """The first feature speaks for the first cause from 1 on, and more from 3 on; the second one for the last cause."""
    trees = (
        Tree(0, (0, 0), (1.0, 3.0), (-1, -2), (1, -3), (0.0, 1.0, 4.0)),
        Tree(LAST, (1,), (0.5,), (-1,), (-2,), (0.0, 2.0)),
    )
    return Causes(
        ("a", "b"),
        Forest(trees),
        {"noise": (0.0, 0.2)},
        usual_likeness=0.4,
        least=0.3,
    )


class TestProbabilities:
    def test_they_add_up_to_one_and_are_those_of_the_leaves_that_are_reached(self) -> None:
        for value, score in ((0.9, 0.0), (1.0, 0.0), (1.1, 1.0), (3.0, 1.0), (99.0, 4.0)):
            shares = causes().probabilities(np.array([value, 0.0]))
            assert shares.sum() == pytest.approx(1)
            assert shares[0] == pytest.approx(np.exp(score) / (np.exp(score) + LAST))

    def test_trees_add_to_the_scores_of_their_own_causes(self) -> None:
        shares = causes().probabilities(np.array([2.0, 1.0]))
        assert shares[LAST] / shares[1] == pytest.approx(np.exp(2))
        assert shares[0] / shares[1] == pytest.approx(np.exp(1))

    def test_a_tree_of_one_leaf_always_says_the_same(self) -> None:
        alone = Causes(("a",), Forest([Tree(1, (), (), (), (), (3.0,))]), {}, usual_likeness=0.4, least=0.3)
        assert alone.probabilities(np.array([5.0])).argmax() == 1


TREE = describe_causes(causes())["trees"][0]


class TestPart:
    def test_what_is_written_is_read_again(self) -> None:
        again = parse_causes(json.dumps(describe_causes(causes())).encode())
        assert describe_causes(again) == describe_causes(causes())
        values = np.array([3.0, 0.5])
        assert np.allclose(again.probabilities(values), causes().probabilities(values))

    @pytest.mark.parametrize(
        "change",
        [
            {"format_version": 1},
            {"names": []},
            {"trees": []},
            {"trees": [TREE | {"cause": len(CAUSES)}]},
            {"trees": [TREE | {"features": [0]}]},
            {"trees": [TREE | {"features": [0, 2]}]},
            {"trees": [TREE | {"thresholds": [0.0, float("nan")]}]},
            {"trees": [TREE | {"left": [0, -2]}]},
            {"trees": [TREE | {"right": [1, -4]}]},
            {"trees": [TREE | {"right": [2, -3]}]},
            {"trees": [TREE | {"leaves": [0.0, 1.0]}]},
            {"usual": {"noise": 3}},
            {"least": None},
        ],
    )
    def test_anything_else_is_refused(self, change: dict[str, object]) -> None:
        with pytest.raises(ModelError):
            parse_causes(json.dumps(describe_causes(causes()) | change).encode())

    @pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff"])
    def test_what_is_no_part_is_refused(self, content: bytes) -> None:
        with pytest.raises(ModelError):
            parse_causes(content)
