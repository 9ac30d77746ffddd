"""The loop of fine-tuning: the training loop by the clock, judged by held-out lines as it goes.

Batch normalisation keeps to its statistics, the weights are averaged, and the run ends when its time is up or when
held-out lines are read no better. Of the way from the old weights to the new ones only as much is taken as these lines
ask for, so that the model forgets no more than it has to.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor
from tqdm import tqdm

from lucidocr.charset import Charset
from lucidocr.errors import OptionError
from lucidocr.metrics import Tally, tally
from lucidocr_training import checkpoint
from lucidocr_training.batches import Batch
from lucidocr_training.checkpoint import Progress
from lucidocr_training.network import Network
from lucidocr_training.restore import keep_norms
from lucidocr_training.train import Run, Schedule
from lucidocr_training.validate import ValidationSet, read_lines

State = dict[str, Tensor]
"""Weights and buffers of a network by name."""

SCHEDULE: Final = Schedule(lines=1, peak=2e-4, warmup=20, decay=0.4, framewise=0, average=200.0)
"""How a run goes; its number of lines follows from its time."""

COLUMNS: Final = 6144
"""Pixel columns in a batch."""

LOOKS: Final = 60
"""Looks at the held-out lines in a run, at most."""

PATIENCE: Final = 8
"""Looks without an improvement after which the learning rate begins to fall."""

SHARES: Final = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Parts of the way from the old weights to the new ones that are tried before the whole of it."""

_LOOK_COST: Final = 0.1
"""Part of the time that looks may take, roughly."""


@dataclass(frozen=True, slots=True)
class Watch:
    """The clock of a run, and what its looks at held-out lines have said.

    Attributes:
        end: seconds at which the run ends.
        seconds: spent so far.
        errors: edit distances of the best look, summed; None before the first.
        waited: looks since the last that was better than all before.
    """

    end: float
    seconds: float = 0.0
    errors: int | None = None
    waited: int = 0

    @property
    def part(self) -> float:
        """How much of the run is over, 0 to 1."""
        return min(self.seconds / self.end, 1.0)

    def after(self, errors: int) -> Watch:
        """The watch after a look; where looks no longer get better, the end is moved up so that the decay begins."""
        if self.errors is None or errors < self.errors:
            return replace(self, errors=errors, waited=0)
        waited, held = self.waited + 1, 1 - SCHEDULE.decay
        end = self.seconds / held if waited >= PATIENCE and self.part < held else self.end
        return replace(self, waited=waited, end=end)


