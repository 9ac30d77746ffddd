"""What the synthetic lines say: sentences, words, numbers, codes and characters at random."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Literal

from lucidocr.charset import Charset, canonical

Script = Literal["zh", "latin"]
Writer = Callable[[Random], str]


@dataclass(frozen=True, slots=True)
class Text:
    """A line to draw: its characters, and which kind of face it needs."""

    text: str
    script: Script


@dataclass(frozen=True, slots=True)
class WordList:
    """Words with cumulative weights, for fast drawing."""

    words: tuple[str, ...]
    cumulative: tuple[float, ...]

    @classmethod
    def make(cls, pairs: Sequence[tuple[str, float]]) -> WordList:
        """From (word, weight) pairs."""
        return cls(tuple(word for word, _ in pairs), tuple(accumulate(weight for _, weight in pairs)))

    def draw(self, rng: Random) -> str:
        """One word by weight."""
        return rng.choices(self.words, cum_weights=self.cumulative)[0]


def is_han(char: str) -> bool:
    """Whether a character is a Chinese ideograph."""
    return "\u3400" <= char <= "\u9fff" or char >= "\U00020000"


def _digits(rng: Random, low: int, high: int) -> str:
    return "".join(rng.choices(string.digits, k=rng.randint(low, high)))


def _amount(rng: Random) -> str:
    value = rng.choice((rng.random() * 10, rng.random() * 1000, rng.random() * 1e6))
    return f"{value:,.{rng.choice((0, 1, 2, 2))}f}" if rng.random() < 0.6 else f"{value:.{rng.choice((0, 1, 2, 3))}f}"


def _money(rng: Random) -> str:
    form = rng.choice(("¥{}", "{}元", "${}", "€{}", "RM {}", "{} USD", "£{}", "人民币{}元", "¥ {}", "{}万元", "{} RM"))
    return form.format(_amount(rng))


def _date(rng: Random) -> str:
    year, month, day = rng.randint(1900, 2039), rng.randint(1, 12), rng.randint(1, 28)
    months = ("Jan", "February", "Mar", "APR", "May", "June", "JUL", "August", "Sep", "Oct", "November", "DEC")
    return rng.choice(
        (
            f"{year}-{month:02}-{day:02}",
            f"{day:02}/{month:02}/{year}",
            f"{month}/{day}/{year % 100:02}",
            f"{year}年{month}月{day}日",
            f"{year}.{month}.{day}",
            f"{months[month - 1]} {day}, {year}",
            f"{day}-{months[month - 1]}-{year % 100:02}",
            f"{day:02}-{month:02}-{year} {rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}",
            f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}",
            f"{year}年{month}月",
            f"{months[month - 1]}. {year}",
        )
    )


def _code(rng: Random) -> str:
    letters, both = string.ascii_uppercase, string.ascii_uppercase + string.digits
    mixed = string.ascii_letters + string.digits
    return rng.choice(
        (
            lambda: "".join(rng.choices(both, k=rng.randint(3, 12))),
            lambda: "".join(rng.choices(mixed, k=rng.randint(2, 10))),
            lambda: (
                "".join(rng.choices(letters, k=rng.randint(1, 3))) + rng.choice(("-", "", " ")) + _digits(rng, 2, 7)
            ),
            lambda: _digits(rng, 17, 18),
            lambda: _digits(rng, 6, 14) + rng.choice(("", "-" + rng.choice(letters))),
            lambda: f"1{_digits(rng, 10, 10)}",
            lambda: f"{_digits(rng, 2, 4)}-{_digits(rng, 6, 8)}",
            lambda: f"({_digits(rng, 3, 3)}) {_digits(rng, 3, 3)}-{_digits(rng, 4, 4)}",
            lambda: rng.choice(("+", "-", "±", "#", "*", "")) + _digits(rng, 1, 3) + rng.choice(string.ascii_letters),
        )
    )()


def _measure(rng: Random) -> str:
    units = (
        "%",
        "kg",
        "cm",
        "mm",
        "℃",
        "m²",
        "ml",
        "g",
        "V",
        "kW",
        "MB",
        "Hz",
        "°",
        "×",
        "km/h",
        "个",
        "件",
        "米",
        "年",
    )
    return f"{_amount(rng)}{rng.choice(('', '', ' '))}{rng.choice(units)}"


def _small_number(rng: Random) -> str:
    value = _digits(rng, 1, rng.choice((1, 2, 3, 5)))
    return rng.choice(
        ("{}", "{}", "{}", "{}.", "-{}", "({})", "（{}）", "{}%", "0.{}", "{}/5", "No. {}", "#{}")
    ).format(value)


class Corpus:
    """Draws texts of all kinds for a given alphabet.

    Args:
        sentences: running Chinese text, any length, one paragraph each; traditional ones may be among them.
        zh_words: Chinese words by weight.
        en_words: English words by weight.
        charset: only its characters are ever drawn.
    """

    def __init__(self, sentences: Sequence[str], zh_words: WordList, en_words: WordList, charset: Charset) -> None:
        self._sentences = tuple(text for text in map(canonical, sentences) if len(text) >= 4)
        self._weights = tuple(accumulate(len(text) ** 0.75 for text in self._sentences))
        self._zh_words = zh_words
        self._en_words = en_words
        self._charset = charset
        self._han = "".join(filter(is_han, charset.chars))
        self._symbols = "".join(char for char in charset.chars if not is_han(char) and char not in string.ascii_letters)
        self._kinds: tuple[Writer, ...] = (
            self._sentence, self._zh_phrase, self._random_han, self._mixed, self._en_word, self._en_phrase,
            self._number, self._email, self._symbol_run,
        )  # fmt: skip
        self._shares = tuple(accumulate((40, 20, 14, 8, 7, 5, 5, 0.5, 0.5)))

    @classmethod
    def load(cls, folder: Path, charset: Charset) -> Corpus:
        """Read the Chinese texts and lexicons of a folder, and the word lists of ``jieba`` and ``wordfreq``.

        A quarter of the running text is turned into traditional characters (OpenCC).
        """
        import opencc

        to_traditional = opencc.OpenCC("s2t").convert
        sentences: list[str] = []
        for path in sorted(folder.glob("*.txt")):
            paragraphs = path.read_text(encoding="utf-8", errors="ignore").splitlines()
            for start in range(0, len(paragraphs), 200):
                block = "\n".join(paragraphs[start : start + 200])
                turned = to_traditional(block) if start // 200 % 4 == 0 else block
                sentences += turned.splitlines()
        return cls(sentences, _chinese_words(folder / "lexicons", to_traditional), _english_words(), charset)

    def draw(self, rng: Random) -> Text:
        """One text of one to about eighty characters, all of them in the alphabet."""
        while True:
            kind = rng.choices(self._kinds, cum_weights=self._shares)[0]
            text = self._fit(kind(rng))
            if text:
                zh = any(char > "\u2e7f" for char in text)
                return Text(text, "zh" if zh else "latin")

    def _fit(self, text: str) -> str:
        kept = text if not self._charset.unknown(text) else "".join(filter(self._charset.__contains__, text))
        return " ".join(kept.split())

    def _length(self, rng: Random) -> int:
        return min(max(1, round(rng.lognormvariate(1.85, 0.8))), 60)

    def _sentence(self, rng: Random) -> str:
        text = rng.choices(self._sentences, cum_weights=self._weights)[0]
        length = self._length(rng)
        start = 0 if rng.random() < 0.2 else rng.randrange(max(1, len(text) - length))
        return text[start : start + length]

    def _zh_phrase(self, rng: Random) -> str:
        words = [self._zh_words.draw(rng) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
        text = rng.choice(("", "", " ", "、", "：")).join(words)
        return text + rng.choice(("：", "：", ":", " ", "。")) if rng.random() < 0.12 else text

    def _random_han(self, rng: Random) -> str:
        return "".join(rng.choices(self._han, k=rng.choice((1, 2, 3, 4, 5, 6, 8, 10))))

    def _mixed(self, rng: Random) -> str:
        parts = [self._zh_words.draw(rng)]
        for _ in range(rng.choice((1, 1, 2, 3))):
            foreign = rng.choice((self._en_word, self._en_word, self._number))(rng)
            parts += [rng.choice(("", "", " ", "：", "（")), foreign, rng.choice(("", "", " ", "）", "，"))]
            parts.append(self._zh_words.draw(rng))
        if rng.random() < 0.3:
            parts.reverse()
        return "".join(parts)

    def _en_word(self, rng: Random) -> str:
        if rng.random() < 0.08:
            return "".join(rng.choices(string.ascii_lowercase, k=rng.randint(2, 9))).title()
        return _recase(rng, self._en_words.draw(rng))

    def _en_phrase(self, rng: Random) -> str:
        words = [self._en_words.draw(rng) for _ in range(rng.choice((2, 2, 2, 3, 3, 4, 5, 7)))]
        shape = rng.random()
        if shape < 0.35:
            text = " ".join(words).capitalize() + rng.choice((".", "", ",", "?", ""))
        elif shape < 0.6:
            text = " ".join(words).upper()
        elif shape < 0.8:
            text = " ".join(word.capitalize() for word in words)
        else:
            text = "".join(word + rng.choice((" ", " ", ", ", " & ", "-", "/", ": ", "; ", " (")) for word in words)
        if rng.random() < 0.2:
            text = f"{text}{rng.choice((' ', ': ', ' - ', ' #', ' x'))}{self._number(rng)}"
        return text

    def _number(self, rng: Random) -> str:
        return rng.choice((_amount, _money, _date, _code, _code, _measure, _small_number, _small_number))(rng)

    def _email(self, rng: Random) -> str:
        word, host = self._en_words.draw(rng), self._en_words.draw(rng)
        end = rng.choice(("com", "cn", "org", "net", "com.cn", "edu", "io", "gov"))
        return rng.choice(("{0}@{1}.{2}", "www.{1}.{2}", "https://{1}.{2}/{0}", "{0}_{1}.{2}", "{1}.{2}")).format(
            word, host, end
        )

    def _symbol_run(self, rng: Random) -> str:
        return "".join(rng.choices(self._symbols, k=rng.randint(1, 4)))


def _recase(rng: Random, word: str) -> str:
    shape = rng.random()
    return word if shape < 0.35 else word.capitalize() if shape < 0.65 else word.upper()


def _chinese_words(folder: Path, to_traditional: Callable[[str], str]) -> WordList:
    """``jieba``'s dictionary by square root of frequency, and the lexicons of a folder."""
    import jieba

    pairs: list[tuple[str, float]] = []
    with jieba.get_dict_file() as lines:
        for raw in lines:
            word, count, *_ = raw.decode("utf-8").split()
            pairs.append((canonical(word), float(count) ** 0.5))
    for path in sorted(folder.glob("*.txt")):
        words = (line.split("\t")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
        pairs += ((canonical(word), 2.0) for word in words if word)
    turned = to_traditional("\n".join(word for word, _ in pairs[::4])).split("\n")
    pairs[::4] = [(word, weight) for word, (_, weight) in zip(turned, pairs[::4], strict=True)]
    return WordList.make(pairs)


def _english_words(count: int = 60_000) -> WordList:
    """``wordfreq``'s English words by square root of frequency, so that rare ones are seen too."""
    import wordfreq

    words = wordfreq.top_n_list("en", count)
    return WordList.make([(canonical(word), wordfreq.word_frequency(word, "en") ** 0.5) for word in words])
