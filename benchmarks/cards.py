"""Rendered ID cards and invoices, photographed by simulation: ``results/cards.json``.

``python -m benchmarks.cards FONTS`` draws cards and invoices of invented people and goods, photographs each well and
badly (out of focus, unevenly lit, grained, at an angle), and counts how many of their fields are read right, character
by character: by the CRNN alone without the preprocessing plan, with it and both ways; as lucidocr reads by default;
and by RapidOCR.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from faker import Faker
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from tqdm import tqdm

from lucidocr import Reader
from lucidocr.correct.corrector import ALONE, Correcting
from lucidocr.metrics import normalise
from lucidocr.prepare import Preprocess

RESULTS = Path(__file__).parent / "results"

SEED: Final = 92_001
FACE: Final = "wqy-zenhei"
"""Held out from training."""

_LABEL: Final = (70, 110, 150)
_VALUE: Final = (30, 30, 35)

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A drawn document: uint8 [h, w, 3] RGB, and the values of its fields."""

    pixels: Picture
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conditions:
    """How a document is photographed.

    Attributes:
        blur: diameter of the disc that a point becomes, pixels.
        shake: length of the way that the camera moved, pixels.
        shade: part of the light that is lost where it is darkest.
        grain: deviation of the sensor's noise, grey levels.
        tilt: how far the corners move, as part of the width.
        width: of the document in the photograph, pixels.
    """

    blur: float
    shake: float
    shade: float
    grain: float
    tilt: float
    width: int


CONDITIONS: Final[Mapping[str, Conditions]] = {
    "good": Conditions(1.0, 0, 0.1, 2, 0.01, 900),
    "slightly blurred": Conditions(7.0, 2, 0.1, 2, 0.01, 900),
    "blurred": Conditions(9.0, 2, 0.1, 2, 0.01, 900),
    "dark and uneven": Conditions(1.5, 0, 0.985, 14, 0.02, 900),
    "grained": Conditions(1.5, 0, 0.3, 90, 0.02, 900),
    "small": Conditions(1.5, 0, 0.1, 3, 0.02, 320),
    "tilted": Conditions(1.5, 0, 0.2, 3, 0.1, 900),
    "everything at once": Conditions(6.0, 2, 0.85, 25, 0.04, 800),
}
"""Ways in which photographs go wrong."""


