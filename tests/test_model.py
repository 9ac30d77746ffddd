from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from lucidocr.errors import MissingPartError, ModelError
from lucidocr.model import RECOGNISE, load_model
from lucidocr.recognise import Recogniser
from tests.toy import CHARS, describe, network, write_model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_model(tmp_path / "toy")


def test_what_the_folder_says(folder: Path) -> None:
    model = load_model(folder)
    assert (model.name, model.charset.chars, model.direction, model.height, model.stride) == (
        "toy",
        CHARS,
        "ltr",
        32,
        4,
    )
    assert model.training == {"lines": 0}
    assert RECOGNISE in model
    assert model.read_part(RECOGNISE) == (folder / RECOGNISE).read_bytes()


def test_an_altered_part_is_refused(folder: Path) -> None:
    with (folder / RECOGNISE).open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ModelError, match="not the one it was made with"):
        load_model(folder).read_part(RECOGNISE)


def test_a_part_that_the_model_lacks_is_named(folder: Path) -> None:
    model = load_model(folder)
    assert "explain.onnx" not in model
    with pytest.raises(MissingPartError, match=r"explain\.onnx"):
        model.read_part("explain.onnx")


def test_a_part_that_was_removed(folder: Path) -> None:
    (folder / "explain.onnx").write_bytes(b"x")
    describe(folder)
    (folder / "explain.onnx").unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        load_model(folder).read_part("explain.onnx")


def describe_fitted(folder: Path, fitted_on: dict[str, str]) -> None:
    """A model with a part that was fitted on others."""
    (folder / "heads.json").write_bytes(b"{}")
    parts = {
        name: {"sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest()} for name in (RECOGNISE, "heads.json")
    }
    describe(folder, parts={**parts, "heads.json": {**parts["heads.json"], "fitted_on": fitted_on}})


def test_a_part_that_was_fitted_on_these_weights(folder: Path) -> None:
    digest = hashlib.sha256((folder / RECOGNISE).read_bytes()).hexdigest()
    describe_fitted(folder, {RECOGNISE: digest})
    model = load_model(folder)
    assert model.fitted_on == {"heads.json": {RECOGNISE: digest}}
    assert model.read_part("heads.json") == b"{}"


@pytest.mark.parametrize("other", [RECOGNISE, "recognise.int8.onnx"])
def test_a_part_that_was_fitted_on_other_weights_is_refused(folder: Path, other: str) -> None:
    describe_fitted(folder, {other: "0" * 64})
    model = load_model(folder)
    assert model.read_part(RECOGNISE)
    with pytest.raises(ModelError, match=f"belongs to another '{other}'"):
        model.read_part("heads.json")


@pytest.mark.parametrize(
    "changes",
    [
        {"format_version": 2},
        {"colour": "blue"},
        {"charset": None},
        {"charset": ""},
        {"charset": "aa"},
        {"name": 7},
        {"direction": "up"},
        {"height": 48},
        {"stride": 8},
        {"normalisation": {"offset": 0.0, "scale": 1.0}},
        {"training": []},
        {"parts": {}},
        {"parts": []},
        {"parts": {RECOGNISE: {"sha256": 1}}},
        {"parts": {RECOGNISE: {"sha256": "0", "size": 1}}},
        {"parts": {RECOGNISE: {"sha256": "0", "fitted_on": RECOGNISE}}},
        {"parts": {RECOGNISE: {"sha256": "0", "fitted_on": {RECOGNISE: 7}}}},
        {"parts": {RECOGNISE: {"fitted_on": {RECOGNISE: "0"}}}},
        {"parts": {RECOGNISE: {"sha256": "0"}, "../elsewhere.onnx": {"sha256": "0"}}},
    ],
)
def test_descriptions_that_are_refused(folder: Path, changes: dict[str, object]) -> None:
    arguments = {"charset": CHARS} | changes
    describe(folder, **arguments)  # type: ignore[arg-type]
    with pytest.raises(ModelError):
        load_model(folder)


@pytest.mark.parametrize("spoil", [lambda f: (f / "model.json").unlink(), lambda f: (f / RECOGNISE).unlink()])
def test_folders_that_are_not_whole(folder: Path, spoil: Callable[[Path], None]) -> None:
    spoil(folder)
    with pytest.raises(ModelError):
        load_model(folder)


@pytest.mark.parametrize("content", ["", "[]", "{", "\ud800"])
def test_descriptions_that_cannot_be_parsed(folder: Path, content: str) -> None:
    (folder / "model.json").write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(ModelError):
        load_model(folder)


def test_shipped_parts_belong_together() -> None:
    model = load_model()
    for part in model.parts:
        assert model.read_part(part)


def test_a_network_for_another_charset_is_refused(folder: Path) -> None:
    (folder / RECOGNISE).write_bytes(network(CHARS[::-1]).SerializeToString())
    describe(folder)
    with pytest.raises(ModelError, match="another charset"):
        Recogniser(load_model(folder), threads=1)


def test_a_network_without_metadata_is_refused(folder: Path) -> None:
    model = network()
    del model.metadata_props[:]
    (folder / RECOGNISE).write_bytes(model.SerializeToString())
    describe(folder)
    with pytest.raises(ModelError, match="another charset"):
        Recogniser(load_model(folder), threads=1)


def test_what_is_no_network_is_refused(folder: Path) -> None:
    (folder / RECOGNISE).write_bytes(b"not a graph")
    describe(folder)
    with pytest.raises(ModelError, match="cannot be loaded"):
        Recogniser(load_model(folder), threads=1)


def test_a_network_with_other_inputs_is_refused(folder: Path) -> None:
    model = network()
    model.graph.input[0].name = model.graph.node[0].input[0] = "picture"
    (folder / RECOGNISE).write_bytes(model.SerializeToString())
    describe(folder)
    with pytest.raises(ModelError, match="takes"):
        Recogniser(load_model(folder), threads=1)