class Tuning(Run):
    """A run of fine-tuning and its state; one found in its folder goes on.

    Args:
        folder: for ``last.pt``.
        start: the old network, with the new alphabet.
        charset: the new alphabet.
        lines_before: lines that the weights have seen.
        task: what tells this run from others.
        seconds: time to train.

    Raises:
        OptionError: the run in the folder is another one.
    """

    def __init__(
        self, folder: Path, start: Network, charset: Charset, *, lines_before: int, task: str, seconds: float
    ) -> None:
        initial = folder / "start.pt"
        packed = checkpoint.pack(start, dict(start.state_dict()), charset, Progress(lines_before=lines_before))
        checkpoint.save(initial, packed)
        super().__init__(folder, charset, SCHEDULE, initial)
        self.task = task
        self.watch = Watch(seconds)
        self.best = _copied(self.average)
        if (folder / "last.pt").is_file():
            self._go_on(checkpoint.load(folder / "last.pt"))

    def _go_on(self, state: dict[str, Any]) -> None:
        if state["task"] != self.task:
            raise OptionError(
                f"a run with other lines, another model or other settings was begun in {str(self.folder.parent)!r}",
                remedy=f"Repeat its settings, give another folder, or remove {str(self.folder)!r}.",
            )
        self.watch, self.best = Watch(**state["watch"]), state["best"]

    def save(self) -> None:
        """Write ``last.pt``."""
        packed = checkpoint.pack(self.network, self.average, self.charset, self.progress)
        further = {"task": self.task, "watch": asdict(self.watch), "best": self.best}
        checkpoint.save(self.folder / "last.pt", {**packed, "optimiser": self.optimiser.state_dict(), **further})

    def tune(self, batches: Iterable[Batch], held_out: ValidationSet, *, quiet: bool = False) -> None:
        """Train until the time is up or the held-out lines are read no better.

        Args:
            batches: without end.
            held_out: lines to judge by.
            quiet: show no progress bar.
        """
        keep_norms(self.network)
        looked, pause = self.watch.seconds, self.watch.end / LOOKS
        with tqdm(total=round(self.watch.end), initial=round(self.watch.seconds), unit="s", disable=quiet) as bar:
            began = time.monotonic()
            for batch in batches:
                if self.watch.part >= 1:
                    return
                self._pace()
                self.step(batch)
                began = self._spend(began)
                if self.watch.part >= 1 or self.watch.seconds - looked > pause:
                    looked = self.watch.seconds
                    self._look(held_out, bar)
                    self.save()
                    began = self._spend(began)
                    pause = max(pause, (self.watch.seconds - looked) / _LOOK_COST)
                    looked = self.watch.seconds
                bar.update(round(self.watch.seconds) - bar.n)

    def _spend(self, began: float) -> float:
        """Add what has passed since a moment to the watch; returns the moment that it is now."""
        now = time.monotonic()
        self.watch = replace(self.watch, seconds=self.watch.seconds + now - began)
        return now

    def _pace(self) -> None:
        """Give the schedule as many lines as will come at this pace, so that it ends when the time is up."""
        if self.watch.part:
            self.schedule = replace(self.schedule, lines=max(1, round(self.progress.lines / self.watch.part)))

    def _look(self, held_out: ValidationSet, bar: tqdm[Any]) -> None:
        """Read the held-out lines with the averaged weights, and keep the best of these; of equals the latest."""
        found = read_set(self.averaged(), self.charset, held_out)
        if self.watch.errors is None or found.errors <= self.watch.errors:
            self.best = _copied(self.average)
        self.watch = self.watch.after(found.errors)
        self.log({"held_out": {"lines": found.line_accuracy, "cer": found.cer}, **asdict(self.watch)})
        bar.total = round(self.watch.end)
        speed = self.progress.lines / max(self.watch.seconds, 1e-3)
        bar.set_postfix_str(f"{found.right}/{found.lines} lines right, CER {found.cer:.4f}, {speed:.0f} lines/s")


def _copied(state: State) -> State:
    return {name: value.clone() for name, value in state.items()}


def read_set(network: Network, charset: Charset, lines: ValidationSet) -> Tally:
    """Compare a network's readings of a set with its texts."""
    return tally(zip(read_lines(network, charset, lines.images), lines.texts, strict=True), lines.rule)


def blended(old: State, new: State, share: float) -> State:
    """The state that lies a share of the way from one to another.

    Where the new one has more classes, theirs are those of the new one: the old one does not know them.
    """
    result = {
        name: torch.lerp(old[name], value[: len(old[name])], share) if value.is_floating_point() else value
        for name, value in new.items()
    }
    for name, value in new.items():
        if value.ndim and len(old[name]) < len(value):
            result[name] = torch.cat([result[name], value[len(old[name]) :]])
    return result


def least_share(network: Network, old: State, new: State, charset: Charset, held_out: ValidationSet) -> float:
    """The smallest part of the way from the old weights to the new ones that reads held-out lines as well as all of it.

    Weights between those of a model and those of its fine-tuned successor keep more of what the model could do
    (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").

    Args:
        network: takes the states; its own weights are lost.
        old: state before; may have fewer classes.
        new: state after.
        charset: the network's alphabet.
        held_out: lines to judge by.
    """
    network.eval().load_state_dict(new)
    wanted = read_set(network, charset, held_out)
    for share in SHARES:
        network.load_state_dict(blended(old, new, share))
        found = read_set(network, charset, held_out)
        if found.errors <= wanted.errors and found.right >= wanted.right:
            return share
    return 1.0
