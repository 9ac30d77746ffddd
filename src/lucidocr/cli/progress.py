"""How far a batch or an analysis has come: a bar on a terminal, a line now and then anywhere else."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import click
from tqdm import tqdm

if TYPE_CHECKING:
    from lucidocr.batch.tasks import Outcome

LINE_SECONDS: Final = 60.0
"""Seconds between two lines where there is no terminal."""


class BatchProgress:
    """Documents done, their rate and the time that the rest takes; a context manager.

    The rate is that of this run: documents that were there before count as done, but not as quick.

    Args:
        total: all documents.
        terminal: whether stderr is one; found out when None.
    """

    def __init__(self, total: int, *, terminal: bool | None = None) -> None:
        self._terminal = sys.stderr.isatty() if terminal is None else terminal
        # smoothing 0: the mean over the run, since documents differ in length
        self._bar: tqdm[Any] = tqdm(
            total=total, unit="document", smoothing=0, dynamic_ncols=True, disable=not self._terminal, file=sys.stderr
        )
        self._total = total
        self._before = self._done = self._failed = self._pages = 0
        self._began = self._said = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()
        if not self._terminal:
            self._say()

    def skipped(self) -> None:
        """See :class:`lucidocr.batch.run.Progress`."""
        self._before += 1
        if self._terminal:
            self._bar.initial = self._before
            self._bar.n = self._before + self._done

    def finished(self, outcome: Outcome) -> None:
        """See :class:`lucidocr.batch.run.Progress`."""
        self._done += 1
        self._pages += outcome.pages
        self._failed += outcome.failure is not None
        if self._terminal:
            self._bar.set_postfix(pages=self._pages, bad=self._failed, refresh=False)
            self._bar.update()
        elif time.monotonic() - self._said > LINE_SECONDS:
            self._said = time.monotonic()
            self._say()

    def _say(self) -> None:
        line = tqdm.format_meter(
            self._before + self._done,
            self._total,
            time.monotonic() - self._began,
            unit="document",
            initial=self._before,
            bar_format="{n_fmt} of {total_fmt} documents, {rate_fmt}, {elapsed} gone, {remaining} left",
        )
        click.echo(f"lucidocr: {line}, {self._failed} bad", err=True)


class StageProgress:
    """How far each of several stages is; a context manager.

    Args:
        terminal: whether stderr is one; found out when None.
    """

    def __init__(self, *, terminal: bool | None = None) -> None:
        self._terminal = sys.stderr.isatty() if terminal is None else terminal
        self._stage = ""
        self._bar: tqdm[Any] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def tell(self, stage: str, done: int, total: int) -> None:
        """Say how far a stage is; another name than before begins the next one."""
        if stage != self._stage:
            self._close()
            self._stage = stage
            self._bar = tqdm(
                total=total, desc=stage, unit="line", dynamic_ncols=True, disable=not self._terminal, file=sys.stderr
            )
        if self._bar is not None:
            self._bar.update(done - self._bar.n)
        if done == total and not self._terminal:
            click.echo(f"lucidocr: {stage}: {total} lines", err=True)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
