"""Real lines: parts are respected, labels are those of the alphabet."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest

pytest.importorskip("freetype", reason="needs the train extra")

from lucidocr.charset import Charset
from lucidocr_training.real import RealLine, RealMixture, load_lines, read_labels, read_parts


@pytest.mark.parametrize(("part", "grey"), [("train", 200), ("tune", 120), ("report", 40)])
def test_only_one_part_is_loaded(lines_folder: Path, charset: Charset, part: str, grey: int) -> None:
    lines = load_lines(lines_folder / "first", charset, part)
    assert [line.text for line in lines] == [f"{part} {number}" for number in range(4)]
    assert all((line.pixels == grey).all() and line.pixels.ndim == 2 for line in lines)
    assert all(charset.decode(line.classes) == line.text for line in lines)


def write_set(folder: Path, labels: str, split: str) -> None:
    (folder / "images").mkdir(parents=True)
    for name in "abcd":
        cv2.imwrite(str(folder / "images" / f"{name}.png"), np.full((10, 30, 3), (0, 0, 255), np.uint8))
    (folder / "labels.tsv").write_text(labels, encoding="utf-8")
    (folder / "split.tsv").write_text(split, encoding="utf-8")


def test_what_the_alphabet_cannot_write_is_dropped(tmp_path: Path, charset: Charset) -> None:
    split = "".join(f"{name}.png\tg\ttrain\n" for name in "abc")
    write_set(tmp_path, "a.png\tＡ　b\nb.png\t龘\nc.png\t \nd.png\tok\nno line\n", split)
    lines = load_lines(tmp_path, charset, "train")
    assert [line.text for line in lines] == ["A b"]  # canonical; b unknown, c empty, d in no part
    assert (lines[0].pixels == 76).all()  # luma of red, so channels are in the right order


def test_a_missing_picture_is_dropped(tmp_path: Path, charset: Charset) -> None:
    write_set(tmp_path, "a.png\tx\ngone.png\ty\n", "a.png\tg\ttrain\ngone.png\tg\ttrain\n")
    assert [line.text for line in load_lines(tmp_path, charset, "train")] == ["x"]


def test_labels_keep_what_follows_the_first_tab(tmp_path: Path) -> None:
    path = tmp_path / "labels.tsv"
    path.write_bytes("a.png\tone\ttwo \r\nb.png\t三\n".encode())
    assert read_labels(path) == [("a.png", "one\ttwo "), ("b.png", "三")]


def test_parts_of_files(tmp_path: Path) -> None:
    path = tmp_path / "split.tsv"
    path.write_text("a.png\tg\ttrain\nb.png\tg\treport\n", encoding="utf-8")
    assert read_parts(path) == {"a.png": "train", "b.png": "report"}


def test_a_mixture_holds_train_lines_only(lines_folder: Path, charset: Charset) -> None:
    mixture = RealMixture.load(charset, ((lines_folder / "first", 1.0), (lines_folder / "second", 3.0)))
    rng = Random(0)
    drawn = [mixture.draw(rng) for _ in range(400)]
    assert {line.text for line in drawn} == {f"train {number}" for number in range(4)}
    assert all((line.pixels == 200).all() for line in drawn)


def test_a_mixture_draws_by_weight() -> None:
    few, many = (RealLine(np.zeros((1, 1), np.uint8), text, (), ()) for text in ("few", "many"))
    mixture = RealMixture(((few,), (many,)), (1.0, 3.0))
    rng = Random(0)
    drawn = Counter(mixture.draw(rng).text for _ in range(2000))
    assert 1400 < drawn["many"] < 1600


def test_a_share_grows_with_the_root_of_the_size(lines_folder: Path, charset: Charset) -> None:
    mixture = RealMixture.load(charset, ((lines_folder / "first", 1.0), (lines_folder / "second", 3.0)))
    assert mixture.weights == (2.0, 6.0)


def test_labels_without_case_leave_it_open(tmp_path: Path, charset: Charset) -> None:
    labels, split = "a.png\tAb 1\n", "a.png\tg\ttrain\n"
    for name in ("sroie", "other"):
        write_set(tmp_path / name, labels, split)
    (caseless,), (plain,) = (load_lines(tmp_path / name, charset, "train") for name in ("sroie", "other"))
    assert charset.decode(caseless.others) == "aB 1"
    assert caseless.classes == plain.classes == plain.others
