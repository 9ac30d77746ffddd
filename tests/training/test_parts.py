from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the train extra")

from lucidocr.errors import ModelError
from lucidocr.model import RECOGNISE, load_model
from lucidocr_training.parts import add_part, kept_parts
from tests.toy import describe, network, write_model

pytestmark = pytest.mark.torch


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_model(tmp_path / "toy")


def entries(folder: Path) -> dict[str, dict[str, object]]:
    parts: dict[str, dict[str, object]] = json.loads((folder / "model.json").read_text(encoding="utf-8"))["parts"]
    return parts


def test_an_added_part_belongs_to_the_parts_it_was_fitted_on(folder: Path) -> None:
    add_part(folder, "heads.json", b"{}", [RECOGNISE])
    model = load_model(folder)
    assert model.read_part("heads.json") == b"{}"
    assert model.fitted_on["heads.json"] == {RECOGNISE: model.parts[RECOGNISE]}


def test_an_added_part_replaces_an_older_one(folder: Path) -> None:
    add_part(folder, "heads.json", b"old", [RECOGNISE])
    add_part(folder, "heads.json", b"new", [RECOGNISE])
    assert load_model(folder).read_part("heads.json") == b"new"


def test_a_part_is_refused_once_the_weights_have_changed(folder: Path) -> None:
    add_part(folder, "heads.json", b"{}", [RECOGNISE])
    parts = entries(folder)
    changed = network().SerializeToString() + b"\0"
    (folder / RECOGNISE).write_bytes(changed)
    describe(folder, parts=parts | {RECOGNISE: {"sha256": hashlib.sha256(changed).hexdigest()}})
    with pytest.raises(ModelError, match="belongs to another"):
        load_model(folder).read_part("heads.json")


def test_fitted_parts_are_kept_beside_the_same_weights_only(folder: Path) -> None:
    add_part(folder, "heads.json", b"{}", [RECOGNISE])
    same = {RECOGNISE: {"sha256": load_model(folder).parts[RECOGNISE]}}
    assert kept_parts(folder, same).keys() == {"heads.json"}
    assert not kept_parts(folder, {RECOGNISE: {"sha256": "0" * 64}})


def test_a_part_that_is_made_anew_or_has_gone_is_not_kept(folder: Path) -> None:
    add_part(folder, "heads.json", b"{}", [RECOGNISE])
    same = {RECOGNISE: {"sha256": load_model(folder).parts[RECOGNISE]}}
    assert not kept_parts(folder, same | {"heads.json": {"sha256": "0" * 64}})
    (folder / "heads.json").unlink()
    assert not kept_parts(folder, same)


def test_a_part_fitted_on_a_fitted_part_is_kept_only_with_it(folder: Path) -> None:
    add_part(folder, "small.onnx", b"small", [RECOGNISE])
    add_part(folder, "heads.json", b"{}", [RECOGNISE, "small.onnx"])
    same = {RECOGNISE: {"sha256": load_model(folder).parts[RECOGNISE]}}
    assert kept_parts(folder, same).keys() == {"small.onnx", "heads.json"}
    (folder / "small.onnx").unlink()
    assert not kept_parts(folder, same)


def test_an_empty_folder_keeps_nothing(tmp_path: Path) -> None:
    assert not kept_parts(tmp_path, {RECOGNISE: {"sha256": "0" * 64}})
