"""A pytest plugin: with LUCIDOCR_NO_SKIP=1 in the environment, a skipped test is a failed one.

A skip says that something is not installed. Where everything is meant to be installed, that is an error which must not
pass unseen. Expected failures (xfail) stay what they are.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import TypeVar

import pytest

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


def _forbid(report: Report) -> Report:
    if os.environ.get("LUCIDOCR_NO_SKIP") == "1" and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{reason} (a skip is a failure under LUCIDOCR_NO_SKIP=1)"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _forbid((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _forbid((yield))
