"""The loop learns, goes on where it was killed, and follows its schedule."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the train extra")

import torch

from lucidocr.charset import Charset
from lucidocr_training import checkpoint, train
from lucidocr_training.batches import Batch, Sample, stack
from lucidocr_training.checkpoint import Progress
from lucidocr_training.export import compact_state
from lucidocr_training.network import NetworkConfig
from lucidocr_training.train import Run, Schedule, losses

pytestmark = pytest.mark.torch
CHARS = Charset(" abcdefgh")
SCHEDULE = Schedule(lines=100_000, peak=5e-3, warmup=5, framewise=1000)


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    config = functools.partial(NetworkConfig, channels=(4, 8, 8, 12, 16), hidden=24, bottleneck=16)
    monkeypatch.setattr(train, "NetworkConfig", config)
    torch.set_num_threads(1)


def make_batch(seed: int, *, count: int = 12, known: bool = True) -> Batch:
    """Lines in which every character is a bar of its own length on a white ground."""
    rng, samples = Random(seed), []
    for _ in range(count):
        classes = tuple(rng.choices(range(1, len(CHARS)), k=rng.randint(2, 5)))
        image = np.full((32, 16 * len(classes) + 8), 250, np.uint8)
        boxes = np.array([(16 * place + 6, 16 * place + 16) for place in range(len(classes))], np.float32)
        for place, number in enumerate(classes):
            image[30 - 3 * number : 30, 16 * place + 6 : 16 * place + 16] = 10
        samples.append(Sample(image, classes, classes, boxes if known else boxes[:0]))
    return stack(samples)


def state_of(run: Run) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in run.network.state_dict().items()}


def equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


class TestSchedule:
    SCHEDULE = Schedule(lines=1000, peak=0.1, warmup=10, decay=0.4, framewise=500)

    def rate(self, lines: int, steps: int = 1000) -> float:
        return self.SCHEDULE.rate(Progress(lines, steps))

    def test_warms_up_in_a_line(self) -> None:
        assert [self.rate(0, steps) for steps in (0, 4, 9, 10)] == pytest.approx([0.01, 0.05, 0.1, 0.1])

    def test_holds(self) -> None:
        assert self.rate(10) == self.rate(300) == self.rate(600) == pytest.approx(0.1)

    def test_falls_to_nothing_along_a_cosine(self) -> None:
        assert self.rate(800) == pytest.approx(0.05)
        rates = [self.rate(lines) for lines in range(600, 1001, 20)]
        assert rates == sorted(rates, reverse=True)
        assert self.rate(1000) == pytest.approx(0)
        assert self.rate(1200) == pytest.approx(0)

    def test_lines_of_earlier_runs_do_not_count(self) -> None:
        assert self.SCHEDULE.rate(Progress(10, 1000, 5000)) == pytest.approx(0.1)

    def test_mix_goes_from_frames_to_ctc(self) -> None:
        assert self.SCHEDULE.mix(Progress()) == pytest.approx((1.0, 0.1))
        assert self.SCHEDULE.mix(Progress(250)) == pytest.approx((0.55, 0.5))
        assert self.SCHEDULE.mix(Progress(900)) == pytest.approx((0.1, 0.9))
        assert Schedule(lines=1000, framewise=0).mix(Progress()) == pytest.approx((0.1, 0.9))


class TestLearning:
    def test_thirty_steps_lower_both_losses(self, tmp_path: Path) -> None:
        run = Run(tmp_path, CHARS, SCHEDULE)
        run.network.train()
        told = [run.step(make_batch(number)) for number in range(30)]
        for name in ("ctc", "framewise"):
            values = [getattr(result, name) for result in told]
            assert np.isfinite(values).all()
            assert np.mean(values[-5:]) < 0.75 * np.mean(values[:5])

    def test_it_is_the_same_every_time(self, tmp_path: Path) -> None:
        states = []
        for _ in range(2):
            run = Run(tmp_path, CHARS, SCHEDULE)
            run.network.train()
            torch.manual_seed(4)
            for number in range(3):
                run.step(make_batch(number))
            states.append(state_of(run))
        assert equal(*states)

    def test_lines_without_places_teach_by_ctc_alone(self, tmp_path: Path) -> None:
        run = Run(tmp_path, CHARS, SCHEDULE)
        run.network.train()
        first = losses(run.network, make_batch(0, known=False), (1.0, 0.1))
        assert first.framewise == 0
        assert first.ctc > 0
        assert float(first.total.detach()) == pytest.approx(0.1 * first.ctc, rel=1e-4)

    def test_either_class_may_be_read_where_both_are_right(self, tmp_path: Path) -> None:
        run = Run(tmp_path, CHARS, SCHEDULE)
        run.network.eval()
        batch = make_batch(3, count=1, known=False)
        other = (batch.labels % (len(CHARS) - 1)) + 1
        costs = [
            float(losses(run.network, one, (0.0, 1.0)).total.detach())
            for one in (batch, batch._replace(labels=other, others=other), batch._replace(others=other))
        ]
        assert costs[2] < min(costs[:2])
        summed = -np.logaddexp(*(-np.array(costs[:2]) * int(batch.lengths[0]))) / int(batch.lengths[0])
        assert costs[2] <= summed + 1e-4  # both whole strings, and the mixed ones

    def test_total_is_the_mix(self, tmp_path: Path) -> None:
        run = Run(tmp_path, CHARS, SCHEDULE)
        result = losses(run.network.eval(), make_batch(0), (0.3, 0.6))
        assert float(result.total.detach()) == pytest.approx(0.3 * result.framewise + 0.6 * result.ctc, rel=1e-4)

    def test_a_step_counts_lines_and_sets_the_rate(self, tmp_path: Path) -> None:
        run = Run(tmp_path, CHARS, SCHEDULE)
        run.network.train()
        for number in range(2):
            run.step(make_batch(number))
        assert run.progress == Progress(24, 2, 0)
        assert [group["lr"] for group in run.optimiser.param_groups] == [pytest.approx(2e-3)] * 2

    def test_only_matrices_decay(self, tmp_path: Path) -> None:
        groups = Run(tmp_path, CHARS, SCHEDULE).optimiser.param_groups
        assert {weight.ndim > 1 for weight in groups[0]["params"]} == {True}
        assert {weight.ndim > 1 for weight in groups[1]["params"]} == {False}
        assert [group["weight_decay"] > 0 for group in groups] == [True, False]

    def test_the_average_follows_the_weights(self, tmp_path: Path) -> None:
        run = Run(tmp_path, CHARS, SCHEDULE)
        run.network.train()
        start = run.network.classes.weight.detach().clone()
        for number in range(8):
            run.step(make_batch(number))
        moved = run.network.classes.weight.detach() - start
        averaged = run.averaged()
        followed = averaged.classes.weight.detach() - start
        assert not averaged.training
        assert 0.05 < float((followed * moved).sum() / (moved * moved).sum()) < 0.95
        norm = averaged.stage8.entry[1]
        assert float((norm.running_mean - run.network.stage8.entry[1].running_mean).abs().max()) > 0


class TestResume:
    def steps(self, run: Run, numbers: range) -> None:
        run.network.train()
        for number in numbers:
            torch.manual_seed(number)
            run.step(make_batch(number))

    def test_a_killed_run_goes_on_as_if_nothing_had_happened(self, tmp_path: Path) -> None:
        whole = Run(tmp_path / "whole", CHARS, SCHEDULE)
        self.steps(whole, range(8))

        killed = Run(tmp_path / "killed", CHARS, SCHEDULE)
        self.steps(killed, range(5))
        killed.save()
        self.steps(killed, range(20, 22))  # lost with the process
        resumed = Run(tmp_path / "killed", CHARS, SCHEDULE)
        assert resumed.progress == Progress(60, 5, 0)
        self.steps(resumed, range(5, 8))

        assert resumed.progress == whole.progress
        assert [g["lr"] for g in resumed.optimiser.param_groups] == [g["lr"] for g in whole.optimiser.param_groups]
        assert equal(state_of(resumed), state_of(whole))
        assert equal(resumed.average, whole.average)

    def test_a_checkpoint_is_whole_or_absent(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        run = Run(tmp_path, CHARS, SCHEDULE)
        run.save()

        def killed(state: object, path: Path) -> None:
            path.write_bytes(b"half")
            raise KeyboardInterrupt

        monkeypatch.setattr(torch, "save", killed)
        with pytest.raises(KeyboardInterrupt):
            run.save()
        monkeypatch.undo()
        state = checkpoint.load(tmp_path / "last.pt")
        assert state["charset"] == CHARS.chars
        assert set(state["network"]) == set(run.network.state_dict())

    def test_a_later_run_starts_from_the_average_with_a_new_schedule(self, tmp_path: Path) -> None:
        first = Run(tmp_path / "first", CHARS, SCHEDULE)
        self.steps(first, range(4))
        first.save()
        second = Run(tmp_path / "second", Charset("xyz"), SCHEDULE, tmp_path / "first" / "last.pt")
        assert second.progress == Progress(0, 0, 48)
        assert second.charset == CHARS
        assert equal(state_of(second), first.average)
        assert second.optimiser.state_dict()["state"] == {}
        self.steps(second, range(2))
        second.save()
        third = Run(tmp_path / "second", CHARS, SCHEDULE, tmp_path / "first" / "last.pt")
        assert third.progress == Progress(24, 2, 48)

    def test_a_later_run_may_start_from_the_compact_checkpoint(self, tmp_path: Path) -> None:
        first = Run(tmp_path / "first", CHARS, SCHEDULE)
        self.steps(first, range(2))
        first.save()
        compact = compact_state(checkpoint.load(tmp_path / "first" / "last.pt"), {})
        checkpoint.save(tmp_path / "compact.pt", compact)
        second = Run(tmp_path / "second", CHARS, SCHEDULE, tmp_path / "compact.pt")
        assert second.progress == Progress(0, 0, 24)
        self.steps(second, range(2))
        assert {value.dtype for value in second.average.values()} <= {torch.float32, torch.int64}


class TestFit:
    def batches(self) -> Iterator[Batch]:
        number = 0
        while True:
            yield make_batch(number)
            number += 1

    def test_ends_with_the_schedule_saved_and_logged(self, tmp_path: Path) -> None:
        run = Run(tmp_path, CHARS, Schedule(lines=50, peak=1e-3, warmup=2))
        run.fit(self.batches(), None)
        assert run.progress == Progress(60, 5, 0)
        assert checkpoint.load(tmp_path / "last.pt")["progress"]["lines"] == 60
        rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()]
        assert rows[-1]["lines"] == 60
        assert rows[-1]["rate"] == pytest.approx(0)
        assert rows[-1]["ctc"] > 0

    def test_a_quiet_process_writes_nothing(self, tmp_path: Path) -> None:
        run = Run(tmp_path / "run", CHARS, Schedule(lines=20, peak=1e-3, warmup=2))
        run.fit(self.batches(), None, quiet=True)
        assert run.progress.lines == 24
        assert not (tmp_path / "run").exists()
