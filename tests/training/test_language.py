from __future__ import annotations

import math
from collections import Counter
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from lucidocr.correct.folding import BEGIN, FIRST, UNKNOWN, Classes
from lucidocr.correct.language import load_language_model, parse
from lucidocr_training.kneser_ney import count, estimate
from lucidocr_training.language import Texts, build, held_out_cost, read_texts, symbol_groups, write

pytestmark = pytest.mark.torch  # the command is part of the train extra

BITS = 8
A, B, C = 3, 4, 5


def sequence(*texts: str) -> np.ndarray:
    classes = {"a": A, "b": B, "c": C}
    return np.array([one for text in texts for one in (BEGIN, *(classes[char] for char in text), 0)], dtype=np.uint16)


def counted(order: int, *texts: str) -> list[Counter[tuple[int, ...]]]:
    """The same counts, by hand."""
    counts: list[Counter[tuple[int, ...]]] = [Counter() for _ in range(order)]
    for text in texts:
        classes = [BEGIN, *sequence(text)[1:-1].tolist()]
        for end in range(1, len(classes)):
            for length in range(1, min(order, end + 1) + 1):
                counts[length - 1][tuple(classes[end + 1 - length : end + 1])] += 1
    return counts


def test_ngrams_are_counted_within_texts() -> None:
    texts = ("aab", "ba", "c")
    classes = sequence(*texts)
    found = count(classes, np.ones(len(classes), dtype=np.int64), 3, BITS, context_only=BEGIN)
    for length, (one, wanted) in enumerate(zip(found, counted(3, *texts), strict=True), start=1):
        keys = [tuple((int(key) >> (BITS * place)) & 255 for place in reversed(range(length))) for key in one.keys]
        assert dict(zip(keys, one.counts.tolist(), strict=True)) == dict(wanted)


def test_weights_repeat_a_text() -> None:
    classes = sequence("ab", "ba")
    weights = np.array([3, 3, 3, 3, 1, 1, 1, 1], dtype=np.int64)
    twice = sequence("ab", "ab", "ab", "ba")
    one = count(classes, weights, 2, BITS, context_only=BEGIN)
    other = count(twice, np.ones(len(twice), dtype=np.int64), 2, BITS, context_only=BEGIN)
    assert [part.counts.tolist() for part in one] == [part.counts.tolist() for part in other]


def test_probabilities_are_those_of_the_formula() -> None:
    """Interpolated Kneser-Ney of two orders by hand; so few counts take the fallback discounts .5, 1 and 1.5."""
    texts = ("aab", "ab", "ba")
    classes = sequence(*texts)
    found = count(classes, np.ones(len(classes), dtype=np.int64), 2, BITS, context_only=BEGIN)
    model = estimate(found, BITS, 6, cutoffs=(1, 1), context_only=BEGIN)
    pairs = counted(2, *texts)[1]
    after = Counter(pair[1] for pair in pairs)  # what comes after how many different classes
    discount = {0: 0.0, 1: 0.5, 2: 1.0}
    total = sum(after.values())
    spread = sum(discount.get(after[char], 1.5) for char in after) / total / 4  # over UNKNOWN, a, b and c
    for context, char in product((BEGIN, A, B), (UNKNOWN, A, B, C)):
        single = (after[char] - discount.get(after[char], 1.5)) / total + spread
        own = {pair: times for pair, times in pairs.items() if pair[0] == context}
        left = sum(discount.get(times, 1.5) for times in own.values())
        times = own.get((context, char), 0)
        wanted = (times - discount.get(times, 1.5) + left * single) / sum(own.values())
        (log_prob,) = model.log_probs(np.array([context << BITS | char], dtype=np.uint64))
        assert log_prob == pytest.approx(math.log(wanted), abs=0.1)  # stored in steps of 1/16


@pytest.mark.parametrize("cutoffs", [(1, 1, 1), (1, 1, 2), (1, 2, 3)])
def test_each_context_sums_to_one_whatever_is_left_out(cutoffs: tuple[int, ...]) -> None:
    rng = np.random.default_rng(5)
    texts = ["".join(rng.choice(["a", "b", "c"], p=[0.6, 0.3, 0.1], size=9)) for _ in range(40)]
    classes = sequence(*texts)
    found = count(classes, np.ones(len(classes), dtype=np.int64), 3, BITS, context_only=BEGIN)
    model = estimate(found, BITS, 6, cutoffs=cutoffs, context_only=BEGIN)
    for one, other in product((0, BEGIN, A, B, C), (BEGIN, A, B, C)):
        keys = np.array([(one << 2 * BITS) | (other << BITS) | last for last in range(1, 6)], dtype=np.uint64)
        assert np.exp(model.log_probs(keys)).sum() == pytest.approx(1, abs=0.08)


def test_symbols_join_what_means_the_same() -> None:
    groups = symbol_groups('国國,，.。a1“”"人')
    assert groups[2:] == ["国國", ",，", ".。", '“”"', "人"]
    classes = Classes.of(groups)
    assert classes.encode("国國人龘").tolist() == [FIRST + 2, FIRST + 2, FIRST + 6, UNKNOWN]
    assert classes.log_sizes[FIRST + 2] == pytest.approx(math.log(2))


def small() -> Texts:
    pieces = (("人民法院应当依法审理。", 2), ("人民政府公布施行", 1), ("The fox, the dog", 1))
    return Texts(pieces, (("法院", 4), ("依法", 1)), ("人民法院",), (("the", 0.06), ("fox", 0.001), ("dog", 0.001)))


def test_a_model_is_built_and_read_again(tmp_path: Path) -> None:
    content, description = build(small(), symbol_cutoffs=(1, 1, 1))
    assert build(small(), symbol_cutoffs=(1, 1, 1)) == (content, description)
    write(tmp_path, content, description)
    model = load_language_model(tmp_path)
    better, worse = model.advantage(["人民法院", "法人院民"])
    assert better > worse + 3
    assert model.restore_spaces("thefox") == ["the fox"]
    assert description["held_out"] == held_out_cost(parse(content, description), ("人民法院",))


def test_texts_come_from_train_parts_and_what_is_not_held_out(tmp_path: Path) -> None:
    texts = tmp_path / "text"
    (texts / "lexicons").mkdir(parents=True)
    lines = [f"第{number}行" for number in range(200 * 12)]
    (texts / "zh.txt").write_text("\n".join(lines), encoding="utf-8")
    (texts / "lexicons" / "food.txt").write_text("\ufeff土豆\t5\n苹果 \t3\n", encoding="utf-8")
    for name in ("pdf_zh", "aiera_table_cells", "taigi_hanji", "taigi_hanlo", "iiit5k_train", "svt_train",
                 "funsd_train", "sroie", "wire_markers_alnum", "hwdb_chars"):  # fmt: skip
        folder = tmp_path / "lines" / name
        folder.mkdir(parents=True)
        (folder / "labels.tsv").write_text(f"1.png\t{name} one\n2.png\ttwo\n", encoding="utf-8")
        (folder / "split.tsv").write_text("1.png\tx\ttrain\n2.png\tx\ttune\n", encoding="utf-8")
    found = read_texts(tmp_path)
    assert found.held_out == tuple(lines[2000:2200])
    pieces = dict(found.pieces)
    assert ("pdf_zh one" in pieces, "two" in pieces, lines[2000] in pieces, lines[0] in pieces) == (1, 0, 0, 1)
    assert {("土豆", 1), ("苹果", 1)} <= set(found.listed)
    assert found.words[0][0] == "the"
