"""A backing-off n-gram model of class numbers that looks all n-grams of a call up side by side (Katz 1987).

``P(w | h)`` is what the model says of ``h w`` where it holds it, else the backing-off weight of ``h`` times
``P(w | h without its first class)``. An n-gram is one number, its classes beside each other in it, the last one lowest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lucidocr.errors import ModelError

Keys = NDArray[np.uint64]
Codes = NDArray[np.uint8]
Floats = NDArray[np.float64]

STEP: Final = 1 / 16
"""Nats between two stored values."""

MOST_BACKOFF: Final = 2.0
"""Greatest natural log of a backing-off weight that can be stored."""


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """The n-grams of one length.

    Attributes:
        keys: uint64 [N], increasing.
        costs: uint8 [N], -log P(last class | the others) in steps of :data:`STEP`.
        backoffs: uint8 [N], log of the backing-off weight under :data:`MOST_BACKOFF`, in the same steps; none of the
            longest n-grams.
    """

    keys: Keys
    costs: Codes
    backoffs: Codes

    def find(self, keys: Keys) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Rows of n-grams, and which of them are there at all."""
        rows = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return rows, self.keys[rows] == keys


@dataclass(frozen=True, slots=True, eq=False)
class NgramModel:
    """Probabilities of class numbers given those before them; class 0 is none at all, before the first one.

    Attributes:
        bits: of a class in a key; ``bits`` times the number of orders is at most 64.
        orders: single classes first; of these, all but 0.
    """

    bits: int
    orders: tuple[Order, ...]

    @property
    def classes(self) -> int:
        """How many there are, 0 included."""
        return len(self.orders[0].keys) + 1

    def log_probs(self, keys: Keys) -> Floats:
        """Natural log of P(last class | the classes before it).

        Args:
            keys: uint64 [N], as many classes each as the longest n-grams have; zeros first where there are fewer.

        Returns:
            float64 [N].
        """
        if not len(keys):
            return np.zeros(0)
        distinct, inverse = np.unique(keys, return_inverse=True)
        total = -STEP * self.orders[0].costs[(distinct & self._mask(1)) - np.uint64(1)]
        for number in range(1, len(self.orders)):
            rows, known = self.orders[number].find(distinct & self._mask(number + 1))
            before = self.orders[number - 1]
            contexts, seen = before.find((distinct >> np.uint64(self.bits)) & self._mask(number))
            backed = total + np.where(seen, MOST_BACKOFF - STEP * before.backoffs[contexts], 0.0)
            total = np.where(known, -STEP * self.orders[number].costs[rows], backed)
        return np.asarray(total[inverse])

    def _mask(self, length: int) -> np.uint64:
        return np.uint64((1 << (length * self.bits)) - 1)


def join(classes: NDArray[np.integer[Any]], order: int, bits: int) -> Keys:
    """Each class of a sequence with those before it, as the keys of :meth:`NgramModel.log_probs`.

    Args:
        classes: [N]; a 0 cuts the sequence: what comes after it does not know what comes before it.
        order: length of the n-grams.
        bits: of a class.

    Returns:
        uint64 [N].
    """
    wide = classes.astype(np.uint64)
    keys = wide.copy()
    open_ = np.ones(len(wide), dtype=bool)
    for distance in range(1, order):
        earlier = np.zeros_like(wide)
        earlier[distance:] = wide[:-distance] if distance < len(wide) else 0
        open_ &= earlier > 0
        keys |= np.where(open_, earlier, 0) << np.uint64(bits * distance)
    return keys


def pack(model: NgramModel) -> dict[str, NDArray[Any]]:
    """Arrays to store a model by: n-grams of each length as the followers of the ones that they begin with."""
    arrays: dict[str, NDArray[Any]] = {"bits": np.array([model.bits, len(model.orders)], dtype=np.uint8)}
    for number, order in enumerate(model.orders, start=1):
        if number > 1:
            starts = np.searchsorted(model.orders[number - 2].keys, order.keys >> np.uint64(model.bits))
            followers = np.bincount(starts, minlength=len(model.orders[number - 2].keys))
            arrays[f"followers{number}"] = followers.astype(np.uint16)
            arrays[f"last{number}"] = (order.keys & np.uint64((1 << model.bits) - 1)).astype(np.uint16)
        arrays[f"costs{number}"] = order.costs
        if number < len(model.orders):
            arrays[f"backoffs{number}"] = order.backoffs
    return arrays


def unpack(arrays: Mapping[str, NDArray[Any]]) -> NgramModel:
    """The model of :func:`pack`'s arrays.

    Raises:
        ModelError: something is missing, or does not fit.
    """
    try:
        bits, length = (int(value) for value in arrays["bits"])
        keys: Keys = np.arange(1, len(arrays["costs1"]) + 1, dtype=np.uint64)
        orders = []
        for number in range(1, length + 1):
            if number > 1:
                contexts, last = np.repeat(keys, arrays[f"followers{number}"]), arrays[f"last{number}"]
                if contexts.shape != last.shape:
                    raise ModelError("the n-grams of a language model do not fit together")
                keys = (contexts << np.uint64(bits)) | last.astype(np.uint64)
            costs = arrays[f"costs{number}"]
            backoffs = arrays[f"backoffs{number}"] if number < length else np.zeros(len(keys), dtype=np.uint8)
            if not len(keys) == len(costs) == len(backoffs) > 0 or bool(np.any(keys[1:] <= keys[:-1])):
                raise ModelError("the n-grams of a language model do not fit together")
            orders.append(Order(keys, costs, backoffs))
    except (KeyError, ValueError, TypeError) as error:
        raise ModelError("the n-grams of a language model do not fit together") from error
    return NgramModel(bits, tuple(orders))
