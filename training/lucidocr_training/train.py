"""The training loop.

A run has a peak learning rate that is warmed up, held, and lowered to zero along a cosine over its last part; its
weights are worth judging only after that. Checkpoints are written every few minutes and a run goes on from its last
one. A later run starts from the weights of an earlier one with a new warm-up.
"""

from __future__ import annotations

import json
import math
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from lucidocr.charset import Charset
from lucidocr_training import checkpoint
from lucidocr_training.batches import Batch, BatchProcess, BatchQueue, Source, received
from lucidocr_training.checkpoint import Progress
from lucidocr_training.loss import IMPOSSIBLE, column_log_softmax, compact, ctc_terms
from lucidocr_training.network import STRIDE, Network, NetworkConfig
from lucidocr_training.parallel import ENVIRONMENT, average_gradients, join, leave, share
from lucidocr_training.supervision import FrameTargets, frame_targets
from lucidocr_training.validate import Validation


@dataclass(frozen=True, slots=True)
class Schedule:
    """How a run goes.

    Attributes:
        lines: lines in the run.
        peak: highest learning rate.
        warmup: steps until the peak.
        decay: part of the run, at its end, in which the learning rate falls to zero.
        framewise: lines over which the weight of the framewise loss falls from 1 to 0.1 and CTC's rises from 0.1 to
            0.9; 0 for a run that continues another.
        clip: largest norm of the gradient.
        average: time constant of the average of weights, steps.
        save_minutes: minutes between checkpoints.
        validate_minutes: minutes between validation tables.
    """

    lines: int
    peak: float = 2e-3
    warmup: int = 300
    decay: float = 0.4
    framewise: int = 250_000
    clip: float = 5.0
    average: float = 800.0
    save_minutes: float = 4.0
    validate_minutes: float = 12.0

    def rate(self, progress: Progress) -> float:
        """Learning rate of the next step."""
        rising = min(1.0, (progress.steps + 1) / self.warmup)
        falling = max(0.0, (progress.lines / self.lines - (1 - self.decay)) / self.decay)
        return self.peak * rising * 0.5 * (1 + math.cos(math.pi * min(falling, 1.0)))

    def mix(self, progress: Progress) -> tuple[float, float]:
        """Weights of the framewise loss and of CTC."""
        done = min(1.0, progress.lines / self.framewise) if self.framewise else 1.0
        return 1.0 - 0.9 * done, 0.1 + 0.8 * done


@dataclass(frozen=True, slots=True)
class Losses:
    """Losses of a batch, nats per character.

    Attributes:
        total: what is minimised.
        ctc: CTC alone.
        framewise: cross-entropy of the frames with a known answer.
    """

    total: Tensor
    ctc: float
    framewise: float


def losses(network: Network, batch: Batch, mix: tuple[float, float]) -> Losses:
    """Forward pass and both losses of a batch.

    Args:
        network: in training mode.
        batch: see :class:`lucidocr_training.batches.Batch`.
        mix: weights of the framewise loss and of CTC.
    """
    widths, labels, lengths = (torch.from_numpy(array) for array in (batch.widths, batch.labels, batch.lengths))
    images = torch.from_numpy(batch.images).contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        features = network(images, widths)
    frames = widths // STRIDE
    targets = frame_targets(torch.from_numpy(batch.edges), lengths, frames, features.blank.shape[1])
    columns, compacted = compact(labels, lengths)
    chars = _active_log_probs(network, features.bottleneck, columns, torch.from_numpy(batch.others), targets.active)
    ctc = ctc_terms(features.blank, chars, targets.active, compacted, frames, lengths).sum()
    framewise = _framewise(features.blank, chars, targets)
    count = lengths.sum()
    total = (mix[0] * framewise + mix[1] * ctc) / count
    return Losses(total, float(ctc.detach() / count), float(framewise.detach() / count))


