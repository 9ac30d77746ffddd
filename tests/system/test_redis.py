"""Answers shared by a real Redis server, which comes and goes."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lucidocr.serve.cache import Cache, Outcome
from lucidocr.serve.shared import RedisStore

pytestmark = pytest.mark.system


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def redis_at(port: int, folder: Path) -> Iterator[None]:
    """A Redis server that keeps nothing on disk."""
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            for _ in range(500):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.02)
            yield
        finally:
            server.terminate()


def test_two_processes_share_answers(port: int, tmp_path: Path) -> None:
    url = f"redis://127.0.0.1:{port}/0"
    seen: list[Outcome] = []
    with redis_at(port, tmp_path):
        one = Cache(10_000, RedisStore(url, keep=60), observe=seen.append)
        other = Cache(10_000, RedisStore(url, keep=60), observe=seen.append)
        assert one.record("a", lambda: {"text": "发票"}) == {"text": "发票"}
        assert other.record("a", lambda: {"text": "computed again"}) == {"text": "发票"}
        assert other.record("a", lambda: {"text": "computed again"}) == {"text": "发票"}
    assert seen == ["computed", "shared", "memory"]


def test_answers_are_forgotten_after_their_time(port: int, tmp_path: Path) -> None:
    store = RedisStore(f"redis://127.0.0.1:{port}/0", keep=1)
    with redis_at(port, tmp_path):
        store.put("a", b"{}")
        assert store.get("a") == b"{}"
        for _ in range(200):
            if store.get("a") is None:
                return
            time.sleep(0.05)
    raise AssertionError("it is still there after ten seconds")


def test_a_server_that_goes_and_comes_back(port: int, tmp_path: Path) -> None:
    now = [0.0]
    failures: list[float] = []
    store = RedisStore(
        f"redis://127.0.0.1:{port}/0", keep=60, observe=lambda: failures.append(now[0]), clock=lambda: now[0]
    )
    cache = Cache(0, store)
    with redis_at(port, tmp_path):
        assert cache.record("a", lambda: {"number": 1}) == {"number": 1}
        assert cache.record("a", lambda: {"number": 2}) == {"number": 1}
    assert cache.record("a", lambda: {"number": 3}) == {"number": 3}
    assert failures == [0.0]
    with redis_at(port, tmp_path):
        assert cache.record("a", lambda: {"number": 4}) == {"number": 4}  # left alone still
        now[0] = 1.5
        assert cache.record("a", lambda: {"number": 5}) == {"number": 5}
        assert cache.record("a", lambda: {"number": 6}) == {"number": 5}
    assert failures == [0.0]