class Printer:
    """Draws documents.

    Args:
        fonts: folder of faces, made by ``python -m lucidocr_training.gather fetch``.
    """

    def __init__(self, fonts: Path) -> None:
        self._path = str(next(path for path in sorted((fonts / FACE).iterdir()) if path.suffix == ".ttc"))
        self._people = Faker("zh_CN")

    def card(self, seed: int) -> Document:
        """An identity card."""
        self._people.seed_instance(seed)
        draw = np.random.default_rng(seed)
        address = self._people.address().split(" ")[0] + f"{draw.integers(1, 400)}号{draw.integers(1, 30)}室"
        born = self._people.date_of_birth(minimum_age=18, maximum_age=80)
        values = (
            self._people.name(), str(draw.choice(("男", "女"))), str(draw.choice(("汉", "满", "回", "苗", "藏"))),
            f"{born.year}年{born.month}月{born.day}日", address[:11], address[11:], self._people.ssn(),
        )  # fmt: skip
        image = Image.fromarray(_guilloche(540, 860, draw))
        pen = ImageDraw.Draw(image)
        rows = ((60, "姓 名", 0), (120, "性 别", 1), (180, "出 生", 3), (240, "住 址", 4), (285, "", 5))
        for y, name, number in rows:
            self._write(pen, (50, y + 4), name, 24, _LABEL)
            self._write(pen, (150, y), values[number], 29, _VALUE)
        self._write(pen, (270, 124), "民 族", 24, _LABEL)
        self._write(pen, (360, 120), values[2], 29, _VALUE)
        self._write(pen, (50, 454), "公民身份号码", 24, _LABEL)
        self._write(pen, (260, 450), values[6], 34, _VALUE)
        pen.rectangle((610, 60, 810, 330), fill=(190, 196, 202))
        return Document(np.asarray(image, np.uint8), tuple(one for one in values if one))

    def invoice(self, seed: int) -> Document:
        """An invoice with a ruled table."""
        self._people.seed_instance(seed)
        draw = np.random.default_rng(seed)
        image = Image.new("RGB", (860, 540), (250, 248, 244))
        pen = ImageDraw.Draw(image)
        font, ink = self._font(23), (50, 50, 90)
        head = (f"No {draw.integers(10**7, 10**8)}", self._people.company(), f"{draw.integers(10**17, 10**18)}")
        for (x, y), text in zip(((560, 40), (60, 90), (60, 130)), head, strict=True):
            pen.text((x, y), text, font=font, fill=ink)
        values = list(head)
        goods = ("办公用品", "打印纸", "技术服务费", "住宿费", "餐饮服务", "笔记本电脑", "货物运输", "培训费", "电话机")
        columns = (50, 330, 440, 580, 810)
        for row in range(6):
            y = 190 + 50 * row
            pen.line((columns[0], y, columns[-1], y), fill=(150, 90, 60), width=2)
            if row == 5:
                break
            count, price = int(draw.integers(1, 99)), float(draw.integers(100, 99999)) / 100
            cells = (str(draw.choice(goods)), str(count), f"{price:.2f}", f"{count * price:.2f}")
            for x, text in zip(columns, cells, strict=False):
                pen.text((x + 12, y + 11), text, font=font, fill=ink)
            values += cells
        for x in columns:
            pen.line((x, 190, x, 440), fill=(150, 90, 60), width=2)
        return Document(np.asarray(image, np.uint8), tuple(values))

    def _write(
        self, pen: ImageDraw.ImageDraw, place: tuple[int, int], text: str, size: int, ink: tuple[int, int, int]
    ) -> None:
        pen.text(place, text, font=self._font(size), fill=ink)

    def _font(self, size: int) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(self._path, size)


def _guilloche(height: int, width: int, draw: np.random.Generator) -> Picture:
    """Fine waves in pale colours, as behind the text of identity cards."""
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    waves = sum(
        np.sin(xs / draw.uniform(6, 14) + 3 * np.sin(ys / draw.uniform(20, 60) + draw.uniform(0, 6))) for _ in range(3)
    )
    base = np.array((226, 236, 240), np.float32)
    return np.asarray(np.clip(base + np.asarray(waves)[..., None] * np.array((5, 3, 2)), 0, 255), dtype=np.uint8)


