from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from threading import Barrier
from typing import TypeAlias

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from lucidocr.blas import BlasThreads

OneThread: TypeAlias = Callable[[], AbstractContextManager[None]]


def threads() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


@pytest.fixture
def one_blas_thread() -> OneThread:
    """Of its own: the process's may have looked for libraries before another test loaded one."""
    return BlasThreads().one


def test_one_thread_inside_and_what_was_before_outside(one_blas_thread: OneThread) -> None:
    with threadpool_limits(2, user_api="blas"):
        with one_blas_thread():
            with one_blas_thread():
                assert threads() == {1}
            assert threads() == {1}
        assert threads() == {2}


def test_the_last_of_several_users_restores_what_was(one_blas_thread: OneThread) -> None:
    inside = Barrier(4)

    def work(_: int) -> set[int]:
        with one_blas_thread():
            inside.wait(10)
            return threads()

    with threadpool_limits(2, user_api="blas"):
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(work, range(4))) == [{1}] * 4
        assert threads() == {2}
