"""Hard lines: the hardest that can still be read is kept, by the bundled model's own P(text)."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from random import Random

import numpy as np
import pytest

pytest.importorskip("freetype", reason="needs the train extra")

from lucidocr.charset import Charset
from lucidocr.model import load_model
from lucidocr.preprocess import normalise_line
from lucidocr_training import batches
from lucidocr_training.batches import LineMaker, Source
from lucidocr_training.hard import HOPELESS, Judge, Question, hardest
from lucidocr_training.synthesis import Synthesiser

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def shipped() -> Charset:
    return load_model().charset


@pytest.mark.parametrize(
    ("costs", "kept"),
    [
        ([0.1, 0.9, 0.3], 1),
        ([0.1, HOPELESS, 0.3], 2),
        ([HOPELESS + 2, HOPELESS + 1, math.inf], 1),
        ([0.0], 0),
    ],
)
def test_the_hardest_that_can_be_read(costs: list[float], kept: int) -> None:
    assert hardest(costs) == kept


def test_the_judge_finds_blurred_and_wrongly_labelled_lines_hard(shipped: Charset, synthesiser: Synthesiser) -> None:
    line = next(line for index in range(50) if len((line := synthesiser.plain(index)).text) > 4)
    clean = normalise_line(line.pixels)
    noisy = np.clip(clean + np.random.default_rng(0).normal(0, 90, clean.shape), 0, 255).astype(np.uint8)
    classes = tuple(shipped.encode(line.text))
    turned = classes[::-1]
    easy, hard, wrong, either = Judge(shipped).costs(
        [
            Question(clean, classes, classes),
            Question(noisy, classes, classes),
            Question(clean, turned, turned),
            Question(clean, turned, classes),
        ]
    )
    assert easy < hard
    assert easy < wrong
    assert either == pytest.approx(easy)


def test_another_alphabet_is_refused() -> None:
    with pytest.raises(ValueError, match="another alphabet"):
        Judge(Charset("abc"))


def test_hard_lines_cost_more_and_their_text_stays(
    shipped: Charset,
    fonts_folder: Path,
    texts_folder: Path,
) -> None:
    source = Source(fonts_folder, texts_folder, texts_folder, (), None, 0.0, 2000, 5)
    plain = LineMaker(source, shipped).pool(0, 40, Random(1))
    hard = LineMaker(dataclasses.replace(source, hard_share=1.0), shipped).pool(0, 40, Random(1))
    judge = Judge(shipped)
    means = [
        np.mean(np.minimum(judge.costs([Question(*one[:3]) for one in samples]), HOPELESS)) for samples in (plain, hard)
    ]
    assert means[1] > 1.1 * means[0]
    texts = {
        index: batches.Synthesiser.load(fonts_folder, texts_folder, shipped, 5).looks(index, 2) for index in (1, 3)
    }
    assert all(first.text == second.text for first, second in texts.values())
    assert all(not np.array_equal(first.pixels, second.pixels) for first, second in texts.values())


def test_lines_that_are_made_worse_are_harder_and_keep_their_text(
    shipped: Charset, fonts_folder: Path, texts_folder: Path
) -> None:
    source = Source(fonts_folder, texts_folder, texts_folder, (), None, 0.0, 2000, 5)
    worse = dataclasses.replace(source, worsened_share=1.0)
    plain, worsened = (LineMaker(each, shipped).pool(0, 40, Random(1)) for each in (source, worse))
    assert {one.classes for one in worsened} <= {one.classes for one in plain}
    judge = Judge(shipped)
    means = [
        np.mean(np.minimum(judge.costs([Question(*one[:3]) for one in samples]), HOPELESS))
        for samples in (plain, worsened)
    ]
    assert means[1] > 1.1 * means[0]
    without = dataclasses.replace(worse, without=("worsened",))
    again = LineMaker(without, shipped).pool(0, 40, Random(1))
    assert [sample.image.tobytes() for sample in again] == [sample.image.tobytes() for sample in plain]


def test_they_can_be_left_out(shipped: Charset, fonts_folder: Path, texts_folder: Path) -> None:
    source = Source(fonts_folder, texts_folder, texts_folder, (), None, 0.0, 2000, 5)
    without = dataclasses.replace(source, hard_share=1.0, without=("hard",))
    one, other = (LineMaker(each, shipped).pool(0, 10, Random(1)) for each in (source, without))
    assert [sample.image.tobytes() for sample in one] == [sample.image.tobytes() for sample in other]
