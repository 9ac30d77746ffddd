from __future__ import annotations

import os
from pathlib import Path

import pytest

from lucidocr.threads import available_cores


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Eight cores, and an empty tree of control groups."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    (tmp_path / "membership").write_text("0::/\n")
    return tmp_path


def cores(machine: Path) -> int:
    return available_cores(root=machine / "cgroup", membership=machine / "membership")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_affinity_counts_where_there_is_no_quota(machine: Path) -> None:
    assert cores(machine) == 8


@pytest.mark.parametrize(
    ("quota", "expected"),
    [("max 100000", 8), ("250000 100000", 2), ("50000 100000", 1), ("9900000 100000", 8), ("rubbish", 8), ("1 0", 8)],
)
def test_quota_of_version_2(machine: Path, quota: str, expected: int) -> None:
    write(machine / "cgroup" / "cpu.max", quota)
    assert cores(machine) == expected


@pytest.mark.parametrize(("quota", "expected"), [("-1", 8), ("300000", 3)])
def test_quota_of_version_1(machine: Path, quota: str, expected: int) -> None:
    write(machine / "membership", "4:memory:/box\n3:cpu,cpuacct:/box\n")
    write(machine / "cgroup" / "cpu" / "box" / "cpu.cfs_quota_us", quota)
    write(machine / "cgroup" / "cpu" / "box" / "cpu.cfs_period_us", "100000")
    assert cores(machine) == expected


def test_the_tightest_group_on_the_way_up_counts(machine: Path) -> None:
    write(machine / "membership", "0::/service/worker\n")
    write(machine / "cgroup" / "service" / "cpu.max", "200000 100000")
    write(machine / "cgroup" / "service" / "worker" / "cpu.max", "400000 100000")
    assert cores(machine) == 2


def test_a_group_outside_of_the_tree_is_not_followed(machine: Path) -> None:
    write(machine / "membership", "0::/../../elsewhere\n")
    assert cores(machine) == 8


def test_systems_without_affinity_count_the_machine(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert cores(machine) == 3


def test_this_machine_has_cores() -> None:
    assert available_cores() >= 1