def _active_log_probs(network: Network, bottleneck: Tensor, columns: Tensor, others: Tensor, active: Tensor) -> Tensor:
    """Log P(label s of its line, or what is as right | not blank) at active frames; the rest is impossible.

    Args:
        network: whose class layer to use.
        bottleneck: [B, T, d].
        columns: int64 [B, S], classes of the labels.
        others: int64 [B, S], classes that are as right; equal to ``columns`` where there are none.
        active: bool [B, T].

    Returns:
        float32 [B, T, S].
    """
    batch, frames, _ = bottleneck.shape
    rows = active.reshape(-1).nonzero()[:, 0]
    lines = rows // frames
    wanted = torch.cat([columns, others], 1)
    layer, hidden = network.classes, bottleneck.reshape(batch * frames, -1)[rows]
    both = column_log_softmax(hidden.float(), layer.weight, layer.bias, lines, wanted)
    first, second = both.chunk(2, dim=1)
    values = torch.where((columns == others)[lines], first, torch.logaddexp(first, second))
    everywhere = values.new_full((batch * frames, columns.shape[1]), IMPOSSIBLE)
    return everywhere.index_copy(0, rows, values).reshape(batch, frames, -1)


def _framewise(blank: Tensor, chars: Tensor, targets: FrameTargets) -> Tensor:
    """Cross-entropy of the frames whose answer is known, summed; frames that must be blank count half."""
    positions = torch.arange(chars.shape[2]).expand_as(targets.centres)
    lines = torch.arange(len(chars))[:, None].expand_as(targets.centres)
    said = chars[lines, targets.centres, positions] + nn.functional.logsigmoid(-blank)[lines, targets.centres]
    silent = nn.functional.logsigmoid(blank)
    return -(said * targets.known).sum() - 0.5 * (silent * targets.blanks).sum()


