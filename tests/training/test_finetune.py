"""From a labelled folder to a whole model folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the train extra")

import torch

from lucidocr import Reader
from lucidocr.errors import DatasetError, ModelError, OptionError
from lucidocr.model import load_model
from lucidocr_training import finetune as module
from lucidocr_training import tuning
from lucidocr_training.batches import Batch
from lucidocr_training.finetune import WORKPLACE, Settings, finetune, held_out_set, mixture_of, spread
from lucidocr_training.lessons import load_lessons, varied_batches
from tests.toy import write_model
from tests.training.bars import CHARS, CHARSET, picture, texts, write_base, write_set

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return write_base(tmp_path_factory.mktemp("models") / "bars")


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_set(tmp_path_factory.mktemp("sets") / "own", texts(20))


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second passes whenever somebody looks at the clock."""
    ticks = count()
    monkeypatch.setattr(tuning.time, "monotonic", lambda: float(next(ticks)))
    monkeypatch.setattr("lucidocr_training.lessons._POOL", 40)


def settings_for(folder: Path, out: Path, base: Path, **further: Any) -> Settings:
    return Settings(folder, out, base, minutes=0.1, threads=1, quiet=True, **further)


class TestFinetune:
    def test_the_result_is_a_whole_model_folder(self, tmp_path: Path, base: Path, labelled: Path) -> None:
        outcome = finetune(settings_for(labelled, tmp_path / "new", base))
        model = load_model(tmp_path / "new")
        assert {"recognise.onnx", "explain.onnx"} <= set(model.parts)
        assert all(model.read_part(part) for part in model.parts)
        assert model.parts["recognise.onnx"] != load_model(base).parts["recognise.onnx"]
        assert model.charset == CHARSET
        assert not (tmp_path / "new" / WORKPLACE).exists()
        (reading,) = Reader(tmp_path / "new", threads=1).read_lines([np.repeat(picture("abc")[..., None], 3, 2)])
        assert set(reading.text) <= set(CHARS)
        assert outcome.lines > 0

    def test_the_folder_says_what_it_was_made_from_and_what_it_gained(
        self, tmp_path: Path, base: Path, labelled: Path
    ) -> None:
        outcome = finetune(settings_for(labelled, tmp_path / "new", base))
        told = json.loads((tmp_path / "new" / "model.json").read_text(encoding="utf-8"))["training"]["finetuned"]
        assert told["from"] == {"name": "bars", "recognise.onnx": load_model(base).parts["recognise.onnx"]}
        (row,) = told["held_out"]
        assert (row["set"], row["n"]) == ("own", 3)
        assert row["before"]["cer"] == round(outcome.sets[0].before.cer, 4)
        assert row["after"]["cer"] == round(outcome.sets[0].after.cer, 4)
        assert told["lines"] == outcome.lines

    def test_an_alphabet_of_its_own(self, tmp_path: Path, base: Path) -> None:
        labels = ["aXb", "XX", "ba", "bX", "Xa", "ab"] * 2
        folder = write_set(tmp_path / "own", labels)
        outcome = finetune(settings_for(folder, tmp_path / "new", base, alphabet="own", characters="9"))
        assert load_model(tmp_path / "new").charset.chars == "9Xab"
        assert outcome.new == "9X"
        assert outcome.share == 1.0

    def test_sets_to_be_kept_in_mind_are_measured_too(self, tmp_path: Path, base: Path, labelled: Path) -> None:
        kept = write_set(tmp_path / "kept", texts(16, seed=9))
        outcome = finetune(settings_for(labelled, tmp_path / "new", base, keep=(kept,)))
        assert [one.name for one in outcome.sets] == ["own", "kept"]

    def test_a_stopped_run_goes_on_and_a_finished_one_is_left_alone(
        self, tmp_path: Path, base: Path, labelled: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def stopped(*arguments: Any, **further: Any) -> Iterator[Batch]:
            yield from islice(varied_batches(*arguments, **further), 2)
            raise KeyboardInterrupt

        settings = settings_for(labelled, tmp_path / "new", base)
        monkeypatch.setattr(module, "varied_batches", stopped)
        with pytest.raises(KeyboardInterrupt):
            finetune(settings)
        assert not (tmp_path / "new" / "model.json").exists()
        starts = []

        def noted(*arguments: Any, start: int, **further: Any) -> Iterator[Batch]:
            starts.append(start)
            return varied_batches(*arguments, start=start, **further)

        monkeypatch.setattr(module, "varied_batches", noted)
        outcome = finetune(settings)
        assert 0 < starts[0] < outcome.lines
        with pytest.raises(OptionError, match="already"):
            finetune(settings)

    def test_another_run_in_the_same_folder_is_refused(self, tmp_path: Path, base: Path, labelled: Path) -> None:
        settings = settings_for(labelled, tmp_path / "new", base)
        module._open_run(module._prepare(settings), settings).save()
        with pytest.raises(OptionError, match="was begun"):
            finetune(replace(settings, rule="zh"))

    def test_what_cannot_be_used_is_refused_before_anything_is_written(self, tmp_path: Path, labelled: Path) -> None:
        with pytest.raises(ModelError, match="can be trained on"):
            finetune(settings_for(labelled, tmp_path / "new", write_model(tmp_path / "toy")))
        with pytest.raises(DatasetError):
            finetune(Settings(tmp_path / "nothing", tmp_path / "new", quiet=True))
        assert not (tmp_path / "new").exists()


class TestSets:
    def test_spread_takes_the_same_few_from_all_over(self) -> None:
        assert spread(list(range(10)), 4) == [0, 2, 5, 7]
        assert spread(list(range(3)), 4) == [0, 1, 2]

    def test_held_out_lines_are_scaled_as_the_runtime_scales_them(self, tmp_path: Path) -> None:
        lessons = load_lessons(write_set(tmp_path, texts(10)), CHARSET)
        found = held_out_set(lessons, "zh")
        assert found.texts == tuple(line.text for line in lessons.held_out)
        assert {image.shape[0] for image in found.images} == {32}

    def test_most_lines_are_the_folders_own(self, tmp_path: Path) -> None:
        own, *kept = (
            load_lessons(write_set(tmp_path / name, texts(size)), CHARSET)
            for name, size in (("own", 10), ("much", 40), ("little", 10))
        )
        weights = mixture_of([own, *kept]).weights
        assert sum(weights) == pytest.approx(1)
        assert weights[0] == pytest.approx(0.7)
        assert weights[1] == pytest.approx(2 * weights[2], rel=0.1)
        assert mixture_of([own]).weights == (0.7,)
