"""A small alphabet, a few faces of Debian's packages and a little text: what the tests of training work on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lucidocr.charset import Charset
from lucidocr_training.corpus import Corpus, WordList
from lucidocr_training.fonts import Face
from lucidocr_training.glyphs import Atlas, Glyph

SENTENCES = (
    "天地玄黄，宇宙洪荒。日月盈昃，辰宿列张。寒来暑往，秋收冬藏。闰余成岁，律吕调阳。",
    "云腾致雨，露结为霜。金生丽水，玉出昆冈。剑号巨阙，珠称夜光。果珍李柰，菜重芥姜。",
    "海咸河淡，鳞潜羽翔。龙师火帝，鸟官人皇。始制文字，乃服衣裳。推位让国，有虞陶唐。",
    "弔民伐罪，周發殷湯。坐朝問道，垂拱平章。愛育黎首，臣伏戎羌。遐邇一體，率賓歸王。",
)
_WORDS_ZH = "天地 宇宙 日月 秋收 冬藏 文字 衣裳 周發 一體 歸王 国 永"
_WORDS_EN = "apple river The letter I can't Zürich good question seven book maybe"
_ASCII = "".join(map(chr, range(0x20, 0x7F)))
CHARSET = Charset(
    "".join(sorted(set(_ASCII + "".join(SENTENCES) + _WORDS_ZH + "äöüé¥€℃±×年月日元万个件米：；（）、·国永")))
)

_TRUETYPE = Path("/usr/share/fonts/truetype")
CJK = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
DEJAVU = _TRUETYPE / "dejavu/DejaVuSans.ttf"
LIBERATION = _TRUETYPE / "liberation/LiberationSerif-Regular.ttf"
HELD_OUT = _TRUETYPE / "liberation/LiberationSans-Regular.ttf"


def face(name: str, script: str, path: Path, index: int = 0) -> Face:
    return Face(name, script, "sans", 1.0, held_out=False, files=(path,), index=index)


FACES = (
    face("cjk", "zh", CJK, 2),
    face("dejavu", "latin", DEJAVU),
    face("liberation", "latin", LIBERATION),
)


def make_corpus(charset: Charset = CHARSET) -> Corpus:
    chinese = WordList.make([(word, 1.0) for word in _WORDS_ZH.split()])
    english = WordList.make([(word, 1.0) for word in _WORDS_EN.split()])
    return Corpus(SENTENCES, chinese, english, charset)


def make_atlas(name: str, script: str, glyphs: dict[str, Glyph], *, one_case: bool = False) -> Atlas:
    """An atlas of glyphs drawn by hand."""
    return Atlas(face(name, script, DEJAVU), np.zeros(0, np.uint8), glyphs, 30, 8, one_case)


def block(height: int, width: int, *, top: int | None = None, ink: int = 255) -> Glyph:
    """A solid rectangle: its corners are ink, so the box of its picture is the box of the mapped rectangle."""
    return Glyph(np.full((height, width), ink, np.uint8), 1, height if top is None else top, width + 3.0)
