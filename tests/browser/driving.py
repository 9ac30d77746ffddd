"""What tests of the web page do again and again, and a reader that is not equally sure of everything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lucidocr.types import Correction
from lucidocr.types import Page as ReadPage
from tests.fakes import FakeReader, encoded, line_of, picture_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

Serve = Callable[..., str]
PNG = encoded(picture_of("INVOICE 2026", size=(300, 96)))
TYPES = {"png": "image/png", "pdf": "application/pdf", "tif": "image/tiff", "jpg": "image/jpeg"}


@dataclass
class UnsureReader(FakeReader):
    """Reads lines one below the other, each as sure as it says."""

    texts: tuple[str, ...] = ("surely", "check me", "doubt me", "certain")
    confidences: tuple[float, ...] = (0.99, 0.8, 0.4, 0.95)
    corrections: tuple[Correction | None, ...] = (None,) * 4

    def read(self, source: Any, **options: Any) -> ReadPage:
        page = super().read(source, **options)
        lines = []
        for number, (line, confidence) in enumerate(zip(page.lines, self.confidences, strict=False)):
            made = replace(line_of(line.text, confidence), preparation=line.preparation)
            down = 22.0 * number
            box = tuple((x, y + down) for x, y in made.box)
            lines.append(replace(made, box=box, quads=(), correction=self.corrections[number]))
        return replace(page, lines=tuple(lines))


def upload(page: Page, *files: tuple[str, bytes] | str) -> None:
    """Choose files: names with their bytes, or names of pictures."""
    named = [(one, PNG) if isinstance(one, str) else one for one in files or ("invoice.png",)]
    payloads = [
        {"name": name, "mimeType": TYPES.get(name.rsplit(".", 1)[-1], "application/octet-stream"), "buffer": data}
        for name, data in named
    ]
    page.set_input_files("#file", payloads)  # type: ignore[arg-type]


def read(page: Page, *files: tuple[str, bytes] | str) -> None:
    """Choose files, and wait until all of them have been read or cannot be."""
    before = page.locator("#document-list li").count()
    upload(page, *files)
    count = before + max(1, len(files))
    page.wait_for_function(
        "count => document.querySelectorAll('#document-list li:is(.done, .failed)').length === count", arg=count
    )


def open_line(page: Page, number: int = 1) -> None:
    """Choose a line, and wait for its evidence and its diagnosis."""
    page.click(f"#lines li:nth-child({number}) .choose")
    page.wait_for_selector("#evidence .letter")
    page.wait_for_selector("#diagnosis .verdict")


def focused(page: Page) -> str:
    """What has the focus: its identifier, or its label, or its class."""
    return str(page.evaluate("(({id, className, ariaLabel}) => id || ariaLabel || className)(document.activeElement)"))
