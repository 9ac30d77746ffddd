"""The attention head: what it learns from, and that it learns to look."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the train extra")

import torch
from torch import nn

from lucidocr.charset import Charset
from lucidocr.explain.attention import ATTENTION, Attention
from lucidocr.model import RECOGNISE, load_model
from lucidocr.preprocess import LINE_HEIGHT, normalise_line, to_batch
from lucidocr.types import STRIDE
from lucidocr_training.attend import Amounts, Lesson, Study, attend, evenly, gather, train, worth_of
from lucidocr_training.attention import REACH, AttentionHead, Sight, energy_in_box, turned, views_of
from lucidocr_training.batches import Source
from lucidocr_training.glimpses import RIVALS, ROWS, Glimpses, Scene, collect, shuffled, synthetic_scene
from lucidocr_training.network import Network, NetworkConfig
from lucidocr_training.synthesis import Synthesiser, SyntheticLine
from tests.toy import CHARS, describe, write_model
from tests.training.nets import randomise

pytestmark = pytest.mark.torch

CHANNELS = 8
LENGTH = 24
LESSON = Lesson(epochs=30, batch=100, rate=2e-2, box=2.0, strangers=2)


def marked(count: int, seed: int) -> Glimpses:
    """Lines with one mark each, up to three frames from where the CTC places it; its channel tells the class."""
    chance = np.random.default_rng(seed)
    read = chance.integers(0, CHANNELS, count)
    column, row = chance.integers(8, 16, count), chance.integers(0, ROWS, count)
    maps = np.abs(chance.normal(0, 0.1, (count, LENGTH, ROWS, CHANNELS)))
    maps[np.arange(count), column, row, read] += 3.0
    rivals = (read[:, None] + np.arange(RIVALS)) % CHANNELS
    shares = np.zeros((count, RIVALS), np.float32)
    shares[:, 0] = 1.0
    return Glimpses(
        maps=torch.from_numpy(maps.reshape(-1, ROWS, CHANNELS)).half(),
        first=torch.arange(count) * LENGTH,
        length=torch.full((count,), LENGTH),
        centre=torch.from_numpy(column + 0.5 + chance.uniform(-3, 3, count)).float(),
        deviation=torch.full((count,), 0.5),
        rivals=torch.from_numpy(rivals),
        shares=torch.from_numpy(shares),
        read=torch.from_numpy(read),
        box=torch.from_numpy(np.stack([column, row, column + 1, row + 1], 1)).float(),
    )


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def classes() -> nn.Linear:
    torch.manual_seed(1)
    return nn.Linear(12, CHANNELS).requires_grad_(requires_grad=False)


@pytest.fixture(scope="module")
def head(classes: nn.Linear) -> AttentionHead:
    return trained(classes, "maps")


def trained(classes: nn.Linear, sight: Sight) -> AttentionHead:
    torch.manual_seed(2)
    made = AttentionHead(CHANNELS, 12, eyes=2, width=8, hidden=16, sight=sight)
    train(made, classes, marked(400, 3), LESSON)
    return made.eval()


def test_a_trained_head_finds_the_character_and_reads_it(head: AttentionHead, classes: nn.Linear) -> None:
    worth = worth_of(head, classes, marked(200, 4), None)
    assert worth.agreement > 0.95
    assert worth.energy > 0.8
    assert worth.characters == 200


@pytest.mark.parametrize("sight", ["habit", "centre"])
def test_what_does_not_see_the_maps_does_not_find_it(sight: Sight, head: AttentionHead, classes: nn.Linear) -> None:
    blind = worth_of(trained(classes, sight), classes, marked(200, 4), None)
    seeing = worth_of(head, classes, marked(200, 4), None)
    assert blind.energy < seeing.energy / 2
    assert blind.agreement < seeing.agreement


def test_even_attention_reads_badly(head: AttentionHead, classes: nn.Linear) -> None:
    even = worth_of(head, classes, marked(200, 4), None, even=True)
    assert even.agreement < 0.7
    assert even.energy == pytest.approx(1 / (ROWS * 2 * REACH), rel=0.25)


def test_the_class_layer_stays_as_it_is(classes: nn.Linear) -> None:
    before = classes.weight.clone()
    train(AttentionHead(CHANNELS, 12, eyes=2, width=8, hidden=16), classes, marked(50, 5), replace(LESSON, epochs=1))
    assert torch.equal(classes.weight, before)


def test_the_same_lesson_gives_the_same_head(classes: nn.Linear) -> None:
    short = replace(LESSON, epochs=1)
    weights = []
    for _ in range(2):
        torch.manual_seed(2)
        made = AttentionHead(CHANNELS, 12, eyes=2, width=8, hidden=16)
        train(made, classes, marked(100, 3), short)
        weights.append(made.key.weight.clone())
    assert torch.equal(*weights)


def test_spaces_are_not_judged(head: AttentionHead, classes: nn.Linear) -> None:
    glimpses = marked(100, 6)
    assert worth_of(head, classes, glimpses, 0).characters == int((glimpses.read != 0).sum())


def test_characters_without_a_box_count_for_agreement_only(head: AttentionHead, classes: nn.Linear) -> None:
    glimpses = marked(100, 6)
    boxes = glimpses.box.clone()
    boxes[50:] = torch.nan
    worth = worth_of(head, classes, replace(glimpses, box=boxes), None)
    assert worth.characters == 100
    assert np.isfinite(worth.energy)


def test_attention_stays_on_the_line_and_in_reach() -> None:
    glimpses = replace(marked(3, 7), centre=torch.tensor([0.2, 12.0, 23.9]))
    views = views_of(glimpses, torch.arange(3))
    weights = AttentionHead(CHANNELS, 12, eyes=2).attend(views)
    assert torch.allclose(weights.sum((2, 3)), torch.ones(3, 2))
    column = glimpses.centre[:, None] + views.distance
    outside = (column < 0) | (column > LENGTH) | (views.distance.abs() > REACH)
    assert (weights.sum((1, 3))[outside] == 0).all()


def test_energy_counts_the_part_of_a_cell_that_a_box_covers() -> None:
    weights = torch.zeros(1, 3, ROWS)
    weights[0, 1, 2] = 1.0
    distance, centre = torch.tensor([[-1.0, 0.0, 1.0]]), torch.tensor([5.5])
    for box, expected in (((5, 2, 6, 3), 1.0), ((5.5, 2, 7, 4), 0.5), ((5, 2.5, 5.5, 9), 0.25), ((6, 0, 9, 4), 0.0)):
        found = energy_in_box(weights, distance, torch.tensor([box], dtype=torch.float32), centre)
        assert float(found) == pytest.approx(expected)


def test_even_attention_is_even() -> None:
    views = views_of(marked(2, 8), torch.arange(2))
    weights = evenly(views, 3)
    assert torch.allclose(weights.sum((2, 3)), torch.ones(2, 3))
    assert len(weights[0, 0][views.seen[0]].unique()) == 1


def test_a_plain_gaussian_is_one_and_even_from_top_to_bottom() -> None:
    views = views_of(marked(4, 8), torch.arange(4))
    weights = AttentionHead(CHANNELS, 12, eyes=3, sight="centre").attend(views)
    assert torch.allclose(weights, weights[:, :1, :, :1].expand_as(weights))
    middle = (weights[:, 0].sum(2) * views.distance).sum(1)
    assert torch.allclose(middle, torch.zeros(4), atol=0.05)


def test_turning_keeps_lengths_and_adds_up() -> None:
    values, rates = torch.randn(5, 8), torch.tensor([0.1, 0.5, 1.0, 1.5])
    once = turned(values, torch.full((5,), 3.0), rates)
    assert torch.allclose(once.norm(dim=1), values.norm(dim=1))
    assert torch.allclose(turned(once, torch.full((5,), -3.0), rates), values, atol=1e-5)


def test_every_number_once() -> None:
    from random import Random

    batches = list(shuffled(10, 4, Random(1)))
    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert sorted(torch.cat(batches).tolist()) == list(range(10))


@pytest.fixture(scope="module")
def network(synthesiser: Synthesiser, charset: Charset) -> Network:
    config = NetworkConfig(len(charset), channels=(6, 8, 8, 12, 16), hidden=12, bottleneck=10)
    images, widths = to_batch([normalise_line(synthesiser.line(number).pixels) for number in range(8)])
    made = randomise(Network(config), 3, torch.from_numpy(images), torch.from_numpy(widths))
    made.blank.bias.data -= 2.0  # so that it reads something everywhere
    return made


def test_what_is_collected(network: Network, charset: Charset, synthesiser: Synthesiser) -> None:
    scenes = [synthetic_scene(synthesiser.line(number)) for number in range(6)]
    glimpses = collect(network, charset, scenes)
    assert len(glimpses)
    assert glimpses.maps.shape == (sum(scene.image.shape[1] for scene in scenes) // STRIDE, ROWS, 8)
    assert torch.allclose(glimpses.shares.sum(1), torch.ones(len(glimpses)))
    assert ((glimpses.centre > 0) & (glimpses.centre < glimpses.length)).all()
    assert (glimpses.first + glimpses.length <= len(glimpses.maps)).all()
    assert (glimpses.deviation >= 12**-0.5 - 1e-4).all()


def test_lines_without_text_teach_nothing(network: Network, charset: Charset) -> None:
    silent = Scene(np.full((LINE_HEIGHT, 8), 255, np.uint8), "", np.zeros((0, 4), np.float32))
    quiet = deepcopy(network)
    quiet.blank.bias.data += 100.0
    with pytest.raises(ValueError, match="nothing"):
        collect(quiet, charset, [silent])


def test_boxes_of_matched_characters_only(network: Network, charset: Charset, synthesiser: Synthesiser) -> None:
    line = synthetic_scene(synthesiser.line(2))
    read = collect(network, charset, [line])
    text = charset.decode(read.read.tolist())
    boxes = np.arange(4.0 * len(text)).reshape(-1, 4).astype(np.float32)
    known = collect(network, charset, [Scene(line.image, text, boxes)])
    assert torch.allclose(known.box * torch.tensor([STRIDE, LINE_HEIGHT / ROWS] * 2), torch.from_numpy(boxes))
    shorter = collect(network, charset, [Scene(line.image, text[1:], boxes[1:])])
    assert int(shorter.box[:, 0].isnan().sum()) == 1
    unknown = collect(network, charset, [Scene(line.image, "", np.zeros((0, 4), np.float32))])
    assert unknown.box.isnan().all()


def test_boxes_follow_a_picture_that_is_trimmed() -> None:
    pixels = np.full((100, 200), 255, np.uint8)
    pixels[40:60, 20:60] = 0
    scene = synthetic_scene(SyntheticLine(pixels, "a", np.array([[20, 40, 60, 60]], np.float32), "none"))
    left, top, right, bottom = scene.boxes[0]
    ink = scene.image < 128
    assert [left, right] == pytest.approx(np.flatnonzero(ink.any(axis=0))[[0, -1]] + [0, 1], abs=1.5)
    assert [top, bottom] == pytest.approx(np.flatnonzero(ink.any(axis=1))[[0, -1]] + [0, 1], abs=1.5)


def test_real_lines_teach_too_but_judge_nothing(
    network: Network, charset: Charset, synthesiser: Synthesiser, lines_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def synthetic(source: Source, charset: Charset, seed: int, count: int, *, held_out: bool) -> list[Scene]:
        return [synthetic_scene(synthesiser.line(seed + number)) for number in range(count)]

    monkeypatch.setattr("lucidocr_training.attend._synthetic", synthetic)
    source = Source(lines_folder, lines_folder, lines_folder, ((lines_folder / "first", 1.0),), None, 0.0, 1, 1)
    few = gather(network, charset, source, Amounts(synthetic=3, real=0, judged=2), LESSON)
    more = gather(network, charset, source, Amounts(synthetic=3, real=3, judged=2), LESSON)
    assert len(more.learnt.maps) > len(few.learnt.maps)
    assert torch.equal(more.judged.maps, few.judged.maps)
    assert more.learnt.maps.dtype == torch.float16


def test_a_model_gets_its_head(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "toy")
    (folder / "explain.onnx").write_bytes(b"taps")
    describe(folder)
    network = Network(NetworkConfig(len(CHARS), channels=(4, 4, CHANNELS, 4, 4), hidden=4, bottleneck=12)).eval()
    study = Study(network, Charset(CHARS), marked(60, 9), marked(40, 10), replace(LESSON, epochs=1))
    worth = attend(folder, study)
    model = load_model(folder)
    assert Attention(model, threads=1)
    assert model.fitted_on[ATTENTION].keys() == {RECOGNISE, "explain.onnx"}
    assert worth["learnt_from"] == 60
    assert {"attention", "gaussian", "even"} <= worth.keys()
