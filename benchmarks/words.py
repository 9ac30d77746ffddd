"""Words that packages list, for lexicons that are measured (extra ``train``)."""

from __future__ import annotations

import random
from collections.abc import Sequence

import jieba
import wordfreq


def words_of(texts: Sequence[str]) -> list[str]:
    """Words of at least two characters."""
    cut = {word for text in texts for word in jieba.cut(text) if len(word) > 1 and any(map(str.isalpha, word))}
    return sorted(cut)


def other_words(count: int, without: Sequence[str]) -> list[str]:
    """Words of Chinese and English, two to one, in an order of chance."""
    jieba.initialize()
    left_out = {word.lower() for word in without}
    chinese = sorted(word for word, times in jieba.dt.FREQ.items() if times > 0 and len(word) > 1)
    english = [word for word in wordfreq.top_n_list("en", 300_000) if len(word) > 2]
    chance = random.Random(0)  # noqa: S311 - a benchmark
    chance.shuffle(chinese)
    chance.shuffle(english)
    share = min(len(chinese), count * 2 // 3)
    return [word for word in chinese[:share] + english[: count - share] if word.lower() not in left_out]
