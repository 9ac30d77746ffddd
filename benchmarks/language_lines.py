"""Lines with the texts that the recogniser holds possible, for judging what chooses among them; kept in a folder.

Besides the ``tune`` parts of the labelled sets there are drawn lines of digits, amounts, plates, codes, names and
characters at random, on which a language model can only do harm.
"""

from __future__ import annotations

import json
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Final

from benchmarks.reading import SETS
from lucidocr.beam import beam_search
from lucidocr.evaluate import load_dataset
from lucidocr.io import load
from lucidocr.metrics import Rule
from lucidocr.model import Model, load_model
from lucidocr.recognise import Recogniser
from lucidocr.types import ImageArray
from lucidocr_training.batches import Source
from lucidocr_training.corpus import is_han
from lucidocr_training.fonts import load_faces
from lucidocr_training.glyphs import open_atlas
from lucidocr_training.synthesis import Synthesiser

COUNT: Final = 24
"""Texts of a line that are compared."""

CHUNK: Final = 64
SEED: Final = 7_311

REAL: Final = ("pdf_zh", "taigi_hanji", "taigi_hanlo", "funsd_train", "sroie", "iiit5k_train", "svt_train",
               "aiera_table_cells", "wire_markers_alnum", "plates_cn")  # fmt: skip
"""Names of the labelled sets."""

_PROVINCES: Final = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
)
_RARE: Final = b"\xd8"
"""Where the second level of GB 2312 begins: characters that are rarely used."""

_PLATE: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


@dataclass(frozen=True, slots=True)
class Choice:
    """A line and the texts to choose from.

    Attributes:
        truth: what it says.
        texts: the recogniser's, the most probable first.
        log_probs: natural log of P(text | picture) of each.
    """

    truth: str
    texts: tuple[str, ...]
    log_probs: tuple[float, ...]


def rule_of(name: str) -> Rule:
    """What a set, real or drawn, is compared by."""
    return SETS.get(name, "exact")


def _digits(rng: Random, han: str) -> str:
    del han
    return "".join(rng.choices(string.digits, k=rng.randint(4, 18)))


def _amounts(rng: Random, han: str) -> str:
    del han
    return f"{rng.choice(('', '¥', '$', 'RM '))}{rng.random() * 10 ** rng.randint(1, 7):,.2f}"


def _plates(rng: Random, han: str) -> str:
    del han
    return rng.choice(_PROVINCES) + rng.choice(string.ascii_uppercase) + "".join(rng.choices(_PLATE, k=5))


def _codes(rng: Random, han: str) -> str:
    del han
    alphabet = rng.choice((string.ascii_uppercase + string.digits, string.ascii_letters + string.digits))
    parts = ("".join(rng.choices(alphabet, k=rng.randint(3, 7))) for _ in range(rng.choice((1, 1, 2, 3))))
    return rng.choice(("-", "-", "", "/")).join(parts)


def _letters(rng: Random, han: str) -> str:
    del han
    alphabet = rng.choice((string.ascii_uppercase, string.ascii_lowercase))
    return "".join(rng.choices(alphabet, k=rng.randint(4, 12)))


def _characters(rng: Random, han: str) -> str:
    return "".join(rng.choices(han, k=rng.randint(2, 8)))


def _names(rng: Random, han: str) -> str:
    return rng.choice(_SURNAMES) + "".join(rng.choices(han, k=rng.randint(1, 2)))


DRAWN: Final[dict[str, Callable[[Random, str], str]]] = {
    "digits": _digits,
    "amounts": _amounts,
    "plates": _plates,
    "codes": _codes,
    "letters": _letters,
    "names": _names,
    "characters": _characters,
}
"""Names of the drawn sets, and what writes a text of each."""


def _real_lines(folder: Path, limit: int) -> Iterator[tuple[ImageArray, str]]:
    for line in load_dataset(folder, "tune").sample(limit).lines:
        yield load(line.path).pixels, line.text


def _drawn_lines(name: str, source: Source, model: Model, limit: int) -> Iterator[tuple[ImageArray, str]]:
    """Lines of a drawn set, in faces never trained on."""
    synthesiser = Synthesiser.load(source.fonts, source.texts, model.charset, SEED, held_out=True)
    faces = [face for face in load_faces(source.fonts) if face.held_out]
    kept = source.fonts.with_name(f"{source.fonts.name}-atlas")
    drawable = {face.name: {" ", *open_atlas(face, model.charset.chars, kept).glyphs} for face in faces}
    rng = Random(f"{SEED} {name}")  # noqa: S311 - no secrets
    encoded = {char: char.encode("gb2312", "ignore") for char in filter(is_han, model.charset.chars)}
    han = "".join(char for char, code in encoded.items() if b"" < code < _RARE)
    for index in range(limit):
        text = DRAWN[name](rng, han)
        script = "zh" if any(map(is_han, text)) else rng.choice(("zh", "latin"))
        face = rng.choice([face.name for face in faces if face.script == script])
        if set(text) <= drawable[face]:
            yield synthesiser.write(text, face, index).pixels, text


def _choices(recogniser: Recogniser, model: Model, lines: Sequence[tuple[ImageArray, str]]) -> Iterator[Choice]:
    frames = recogniser.frames([pixels for pixels, _ in lines])
    for found, (_, truth) in zip(frames, lines, strict=True):
        texts = beam_search(found, model.charset, count=COUNT, beam=COUNT)
        yield Choice(truth, tuple(one.text for one in texts), tuple(one.log_prob for one in texts))


def read_choices(source: Source, kept: Path, *, limit: int) -> dict[str, list[Choice]]:
    """The choices of all sets; those that the folder does not hold yet are made.

    Args:
        source: where labelled sets, faces and texts are.
        kept: the folder; it is made where it does not exist. What it holds is for one network and one limit.
        limit: lines of a set at most.

    Returns:
        Name of a set -> its lines.
    """
    kept.mkdir(parents=True, exist_ok=True)
    model = load_model()
    recogniser = Recogniser(model, threads=1)
    found = {}
    for name in (*REAL, *DRAWN):
        path = kept / f"{name}.json"
        if not path.is_file():
            drawn = name in DRAWN
            lines = list(_drawn_lines(name, source, model, limit) if drawn else _real_lines(source.lines / name, limit))
            choices = [
                asdict(choice)
                for start in range(0, len(lines), CHUNK)
                for choice in _choices(recogniser, model, lines[start : start + CHUNK])
            ]
            path.write_text(json.dumps(choices, ensure_ascii=False), encoding="utf-8")
        found[name] = [
            Choice(one["truth"], tuple(one["texts"]), tuple(one["log_probs"]))
            for one in json.loads(path.read_text(encoding="utf-8"))
        ]
    return found
