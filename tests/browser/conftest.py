from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from benchmarks.running import running
from lucidocr.serve import ServedReader, Settings, create_app
from lucidocr.serve.server import address

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[playwright_api.Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("Chromium is not installed")
    with playwright_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def page(browser: playwright_api.Browser) -> Iterator[playwright_api.Page]:
    """A tab in which any error of a script and any breach of the content policy fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    tab = context.new_page()
    tab.set_default_timeout(60_000)
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("console", lambda message: errors.append(message.text) if "Content Security" in message.text else None)
    yield tab
    context.close()
    assert errors == []


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Start the production server with a reader, and settings that are not the defaults; gives its address."""
    with ExitStack() as stack:

        def start(reader: ServedReader, **settings: object) -> str:
            app = create_app(Settings.model_validate(settings), reader)
            return address(stack.enter_context(running(app)), "127.0.0.1")

        yield start