def photograph(document: Picture, how: Conditions, seed: int) -> Picture:
    """A photograph of a document on a desk.

    Args:
        document: uint8 [h, w, 3].
        how: what goes wrong.
        seed: of the rest.
    """
    draw = np.random.default_rng(seed)
    scale = how.width / document.shape[1]
    size = round(document.shape[0] * scale), how.width
    margin = round(0.09 * how.width)
    corners = np.array(((0, 0), (1, 0), (1, 1), (0, 1)), np.float32) * np.array(size[::-1], np.float32) + margin
    moved = corners + draw.uniform(-how.tilt, how.tilt, corners.shape).astype(np.float32) * how.width
    full = document.shape[1], document.shape[0]
    start = np.array(((0, 0), (full[0], 0), full, (0, full[1])), np.float32)
    canvas = size[1] + 2 * margin, size[0] + 2 * margin
    desk = np.full((canvas[1], canvas[0], 3), (96, 84, 72), np.float32) + draw.normal(0, 3, (canvas[1], canvas[0], 1))
    matrix = cv2.getPerspectiveTransform(start, moved.astype(np.float32))
    shrunk = cv2.GaussianBlur(document, (0, 0), max(0.3, 0.4 / scale))
    seen = cv2.warpPerspective(shrunk, matrix, canvas, flags=cv2.INTER_LINEAR)
    there = cv2.warpPerspective(np.ones(document.shape[:2], np.float32), matrix, canvas)[..., None]
    image = desk * (1 - there) + seen * there
    reach = int(np.ceil(how.blur / 2))
    ys, xs = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(how.blur / 2 + 0.5 - np.hypot(ys, xs), 0, 1)
    image = cv2.filter2D(image, -1, disc / disc.sum())
    if how.shake:
        angle = draw.uniform(0, np.pi)
        steps = [
            np.array(((1, 0, how.shake * t * np.cos(angle)), (0, 1, how.shake * t * np.sin(angle))))
            for t in np.linspace(-0.5, 0.5, 7)
        ]
        image = np.mean([cv2.warpAffine(image, step, canvas, borderMode=cv2.BORDER_REFLECT) for step in steps], axis=0)
    ys, xs = np.mgrid[0 : canvas[1], 0 : canvas[0]].astype(np.float32)
    lamp = draw.uniform(0, canvas[0]), draw.uniform(0, canvas[1])
    shade = 1 - how.shade * np.minimum(np.hypot(xs - lamp[0], ys - lamp[1]) / (0.9 * canvas[0]), 1)
    image = image * shade[..., None] + draw.normal(0, how.grain, image.shape)
    encoded = cv2.imencode(".jpg", np.clip(image, 0, 255).astype(np.uint8)[..., ::-1], (cv2.IMWRITE_JPEG_QUALITY, 80))
    return np.asarray(cv2.imdecode(encoded[1], cv2.IMREAD_COLOR), np.uint8)[..., ::-1]


def found(values: Sequence[str], lines: Sequence[str]) -> list[bool]:
    """Which values stand, without an error, in some line; spaces and the width of marks do not count."""
    read = [normalise(line, "zh") for line in lines]
    return [any(normalise(value, "zh") in line for line in read) for value in values]


Way = Callable[[Picture], Sequence[str]]


def _by_lucidocr(reader: Reader, preprocess: Preprocess, correcting: Correcting) -> Way:
    def read(picture: Picture) -> list[str]:
        page = reader.read(picture, mode="page", preprocess=preprocess, correcting=correcting)
        return [line.text for line in page.lines]

    return read


def _by_rapidocr() -> Way:
    from rapidocr import RapidOCR  # noqa: PLC0415

    engine = RapidOCR(params={"Global.log_level": "critical", "EngineConfig.onnxruntime.intra_op_num_threads": 1})

    def read(picture: Picture) -> list[str]:
        result: Any = engine(picture[..., ::-1])
        return list(result.txts or ())

    return read


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fonts", type=Path)
    parser.add_argument("--count", type=int, default=30, help="cards and invoices, half each, in every condition")
    parser.add_argument("--out", type=Path, default=RESULTS / "cards.json")
    given = parser.parse_args()
    printer, reader = Printer(given.fonts), Reader(threads=1)
    ways: dict[str, Way] = {
        "CRNN alone, off": _by_lucidocr(reader, "off", ALONE),
        "CRNN alone, auto": _by_lucidocr(reader, "auto", ALONE),
        "CRNN alone, both": _by_lucidocr(reader, "both", ALONE),
        "default": _by_lucidocr(reader, "auto", Correcting()),
        "RapidOCR": _by_rapidocr(),
    }
    rows = []
    for name, how in tqdm(CONDITIONS.items(), desc="conditions"):
        right: dict[str, list[bool]] = {way: [] for way in ways}
        for number in range(given.count):
            draw = printer.card if number % 2 == 0 else printer.invoice
            document = draw(SEED + number)
            picture = photograph(document.pixels, how, SEED + 1000 + number)
            for way, read in ways.items():
                right[way] += found(document.values, read(picture))
        fields = len(right["RapidOCR"])
        rows.append(
            {
                "condition": name,
                "fields": fields,
                "right": {way: float(np.mean(each)) for way, each in right.items()},
            }
        )
        tqdm.write(json.dumps(rows[-1]))
    given.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