def make_optimiser(network: Network, rate: float) -> torch.optim.AdamW:
    """AdamW with weight decay on matrices only."""
    matrices = [weight for weight in network.parameters() if weight.ndim > 1]
    vectors = [weight for weight in network.parameters() if weight.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": 0.02}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), fused=True)


class Run:
    """One training run and its state.

    Args:
        folder: holds ``last.pt`` and ``log.jsonl``; a run found there goes on.
        charset: the alphabet.
        schedule: how the run goes.
        initial: checkpoint of an earlier run to start from.
    """

    def __init__(self, folder: Path, charset: Charset, schedule: Schedule, initial: Path | None = None) -> None:
        self.folder = folder
        self.schedule = schedule
        self.charset = charset
        state = self._initial_state(initial)
        if state is None:
            torch.manual_seed(0)
            self.network = Network(NetworkConfig(len(charset)))
            self.progress = Progress()
        else:
            self.network, self.charset, self.progress = checkpoint.restore(state, averaged=False)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimiser = make_optimiser(self.network, schedule.peak)
        self.average = {name: value.clone() for name, value in self.network.state_dict().items()}
        if state is not None:
            self.average = {
                name: value.float() if value.is_floating_point() else value for name, value in state["average"].items()
            }
            if "optimiser" in state:
                self.optimiser.load_state_dict(state["optimiser"])

    def _initial_state(self, initial: Path | None) -> dict[str, Any] | None:
        last = self.folder / "last.pt"
        if last.exists():
            return checkpoint.load(last)
        if initial is None:
            return None
        state = checkpoint.load(initial)
        before = state["progress"]["lines"] + state["progress"]["lines_before"]
        state.pop("optimiser", None)
        state["network"] = state["average"]
        return {**state, "progress": asdict(Progress(lines_before=before))}

    def step(self, batch: Batch) -> Losses:
        """One optimiser step."""
        rate = self.schedule.rate(self.progress)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        result = losses(self.network, batch, self.schedule.mix(self.progress))
        self.optimiser.zero_grad(set_to_none=True)
        result.total.backward()  # type: ignore[no-untyped-call]
        count = average_gradients(self.network.parameters(), len(batch.widths))
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), self.schedule.clip)
        if bool(torch.isfinite(norm)):
            self.optimiser.step()
        self._update_average()
        self.progress = replace(self.progress, lines=self.progress.lines + count, steps=self.progress.steps + 1)
        return result

    @torch.no_grad()
    def _update_average(self) -> None:
        horizon = min(self.schedule.average, 10 + self.progress.steps / 4)
        state = self.network.state_dict()
        floats = [name for name, value in state.items() if value.is_floating_point()]
        torch._foreach_lerp_([self.average[name] for name in floats], [state[name] for name in floats], 1 / horizon)

    def averaged(self) -> Network:
        """A copy of the network with the averaged weights, ready to read."""
        network = Network(self.network.config)
        network.load_state_dict(self.average)
        return network.eval()

    def save(self) -> None:
        """Write ``last.pt``."""
        packed = checkpoint.pack(self.network, self.average, self.charset, self.progress)
        checkpoint.save(self.folder / "last.pt", {**packed, "optimiser": self.optimiser.state_dict()})

    def log(self, row: dict[str, Any]) -> None:
        """Add a line to ``log.jsonl``."""
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"lines": self.progress.lines, **row}, ensure_ascii=False) + "\n")

    def fit(self, batches: Iterable[Batch], validation: Validation | None, *, quiet: bool = False) -> None:
        """Train until the schedule ends.

        Args:
            batches: without end.
            validation: sets to watch; none: no table.
            quiet: write neither checkpoints nor log nor progress (all but the first of several processes).
        """
        self.network.train()
        saved = validated = time.monotonic()
        smooth: dict[str, float] = {}
        total, done = self.schedule.lines, self.progress.lines
        with tqdm(total=total, initial=done, unit="line", smoothing=0.02, mininterval=5, disable=quiet) as bar:
            for batch in batches:
                result = self.step(batch)
                for name, value in (("ctc", result.ctc), ("framewise", result.framewise)):
                    smooth[name] = 0.99 * smooth.get(name, value) + 0.01 * value
                bar.update(self.progress.lines - bar.n)
                bar.set_postfix(smooth, refresh=False)
                finished = self.progress.lines >= total
                if not quiet and (finished or time.monotonic() - saved > 60 * self.schedule.save_minutes):
                    self.save()
                    self.log({**smooth, "rate": self.schedule.rate(self.progress)})
                    saved = time.monotonic()
                if validation is not None and (
                    finished or time.monotonic() - validated > 60 * self.schedule.validate_minutes
                ):
                    self.log({"validation": validation.table(self.averaged(), self.charset)})
                    validated = time.monotonic()
                if finished:
                    return


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a run needs.

    Attributes:
        folder: of the run.
        source: where lines come from.
        schedule: how the run goes.
        charset: the alphabet of a new run.
        initial: checkpoint to start a new run from; None starts from nothing.
        processes: how many train, each on a core; one more makes the lines.
    """

    folder: Path
    source: Source
    schedule: Schedule
    charset: Charset
    initial: Path | None
    processes: int

    def run(self) -> Run:
        """The run as far as it has come."""
        return Run(self.folder, self.charset, self.schedule, self.initial)


def _work(plan: Plan, rank: int, meeting: Path, queue: BatchQueue) -> None:
    """One of the processes of a run."""
    join(meeting, rank, plan.processes)
    run = plan.run()
    share(run.network)
    validation = Validation.load(plan.source, run.charset) if rank == 0 else None
    run.fit(received(queue), validation, quiet=rank > 0)
    leave()


def start(plan: Plan) -> None:
    """Begin a run or go on with it; one that has ended is left as it is."""
    plan.folder.mkdir(parents=True, exist_ok=True)
    run = plan.run()
    if run.progress.lines >= plan.schedule.lines:
        return
    context = multiprocessing.get_context("spawn")
    producer = BatchProcess(plan.source, run.charset, run.progress.lines_before + run.progress.lines)
    os.environ.update(ENVIRONMENT)
    with tempfile.TemporaryDirectory() as temporary:
        shared = (Path(temporary) / "meeting", producer.queue)
        workers = [context.Process(target=_work, args=(plan, rank, *shared)) for rank in range(plan.processes)]
        for process in workers:
            process.start()
        try:
            workers[0].join()
        finally:
            producer.close()
            for process in workers:
                process.terminate()
    if workers[0].exitcode:
        raise SystemExit(workers[0].exitcode)
