"""The store in Redis where there is none; tests/system/test_redis.py has a real one."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from lucidocr.errors import MissingPartError, OptionError
from lucidocr.serve.cache import Cache
from lucidocr.serve.shared import RedisStore


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def deaf() -> Iterator[str]:
    """The address of a server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.fixture
def nobody() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return f"redis://127.0.0.1:{port}/0"


def test_without_a_server_the_cache_goes_on(nobody: str, caplog: pytest.LogCaptureFixture) -> None:
    failures: list[None] = []
    cache = Cache(10_000, RedisStore(nobody, keep=60, observe=lambda: failures.append(None)))
    assert cache.record("a", lambda: {"text": "x"}) == {"text": "x"}
    assert cache.record("b", lambda: {"text": "y"}) == {"text": "y"}
    assert len(failures) == 1  # then it was left alone
    assert "does not answer" in caplog.text


def test_a_server_that_fails_is_left_alone_for_longer_and_longer(nobody: str) -> None:
    clock = Clock()
    failures: list[float] = []
    store = RedisStore(nobody, keep=60, observe=lambda: failures.append(clock.now), clock=clock)
    for _ in range(200):
        assert store.get("a") is None
        clock.now += 1.0
    assert failures == [100, 101, 103, 107, 115, 131, 163, 223, 283]


def test_a_server_that_never_answers_is_given_up(deaf: str) -> None:
    failures: list[None] = []
    store = RedisStore(deaf, keep=60, observe=lambda: failures.append(None))
    assert store.get("a") is None
    store.put("a", b"x")
    assert len(failures) == 1


def test_an_address_that_is_none() -> None:
    with pytest.raises(OptionError, match="no address of a Redis"):
        RedisStore("http://127.0.0.1", keep=60)


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "redis", None)
    with pytest.raises(MissingPartError, match=r"lucidocr\[redis\]"):
        RedisStore("redis://127.0.0.1", keep=60)
