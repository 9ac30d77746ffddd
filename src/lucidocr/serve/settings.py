"""What a service allows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lucidocr.recognise import Precision


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits and choices of one service.

    Attributes:
        model: folder that holds model.json, or None for the bundled model.
        threads: threads a reading may use, or None for all that the process is allowed.
        precision: "fp32", "int8" or "auto", see :class:`lucidocr.Reader`.
        max_bytes: largest picture, bytes of the file.
        max_pixels: largest picture once decoded, width times height.
        allow_urls: whether a request may name a public http(s) address to fetch a picture from.
        url_seconds: how long fetching it may take.
        max_explained: most lines of one picture that are explained in one request.
    """

    model: Path | None = None
    threads: int | None = None
    precision: Precision = "fp32"
    max_bytes: int = 10_000_000
    max_pixels: int = 40_000_000
    allow_urls: bool = False
    url_seconds: float = 10.0
    max_explained: int = 50

    @property
    def max_body(self) -> int:
        """Largest request body: the largest picture in base64, with room for the fields around it."""
        return self.max_bytes * 4 // 3 + 65_536
