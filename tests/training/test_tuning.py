"""The clock of fine-tuning, its state on disk, and how far it goes from the old weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the train extra")

import torch

from lucidocr.errors import OptionError
from lucidocr.metrics import Tally
from lucidocr_training import tuning
from lucidocr_training.batches import Batch
from lucidocr_training.lessons import load_lessons, varied_batches
from lucidocr_training.real import RealMixture
from lucidocr_training.tuning import LOOKS, PATIENCE, SCHEDULE, State, Tuning, Watch, blended, least_share
from lucidocr_training.validate import ValidationSet
from tests.training.bars import CHARSET, random_network, texts, write_set

pytestmark = pytest.mark.torch

NOTHING = ValidationSet("none", "exact", (), ())


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second passes whenever somebody looks at the clock."""
    torch.set_num_threads(1)
    ticks = count()
    monkeypatch.setattr(tuning.time, "monotonic", lambda: float(next(ticks)))
    monkeypatch.setattr(tuning, "_LOOK_COST", 1.0)
    monkeypatch.setattr("lucidocr_training.lessons._POOL", 60)


def batches(folder: Path) -> Iterator[Batch]:
    lessons = load_lessons(write_set(folder, texts(12)), CHARSET)
    return varied_batches(RealMixture((lessons.fit,), (1.0,)), columns=640, seed=3)


def make_run(folder: Path, *, task: str = "task", seconds: float = 20) -> Tuning:
    return Tuning(folder, random_network(), CHARSET, lines_before=5, task=task, seconds=seconds)


def told(monkeypatch: pytest.MonkeyPatch, errors: Iterator[int]) -> None:
    """Make looks say so many errors, one look after the other."""
    monkeypatch.setattr(tuning, "read_set", lambda *_: Tally(10, 0, next(errors), 50, 0))


class TestWatch:
    def test_fewer_errors_are_remembered(self) -> None:
        watch = Watch(100, 10).after(7).after(9).after(5)
        assert (watch.errors, watch.waited) == (5, 0)

    def test_a_part_of_the_time(self) -> None:
        assert [Watch(50, seconds).part for seconds in (0, 25, 60)] == [0, 0.5, 1]

    def test_without_improvement_the_decay_begins_at_once(self) -> None:
        watch = Watch(100, 30).after(3)
        for _ in range(PATIENCE - 1):
            watch = watch.after(3)
        assert watch.end == 100
        watch = watch.after(4)
        assert watch.part == pytest.approx(1 - SCHEDULE.decay)
        assert watch.end == pytest.approx(50)

    def test_a_decay_that_has_begun_is_not_begun_again(self) -> None:
        watch = replace(Watch(100, 70), errors=3, waited=PATIENCE)
        assert watch.after(5).end == 100


class TestTuning:
    def test_it_ends_when_its_time_is_up(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        told(monkeypatch, iter(range(1000, 0, -1)))
        run = make_run(tmp_path / "run")
        run.tune(batches(tmp_path / "set"), NOTHING, quiet=True)
        assert 20 <= run.watch.seconds <= 23
        assert run.progress.lines_before == 5
        assert run.progress.steps > 5
        assert run.optimiser.param_groups[0]["lr"] < 0.2 * SCHEDULE.peak
        assert (tmp_path / "run" / "last.pt").is_file()

    def test_it_ends_early_when_nothing_gets_better(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        told(monkeypatch, iter([3] * 1000))
        run = make_run(tmp_path / "run", seconds=LOOKS * 2)
        run.tune(batches(tmp_path / "set"), NOTHING, quiet=True)
        assert run.watch.waited >= PATIENCE
        assert run.watch.seconds < LOOKS * 2

    def test_the_best_look_is_kept_and_of_equals_the_latest(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = make_run(tmp_path / "run")
        said, kept = iter([9, 2, 2, 8]), []
        told(monkeypatch, said)
        with tuning.tqdm(disable=True) as bar:
            for number in range(4):
                run.average = {name: torch.full_like(value, number) for name, value in run.average.items()}
                run._look(NOTHING, bar)
                kept.append(float(run.best["classes.bias"][0]))
        assert kept == [0, 1, 2, 2]

    def test_the_norms_keep_to_their_statistics(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        told(monkeypatch, iter(range(1000, 0, -1)))
        run = make_run(tmp_path / "run", seconds=8)
        before = {name: value.clone() for name, value in run.network.state_dict().items()}
        run.tune(batches(tmp_path / "set"), NOTHING, quiet=True)
        after = run.network.state_dict()
        moved = {name for name, value in after.items() if not torch.equal(value, before[name])}
        assert {name for name in moved if "running" in name} == set()
        assert "stage16.entry.0.weight" in moved

    def test_a_stopped_run_goes_on_where_it_was(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        told(monkeypatch, iter(range(1000, 0, -1)))

        def stopped() -> Iterator[Batch]:
            yield from islice(batches(tmp_path / "set"), 6)
            raise KeyboardInterrupt

        run = make_run(tmp_path / "run")
        with pytest.raises(KeyboardInterrupt):
            run.tune(stopped(), NOTHING, quiet=True)
        again = make_run(tmp_path / "run", seconds=99)
        assert 0 < again.progress.steps <= run.progress.steps
        assert 0 < again.watch.seconds <= run.watch.seconds
        assert again.watch.end == 20
        assert again.watch.errors == run.watch.errors
        assert all(torch.equal(again.best[name], value) for name, value in run.best.items())

    def test_another_run_in_the_same_place_is_refused(self, tmp_path: Path) -> None:
        make_run(tmp_path / "run").save()
        with pytest.raises(OptionError, match="was begun"):
            make_run(tmp_path / "run", task="another")


OLD: State = {"body": torch.zeros(2), "classes.bias": torch.tensor([0.0, 2.0]), "count": torch.tensor(3)}
NEW: State = {"body": torch.ones(2), "classes.bias": torch.tensor([4.0, 4.0, 9.0]), "count": torch.tensor(5)}


class TestBlending:
    def test_a_part_of_the_way(self) -> None:
        found = blended(OLD, NEW, 0.25)
        assert found["body"].tolist() == [0.25, 0.25]
        assert found["classes.bias"].tolist() == [1.0, 2.5, 9.0]  # the third class is new
        assert int(found["count"]) == 5

    def test_the_ends(self) -> None:
        assert blended(OLD, NEW, 1.0)["classes.bias"].tolist() == [4.0, 4.0, 9.0]
        assert blended(OLD, NEW, 0.0)["body"].tolist() == [0.0, 0.0]

    @pytest.mark.parametrize(
        ("errors", "share"),
        [([3, 9, 8, 3, 2, 1], 0.5), ([3, 3], 0.3), ([3, 9, 9, 9, 9, 9, 9, 9], 1.0)],
    )
    def test_the_least_part_that_reads_as_well(
        self, errors: list[int], share: float, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        network = random_network()
        state = dict(network.state_dict())
        told(monkeypatch, iter(errors))
        assert least_share(network, state, state, CHARSET, NOTHING) == share
