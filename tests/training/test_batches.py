"""From lines to batches: shapes, widths, labels, and what real lines may be among them."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from random import Random

import numpy as np
import pytest

pytest.importorskip("freetype", reason="needs the train extra")

from lucidocr.charset import Charset
from lucidocr_training import batches
from lucidocr_training.batches import (
    Batch,
    BatchProcess,
    Sample,
    Source,
    by_width,
    feasible,
    generate,
    received,
    stack,
    synthetic_sample,
    vary_real,
)
from lucidocr_training.hands import STROKES
from lucidocr_training.paint import Palette
from lucidocr_training.real import RealLine
from lucidocr_training.synthesis import Synthesiser, SyntheticLine


def sample(width: int, classes: tuple[int, ...] = (1, 2), value: int = 0) -> Sample:
    boxes = np.array([(4 * number, 4 * number + 3) for number in range(len(classes))], np.float32)
    return Sample(np.full((32, width), value, np.uint8), classes, classes, boxes)


class TestSample:
    def test_boxes_are_scaled_with_the_picture(self, charset: Charset) -> None:
        pixels = np.zeros((64, 200), np.uint8)
        boxes = np.array([(10, 5, 30, 60), (100, 5, 190, 60)], np.float32)
        made = synthetic_sample(SyntheticLine(pixels, "a国", boxes, "face"), charset)
        assert made.image.shape == (32, 100)
        assert made.boxes.tolist() == [[5, 15], [50, 95]]
        assert charset.decode(made.classes) == "a国"

    def test_rounding_of_the_width_is_in_the_boxes(self, charset: Charset) -> None:
        boxes = np.array([(0, 0, 101, 32)], np.float32)
        made = synthetic_sample(SyntheticLine(np.zeros((32, 101), np.uint8), "a", boxes, "face"), charset)
        assert made.image.shape == (32, 104)
        assert made.boxes[0] == pytest.approx([0, 104])


@pytest.mark.parametrize(
    ("width", "classes", "expected"),
    [
        (8, (1, 2), True),
        (8, (1, 2, 3), False),
        (8, (1, 1), False),
        (12, (1, 1), True),
        (1400, (1,), True),
        (1404, (1,), False),
        (16, (1, 1, 2, 2), False),
        (24, (1, 1, 2, 2), True),
    ],
)
def test_feasible(width: int, classes: tuple[int, ...], expected: bool) -> None:
    assert feasible(sample(width, classes)) is expected


def test_stack() -> None:
    batch = stack(
        [sample(12, (5, 6, 7)), Sample(np.full((32, 16), 255, np.uint8), (9,), (9,), np.zeros((0, 2), np.float32))]
    )
    assert batch.images.shape == (2, 1, 32, 16)
    assert (batch.images[0, 0, :, :12] == -1).all()
    assert (batch.images[0, 0, :, 12:] == 0).all()
    assert (batch.images[1] == 1).all()
    assert batch.widths.tolist() == [12, 16]
    assert batch.labels.tolist() == [[5, 6, 7], [9, 0, 0]]
    assert batch.lengths.tolist() == [3, 1]
    assert batch.edges[0].tolist() == [[0, 3], [4, 7], [8, 11]]
    assert np.isnan(batch.edges[1]).all()
    assert (batch.labels.dtype, batch.edges.dtype, batch.widths.dtype) == (np.int64, np.float32, np.int64)


@pytest.fixture(scope="module")
def made() -> list[Batch]:
    rng = Random(0)
    samples = [sample(4 * rng.randint(2, 100), (number + 1, 0)) for number in range(150)]
    return list(by_width(samples, 1200, Random(1)))


class TestByWidth:
    def test_every_line_comes_once(self, made: list[Batch]) -> None:
        firsts = sorted(int(number) for batch in made for number in batch.labels[:, 0])
        assert firsts == list(range(1, 151))

    def test_a_batch_has_about_so_many_columns(self, made: list[Batch]) -> None:
        columns = [batch.images.shape[0] * batch.images.shape[3] for batch in made]
        assert max(columns) <= 1200
        assert np.median(columns) > 800

    def test_neighbours_are_alike_in_width(self, made: list[Batch]) -> None:
        spans = sorted((int(batch.widths.min()), int(batch.widths.max())) for batch in made)
        assert all(before[1] <= after[0] for before, after in pairwise(spans))

    def test_the_order_is_random_but_seeded(self, made: list[Batch]) -> None:
        widths = [int(batch.widths.max()) for batch in made]
        assert widths != sorted(widths)
        samples = [sample(4 * width) for width in range(2, 60)]
        first, second, third = (
            [batch.widths.tolist() for batch in by_width(samples, 600, Random(seed))] for seed in (1, 1, 2)
        )
        assert first == second != third

    def test_a_line_wider_than_a_batch_comes_alone(self) -> None:
        made = list(by_width([sample(40), sample(400)], 100, Random(0)))
        assert sorted(batch.images.shape for batch in made) == [(1, 1, 32, 40), (1, 1, 32, 400)]


@pytest.fixture(scope="module")
def source(fonts_folder: Path, texts_folder: Path, lines_folder: Path) -> Source:
    real_sets = ((lines_folder / "first", 1.0), (lines_folder / "second", 1.0))
    return Source(fonts_folder, texts_folder, lines_folder, real_sets, None, 0.5, 2000, 5)


@pytest.fixture(scope="module")
def loaded(source: Source, latin: Charset) -> Synthesiser:
    return Synthesiser.load(source.fonts, source.texts, latin, source.seed)


@pytest.fixture(scope="module")
def latin() -> Charset:
    """What the faces of ``fonts_folder`` draw, and two ideographs that they lack."""
    return Charset("".join(map(chr, range(0x20, 0x7F))) + "国永")


class TestGenerate:
    @pytest.fixture(autouse=True)
    def small_pool(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(batches, "_POOL", 60)

    @staticmethod
    def lines(made: Iterator[Batch], count: int) -> list[tuple[bytes, tuple[int, ...], bool]]:
        """Pixels, classes and whether the places of characters are known, of the lines of some batches."""
        return [
            (
                batch.images[row, :, :, : batch.widths[row]].tobytes(),
                tuple(batch.labels[row, : batch.lengths[row]].tolist()),
                not bool(np.isnan(batch.edges[row]).all()),
            )
            for batch in islice(made, count)
            for row in range(len(batch.widths))
        ]

    def test_lines_are_those_of_the_synthesiser(self, source: Source, latin: Charset, loaded: Synthesiser) -> None:
        alone = dataclasses.replace(source, real_share=0.0)
        wanted = {}
        for index in range(1, 61):
            line = synthetic_sample(loaded.line(index), latin)
            wanted[stack([line]).images.tobytes()] = line.classes
        lines = self.lines(generate(alone, latin, 0), 5)
        assert len(lines) > 10
        for pixels, classes, known in lines:
            assert known
            assert wanted[pixels] == classes

    def test_a_start_goes_on_where_another_stopped(self, source: Source, latin: Charset, loaded: Synthesiser) -> None:
        alone = dataclasses.replace(source, real_share=0.0)
        wanted = {stack([synthetic_sample(loaded.line(index), latin)]).images.tobytes() for index in range(61, 121)}
        lines = self.lines(generate(alone, latin, 60), 3)
        assert {pixels for pixels, _, _ in lines} <= wanted

    def test_the_same_source_gives_the_same_batches(self, source: Source, latin: Charset) -> None:
        first, second = (self.lines(generate(source, latin, 0), 4) for _ in range(2))
        assert first == second

    def test_real_lines_are_of_the_train_part_only(
        self, source: Source, latin: Charset, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[RealLine] = []

        def watch(line: RealLine, palette: Palette, rng: Random) -> np.ndarray:
            seen.append(line)
            return line.pixels

        monkeypatch.setattr(batches, "vary_real", watch)
        lines = self.lines(generate(source, latin, 0), 12)
        labels = {latin.decode(classes) for _, classes, known in lines if not known}
        assert len(seen) > 20
        assert {line.text for line in seen} == {f"train {number}" for number in range(4)}
        assert all((line.pixels == 200).all() for line in seen)
        assert labels == {f"train {number}" for number in range(4)}

    def test_the_share_of_real_lines(self, source: Source, latin: Charset) -> None:
        lines = self.lines(generate(source, latin, 0), 24)
        assert 0.3 < np.mean([not known for _, _, known in lines]) < 0.7

    def test_a_varied_real_line_keeps_its_text_in_sight(self) -> None:
        pixels = np.full((40, 200), 220, np.uint8)
        pixels[12:28, 60:140] = 30
        line, palette = RealLine(pixels, "x", (1,), (1,)), Palette.make(1)
        varied = [vary_real(line, palette, Random(seed)) for seed in range(100)]
        assert (pixels[12:28, 60:140] == 30).all()  # the original is left alone
        assert all(picture.dtype == np.uint8 and picture.ndim == 2 for picture in varied)
        quantiles = np.array([np.percentile(picture, (3, 50, 97)) for picture in varied])
        assert np.abs(np.diff(quantiles)).max(1).min() > 20
        assert len({picture.tobytes() for picture in varied}) > 90
        assert np.array_equal(varied[3], vary_real(line, palette, Random(3)))


class TestIngredients:
    def test_real_sets_are_left_out_by_who_labelled_them(self, source: Source, tmp_path: Path) -> None:
        taught = tmp_path / "taught"
        full = dataclasses.replace(source, real_sets=(*source.real_sets, (taught, 2.0)), taught=taught)
        assert full.chosen_sets() == full.real_sets
        assert dataclasses.replace(full, without=("taught",)).chosen_sets() == source.real_sets
        assert dataclasses.replace(full, without=("real",)).chosen_sets() == ((taught, 2.0),)

    def test_hands_write_where_there_are_strokes(self, source: Source, latin: Charset, tmp_path: Path) -> None:
        fonts = tmp_path / "fonts"
        shutil.copytree(source.fonts, fonts)
        (fonts / STROKES).write_text(json.dumps({"国": [[[100, 388], [900, 388]]]}), encoding="utf-8")
        with_hands, without, held_out = (
            Synthesiser.load(fonts, source.texts, latin, 1, hands=hands, held_out=held)
            for hands, held in ((True, False), (False, False), (True, True))
        )
        assert with_hands.write("国", "hand-00", 0).text == "国"
        for synthesiser in (without, held_out):
            with pytest.raises(StopIteration):
                synthesiser.write("国", "hand-00", 0)

    def test_scenes_can_be_left_out(self, loaded: Synthesiser, source: Source, latin: Charset) -> None:
        plain = Synthesiser.load(source.fonts, source.texts, latin, source.seed, scenes=False)
        pairs = [(loaded.line(index), plain.line(index)) for index in range(60)]
        changed = sum(not np.array_equal(one.pixels, other.pixels) for one, other in pairs)
        assert [one.text for one, _ in pairs] == [other.text for _, other in pairs]
        assert changed > 0


def test_whoever_waits_for_batches_hears_that_none_will_come(
    source: Source, latin: Charset, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    process = BatchProcess(dataclasses.replace(source, texts=tmp_path / "none", fonts=tmp_path / "none"), latin, 0)
    try:
        for _ in range(2):
            with pytest.raises(RuntimeError, match="has failed"):
                next(received(process.queue))
    finally:
        process.close()
    assert "Traceback" in capfd.readouterr().err


def test_real_lines_may_be_of_any_size() -> None:
    palette = Palette.make(1)
    for height, width in ((4, 9), (300, 40), (220, 3000), (30, 5000)):
        line = RealLine(np.full((height, width), 200, np.uint8), "x", (1,), (1,))
        for seed in range(25):
            assert vary_real(line, palette, Random(seed)).dtype == np.uint8
