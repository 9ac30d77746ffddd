"""What the measured figures say against a method, and that every face says the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.explaining_tables import markdown
from benchmarks.reading import RESULTS
from benchmarks.verdicts import CONTROLS, verdict
from lucidocr.explain.methods import ATTENTION, METHOD_NAMES, unsound_methods


def row(method: str, **changes: Any) -> dict[str, Any]:
    """Figures of a method that nothing is to be said against."""
    figures = {
        "dataset": "synthetic", "method": method, "characters": 10, "pointing": 1.0, "energy": 0.8, "deletion": 4.0,
        "elsewhere": 0.5, "ratio": 8.0, "insertion": 1.0, "selectivity": 0.2, "misread": 2, "misread_deletion": 1.0,
        "misread_elsewhere": 0.5, "stability": 0.9, "likeness": 0.1, "cascade": {"class layer": 0.4, "all": 0.1},
    }  # fmt: skip
    return figures | changes


def test_nothing_is_said_against_a_sound_method() -> None:
    rows = [row("hirescam"), row("shap", likeness=None), row("attention"), row("Gaussian", deletion=3), row("true box")]
    assert verdict(rows) == {}


@pytest.mark.parametrize(
    ("changes", "word"),
    [({"elsewhere": 2.3}, "elsewhere"), ({"likeness": 0.51}, "learned"), ({"deletion": -1}, "else")],
)
def test_a_method_that_fails_is_named_with_the_reason(changes: dict[str, Any], word: str) -> None:
    found = verdict([row("hirescam"), row("lime", **changes), row("true box")])
    assert set(found) == {"lime"}
    assert word in found["lime"]
    assert found["lime"].endswith(".")


def test_one_set_is_enough_to_fail() -> None:
    rows = [row("ink"), row("true box"), row("ink", dataset="words", elsewhere=3.9), row("true box", dataset="words")]
    assert set(verdict(rows)) == {"ink"}


def test_attention_must_do_better_than_a_gaussian_on_the_same_set() -> None:
    rows = [
        row("attention", likeness=0.9), row("Gaussian", deletion=3.0), row("true box"),
        row("attention", dataset="words"), row("Gaussian", dataset="words", deletion=4.5),
        row("true box", dataset="words"),
    ]  # fmt: skip
    assert set(verdict(rows)) == {"attention"}
    assert "centre" in verdict(rows)["attention"]


def test_attention_is_told_the_place_so_shuffled_weights_do_not_count_against_it() -> None:
    assert verdict([row("attention", likeness=0.9), row("Gaussian", deletion=3.0), row("true box")]) == {}


@pytest.mark.parametrize(("gaussian", "fails"), [(0.8, False), (0.9, True)])
def test_attention_must_tell_the_answer_better_than_a_gaussian(gaussian: float, *, fails: bool) -> None:
    rows = [row("attention"), row("Gaussian", deletion=3.0), row("true box")]
    assert ("attention" in verdict(rows, {"attention": 0.9, "gaussian": gaussian})) is fails


def test_controls_are_not_judged() -> None:
    assert verdict([row(name, deletion=0.0) for name in CONTROLS]) == {}


def test_every_face_says_what_was_measured() -> None:
    record = json.loads((RESULTS / "explaining.json").read_text(encoding="utf-8"))
    assert record["unsound"] == verdict(record["methods"], record["predicting"]) == dict(unsound_methods())
    assert {one["method"] for one in record["methods"]} >= {*METHOD_NAMES}
    assert {one["method"] for one in record["methods"]} <= {*METHOD_NAMES, ATTENTION, *CONTROLS}


def test_tables_tell_aims_that_were_missed() -> None:
    record = {
        "limit": None,
        "sets": [
            {
                "dataset": "synthetic", "lines": 3, "sources": {"a": 1, "b": 2}, "characters": 12, "right": 10,
                "iou": {"han": 0.95, "latin": 0.81}, "counted": {"han": 4, "latin": 6}, "ceiling": 0.8,
                "agreement": None,
            }
        ],
        "methods": [row("hirescam", energy=0.41), row("true box", stability=None, likeness=None, cascade={})],
        "predicting": {"attention": 0.97, "gaussian": 0.91},
        "latency": [{"what": "SHAP", "milliseconds": 900.0, "readings": 180.0, "lines": 5}],
    }  # fmt: skip
    text = markdown(record)
    assert text.startswith("| aim |")
    assert markdown(record | {"limit": 7}).startswith("A trial on 7 lines of each set.")
    assert "| interval IoU, han, at least 0.93 | synthetic | 0.95 | reached |" in text
    assert "| interval IoU, latin, at least 0.88 | synthetic | 0.81 | missed |" in text
    assert "| energy in box at least 0.70 | HiResCAM, synthetic | 0.41 | missed |" in text
    assert (
        "| tells the answer more often than a Gaussian (0.91) | attention head, held-out typefaces | 0.97 | reached |"
        in text
    )
    assert "| at most 1500 ms | SHAP, 12 characters | 900 | reached |" in text
    assert "| *true box* | 10 | 1.000 | 0.800 | 4.00 | 0.50 | 8.0 | 1.00 | 0.20 |" in text
    assert "| class layer | 0.40 |" in text
