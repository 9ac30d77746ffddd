"""What a reading depends on beside its document, as a digest: where it differs, documents are read again."""

from __future__ import annotations

import json
from dataclasses import fields
from hashlib import sha256
from pathlib import Path
from typing import Final

from lucidocr import __version__
from lucidocr.errors import NotFoundError
from lucidocr.model import load_model
from lucidocr.options import ReadingOptions

_SPEED_ONLY: Final = frozenset({"threads"})
"""Options that do not change what is read."""


def described(options: ReadingOptions, form: str) -> dict[str, object]:
    """What readings depend on, for people and for :func:`digest`.

    The model stands for the hashes of its parts, other files that options name for the hash of their content.

    Raises:
        ModelError: there is no such model.
        NotFoundError: there is no such file.
    """
    named = {field.name: getattr(options, field.name) for field in fields(options)}
    values = {name: _content(value) for name, value in named.items() if name not in _SPEED_ONLY and name != "model"}
    return {**values, "model": dict(load_model(options.model).parts), "format": form, "version": __version__}


def digest(description: dict[str, object]) -> str:
    """A short digest of a description."""
    return sha256(json.dumps(description, sort_keys=True).encode("ascii")).hexdigest()[:32]


def _content(value: object) -> object:
    """What an option stands for: a path for the file's content, and of several values each for itself."""
    if isinstance(value, tuple):
        return [_content(Path(one) if isinstance(one, str) and Path(one).is_file() else one) for one in value]
    if not isinstance(value, Path):
        return value
    try:
        return sha256(value.read_bytes()).hexdigest()
    except OSError as error:
        raise NotFoundError(f"{str(value)!r} cannot be read ({error.strerror})") from error
