import numpy as np
import pytest

from lucidocr.correct.ngrams import MOST_BACKOFF, STEP, Keys, NgramModel, Order, join, pack, unpack
from lucidocr.errors import ModelError

BITS = 8
MODEL = NgramModel(
    BITS,
    (
        Order(
            np.array([1, 2, 3], dtype=np.uint64),
            np.array([16, 32, 48], dtype=np.uint8),
            np.array([48, 32, 32], dtype=np.uint8),
        ),
        Order(
            np.array([0x0102, 0x0203], dtype=np.uint64),
            np.array([8, 4], dtype=np.uint8),
            np.array([40, 32], dtype=np.uint8),
        ),
        Order(np.array([0x010203], dtype=np.uint64), np.array([2], dtype=np.uint8), np.zeros(1, dtype=np.uint8)),
    ),
)


def keys(*values: int) -> Keys:
    return np.array(values, dtype=np.uint64)


def test_the_longest_known_ngram_counts() -> None:
    costs = -MODEL.log_probs(keys(0x010203, 0x000203, 0x030203, 0x000001)) / STEP
    assert costs.tolist() == [2, 4, 4, 16]


def test_unknown_ngrams_back_off_by_the_weight_of_their_context() -> None:
    weight = {1: MOST_BACKOFF - STEP * 48, 12: MOST_BACKOFF - STEP * 40}
    assert MODEL.log_probs(keys(0x000103))[0] == pytest.approx(weight[1] - STEP * 48)
    assert MODEL.log_probs(keys(0x010201))[0] == pytest.approx(weight[12] - STEP * 16)  # 2's own weight is one


def test_repeated_keys_and_none_at_all() -> None:
    several = MODEL.log_probs(keys(0x010203, 0x000002, 0x010203))
    assert several.tolist() == [MODEL.log_probs(keys(key))[0] for key in (0x010203, 0x000002, 0x010203)]
    assert MODEL.log_probs(keys()).shape == (0,)


def test_keys_hold_the_classes_before_each_and_stop_at_a_zero() -> None:
    joined = join(np.array([1, 2, 0, 3, 1, 2], dtype=np.uint16), 3, BITS)
    assert joined.tolist() == [0x01, 0x0102, 0x010200, 0x03, 0x0301, 0x030102]


def test_a_packed_model_comes_back() -> None:
    again = unpack(pack(MODEL))
    for one, other in zip(MODEL.orders, again.orders, strict=True):
        assert one.keys.tolist() == other.keys.tolist()
        assert one.costs.tolist() == other.costs.tolist()
    assert again.orders[1].backoffs.tolist() == MODEL.orders[1].backoffs.tolist()


@pytest.mark.parametrize("name", ["bits", "costs1", "last2", "followers3", "backoffs1"])
def test_what_does_not_fit_together_is_refused(name: str) -> None:
    arrays = pack(MODEL)
    with pytest.raises(ModelError):
        unpack({key: value for key, value in arrays.items() if key != name})
    with pytest.raises(ModelError):
        unpack(arrays | {name: arrays[name][:-1]})
