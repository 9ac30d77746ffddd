"""What characters look like in plain print."""

from __future__ import annotations

import numpy as np
import pytest

from lucidocr.diagnose.shapes import SIDE, Shapes, as_vector, fit_square, load_shapes, pack, unpack
from lucidocr.model import load_model


@pytest.fixture(scope="module")
def shapes() -> Shapes:
    return load_shapes()


class TestBundled:
    def test_nearly_all_of_the_alphabet_is_known(self, shapes: Shapes) -> None:
        chars = [char for char in load_model(None).charset.chars if char != " "]
        assert sum(char in shapes for char in chars) > 0.99 * len(chars)

    def test_look_alikes_look_alike_and_others_do_not(self, shapes: Shapes) -> None:
        for one, other in ("土士", "己已", "人入", "日曰", "元无"):
            assert shapes.alike(one, other) > 0.75
        for one, other in ("一国", "L7", "大口", "1W"):
            assert shapes.alike(one, other) < 0.5
        assert shapes.alike("土", "\ue000") == 0.0

    def test_a_character_is_most_like_itself(self, shapes: Shapes) -> None:
        for char in "国A7無。":
            picture = shapes.picture(char)
            assert picture is not None
            vector = as_vector((picture * 255).astype(np.uint8))
            assert shapes.likeness(char, vector) > 0.95
            assert shapes.likeness("囗" if char != "国" else "A", vector) < 0.9
        assert shapes.picture("\ue000") is None

    def test_the_nearest_of_several(self, shapes: Shapes) -> None:
        nearest = {char: (other, likeness) for char, other, likeness in shapes.nearest("土士国A")}
        assert nearest["土"][0] == "士"
        assert nearest["士"][0] == "土"
        assert nearest["土"][1] == pytest.approx(shapes.alike("土", "士"), abs=0.05)


class TestSquares:
    def test_ink_is_centred_and_keeps_its_aspect(self) -> None:
        coverage = np.zeros((50, 90), np.uint8)
        coverage[5:45, 60:70] = 255
        square = fit_square(coverage)
        rows, columns = np.nonzero(square > 128)
        assert square.shape == (SIDE, SIDE)
        assert np.ptp(rows) + 1 == SIDE - 2
        assert 3 <= np.ptp(columns) + 1 <= 5
        assert abs(columns.mean() - (SIDE - 1) / 2) <= 0.5

    def test_an_empty_picture_is_an_empty_square_and_no_vector(self) -> None:
        assert not fit_square(np.zeros((9, 9), np.uint8)).any()
        assert not as_vector(np.zeros((SIDE, SIDE), np.uint8)).any()

    def test_vectors_have_length_one_whatever_the_contrast(self) -> None:
        picture = np.random.default_rng(0).integers(0, 255, (3, SIDE, SIDE), dtype=np.uint8)
        vectors = as_vector(picture)
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
        assert np.allclose(vectors, as_vector(picture // 2), atol=0.02)

    def test_sixteen_levels_are_kept(self) -> None:
        picture = np.random.default_rng(0).integers(0, 256, (2, 5, SIDE, SIDE), dtype=np.uint8)
        assert pack(picture).shape == (2, 5, SIDE * SIDE // 2)
        assert np.abs(unpack(pack(picture)).astype(int) - picture).max() <= 9
