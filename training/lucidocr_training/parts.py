"""Parts of a model folder that are fitted on its weights and added once it is there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

DESCRIPTION = "model.json"


def add_part(folder: Path, name: str, content: bytes, fitted_on: Iterable[str]) -> None:
    """Write a part, and say in ``model.json`` which parts it was fitted on, as they are now.

    Args:
        folder: a model folder.
        name: of the part; one that is there already is replaced.
        content: of the file.
        fitted_on: names of other parts of the folder.
    """
    described = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    others = {other: described["parts"][other]["sha256"] for other in fitted_on}
    described["parts"][name] = {"sha256": hashlib.sha256(content).hexdigest(), "fitted_on": others}
    (folder / name).write_bytes(content)
    write_description(folder, described)


def write_description(folder: Path, described: Mapping[str, Any]) -> None:
    """Write ``model.json``, whole or not at all."""
    partial = folder / f"{DESCRIPTION}.partial"
    partial.write_text(json.dumps(described, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    partial.replace(folder / DESCRIPTION)


def kept_parts(folder: Path, parts: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, Any]]:
    """Entries of the folder's fitted parts that belong to new parts as well as to the old ones.

    A part that was fitted on another fitted part is kept only together with it.

    Args:
        folder: a model folder, or one that is still empty.
        parts: entries of the new parts.
    """
    path = folder / DESCRIPTION
    described = json.loads(path.read_text(encoding="utf-8"))["parts"] if path.is_file() else {}
    waiting = {
        name: entry
        for name, entry in described.items()
        if "fitted_on" in entry and name not in parts and (folder / name).is_file()
    }
    known = {name: entry["sha256"] for name, entry in parts.items()}
    kept: dict[str, dict[str, Any]] = {}
    while found := {name: entry for name, entry in waiting.items() if entry["fitted_on"].items() <= known.items()}:
        kept |= found
        known |= {name: entry["sha256"] for name, entry in found.items()}
        waiting = {name: entry for name, entry in waiting.items() if name not in found}
    return kept
