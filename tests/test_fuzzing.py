"""A few hundred of the requests of benchmarks/fuzzing.py; and that it would find what it looks for."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.fuzzing import attempt, run
from lucidocr.types import Page
from tests.fakes import FakeReader

# Werkzeug leaves the temporary file of a form that breaks off to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in.*SpooledTemporaryFile")


def test_whatever_is_sent_is_answered() -> None:
    report = run(FakeReader(), seed=7, count=400)
    assert (report.failures, report.logged) == ([], 0)
    assert sum(report.by_status.values()) == 400
    assert {200, 202, 400, 404, 415, 422} <= set(report.by_status)
    assert {"damaged_image", "bad_option", "not_an_image"} <= set(report.by_code)


def test_requests_are_made_from_the_seed_and_their_number() -> None:
    assert [attempt(7, number) for number in range(50)] == [attempt(7, number) for number in range(50)]
    assert attempt(7, 3) != attempt(8, 3)


def test_an_error_of_the_service_would_be_found() -> None:
    class Broken(FakeReader):
        sound = 0

        def read(self, source: Any, **options: Any) -> Page:
            self.sound += 1
            if self.sound > 1:
                raise ZeroDivisionError
            return super().read(source, **options)

    report = run(Broken(), seed=7, count=30)
    assert report.failures
    assert all(failure["why"].startswith("status 500") for failure in report.failures if "number" in failure)
    assert report.logged >= len(report.failures)
