from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from lucidocr import Reader
from lucidocr.errors import BusyError, ImageSizeError, InputError, OptionError, TimeLimitError
from lucidocr.gathering import Gatherer, Gathering, Ran
from lucidocr.model import load_model
from lucidocr.recognise import PreparedLine, Recogniser
from lucidocr.types import Frames
from tests.fakes import picture_of
from tests.toy import CHARS, paint_line

WORDS = ("Invoice", "No", "Total amount", "to", "Received with thanks", "Date")


class Held(Recogniser):
    """A recogniser whose runs wait to be let through, and whose lines of some widths fail."""

    def __init__(self, model: Path) -> None:
        super().__init__(load_model(model), threads=1)
        self.free = threading.Event()
        self.begun = threading.Semaphore(0)
        self.runs: list[list[int]] = []
        self.broken: set[int] = set()

    def run(self, lines: Sequence[PreparedLine]) -> Iterator[Frames]:
        self.runs.append([line.width for line in lines])
        self.begun.release()
        assert self.free.wait(30)
        if self.broken & {line.width for line in lines}:
            raise ImageSizeError("the picture needs more memory than there is")
        return super().run(lines)


@pytest.fixture
def held(toy_model: Path) -> Held:
    return Held(toy_model)


def until(true: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    for _ in range(3000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it never came to be")


def texts_of(chance: np.random.Generator, count: int) -> list[str]:
    return ["".join(chance.choice(list(CHARS[:-1]), int(chance.integers(1, 30)))) for _ in range(count)]


@pytest.mark.parametrize("gathering", [Gathering(lanes=1), Gathering(lanes=3), Gathering(lanes=2, columns=64, wait=0)])
def test_many_threads_read_what_each_reads_alone(toy_model: Path, gathering: Gathering) -> None:
    chance = np.random.default_rng(0)
    calls = [texts_of(chance, int(chance.integers(1, 9))) for _ in range(60)]
    ran: list[Ran] = []
    gatherers: list[Gatherer] = []

    def gather(recogniser: Recogniser) -> Gatherer:
        gatherers.append(Gatherer(recogniser, gathering, observe=ran.append))
        return gatherers[0]

    reader = Reader(toy_model, gather=gather)

    def read(texts: Sequence[str]) -> list[str]:
        return [reading.text for reading in reader.read_lines([paint_line(text) for text in texts])]

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(read, calls)) == calls
    until(lambda: sum(one.lines for one in ran) == sum(map(len, calls)))
    gatherers[0].close()
    together = [one.columns for one in ran if one.lines > 1]
    assert together or not gathering.wait  # where nobody waits, lines may never meet
    assert all(columns <= gathering.columns for columns in together)


def test_frames_are_those_of_the_recogniser_itself(toy_model: Path) -> None:
    recogniser = Recogniser(load_model(toy_model), threads=1)
    lines = [paint_line(text) for text in ("ab", "abcdefgh" * 20, "", "hg", "c" * 9)]
    gatherer = Gatherer(recogniser, Gathering(lanes=2, columns=128))
    for one, other in zip(gatherer.frames(lines), recogniser.frames(lines), strict=True):
        assert one.active.tolist() == other.active.tolist()
        assert (one.width, one.pixels_per_frame) == (other.width, other.pixels_per_frame)
        assert np.allclose(one.log_chars, other.log_chars, atol=1e-4)
    assert gatherer.frames([]) == []
    assert gatherer.precision == "fp32"


def test_the_bundled_model_reads_the_same_in_company() -> None:
    pictures = [np.asarray(picture_of(f"{word} {number}").convert("L")) for number, word in enumerate(WORDS * 3)]
    alone = Reader(threads=1).read_lines(pictures)
    reader = Reader(gather=lambda recogniser: Gatherer(recogniser, Gathering(lanes=2)))
    with ThreadPoolExecutor(8) as pool:
        together = [one[0] for one in pool.map(lambda picture: reader.read_lines([picture]), pictures)]
    assert [one.text for one in together] == [one.text for one in alone]
    for one, other in zip(together, alone, strict=True):
        assert one.confidence == pytest.approx(other.confidence, abs=1e-4)
        assert [span.left for span in one.spans] == pytest.approx([span.left for span in other.spans], abs=0.01)


def test_what_waits_is_run_together_by_width(held: Held) -> None:
    gatherer = Gatherer(held, Gathering(lanes=1, columns=256))
    widths = {text: paint_line(text).shape[1] for text in ("ab", "abcd", "abcde", "abcdefgh" * 2)}
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(gatherer.frames, [paint_line("ab")])
        held.begun.acquire()
        others = []
        for number, text in enumerate(["abcde", "abcdefgh" * 2, "abcd", "abcde"]):
            others.append(pool.submit(gatherer.frames, [paint_line(text)]))
            until(lambda number=number: gatherer.waiting == number + 1)  # type: ignore[misc]
        held.free.set()
        assert [len(one.result()) for one in (first, *others)] == [1] * 5
    narrow, middle, wide = widths["abcd"], widths["abcde"], widths["abcdefgh" * 2]
    assert held.runs == [[widths["ab"]], [middle, narrow, middle], [wide]]


def test_a_call_with_many_lines_lets_others_through(held: Held) -> None:
    gatherer = Gatherer(held, Gathering(lanes=1, columns=64, queue=1))
    held.free.set()
    many = [paint_line("abcd")] * 40
    seen = []
    for number, _ in gatherer.stream(many):
        seen.append(number)
        assert gatherer.waiting <= 2 * 64 // many[0].shape[1]
    assert sorted(seen) == list(range(40))


def test_an_error_reaches_only_its_own_caller(held: Held) -> None:
    held.broken = {paint_line("abcde").shape[1]}
    gatherer = Gatherer(held, Gathering(lanes=1))
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(gatherer.frames, [paint_line("ab")])
        held.begun.acquire()
        bad = pool.submit(gatherer.frames, [paint_line("abcde"), paint_line("abcd")])
        until(lambda: gatherer.waiting == 2)
        good = pool.submit(gatherer.frames, [paint_line("abcd")])
        until(lambda: gatherer.waiting == 3)
        held.free.set()
        assert len(first.result()[0]) > 0
        assert len(good.result()[0]) > 0
        with pytest.raises(ImageSizeError, match="more memory"):
            bad.result()
    assert len(held.runs[1]) == 3  # they were in one run


def test_a_line_that_is_none_is_refused_before_it_is_queued(held: Held) -> None:
    gatherer = Gatherer(held, Gathering())
    with pytest.raises(InputError, match="not a line image"):
        gatherer.frames([paint_line("a").astype(np.float32)])
    assert held.runs == []


def test_a_full_queue_refuses_and_says_when_to_ask_again(held: Held) -> None:
    gatherer = Gatherer(held, Gathering(lanes=1, queue=2))
    with ThreadPoolExecutor(8) as pool:
        running = pool.submit(gatherer.frames, [paint_line("ab")])
        held.begun.acquire()
        waiting = pool.submit(gatherer.frames, [paint_line("ab"), paint_line("cd")])
        until(lambda: gatherer.waiting == 2)
        with pytest.raises(BusyError, match="2 lines are waiting") as refused:
            gatherer.frames([paint_line("ab")])
        assert refused.value.retry_after
        held.free.set()
        assert (len(running.result()), len(waiting.result())) == (1, 2)
    assert len(gatherer.frames([paint_line("ab")])) == 1


def test_a_line_that_waits_too_long_is_given_up(held: Held) -> None:
    gatherer = Gatherer(held, Gathering(lanes=1, deadline=0.2))
    with ThreadPoolExecutor(8) as pool:
        running = pool.submit(gatherer.frames, [paint_line("ab")])
        held.begun.acquire()
        with pytest.raises(TimeLimitError, match=r"within 0\.2 seconds"):
            gatherer.frames([paint_line("abcdefgh")])
        assert gatherer.waiting == 0
        held.free.set()
        with pytest.raises(TimeLimitError):
            running.result()
    assert len(gatherer.frames([paint_line("a")])) == 1
    assert paint_line("abcdefgh").shape[1] not in [width for run in held.runs for width in run]


def test_the_end_answers_what_was_accepted(held: Held) -> None:
    gatherer = Gatherer(held, Gathering(lanes=2))
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(gatherer.frames, [paint_line("abcd")]) for _ in range(6)]
        until(lambda: gatherer.waiting + sum(map(len, held.runs)) == 6)
        ending = pool.submit(gatherer.close)
        until(lambda: gatherer._queue._closed)
        with pytest.raises(BusyError, match="about to end"):
            gatherer.frames([paint_line("a")])
        held.free.set()
        ending.result()
        assert [len(one.result()) for one in asked] == [1] * 6
    assert not any(lane.is_alive() for lane in gatherer._queue._lanes)


def test_the_end_of_one_that_was_never_asked(held: Held) -> None:
    Gatherer(held, Gathering()).close()


def test_an_observer_that_fails_does_no_harm(held: Held, caplog: pytest.LogCaptureFixture) -> None:
    def fail(ran: Ran) -> None:
        raise OSError(28, "No space left on device")

    held.free.set()
    gatherer = Gatherer(held, Gathering(lanes=1), observe=fail)
    assert [len(gatherer.frames([paint_line("ab")])) for _ in range(3)] == [1, 1, 1]
    gatherer.close()
    assert "could not be noted" in caplog.text


@pytest.mark.parametrize(
    "change", [{"lanes": 0}, {"columns": 0}, {"queue": 0}, {"wait": -0.1}, {"deadline": 0.0}], ids=str
)
def test_numbers_that_make_no_sense(change: dict[str, float]) -> None:
    with pytest.raises(OptionError, match="at least"):
        Gathering(**change)  # type: ignore[arg-type]
