"""What is learnt from a folder of labelled lines, and what is held out."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the train extra")

from lucidocr.charset import Charset
from lucidocr.errors import DatasetError
from lucidocr_training.lessons import HELD_OUT, choose_alphabet, divide, labels_of, load_lessons, varied_batches, warped
from lucidocr_training.real import RealMixture
from tests.training.bars import CHARSET, picture, texts, write_set

pytestmark = pytest.mark.torch


class TestDivide:
    def test_a_split_says_what_is_for_what(self, tmp_path: Path) -> None:
        folder = write_set(tmp_path, ["ab", "cd", "ef", "gh"], ["report", "train", "tune", "train"])
        fit, held_out = divide(folder)
        assert [line.text for line in fit] == ["cd", "gh"]
        assert [line.text for line in held_out] == ["ef"]

    def test_a_split_without_tune_holds_some_of_train_out(self, tmp_path: Path) -> None:
        folder = write_set(tmp_path, texts(20), ["train"] * 18 + ["report"] * 2)
        fit, held_out = divide(folder)
        assert len(fit) == 15
        assert len(held_out) == round(HELD_OUT * 18)
        assert not {line.path.name for line in (*fit, *held_out)} & {"18.png", "19.png"}

    def test_without_a_split_some_lines_are_held_out(self, tmp_path: Path) -> None:
        fit, held_out = divide(write_set(tmp_path, texts(40)))
        assert len(held_out) == 6
        assert len({line.path for line in (*fit, *held_out)}) == 40

    def test_a_few_lines_more_do_not_turn_the_division_over(self, tmp_path: Path) -> None:
        _, before = divide(write_set(tmp_path / "few", texts(40)))
        _, after = divide(write_set(tmp_path / "more", texts(60)))
        learnt = {line.path.name for line in divide(tmp_path / "few")[0]}
        now_held = {line.path.name for line in after}
        assert len({line.path.name for line in before} & now_held) >= 3
        assert len(now_held & learnt) <= 3

    def test_a_folder_without_labels_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(DatasetError, match=r"labels\.tsv"):
            divide(tmp_path)


class TestAlphabet:
    def test_the_base_stays_as_it_is(self) -> None:
        assert choose_alphabet("base", CHARSET, ["aXY"]) == CHARSET
        assert choose_alphabet("base", CHARSET, ["aXY"], "ZX").chars == "abcdefghXZ"

    def test_what_the_labels_hold_comes_on_top(self) -> None:
        assert choose_alphabet("extended", CHARSET, ["aYX", "Xb"], "Z").chars == "abcdefghXYZ"

    def test_only_what_the_labels_hold(self) -> None:
        assert choose_alphabet("own", CHARSET, ["hYa", "ab"], "c").chars == "Yabch"

    def test_nothing_at_all_is_refused(self) -> None:
        with pytest.raises(DatasetError, match="no alphabet"):
            choose_alphabet("own", CHARSET, [])

    def test_labels_are_in_the_form_of_the_alphabet(self, tmp_path: Path) -> None:
        folder = write_set(tmp_path, ["Ａ　b", "c", "d"], ["train", "tune", "report"])
        assert labels_of(folder) == ["A b", "c"]


class TestLoad:
    def test_what_cannot_be_learnt_is_left_out_and_counted(self, tmp_path: Path) -> None:
        labels = ["ab", "aX", " ", "abcdefgh" * 3, "cd"]
        folder = write_set(tmp_path, labels, ["train"] * 4 + ["tune"])
        narrow = np.full((32, 8), 200, np.uint8)
        cv2.imwrite(str(folder / "images" / "3.png"), narrow)
        lessons = load_lessons(folder, CHARSET)
        assert [line.text for line in lessons.fit] == ["ab"]
        assert [line.text for line in lessons.held_out] == ["cd"]
        assert lessons.left_out == 3
        assert lessons.fit[0].classes == (0, 1)

    def test_nothing_to_learn_from_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(DatasetError, match="0 lines to learn from"):
            load_lessons(write_set(tmp_path, ["ab", "cd", "ef"]), Charset("xyz"))


class TestVariety:
    @pytest.fixture(autouse=True)
    def small_pool(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("lucidocr_training.lessons._POOL", 60)

    def test_a_warped_line_keeps_its_size_and_most_of_its_ink(self) -> None:
        image = picture("abcdefgh")
        seen = [warped(image, Random(seed)) for seed in range(20)]
        assert {one.shape for one in seen} == {image.shape}
        assert len({one.tobytes() for one in seen}) == 20
        ink = [(one < 128).sum() / (image < 128).sum() for one in seen]
        assert 0.8 < np.mean(ink) < 1.25

    def test_batches_are_labelled_lines_that_are_never_the_same(self, tmp_path: Path) -> None:
        lessons = load_lessons(write_set(tmp_path, texts(12)), CHARSET)
        mixture = RealMixture((lessons.fit,), (1.0,))
        made = list(islice(varied_batches(mixture, columns=640, seed=3), 6))
        known = {line.text for line in lessons.fit}
        rows = [
            (CHARSET.decode(batch.labels[row, : batch.lengths[row]]), batch.images[row].tobytes())
            for batch in made
            for row in range(len(batch.widths))
        ]
        assert {text for text, _ in rows} <= known
        assert len({pixels for _, pixels in rows}) > 0.9 * len(rows) > 20
        assert all(np.isnan(batch.edges).all() for batch in made)

    def test_a_run_goes_on_with_other_lines(self, tmp_path: Path) -> None:
        lessons = load_lessons(write_set(tmp_path, texts(12)), CHARSET)
        mixture = RealMixture((lessons.fit,), (1.0,))

        def first(start: int) -> bytes:
            return next(varied_batches(mixture, columns=640, seed=3, start=start)).images.tobytes()

        assert first(0) == first(0) != first(500)
