"""The alphabet of the Chinese-English model, from published character tables.

GB 2312 and the common half of Big5 come with Python's codecs; the 8,105 characters of the General Standard (2013) are
the ``kTGH`` field of the Unicode Han database, which Debian's ``unicode-data`` holds. Whatever else the real training
labels use comes on top, so that no labelled line has to be dropped.
"""

from __future__ import annotations

import bz2
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from lucidocr.charset import canonical

UNIHAN = Path("/usr/share/unicode/Unihan_OtherMappings.txt.bz2")
SHIPPED = Path(__file__).with_name("alphabet.txt")

LATIN_EXTRA = (
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿ"
    "ĀāĂăĄąĆćČčĎďĐđĒēĔĕĖėĘęĚěĞğĢģĪīĬĭĮįİıĶķĹĺĻļĽľŁłŃńŅņŇňŌōŎŏŐőŒœŔŕŘřŚśŞşŠšŢţŤťŪūŬŭŮůŰűŲųŴŵŶŷŸŹźŻżŽž"
    "ǍǎǏǐǑǒǓǔǕǖǗǘǙǚǛǜȘșȚțḿńňǹẠạẸẹỊịỌọỤụẼẽ"
)
GREEK = "ΓΔΘΛΞΠΣΦΨΩαβγδεζηθικλμνξπρστυφχψω"

PUNCTUATION = (
    "、。·〃々—～‖…‘’“”〔〕〈〉《》「」『』〖〗【】！（），：；？"
    "–●○◎◆◇□■△▲▽▼☆★※→←↑↓↔⇒⇔✓✔✗×÷±≈≠≡≤≥∞∑∏∫√∝∠⊥∥∩∪∈∉⊂⊃⊆⊇∅∧∨∀∃∴∵°′″℃℉‰§№℡™®©¶†‡☐☑"
    "¥€£¢₩₽㎡㎜㎝㎞㎏㎎㏄½¼¾¹²³⁴⁰⁺⁻ⁿ₀₁₂₃₄¡¿«»¦〇〒〓"
    "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅪⅫⅰⅱⅲⅳⅴ㈠㈡㈢㈣㈤"
)


def _codec_rows(codec: str, lead: range, trail: Iterable[range]) -> Iterator[str]:
    trails = [byte for part in trail for byte in part]
    for high in lead:
        for low in trails:
            try:
                char = bytes((high, low)).decode(codec)
            except UnicodeDecodeError:
                continue
            if len(char) == 1 and unicodedata.name(char, "").startswith("CJK UNIFIED"):
                yield char


def gb2312() -> Iterator[str]:
    """The 6,763 Hanzi of GB 2312."""
    return _codec_rows("gb2312", range(0xB0, 0xF8), (range(0xA1, 0xFF),))


def big5_common() -> Iterator[str]:
    """The 5,401 frequently used characters of Big5 (level 1: A440 to C67E)."""
    return _codec_rows("big5", range(0xA4, 0xC7), (range(0x40, 0x7F), range(0xA1, 0xFF)))


def general_standard(unihan: Path = UNIHAN) -> Iterator[str]:
    """The 8,105 characters of the General Standard table of 2013 (Unihan ``kTGH``)."""
    with bz2.open(unihan, "rt", encoding="utf-8") as lines:
        for line in lines:
            fields = line.rstrip("\n").split("\t")
            if len(fields) == 3 and fields[1] == "kTGH":
                yield chr(int(fields[0].removeprefix("U+"), 16))


def build(labels: Iterable[str] = ()) -> str:
    """The alphabet in code-point order.

    Args:
        labels: texts whose characters must be in it (labels of real training lines).

    Returns:
        Every character once.
    """
    chars = set(map(chr, range(0x20, 0x7F)))
    chars.update(LATIN_EXTRA, GREEK, PUNCTUATION, gb2312(), big5_common(), general_standard())
    seen = Counter(canonical("\n".join(labels)))
    chars.update(char for char in seen if char.isprintable() and not unicodedata.combining(char))
    return "".join(sorted(chars))


def load(path: Path = SHIPPED) -> str:
    """The alphabet that the shipped weights were trained with."""
    return path.read_text(encoding="utf-8").rstrip("\n")
