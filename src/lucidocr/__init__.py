"""lucidocr reads Chinese and English text lines on a plain CPU, and shows why it read what it read.

    >>> from lucidocr import Reader
    >>> page = Reader().read("invoice.png")  # doctest: +SKIP
    >>> page.text, page.confidence  # doctest: +SKIP

Everything public is named in ``__all__`` and loaded on first use: importing the package touches nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lucidocr import errors
    from lucidocr.charset import Charset
    from lucidocr.correct.corrector import Correcting
    from lucidocr.correct.lexicon import Lexicon
    from lucidocr.correct.normalise import Normalisation, normalise
    from lucidocr.pipeline import Reader
    from lucidocr.types import Diagnosis, Finding, Line, Page, Preparation, Span

__version__ = "0.1.0"

__all__ = [
    "Charset",
    "Correcting",
    "Diagnosis",
    "Finding",
    "Lexicon",
    "Line",
    "Normalisation",
    "Page",
    "Preparation",
    "Reader",
    "Span",
    "__version__",
    "errors",
    "normalise",
]

_HOMES = {
    "Charset": "lucidocr.charset",
    "Correcting": "lucidocr.correct.corrector",
    "Diagnosis": "lucidocr.types",
    "Finding": "lucidocr.types",
    "Lexicon": "lucidocr.correct.lexicon",
    "Line": "lucidocr.types",
    "Normalisation": "lucidocr.correct.normalise",
    "Page": "lucidocr.types",
    "Preparation": "lucidocr.types",
    "Reader": "lucidocr.pipeline",
    "Span": "lucidocr.types",
    "normalise": "lucidocr.correct.normalise",
}


def __getattr__(name: str) -> Any:
    if name == "errors":
        return import_module("lucidocr.errors")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
