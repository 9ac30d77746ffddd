"""What the confidences are worth: the definitions of the figures, their table and their picture."""

from __future__ import annotations

import json
import math
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the train extra")

from benchmarks import calibration as figures
from benchmarks import fitted_tables
from benchmarks.curves import Curve, draw
from lucidocr.calibration import IDENTITY
from lucidocr_training.calibrate import JudgedCharacter, JudgedLine

pytestmark = pytest.mark.torch


def judged(count: int, seed: int, *, source: str = "sroie", text: str = "字") -> list[JudgedLine]:
    """Lines whose probabilities are true."""
    chance = np.random.default_rng(seed)
    lines = []
    for probability in chance.uniform(0.01, 1.0, count):
        right = bool(chance.random() < probability)
        character = JudgedCharacter(text, probability, right)
        lines.append(JudgedLine(source, "han", math.log(probability), right, (character,)))
    return lines


def test_expected_error_of_a_known_case() -> None:
    said = np.array([0.9, 0.9, 0.9, 0.9, 0.1, 0.1])
    right = np.array([True, True, True, False, False, False])
    assert figures.expected_error(said, right) == pytest.approx((4 * 0.15 + 2 * 0.1) / 6)


def test_certain_answers_have_a_bin() -> None:
    assert figures.expected_error(np.array([1.0, 0.0]), np.array([True, False])) == 0


def test_true_probabilities_score_the_noise_and_wrong_ones_more() -> None:
    chance = np.random.default_rng(1)
    said = chance.random(4_000)
    right = chance.random(4_000) < said
    noise = figures.noise_floor(said)
    assert 0.005 < noise < 0.03
    assert figures.expected_error(said, right) < 2 * noise
    assert figures.expected_error(said**2, right) > 5 * noise
    assert figures.noise_floor(said[:200]) > 2 * noise


def test_ranking_counts_pairs() -> None:
    said = np.array([0.9, 0.5, 0.5, 0.1])
    assert figures.ranking(said, np.array([True, True, False, False])) == pytest.approx(3.5 / 4)
    assert figures.ranking(said, np.array([False, False, True, True])) == pytest.approx(0.5 / 4)
    assert figures.ranking(said, np.ones(4, dtype=bool)) is None


def test_risk_rises_as_less_sure_answers_are_accepted() -> None:
    said = np.linspace(0, 1, 100)
    risk = figures.risks(said, said >= 0.5)
    assert risk[figures.COVERAGES.index(0.5)] == 0
    assert risk[-1] == 0.5
    assert list(risk) == sorted(risk)


def test_groups_of_the_tables() -> None:
    lines = judged(60, 2) + judged(40, 3, source="synthetic", text="7")
    by_line = {one.group: one.n for one in figures.line_table(lines, IDENTITY)}
    assert by_line == {"all": 100, "han": 100, "sroie": 60, "synthetic": 40}
    by_character = {one.group: one.n for one in figures.character_table(lines, IDENTITY)}
    assert by_character == {"all": 100, "han": 60, "digits": 40, "sroie": 60, "synthetic": 40}


def test_what_is_kept_becomes_tables_and_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "RESULTS", tmp_path)
    monkeypatch.setattr(figures, "FIGURE", tmp_path / "figures" / "risk.svg")
    figures.keep({"fp32": figures.summarise(judged(300, 4), IDENTITY)})
    result = json.loads((tmp_path / "calibration.json").read_text(encoding="utf-8"))
    for kind in ("lines", "characters"):
        table = fitted_tables.calibration(result, kind)
        assert "`fp32`" in table
        assert "| all | 300 |" in table
        assert len({row.count("|") for row in table.splitlines() if row.startswith("|")}) == 1
    drawn = ET.fromstring((tmp_path / "figures" / "risk.svg").read_text(encoding="utf-8"))
    assert len(drawn.findall("{*}polyline")) == 2


def test_a_curve_goes_through_its_points() -> None:
    picture = ET.fromstring(draw([Curve("a", (0.0, 0.5, 1.0), (0.0, 0.1, 0.2))]))
    line = picture.find("{*}polyline")
    assert line is not None
    points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
    assert points[0][1] > points[1][1] > points[2][1]
    assert points[1][0] == pytest.approx((points[0][0] + points[2][0]) / 2)
    assert "a" in [text.text for text in picture.iter() if text.tag.endswith("text")]


def test_table_of_the_attention_head() -> None:
    row = {"characters": 5_000, "agreement": 0.91, "agreement_right": 0.97, "energy": 0.82, "drift": 0.03}
    other = row | {"agreement": 0.5}
    controls = dict.fromkeys(("habit", "gaussian", "even"), other)
    worth = {"parameters": 41_000, "learnt_from": 200_000, "attention": row} | controls
    table = fitted_tables.attention(worth)
    assert "| attention head | 0.910 | 0.970 | 0.820 | 0.030 |" in table
    assert "41,000 parameters" in table
    assert table.count("\n|") == 6
