"""Fixtures for the tests of training; imported only where the train extra is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from lucidocr.charset import Charset

if TYPE_CHECKING:
    from lucidocr_training.corpus import Corpus
    from lucidocr_training.glyphs import Atlas
    from lucidocr_training.synthesis import Synthesiser


@pytest.fixture(scope="session")
def charset() -> Charset:
    from tests.training.small import CHARSET

    return CHARSET


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    from tests.training.small import make_corpus

    return make_corpus()


@pytest.fixture(scope="session")
def atlases(charset: Charset, tmp_path_factory: pytest.TempPathFactory) -> tuple[Atlas, ...]:
    """A Chinese face and two Latin ones, drawn once."""
    from lucidocr_training.glyphs import open_atlas
    from tests.training.small import FACES

    folder = tmp_path_factory.mktemp("atlas")
    return tuple(open_atlas(face, charset.chars, folder) for face in FACES)


@pytest.fixture(scope="session")
def synthesiser(atlases: tuple[Atlas, ...], corpus: Corpus) -> Synthesiser:
    from lucidocr_training.synthesis import Synthesiser

    return Synthesiser(atlases, corpus, 7)


@pytest.fixture(scope="session")
def lines_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two labelled sets. A picture's grey tells its part: 200 train, 120 tune, 40 report."""
    root = tmp_path_factory.mktemp("lines")
    for name in ("first", "second"):
        images = root / name / "images"
        images.mkdir(parents=True)
        labels, split = [], ["file\tgroup\tpart"]
        for part, grey in (("train", 200), ("tune", 120), ("report", 40)):
            for number in range(4):
                file = f"{part}{number}.png"
                picture = np.full((20, 60 + 10 * number, 3), grey, np.uint8)
                cv2.imwrite(str(images / file), picture)
                labels.append(f"{file}\t{part} {number}")
                split.append(f"{file}\tg{number}\t{part}")
        (root / name / "labels.tsv").write_text("\n".join(labels) + "\n", encoding="utf-8")
        (root / name / "split.tsv").write_text("\n".join(split) + "\n", encoding="utf-8")
    return root


@pytest.fixture(scope="session")
def fonts_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``gather fetch`` leaves: two faces to train on, and two held out."""
    from lucidocr_training.fonts import FaceSpec
    from lucidocr_training.gather import fetch_faces
    from tests.training import small

    latin = (("dejavu", small.DEJAVU, "latin", False), ("liberation", small.HELD_OUT, "latin", True))
    as_chinese = (("zh-dejavu", small.DEJAVU, "zh", False), ("zh-liberation", small.LIBERATION, "zh", True))
    specs = [
        FaceSpec(name, script, "sans", f"debian:none:{path}", "free", charset="both", held_out=held_out)
        for name, path, script, held_out in latin + as_chinese
    ]
    folder = tmp_path_factory.mktemp("runs") / "fonts"
    outcomes = [outcome for _, outcome in fetch_faces(specs, folder)]
    assert outcomes == ["new"] * 4
    assert len(json.loads((folder / "index.json").read_text(encoding="utf-8"))) == 4
    return folder


@pytest.fixture(scope="session")
def texts_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.training.small import SENTENCES

    folder = tmp_path_factory.mktemp("text")
    (folder / "lexicons").mkdir()
    (folder / "lexicons" / "words.txt").write_text("天地\t1\n宇宙\t2\n", encoding="utf-8")
    (folder / "classics.txt").write_text("\n".join(SENTENCES) + "\n", encoding="utf-8")
    return folder
