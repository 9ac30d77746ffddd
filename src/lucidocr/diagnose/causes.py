"""From what an examination found to the probabilities of causes: the model part ``diagnosis.json``.

Decision trees, each of which adds to the score of one cause (gradient boosting; Friedman 2001, algorithm 6)::

    {"format_version": 2, "names": [...], "usual": {"noise": [0.01, 0.2]}, "usual_likeness": 0.4, "least": 0.4,
     "trees": [{"cause": 3, "features": [7, 2], "thresholds": [0.5, 1.2], "left": [1, -1], "right": [-3, -2],
                "leaves": [-0.01, 0.02, 0.05]}]}

A tree's first split is its root. A feature at most its threshold leads to the left, and a negative number ``-n`` is the
``n``-th leaf.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lucidocr.errors import ModelError
from lucidocr.types import CAUSES, IntArray

DIAGNOSIS: Final = "diagnosis.json"
"""The model part that holds the trees."""

_FORMAT_VERSION: Final = 2


@dataclass(frozen=True, slots=True)
class Tree:
    """A decision tree of S splits and S + 1 leaves.

    Attributes:
        cause: number of the cause whose score it adds to.
        features: which feature each split looks at.
        thresholds: up to which it leads to the left.
        left: where that is: the number of a split, which is greater than the split's own, or -n for the n-th leaf.
        right: where else it leads.
        leaves: what is added to the score.
    """

    cause: int
    features: tuple[int, ...]
    thresholds: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    leaves: tuple[float, ...]


class Forest:
    """Trees, laid out so that all of them are walked at once.

    Args:
        trees: at least one.
    """

    def __init__(self, trees: Sequence[Tree]) -> None:
        self.trees: Final = tuple(trees)
        self._causes: IntArray = np.array([tree.cause for tree in trees], dtype=np.int64)
        sizes = np.array([len(tree.features) + len(tree.leaves) for tree in trees])
        self._roots: IntArray = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
        count = int(sizes.sum())
        self._feature: IntArray = np.zeros(count, dtype=np.int64)
        self._threshold = np.full(count, np.inf)  # a leaf leads to itself
        self._next: IntArray = np.stack([np.arange(count), np.arange(count)]).astype(np.int64)
        self._value = np.zeros(count)
        for root, tree in zip(self._roots.tolist(), trees, strict=True):
            splits, stop = len(tree.features), root + len(tree.features) + len(tree.leaves)
            self._feature[root : root + splits] = tree.features
            self._threshold[root : root + splits] = tree.thresholds
            for row, children in enumerate((tree.left, tree.right)):
                places = [root + (child if child >= 0 else splits - 1 - child) for child in children]
                self._next[row, root : root + splits] = places
            self._value[root + splits : stop] = tree.leaves

    def scores(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """float64 [C], the sum of each cause's trees for features float64 [F]."""
        nodes = self._roots
        while True:
            beyond = (values[self._feature[nodes]] > self._threshold[nodes]).astype(np.int64)
            following = self._next[beyond, nodes]
            if (following == nodes).all():
                return np.bincount(self._causes, self._value[nodes], len(CAUSES)).astype(np.float64)
            nodes = following


@dataclass(frozen=True, slots=True, eq=False)
class Causes:
    """Names causes.

    Attributes:
        names: of the F features, in order.
        forest: what weighs them.
        usual: by indicator, the range of nine in ten lines that are read right.
        usual_likeness: of a character to plain print, the lowest of nine in ten that are read right.
        least: probability below which no cause is named.
    """

    names: tuple[str, ...]
    forest: Forest
    usual: Mapping[str, tuple[float, float]]
    usual_likeness: float
    least: float

    def probabilities(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """float64 [C], the probability of each of :data:`lucidocr.types.CAUSES`; they add up to one.

        Args:
            values: float64 [F], the features.
        """
        scores = self.forest.scores(values)
        powers = np.exp(scores - scores.max())
        return np.asarray(powers / powers.sum())


def parse_causes(content: bytes) -> Causes:
    """Read the part's content.

    Raises:
        ModelError: it is not of the known form.
    """
    try:
        described = json.loads(content)
        if described["format_version"] != _FORMAT_VERSION:
            raise ModelError(f"the {DIAGNOSIS} has the format version {described['format_version']!r}")
        names = tuple(map(str, described["names"]))
        trees = tuple(_tree(one, len(names)) for one in described["trees"])
        usual = {str(name): (float(low), float(high)) for name, (low, high) in described["usual"].items()}
        likeness, least = float(described["usual_likeness"]), float(described["least"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"the {DIAGNOSIS} is not of the known form ({error})") from error
    if not trees:
        raise ModelError(f"the {DIAGNOSIS} holds no trees")
    return Causes(names, Forest(trees), usual, likeness, least)


def describe_causes(causes: Causes) -> dict[str, Any]:
    """The content of the part; the inverse of :func:`parse_causes`."""
    return {
        "format_version": _FORMAT_VERSION,
        "names": list(causes.names),
        "usual": {name: [round(low, 5), round(high, 5)] for name, (low, high) in causes.usual.items()},
        "usual_likeness": round(causes.usual_likeness, 4),
        "least": causes.least,
        "trees": [
            {
                "cause": tree.cause,
                "features": list(tree.features),
                "thresholds": list(tree.thresholds),
                "left": list(tree.left),
                "right": list(tree.right),
                "leaves": list(tree.leaves),
            }
            for tree in causes.forest.trees
        ],
    }


def _tree(described: Mapping[str, Any], features: int) -> Tree:
    """A tree, whose splits lead on and nowhere else."""
    tree = Tree(
        int(described["cause"]),
        tuple(map(int, described["features"])),
        tuple(map(float, described["thresholds"])),
        tuple(map(int, described["left"])),
        tuple(map(int, described["right"])),
        tuple(map(float, described["leaves"])),
    )
    splits = len(tree.features)
    fits = splits == len(tree.thresholds) == len(tree.left) == len(tree.right) == len(tree.leaves) - 1
    if not fits or not 0 <= tree.cause < len(CAUSES) or not all(0 <= one < features for one in tree.features):
        raise ModelError(f"the {DIAGNOSIS} holds a tree whose parts do not fit together")
    for number, children in enumerate(zip(tree.left, tree.right, strict=True)):
        if not all(number < child < splits or -len(tree.leaves) <= child < 0 for child in children):
            raise ModelError(f"the {DIAGNOSIS} holds a tree that leads astray")
    if not np.isfinite([*tree.thresholds, *tree.leaves]).all():
        raise ModelError(f"the {DIAGNOSIS} holds numbers that are not finite")
    return tree
