"""Lines of many callers, recognised together: a queue in front of a recogniser, and lanes that empty it."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from lucidocr.errors import BusyError, OptionError, TimeLimitError
from lucidocr.recognise import MIN_FILL, PreparedLine, Recogniser
from lucidocr.threads import available_cores
from lucidocr.types import Frames, ImageArray

_LOG: Final = logging.getLogger(__name__)

_AHEAD: Final = 2
"""Micro-batches of one call that wait for each lane: they keep it busy, and let other calls through."""

_RETRY: Final = 2.0
"""Seconds after which a refused call may go well."""

_LOOKED_AT: Final = 256
"""Waiting lines among which those of like width are looked for."""


@dataclass(frozen=True, slots=True)
class Gathering:
    """How lines of many callers are recognised together.

    Attributes:
        lanes: micro-batches that run at once, on one thread each; one for each core when None.
        columns: most columns of a micro-batch, padding included. What is larger leaves the processor's cache.
        wait: seconds that a micro-batch with room waits for more lines, while others are in work.
        queue: most lines that may wait when a call comes in.
        deadline: seconds that a line may wait for its turn.

    Raises:
        OptionError: fewer than one lane, column or line, or less than no time.
    """

    lanes: int | None = None
    columns: int = 1024
    wait: float = 0.005
    queue: int = 512
    deadline: float = 30.0

    def __post_init__(self) -> None:
        if min(self.lanes if self.lanes is not None else 1, self.columns, self.queue) < 1:
            raise OptionError("lanes, columns and queue are at least 1")
        if self.wait < 0 or self.deadline <= 0:
            raise OptionError("the wait is at least 0 seconds, and the deadline more")


@dataclass(frozen=True, slots=True)
class Ran:
    """A micro-batch that was run.

    Attributes:
        lines: in it.
        columns: of its widest line times their number.
        waited: seconds that its oldest line had waited.
        seconds: that the network took.
    """

    lines: int
    columns: int
    waited: float
    seconds: float


class Gatherer:
    """Stands in for a recogniser, and runs it over lines of all threads together.

    What a line reads does not depend on its company, and an error of one line reaches no other.

    Args:
        recogniser: of one thread; see docs/adr/0026 for why.
        gathering: how.
        observe: told of every micro-batch, by the thread that ran it.
    """

    def __init__(
        self, recogniser: Recogniser, gathering: Gathering, *, observe: Callable[[Ran], None] | None = None
    ) -> None:
        self._recogniser = recogniser
        self._gathering = gathering
        self._lanes = gathering.lanes or available_cores()
        self._queue = _Queue(recogniser.run, gathering, self._lanes, observe or (lambda _: None))
        weakref.finalize(self, self._queue.close)

    @property
    def precision(self) -> Literal["fp32", "int8"]:
        """What the network computes in."""
        return self._recogniser.precision

    @property
    def waiting(self) -> int:
        """Lines that wait for a lane."""
        return len(self._queue)

    def frames(self, lines: Sequence[ImageArray]) -> list[Frames]:
        """See :meth:`lucidocr.recognise.Recogniser.frames`; errors as :meth:`stream`."""
        results = dict(self.stream(lines))
        return [results[number] for number in range(len(lines))]

    def stream(self, lines: Sequence[ImageArray]) -> Iterator[tuple[int, Frames]]:
        """See :meth:`lucidocr.recognise.Recogniser.stream`.

        Raises:
            BusyError: too many lines wait already, or :meth:`close` was called.
            TimeLimitError: a line has waited too long.
            InputError, ImageSizeError: as the recogniser's.
        """
        prepared = [self._recogniser.prepare(line) for line in lines]
        order = sorted(range(len(prepared)), key=lambda number: -prepared[number].columns)
        accepted = False
        for part in _parts(order, [line.columns for line in prepared], self._ahead):
            yield from zip(part, self._queue.ask([prepared[number] for number in part], accepted=accepted), strict=True)
            accepted = True

    @property
    def _ahead(self) -> int:
        """Columns of one call that wait at once."""
        return self._gathering.columns * self._lanes * _AHEAD

    def close(self) -> None:
        """Refuse further calls, answer those that were accepted, and end the lanes."""
        self._queue.close()
        self._queue.join()


def _parts(order: Sequence[int], columns: Sequence[int], limit: int) -> Iterator[list[int]]:
    """Cut line numbers into runs of at most so many columns, of one line at least."""
    part: list[int] = []
    total = 0
    for number in order:
        if part and total + columns[number] > limit:
            yield part
            part, total = [], 0
        part.append(number)
        total += columns[number]
    if part:
        yield part


class _Call:
    """Lines that one thread waits for."""

    def __init__(self, count: int) -> None:
        self.results: dict[int, Frames | Exception] = {}
        self.done = threading.Event()
        self._count = count

    def answer(self, place: int, result: Frames | Exception) -> None:
        """Note the result of one line; called under the queue's lock."""
        self.results[place] = result
        if len(self.results) == self._count:
            self.done.set()

    def frames(self) -> list[Frames]:
        """All results in order, or the error of the first line that has one."""
        for place in range(self._count):
            result = self.results[place]
            if isinstance(result, Exception):
                raise result
        return [result for _, result in sorted(self.results.items()) if not isinstance(result, Exception)]


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A line in the queue.

    Attributes:
        line: what to run.
        call: who waits for it.
        place: of its result in the call's.
        since: when it was queued, seconds of the monotonic clock.
    """

    line: PreparedLine
    call: _Call
    place: int
    since: float


class _Queue:
    """Waiting lines, and the lanes that take them: threads that are started with the first call."""

    def __init__(
        self,
        run: Callable[[Sequence[PreparedLine]], Iterable[Frames]],
        gathering: Gathering,
        lanes: int,
        observe: Callable[[Ran], None],
    ) -> None:
        self._run = run
        self._gathering = gathering
        self._observe = observe
        self._lanes = [threading.Thread(target=self._serve, name=f"lane-{n}", daemon=True) for n in range(lanes)]
        self._changed = threading.Condition()
        self._lines: deque[_Waiting] = deque()
        self._running = 0
        self._started = False
        self._closed = False

    def __len__(self) -> int:
        return len(self._lines)

    def ask(self, lines: Sequence[PreparedLine], *, accepted: bool) -> list[Frames]:
        """Queue lines and wait for their frames.

        Args:
            lines: at least one.
            accepted: whether they belong to a call of which others were answered: then they are not refused.
        """
        call = _Call(len(lines))
        now = time.monotonic()
        with self._changed:
            if self._closed and not accepted:
                raise BusyError("the service is about to end", retry_after=_RETRY)
            if not accepted and len(self._lines) >= self._gathering.queue:
                raise BusyError(f"{len(self._lines)} lines are waiting to be read", retry_after=_RETRY)
            if not self._started:
                self._started = True
                for lane in self._lanes:
                    lane.start()
            self._lines.extend(_Waiting(line, call, place, now) for place, line in enumerate(lines))
            self._changed.notify_all()
        if not call.done.wait(self._gathering.deadline):
            self._give_up(call)
            raise TimeLimitError(f"no turn came within {self._gathering.deadline:g} seconds", retry_after=_RETRY)
        return call.frames()

    def _give_up(self, call: _Call) -> None:
        with self._changed:
            kept = [one for one in self._lines if one.call is not call]
            self._lines.clear()
            self._lines.extend(kept)

    def close(self) -> None:
        """Refuse further calls; the lanes end when nothing waits any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def join(self) -> None:
        """Wait for the lanes to end."""
        if self._started:
            for lane in self._lanes:
                lane.join()

    def _serve(self) -> None:
        """What a lane does until the end."""
        while batch := self._next():
            began = time.monotonic()
            self._answer(batch)
            ended = time.monotonic()
            with self._changed:
                self._running -= 1
                self._changed.notify_all()
            widest = max(one.line.columns for one in batch)
            oldest = min(one.since for one in batch)
            try:
                self._observe(Ran(len(batch), widest * len(batch), began - oldest, ended - began))
            except Exception:  # noqa: BLE001 - a lane that ended would leave its lines unread
                _LOG.exception("a micro-batch could not be noted")

    def _next(self) -> list[_Waiting]:
        """The lines to run next, once there are some; none at the end."""
        with self._changed:
            while not self._lines:
                if self._closed:
                    return []
                self._changed.wait()
            batch = [self._lines.popleft()]
            until = time.monotonic() + self._gathering.wait
            while self._fill(batch) and self._running and not self._closed:
                left = until - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            self._running += 1
            return batch

    def _fill(self, batch: list[_Waiting]) -> bool:
        """Add waiting lines of like width, oldest first; whether there is room for more of them."""
        idle = max(1, len(self._lanes) - self._running)
        share = -(-(len(self._lines) + len(batch)) // idle)  # lanes side by side gain more than lines side by side
        widths = [one.line.columns for one in batch]
        low, high = min(widths), max(widths)
        taken: list[_Waiting] = []
        for number, one in enumerate(self._lines):
            if number == _LOOKED_AT or len(batch) + len(taken) >= share:
                break
            narrow, wide = min(low, one.line.columns), max(high, one.line.columns)
            if narrow >= MIN_FILL * wide and (len(batch) + len(taken) + 1) * wide <= self._gathering.columns:
                taken.append(one)
                low, high = narrow, wide
        for one in taken:
            self._lines.remove(one)
        batch.extend(taken)
        return (len(batch) + 1) * high <= self._gathering.columns

    def _answer(self, batch: Sequence[_Waiting]) -> None:
        """Run a micro-batch and hand its results out; where it fails, every line by itself."""
        try:
            results: list[Frames | Exception] = [*self._run([one.line for one in batch])]
        except Exception as error:  # noqa: BLE001 - it belongs to the thread that waits for the line
            if len(batch) > 1:
                for one in batch:
                    self._answer([one])
                return
            results = [error]
        with self._changed:
            for one, result in zip(batch, results, strict=True):
                one.call.answer(one.place, result)
