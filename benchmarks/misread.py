"""Lines that are misread for a known reason, for benchmarks only: another generator than diagnosis is learnt from.

Texts are those of the *report* parts, faces are held out from training and drawn by Pillow, pictures are made worse by
:mod:`benchmarks.degrading`, look-alikes come from a list of their own, and real report lines are among them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.degrading import (
    Picture,
    amount_at,
    dark,
    defocused,
    grainy,
    lined,
    shaken,
    speckled,
    thumbnail,
    turned,
    unevenly_lit,
    watermarked,
)
from benchmarks.preprocessing import GOOD, questions
from lucidocr.charset import Charset
from lucidocr.metrics import Rule, is_right
from lucidocr.types import Cause

SEED: Final = 91_001

PLAIN: Final = ("wqy-zenhei", "zcool-xiaowei")
UNUSUAL: Final = ("long-cang", "tiejili")
"""Held-out faces: a sans and a serif, a running hand and a display face."""

PAIRS: Final = (
    "0O", "O0", "1l", "l1", "I1", "5S", "S5", "8B", "B8", "2Z", "Z2", "6G", "9q", "UV", "cC", "oO",
    "己已", "已己", "末未", "未末", "士土", "土士", "日曰", "人入", "入人", "元无", "无元", "大太", "太大", "干千",
    "千干", "天夫", "夫天", "午牛", "牛午", "王主", "主王", "刀力", "力刀", "白自", "自白", "间问", "问间", "本木",
    "木本", "微徽", "即既", "拔拨", "州洲", "贷货", "货贷", "侯候", "候侯", "晴睛", "辩辨", "辨辩", "籍藉", "祟崇",
    "崇祟", "幕慕", "慕幕", "竟竞", "竞竟", "赢羸", "洒酒", "酒洒", "延廷", "廷延", "折拆", "拆折", "师帅", "帅师",
    "治冶", "冶治", "鸟乌", "乌鸟", "兔免", "免兔", "令今", "今令",
)  # fmt: skip
"""A character, and one that it is taken for."""

DEGRADERS: Final[Mapping[Cause, tuple[Callable[..., Picture], ...]]] = {
    "light": (unevenly_lit, dark),
    "background": (lined, watermarked),
    "skew": (turned,),
    "blur": (defocused, shaken),
    "low_resolution": (thumbnail,),
    "noise": (grainy, speckled),
}
"""What makes a picture bad, in the order in which it happens."""

WRITTEN: Final[tuple[Cause, ...]] = ("font", "look_alike", "truncation", "unknown_character")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a line is made; any of its faults may be None.

    Attributes:
        text: what it says.
        face: number of the plain face.
        unusual: number of the unusual face that takes its place.
        swapped: place and character of a look-alike.
        foreign: place and character that the alphabet lacks.
        cut: side and share of the first or last character, or of the rows, that is cut off.
        size: of the type, pixels.
        grey: of the ink, and of the paper.
        bad: causes, which of their degraders, severities and seeds.
    """

    text: str
    face: int
    unusual: int | None
    swapped: tuple[int, str] | None
    foreign: tuple[int, str] | None
    cut: tuple[str, float] | None
    size: int
    grey: tuple[int, int]
    bad: tuple[tuple[Cause, int, float, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A line, and the same line without each of its faults: picture and what it says."""

    pixels: Picture
    text: str
    rule: Rule
    without: Mapping[Cause, tuple[Picture, str]]


class Generator:
    """Makes cases.

    Args:
        fonts: folder of faces, made by ``python -m lucidocr_training.gather fetch``.
        lines: folder of the real sets.
        charset: the alphabet.
    """

    def __init__(self, fonts: Path, lines: Path, charset: Charset) -> None:
        self._plain = [_files(fonts, name) for name in PLAIN]
        self._unusual = [_files(fonts, name) for name in UNUSUAL]
        self._real = questions(lines, GOOD, "report", 200)
        drawn = [_drawn(path) for path in (*self._plain, *self._unusual)]
        plain, unusual = drawn[0] & drawn[1], drawn[2] & drawn[3]
        self._texts = [
            one.text for one in self._real if 2 <= len(one.text) <= 22 and plain.issuperset(one.text.replace(" ", ""))
        ]
        self._unusual_chars, self._plain_chars = unusual, plain
        known = set(charset.chars)
        self._foreign = sorted(
            char for char in drawn[0] - known if "\u4e00" <= char <= "\u9fff" or "ぁ" <= char <= "ヺ"
        )
        self._lookalikes = {pair[0]: pair[1] for pair in PAIRS}

    def case(self, index: int) -> Case | None:
        """The case of that number; None where it cannot be drawn."""
        draw = np.random.default_rng((SEED, index))
        if draw.random() < 0.35:
            question = self._real[int(draw.integers(len(self._real)))]
            bad = _draw_bad(draw, int(draw.integers(1, 4)))
            return Case(
                spoil(question.pixels, bad), question.text, question.rule,
                {cause: (spoil(question.pixels, _rest(bad, cause)), question.text) for cause, *_ in bad},
            )  # fmt: skip
        recipe = self._recipe(draw)
        if recipe is None:
            return None
        without: dict[Cause, tuple[Picture, str]] = {}
        if recipe.unusual is not None:
            without["font"] = self._make(replace(recipe, unusual=None))
        if recipe.swapped is not None:
            without["look_alike"] = self._make(replace(recipe, swapped=None))
        if recipe.cut is not None:
            without["truncation"] = self._make(replace(recipe, cut=None))
        if recipe.foreign is not None:
            without["unknown_character"] = self._make(replace(recipe, foreign=None))
        for cause, *_ in recipe.bad:
            without[cause] = self._make(replace(recipe, bad=_rest(recipe.bad, cause)))
        return Case(*self._make(recipe), "zh", without)

    def _recipe(self, draw: np.random.Generator) -> Recipe | None:
        text = self._texts[int(draw.integers(len(self._texts)))]
        count = int(draw.integers(1, 4))
        wanted = [str(cause) for cause in draw.permutation([*WRITTEN, *DEGRADERS])[:count]]
        unusual = swapped = foreign = cut = None
        if "font" in wanted and self._unusual_chars.issuperset(text.replace(" ", "")):
            unusual = int(draw.integers(len(self._unusual)))
        chars = self._plain_chars if unusual is None else self._plain_chars & self._unusual_chars
        places = [place for place, char in enumerate(text) if self._lookalikes.get(char, "") in chars - {""}]
        if "look_alike" in wanted and places:
            place = int(draw.choice(places))
            swapped = place, self._lookalikes[text[place]]
        solid = [place for place, char in enumerate(text) if char != " " and (swapped is None or place != swapped[0])]
        if "unknown_character" in wanted and unusual is None and solid:
            foreign = int(draw.choice(solid)), self._foreign[int(draw.integers(len(self._foreign)))]
        if "truncation" in wanted:
            cut = str(draw.choice(("left", "right", "top", "bottom"))), float(draw.uniform(0.35, 0.7))
        bad = tuple(one for one in _draw_bad(draw, 6) if one[0] in wanted)
        if not bad and unusual is None and swapped is None and foreign is None and cut is None:
            return None
        paper = int(draw.integers(200, 256))
        return Recipe(
            text, 0 if foreign is not None else int(draw.integers(len(self._plain))), unusual, swapped, foreign, cut,
            int(draw.integers(16, 44)), (int(draw.integers(0, 90)), paper), bad,
        )  # fmt: skip

    def _make(self, recipe: Recipe) -> tuple[Picture, str]:
        said = list(recipe.text)
        for put in (recipe.swapped, recipe.foreign):
            if put is not None:
                said[put[0]] = put[1]
        text = "".join(said)
        path = self._plain[recipe.face] if recipe.unusual is None else self._unusual[recipe.unusual]
        font = ImageFont.truetype(str(path), recipe.size)
        left, top, right, bottom = font.getbbox(text)
        pad = max(2, recipe.size // 6)
        ink, paper = recipe.grey
        image = Image.new("L", (round(right - left) + 2 * pad, round(bottom - top) + pad), paper)
        ImageDraw.Draw(image).text((pad - left, pad // 2 - top), text, font=font, fill=ink)
        pixels = np.asarray(image, np.uint8)
        if recipe.cut is not None:
            pixels = _cut(pixels, recipe.cut, text, font, pad)
        return spoil(pixels, recipe.bad), text


def _files(fonts: Path, name: str) -> Path:
    return next(path for path in sorted((fonts / name).iterdir()) if path.suffix in (".ttf", ".ttc", ".otf"))


def _drawn(path: Path) -> frozenset[str]:
    """Characters that a file maps to glyphs."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415

    with TTFont(path, fontNumber=0, lazy=True) as font:
        return frozenset(chr(code) for code in font.getBestCmap())


def _cut(pixels: Picture, cut: tuple[str, float], text: str, font: Any, pad: int) -> Picture:
    side, share = cut
    height, width = pixels.shape
    if side in ("left", "right"):
        char = text[0] if side == "left" else text[-1]
        taken = round(pad + share * font.getlength(char))
        taken = min(taken, width - 4)
        return pixels[:, taken:] if side == "left" else pixels[:, : width - taken]
    taken = round(0.55 * share * height)
    return pixels[taken:] if side == "top" else pixels[: height - taken]


def _draw_bad(draw: np.random.Generator, count: int) -> tuple[tuple[Cause, int, float, int], ...]:
    chosen = set(draw.permutation(list(DEGRADERS))[:count].tolist())
    return tuple(
        (cause, int(draw.integers(len(makers))), float(draw.uniform(0.1, 1.0)), int(draw.integers(2**31)))
        for cause, makers in DEGRADERS.items()
        if cause in chosen
    )


def _rest(bad: Sequence[tuple[Cause, int, float, int]], cause: Cause) -> tuple[tuple[Cause, int, float, int], ...]:
    return tuple(one for one in bad if one[0] != cause)


def spoil(pixels: Picture, bad: Sequence[tuple[Cause, int, float, int]]) -> Picture:
    """A picture made bad in several ways, each with its own severity and seed."""
    for cause, number, severity, seed in bad:
        maker: Any = DEGRADERS[cause][number]
        pixels = maker(pixels, amount_at(maker, severity), np.random.default_rng(seed))
    return pixels


def but_for(case: Case, read: Callable[[Sequence[Picture]], Sequence[str]]) -> frozenset[Cause]:
    """The causes without which a misread line is read right."""
    readings = read([picture for picture, _ in case.without.values()])
    return frozenset(
        cause
        for (cause, (_, text)), got in zip(case.without.items(), readings, strict=True)
        if is_right(got, text, case.rule)
    )
