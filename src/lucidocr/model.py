"""A model is a folder: ``model.json`` and its parts, each verified by its hash when it is first used.

A part that was fitted on others, such as a calibration, also names their hashes in ``model.json``, and is refused
beside other ones::

    "parts": {"recognise.onnx": {"sha256": "ab..."},
              "calibration.json": {"sha256": "cd...", "fitted_on": {"recognise.onnx": "ab..."}}}
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from lucidocr.charset import Charset
from lucidocr.errors import MissingPartError, ModelError
from lucidocr.preprocess import LINE_HEIGHT
from lucidocr.types import STRIDE

FORMAT_VERSION: Final = 1
DEFAULT_MODEL: Final = "zh_en"
RECOGNISE: Final = "recognise.onnx"
"""The one part that every model has."""

_KEYS = frozenset(
    {"format_version", "name", "charset", "direction", "height", "stride", "normalisation", "training", "parts"}
)
_DIRECTIONS = ("ltr", "rtl", "ttb")
_NORMALISATION = {"offset": 0.5, "scale": 0.5}


@dataclass(frozen=True, slots=True)
class Model:
    """What a model folder holds.

    Attributes:
        name: the model's name, "zh_en".
        charset: the characters that it reads.
        direction: of writing: "ltr", "rtl" or "ttb".
        height: of a normalised line, pixels.
        stride: columns of a normalised line per frame.
        training: summary of how it was trained, free form.
        path: the folder.
        parts: file name of every part -> its SHA-256 in hexadecimal.
        fitted_on: file name of a part -> file name and SHA-256 of each part that it was fitted on; only of parts that
            were fitted on others.
    """

    name: str
    charset: Charset
    direction: str
    height: int
    stride: int
    training: Mapping[str, Any]
    path: Path
    parts: Mapping[str, str]
    fitted_on: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))

    def __contains__(self, part: str) -> bool:
        return part in self.parts

    def read_part(self, part: str) -> bytes:
        """The content of a part, its hash verified on these very bytes.

        Raises:
            MissingPartError: the model does not have it.
            ModelError: the file is gone, is not the one that the model was made with, or was fitted on other weights.
        """
        if part not in self.parts:
            raise MissingPartError(f"the model {self.name!r} has no part {part!r}")
        for other, digest in self.fitted_on.get(part, {}).items():
            if self.parts.get(other) != digest:
                raise ModelError(f"the part {part!r} of the model {self.name!r} belongs to another {other!r}")
        try:
            content = (self.path / part).read_bytes()
        except OSError as error:
            raise ModelError(f"the part {part!r} of the model {self.name!r} cannot be read") from error
        if hashlib.sha256(content).hexdigest() != self.parts[part]:
            raise ModelError(f"the part {part!r} of the model {self.name!r} is not the one it was made with")
        return content


def load_model(path: str | Path | None = None) -> Model:
    """Read a model folder's description; the parts are read when they are needed.

    Args:
        path: the folder; the model that comes with the package when None.

    Raises:
        ModelError: no such folder, no description, one of another format, or no recogniser in it.
    """
    folder = Path(path) if path is not None else _bundled(DEFAULT_MODEL)
    described = _read_description(folder / "model.json")
    _check(described, folder)
    return Model(
        name=described["name"],
        charset=Charset(described["charset"]),
        direction=described["direction"],
        height=described["height"],
        stride=described["stride"],
        training=MappingProxyType(described["training"]),
        path=folder,
        parts=MappingProxyType({part: entry["sha256"] for part, entry in described["parts"].items()}),
        fitted_on=MappingProxyType(
            {
                part: MappingProxyType(entry["fitted_on"])
                for part, entry in described["parts"].items()
                if "fitted_on" in entry
            }
        ),
    )


def _bundled(name: str) -> Path:
    return Path(str(resources.files("lucidocr") / "weights" / name))


def _read_description(path: Path) -> dict[str, Any]:
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"there is no model in {str(path.parent)!r}") from error
    except ValueError as error:
        raise ModelError(f"{str(path)!r} is not JSON") from error
    if not isinstance(described, dict):
        raise ModelError(f"{str(path)!r} is not a JSON object")
    return described


def _check(described: dict[str, Any], folder: Path) -> None:
    """Refuse what this version of the runtime would misread."""
    version = described.get("format_version")
    if version != FORMAT_VERSION:
        raise ModelError(f"{str(folder)!r} has the format version {version!r}, not {FORMAT_VERSION}")
    unknown, missing = sorted(described.keys() - _KEYS), sorted(_KEYS - described.keys())
    if unknown or missing:
        raise ModelError(f"the model.json of {str(folder)!r} has unknown keys {unknown} or lacks {missing}")
    if not all(isinstance(described[key], str) and described[key] for key in ("name", "charset")):
        raise ModelError(f"the model in {str(folder)!r} has no name or no charset")
    if described["direction"] not in _DIRECTIONS:
        raise ModelError(f"the model in {str(folder)!r} writes {described['direction']!r}, not one of {_DIRECTIONS}")
    if (described["height"], described["stride"]) != (LINE_HEIGHT, STRIDE):
        raise ModelError(f"the model in {str(folder)!r} is not for lines of {LINE_HEIGHT} px and a stride of {STRIDE}")
    if described["normalisation"] != _NORMALISATION:
        raise ModelError(f"the model in {str(folder)!r} wants pixels normalised by {described['normalisation']!r}")
    if not isinstance(described["training"], dict):
        raise ModelError(f"the training summary of {str(folder)!r} is not an object")
    _check_parts(described["parts"], folder)


def _check_parts(parts: object, folder: Path) -> None:
    if not isinstance(parts, dict) or RECOGNISE not in parts:
        raise ModelError(f"the model in {str(folder)!r} has no {RECOGNISE}")
    for part, entry in parts.items():
        if Path(part).name != part:
            raise ModelError(f"the part {part!r} lies outside of {str(folder)!r}")
        if not isinstance(entry, dict) or not {"sha256"} <= entry.keys() <= {"sha256", "fitted_on"}:
            raise ModelError(f"the part {part!r} of {str(folder)!r} is described by something else than its sha256")
        if not isinstance(entry["sha256"], str) or not _are_strings(entry.get("fitted_on", {})):
            raise ModelError(f"the part {part!r} of {str(folder)!r} is described by something else than texts")
    if not (folder / RECOGNISE).is_file():
        raise ModelError(f"the model in {str(folder)!r} has lost its {RECOGNISE}")


def _are_strings(value: object) -> bool:
    """Whether a JSON value is an object of strings."""
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
