from __future__ import annotations

import numpy as np
import pytest
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from benchmarks.memory import resident_mb
from lucidocr.errors import ImageSizeError, LucidOcrError, ModelError
from lucidocr.model import RECOGNISE, load_model
from lucidocr.session import Session
from tests.toy import network


@pytest.fixture
def session() -> Session:
    return Session(network().SerializeToString(), threads=1)


def feeds(width: int = 16) -> dict[str, np.ndarray]:
    return {"images": np.zeros((1, 1, 32, width), np.float32), "widths": np.array([width])}


def test_names_and_metadata(session: Session) -> None:
    assert session.inputs == ("images", "widths")
    assert session.outputs == ("log_blank", "log_other", "active", "log_chars")
    assert set(session.metadata) == {"lucidocr"}


def test_outputs_come_in_the_order_asked_for(session: Session) -> None:
    active, log_blank = session.run(feeds(), ("active", "log_blank"))
    assert active.dtype == np.int64
    assert log_blank.shape == (1, 4)
    assert len(session.run(feeds())) == 4


@pytest.mark.parametrize("graph", [b"", b"rubbish", network().SerializeToString()[:500]])
def test_what_is_no_graph(graph: bytes) -> None:
    with pytest.raises(ModelError):
        Session(graph, threads=1)


@pytest.mark.parametrize(
    "failure",
    [
        MemoryError(),
        ort_errors.RuntimeException("[ONNXRuntimeError] : 6 : std::bad_alloc"),
        ort_errors.Fail("bad allocation"),
    ],
)
def test_no_memory_left(session: Session, monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    class Full:
        def run(self, *_: object) -> None:
            raise failure

    monkeypatch.setattr(session, "_session", Full())
    with pytest.raises(ImageSizeError, match="more memory than there is"):
        session.run(feeds())


def test_a_run_that_fails(session: Session, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(LucidOcrError, match="the network fails") as raised:
        session.run({**feeds(), "images": np.zeros((1, 2, 3), np.float32)})
    assert type(raised.value) is LucidOcrError
    assert capfd.readouterr() == ("", "")


def test_nothing_is_printed(session: Session, capfd: pytest.CaptureFixture[str]) -> None:
    session.run(feeds(64))
    assert capfd.readouterr() == ("", "")


def growth_mb(*, shrink: bool) -> float:
    """What a session of the bundled network holds more after a very long line and a short one than before them."""
    session = Session(load_model().read_part(RECOGNISE), threads=1, arena=True)
    session.run(feeds())
    before = resident_mb()
    session.run(feeds(12_000), shrink=shrink)
    session.run(feeds())
    return resident_mb() - before


def test_an_unusually_large_run_does_not_keep_its_memory() -> None:
    assert growth_mb(shrink=True) < 50
    assert growth_mb(shrink=False) > 100


def test_without_an_arena_there_is_nothing_to_give_back(session: Session) -> None:
    log_blank, *_ = session.run(feeds(), shrink=True)
    assert log_blank.shape == (1, 4)
