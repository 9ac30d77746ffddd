"""How many processor cores this process may really use."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_CGROUP_ROOT = Path("/sys/fs/cgroup")
_MEMBERSHIP = Path("/proc/self/cgroup")


def available_cores(*, root: Path = _CGROUP_ROOT, membership: Path = _MEMBERSHIP) -> int:
    """Cores that affinity and the container's CPU quota leave to this process.

    More threads than that make inference several times slower, so they are counted and not guessed from the machine.

    Args:
        root: mount point of the control groups (v1 or v2); a place without them sets no limit.
        membership: file that names this process's control groups.

    Returns:
        At least 1. A quota of two and a half cores counts as two.
    """
    cores = _affinity()
    quota = _quota(root, membership)
    return cores if quota is None else max(1, min(cores, math.floor(quota)))


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quota(root: Path, membership: Path) -> float | None:
    """The tightest CPU quota from this process's control group up to the root, in cores; None without one."""
    quotas = [quota for folder in _groups(root, membership) if (quota := _group_quota(folder)) is not None]
    return min(quotas, default=None)


def _groups(root: Path, membership: Path) -> Iterator[Path]:
    """Folders of the control groups that bound this process's CPU time; some may not exist.

    Inside a container the path in ``membership`` is often that of the host and the group itself is mounted at the
    root, so every ancestor is listed and the root as well.
    """
    for line in (_read(membership) or "").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            base = root
        elif "cpu" in controllers.split(","):
            base = root / "cpu"
        else:
            continue
        relative = PurePosixPath(path.lstrip("/"))
        if ".." not in relative.parts:
            yield from (base / part for part in (relative, *relative.parents))
    yield from (root, root / "cpu")


def _group_quota(folder: Path) -> float | None:
    unified = (_read(folder / "cpu.max") or "").split()  # v2: "<quota|max> <period>"
    if len(unified) == 2:
        return _ratio(*unified)
    quota, period = _read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us")  # v1: quota -1 is none
    return _ratio(quota, period) if quota and period else None


def _ratio(quota: str, period: str) -> float | None:
    try:
        cores = int(quota) / int(period)
    except (ValueError, ZeroDivisionError):
        return None
    return cores if cores > 0 else None


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
