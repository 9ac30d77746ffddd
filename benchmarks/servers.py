"""Services as processes of their own, for measurements."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Server:
    """A running service.

    Attributes:
        process: that was started; it may have started others.
        port: that it listens at.
    """

    process: subprocess.Popen[str]
    port: int

    @property
    def processes(self) -> list[int]:
        """Identifiers of the process and its children."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
        return [pid, *map(int, children.split())]

    @property
    def workers(self) -> list[int]:
        """Identifiers of those that serve."""
        return self.processes[1:] or self.processes

    @property
    def memory_mb(self) -> float:
        """Resident memory of all of them together, MiB; what they share is counted in each."""
        return sum(_resident(pid) for pid in self.processes) / 2**20

    @property
    def cpu_seconds(self) -> float:
        """Processor time that they have used."""
        return sum(_used(pid) for pid in self.processes)


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def _used(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(arguments: Sequence[str], *, environment: dict[str, str] | None = None) -> Iterator[Server]:
    """Start a service and end it at the end.

    Args:
        arguments: of the interpreter; the program says its address in its first line.
        environment: variables beside those of this process.
    """
    process = subprocess.Popen(  # noqa: S603 - this program
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        yield Server(process, int(line.strip().rstrip("/").rpartition(":")[2]))
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def lucidocr(*arguments: str) -> list[str]:
    """Arguments that start this project's service at a free port."""
    return ["-m", "lucidocr", "serve", "--port", "0", *arguments]


def rapidocr(threads: int) -> list[str]:
    """Arguments that start the other one."""
    return ["-m", "benchmarks.rapid_server", str(threads)]
