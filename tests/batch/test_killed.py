"""A real batch, killed three times at random moments."""

from __future__ import annotations

from pathlib import Path

from benchmarks.batches import draw_pages, kill_trial
from lucidocr.threads import available_cores


def test_a_killed_batch_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    draw_pages(tmp_path / "pages", 16, lines=2)
    jobs = str(min(2, available_cores()))
    trial = kill_trial(tmp_path / "pages", tmp_path, "--jobs", jobs, "--format", "json", kills=3, seed=7)
    assert trial.identical
    assert trial.twice == 0
    assert trial.left == 0
    assert len(trial.kills) == 3
    assert trial.kills[-1] <= 16
