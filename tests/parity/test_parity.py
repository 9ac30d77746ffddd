"""PyTorch, ``recognise.onnx``, ``explain.onnx`` and the runtime say the same of the same pictures."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the train extra")
pytest.importorskip("onnx", reason="needs the train extra")

import torch
from numpy.typing import NDArray

from lucidocr.model import load_model
from lucidocr.pipeline import Reader
from lucidocr.preprocess import normalise_line, to_batch
from lucidocr.session import Session
from lucidocr.types import STRIDE, FloatArray, ImageArray, IntArray
from lucidocr_training import checkpoint
from lucidocr_training.batches import Sample, stack, synthetic_sample
from lucidocr_training.compose import draw_text, place
from lucidocr_training.export import compact_state, write_folder
from lucidocr_training.graph import ACTIVE_LOGIT
from lucidocr_training.network import Network
from lucidocr_training.paint import Palette, paint
from lucidocr_training.parts import add_part
from lucidocr_training.real import load_lines
from lucidocr_training.synthesis import SyntheticLine
from tests.training.small import CHARSET

pytestmark = pytest.mark.torch
TOLERANCE = {"atol": 1e-4, "rtol": 2e-5}
Arrays = Mapping[str, NDArray[Any]]


class Input(NamedTuple):
    images: FloatArray
    widths: IntArray


@pytest.fixture(scope="session")
def batch(pictures: list[ImageArray]) -> Input:
    return Input(*to_batch([normalise_line(picture) for picture in pictures]))


@pytest.fixture(scope="session")
def inside(batch: Input) -> NDArray[np.bool_]:
    """bool [B, T], frames that are no padding."""
    return np.arange(batch.images.shape[3] // STRIDE)[None] < batch.widths[:, None] // STRIDE


@pytest.fixture(scope="session")
def truth(network: Network, batch: Input) -> Arrays:
    """What PyTorch computes, under the names of the graphs' outputs."""
    with torch.no_grad():
        images, widths = torch.from_numpy(batch.images), torch.from_numpy(batch.widths)
        features = network(images, widths)
        values = {
            "log_blank": torch.nn.functional.logsigmoid(features.blank),
            "log_other": torch.nn.functional.logsigmoid(-features.blank),
            "log_chars": network.class_logits(features.bottleneck).log_softmax(-1),
            "features_h8": features.height8,
            "features_h4": features.height4,
            "sequence": features.sequence,
            "context": network.context(features.sequence, widths // STRIDE),
            "bottleneck": features.bottleneck,
            "blank": features.blank,
        }
    return {name: value.numpy() for name, value in values.items()}


def run(folder: Path, part: str, given: Input) -> Arrays:
    session = Session((folder / part).read_bytes(), threads=1)
    return dict(zip(session.outputs, session.run(given._asdict()), strict=True))


@pytest.fixture(scope="session")
def read(model_folder: Path, batch: Input) -> Arrays:
    return run(model_folder, "recognise.onnx", batch)


@pytest.fixture(scope="session")
def explained(model_folder: Path, batch: Input) -> Arrays:
    return run(model_folder, "explain.onnx", batch)


def test_the_pictures_try_the_network(truth: Arrays, inside: NDArray[np.bool_]) -> None:
    """Else the comparisons below would prove little: frames differ, some are surely blank, some are not."""
    blank = truth["blank"][inside]
    assert (blank > ACTIVE_LOGIT).mean() > 0.1
    assert (blank < ACTIVE_LOGIT).mean() > 0.3
    assert np.std(truth["log_chars"][inside], 0).mean() > 0.1
    for name in ("sequence", "context", "bottleneck"):
        assert np.std(truth[name][inside], 0).mean() > 0.1
    assert not inside.all()
    assert (truth["blank"] < ACTIVE_LOGIT)[~inside].any()  # padding that would be read, were it not masked


class TestReadingGraph:
    @pytest.mark.parametrize("name", ["log_blank", "log_other"])
    def test_blank(self, truth: Arrays, read: Arrays, inside: NDArray[np.bool_], name: str) -> None:
        np.testing.assert_allclose(read[name][inside], truth[name][inside], **TOLERANCE)

    def test_active_frames_are_those_that_may_hold_a_character(
        self, truth: Arrays, read: Arrays, inside: NDArray[np.bool_]
    ) -> None:
        clear = np.abs(truth["blank"] - ACTIVE_LOGIT) > 1e-3
        wanted = (truth["blank"] < ACTIVE_LOGIT) & inside
        flags = np.zeros(inside.size, bool)
        flags[read["active"]] = True
        assert (np.diff(read["active"]) > 0).all()
        assert (flags.reshape(inside.shape) == wanted)[clear].all()

    def test_characters(self, truth: Arrays, read: Arrays) -> None:
        wanted = truth["log_chars"].reshape(-1, len(CHARSET))[read["active"]]
        np.testing.assert_allclose(read["log_chars"], wanted, **TOLERANCE)

    def test_what_is_skipped_is_below_a_ten_thousandth(self, truth: Arrays, inside: NDArray[np.bool_]) -> None:
        skipped = (truth["blank"] >= ACTIVE_LOGIT) & inside
        assert skipped.any()
        assert np.exp(truth["log_other"][skipped]).max() < 2.1e-5


class TestExplainingGraph:
    @pytest.mark.parametrize("name", ["log_blank", "log_other", "log_chars", "sequence", "context", "bottleneck"])
    def test_frames(self, truth: Arrays, explained: Arrays, inside: NDArray[np.bool_], name: str) -> None:
        assert explained[name].shape == truth[name].shape
        np.testing.assert_allclose(explained[name][inside], truth[name][inside], **TOLERANCE)

    @pytest.mark.parametrize("name", ["features_h8", "features_h4"])
    def test_maps(self, truth: Arrays, explained: Arrays, inside: NDArray[np.bool_], name: str) -> None:
        np.testing.assert_allclose(explained[name], truth[name], **TOLERANCE)
        assert not explained[name].transpose(0, 3, 1, 2)[~inside].any()

    def test_agrees_with_the_reading_graph(self, explained: Arrays, read: Arrays, inside: NDArray[np.bool_]) -> None:
        np.testing.assert_allclose(explained["log_blank"][inside], read["log_blank"][inside], **TOLERANCE)
        chars = explained["log_chars"].reshape(-1, len(CHARSET))[read["active"]]
        np.testing.assert_allclose(read["log_chars"], chars, **TOLERANCE)


def by_frame(outputs: Arrays, row: int, count: int) -> dict[str, NDArray[Any]]:
    """Outputs of one line of the reading graph, its padding cut off."""
    steps = outputs["log_blank"].shape[1]
    first, stop = np.searchsorted(outputs["active"], (row * steps, (row + 1) * steps))
    return {
        "log_blank": outputs["log_blank"][row, :count],
        "log_other": outputs["log_other"][row, :count],
        "active": outputs["active"][first:stop] - row * steps,
        "log_chars": outputs["log_chars"][first:stop],
    }


@pytest.mark.parametrize("padding", [0.0, 1.0])
@pytest.mark.parametrize("extra", [0, 4, 96])
def test_alone_batched_and_padded_are_the_same(
    model_folder: Path, batch: Input, pictures: list[ImageArray], extra: int, padding: float
) -> None:
    images = np.pad(batch.images, ((0, 0), (0, 0), (0, 0), (0, extra)))
    for image, width in zip(images, batch.widths, strict=True):
        image[..., width:] = padding
    together = {
        part: run(model_folder, part, Input(images, batch.widths)) for part in ("recognise.onnx", "explain.onnx")
    }
    for row, width in enumerate(batch.widths.tolist()):
        count = width // STRIDE
        single = Input(*to_batch([normalise_line(pictures[row])]))
        alone = by_frame(run(model_folder, "recognise.onnx", single), 0, count)
        batched = by_frame(together["recognise.onnx"], row, count)
        np.testing.assert_array_equal(batched["active"], alone["active"])
        for name in ("log_blank", "log_other", "log_chars"):
            np.testing.assert_allclose(batched[name], alone[name], **TOLERANCE)
        explained = run(model_folder, "explain.onnx", single)
        for name in ("log_chars", "sequence", "context", "bottleneck"):
            np.testing.assert_allclose(together["explain.onnx"][name][row, :count], explained[name][0], **TOLERANCE)
        for name in ("features_h8", "features_h4"):
            np.testing.assert_allclose(
                together["explain.onnx"][name][row, ..., :count], explained[name][0], **TOLERANCE
            )


class TestFolder:
    def test_says_what_it_is(self, model_folder: Path) -> None:
        model = load_model(model_folder)
        assert (model.name, model.height, model.stride, model.direction) == ("tiny", 32, 4, "ltr")
        assert model.charset == CHARSET
        assert model.training["lines"] == 12
        assert model.training["tune"] == {"pdf_zh": {"lines": 0.5}}
        for part in ("recognise.onnx", "explain.onnx"):
            assert hashlib.sha256(model.read_part(part)).hexdigest() == model.parts[part]
        assert set(model.parts) | {"model.json"} == {path.name for path in model_folder.iterdir()}

    def test_parameters_are_counted(self, model_folder: Path, network: Network) -> None:
        assert load_model(model_folder).training["parameters"] == sum(w.numel() for w in network.parameters())

    def test_exporting_again_gives_the_same_files(
        self, compact: dict[str, Any], model_folder: Path, tmp_path: Path
    ) -> None:
        checkpoint.save(tmp_path / "compact.pt", compact)
        folder = tmp_path / "tiny"
        write_folder(checkpoint.load(tmp_path / "compact.pt"), folder)
        for path in model_folder.iterdir():
            assert (folder / path.name).read_bytes() == path.read_bytes()

    def test_parts_of_other_weights_are_removed_and_the_card_stays(
        self, compact: dict[str, Any], tmp_path: Path
    ) -> None:
        for name in ("README.md", "calibration.json"):
            (tmp_path / name).write_text("{}", encoding="utf-8")
        write_folder(compact, tmp_path)
        names = {path.name for path in tmp_path.iterdir()}
        assert names == {"README.md", "model.json", "recognise.onnx", "explain.onnx", "gradient.onnx"}

    def test_fitted_parts_stay_beside_these_weights_only(self, compact: dict[str, Any], tmp_path: Path) -> None:
        write_folder(compact, tmp_path)
        add_part(tmp_path, "heads.json", b"{}", ["recognise.onnx"])
        write_folder(compact, tmp_path)
        assert load_model(tmp_path).read_part("heads.json") == b"{}"
        other = compact | {"average": {name: value + 0.5 for name, value in compact["average"].items()}}
        write_folder(other, tmp_path)
        assert "heads.json" not in load_model(tmp_path)
        assert not (tmp_path / "heads.json").exists()

    def test_a_compact_state_holds_matrices_in_half_precision(self, compact: dict[str, Any]) -> None:
        dtypes = {(value.ndim > 1, value.dtype) for value in compact["average"].values()}
        assert dtypes == {(True, torch.float16), (False, torch.float32), (False, torch.int64)}

    def test_a_compact_state_stays_what_it_is(self, compact: dict[str, Any]) -> None:
        again = compact_state(compact, compact["figures"])
        assert again["progress"] == compact["progress"] == {"lines": 0, "steps": 0, "lines_before": 12}
        assert all(torch.equal(again["average"][name], value) for name, value in compact["average"].items())

    def test_is_read_without_torch(self, model_folder: Path, pictures: list[ImageArray], tmp_path: Path) -> None:
        here = [reading.text for reading in Reader(model_folder, threads=1).read_lines(pictures)]
        assert any(here)
        for number, picture in enumerate(pictures):
            cv2.imwrite(str(tmp_path / f"{number}.png"), picture)
        script = (
            "import json, sys\n"
            "for name in ('torch', 'onnx', 'lucidocr_training'): sys.modules[name] = None\n"
            "from lucidocr import Reader\n"
            "reader = Reader(sys.argv[1], threads=1)\n"
            "pages = [reader.read(path, mode='line') for path in sys.argv[2:]]\n"
            "print(json.dumps([''.join(line.text for line in page.lines) for page in pages]))\n"
        )
        paths = [str(tmp_path / f"{number}.png") for number in range(len(pictures))]
        source = Path(sys.modules["lucidocr"].__file__ or "").parents[1]
        done = subprocess.run(
            [sys.executable, "-c", script, str(model_folder), *paths],
            capture_output=True, check=True, env=os.environ | {"PYTHONPATH": str(source)}, timeout=120,
        )  # fmt: skip
        assert json.loads(done.stdout) == here


class Watched:
    """A session that remembers what it was given."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.given: list[Arrays] = []

    def run(self, feeds: Arrays, outputs: tuple[str, ...] | None = None, *, shrink: bool = False) -> list[NDArray[Any]]:
        self.given.append({name: value.copy() for name, value in feeds.items()})
        return self._session.run(feeds, outputs, shrink=shrink)


@pytest.fixture
def reader(model_folder: Path) -> Reader:
    return Reader(model_folder, threads=1)


@pytest.fixture
def watched(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> Watched:
    session = Watched(reader._recogniser._session)
    monkeypatch.setattr(reader._recogniser, "_session", session)
    return session


def synthetic_line(atlas: Any, text: str, seed: int) -> SyntheticLine:
    rng = Random(seed)
    drawing = place(draw_text(atlas, text, rng), rng)
    return SyntheticLine(paint(drawing.coverage, drawing.boxes, Palette.make(0), rng), text, drawing.boxes, "dejavu")


class TestPreprocessing:
    def test_a_synthetic_line_is_seen_as_in_training(self, reader: Reader, watched: Watched, tmp_path: Path) -> None:
        pytest.importorskip("freetype", reason="needs the train extra")
        from lucidocr_training.glyphs import open_atlas
        from tests.training.small import FACES

        atlas = open_atlas(FACES[1], CHARSET.chars, tmp_path)
        heights = set()
        for seed in range(12):
            line = synthetic_line(atlas, "Parity, 42", seed)
            heights.add(line.pixels.shape[0])
            trained = stack([synthetic_sample(line, CHARSET)])
            reader.read_lines([line.pixels])
            given = watched.given[-1]
            assert np.array_equal(given["images"], trained.images)
            assert np.array_equal(given["widths"], trained.widths)
            assert given["images"].dtype == trained.images.dtype == np.float32
        assert min(heights) < 32 < max(heights)  # both ways of scaling

    def test_a_real_coloured_line_is_seen_as_in_training(
        self, reader: Reader, watched: Watched, tmp_path: Path
    ) -> None:
        (tmp_path / "images").mkdir()
        picture = np.random.default_rng(0).integers(0, 256, (45, 230, 3)).astype(np.uint8)
        cv2.imwrite(str(tmp_path / "images" / "a.png"), picture)
        (tmp_path / "labels.tsv").write_text("a.png\tlucid\n", encoding="utf-8")
        (tmp_path / "split.tsv").write_text("a.png\tg\ttrain\n", encoding="utf-8")
        (line,) = load_lines(tmp_path, CHARSET, "train")
        trained = stack([Sample(normalise_line(line.pixels), line.classes, line.others, np.zeros((0, 2), np.float32))])
        reader.read(tmp_path / "images" / "a.png", mode="line")
        assert np.array_equal(watched.given[-1]["images"], trained.images)

    def test_batches_of_several_lines_too(self, reader: Reader, watched: Watched, pictures: list[ImageArray]) -> None:
        reader.read_lines(pictures)
        seen = sorted(
            given["images"][row, :, :, :width].tobytes()
            for given in watched.given
            for row, width in enumerate(given["widths"].tolist())
        )
        trained = [
            stack([Sample(normalise_line(picture), (0,), (0,), np.zeros((0, 2), np.float32))]) for picture in pictures
        ]
        assert seen == sorted(batch.images.tobytes() for batch in trained)
