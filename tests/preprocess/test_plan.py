"""The plan that chooses steps."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lucidocr.errors import ModelError
from lucidocr.preprocess.indicators import measure
from lucidocr.preprocess.plan import FEATURES, Plan, StepRule, describe_plan, parse_plan, take
from tests.preprocess.drawn import line, ruled, sloping


def rule(feature: str, *, slope: float = 3.0, offset: float = -4.0, margin: float = 0.5) -> StepRule:
    slopes = np.zeros(len(FEATURES))
    slopes[FEATURES.index(feature)] = slope
    return StepRule(slopes, offset, margin)


def plan(*, most: int = 3, **rules: StepRule) -> Plan:
    centres = np.zeros(len(FEATURES))
    return Plan(0.9, 0.5, most, centres, np.ones(len(FEATURES)), rules)


BOTH = plan(deskew=rule("tilt"), lines=rule("through", slope=9.0))


class TestProposals:
    def test_nothing_is_proposed_for_a_line_in_order(self) -> None:
        assert BOTH.proposals(measure(line("Total amount due 123456"))) == ()

    def test_a_step_is_proposed_where_its_indicator_speaks_for_it_and_says_why(self) -> None:
        found = measure(sloping(line("Total amount due 123456"), 4))
        (proposal,) = BOTH.proposals(found)
        assert proposal.steps == ("deskew",)
        assert 0.5 <= proposal.benefit <= 1
        assert proposal.reason.startswith("tilt ")
        assert "usually 0" in proposal.reason

    def test_two_that_speak_are_tried_together_as_well_in_the_order_of_steps(self) -> None:
        found = measure(sloping(ruled(line("Total amount due 123456")), 0.0))
        skewed = plan(deskew=rule("tilt", offset=4.0), lines=rule("through", slope=9.0))
        steps = [one.steps for one in skewed.proposals(found)]
        assert steps == [("lines",), ("deskew",), ("lines", "deskew")]

    def test_a_line_costs_at_most_so_many_readings(self) -> None:
        always = {name: rule("tilt", offset=5.0) for name in ("deskew", "lines", "denoise", "sharpen", "flatten")}
        assert len(plan(most=3, **always).proposals(measure(line()))) == 3

    def test_the_margin_is_that_of_the_strictest_step(self) -> None:
        mixed = plan(deskew=rule("tilt", margin=0.25), lines=rule("through", margin=1.5))
        assert mixed.margin(("lines", "deskew")) == 1.5


def test_steps_are_taken_one_after_the_other() -> None:
    picture = sloping(ruled(line("Total amount due 123456")), 3)
    found = measure(picture)
    assert take(picture, (), found) is picture
    assert abs(measure(take(picture, ("lines", "deskew"), found)).skew) < 1


class TestPart:
    def test_what_is_written_is_read_again(self) -> None:
        again = parse_plan(json.dumps(describe_plan(BOTH)).encode())
        assert describe_plan(again) == describe_plan(BOTH)
        found = measure(sloping(line("Total amount due 123456"), 4))
        assert again.proposals(found) == BOTH.proposals(found)

    @pytest.mark.parametrize(
        "change",
        [
            {"format_version": 2},
            {"centres": [0.0]},
            {"scales": [0.0] * len(FEATURES)},
            {"steps": {"polish": describe_plan(BOTH)["steps"]["deskew"]}},
            {"steps": {"deskew": {"slopes": [1.0] * len(FEATURES)}}},
            {"doubt": "high"},
            {"centres": ["a"] * len(FEATURES)},
        ],
    )
    def test_anything_else_is_refused(self, change: dict[str, object]) -> None:
        with pytest.raises(ModelError):
            parse_plan(json.dumps(describe_plan(BOTH) | change).encode())

    @pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff"])
    def test_what_is_no_plan_is_refused(self, content: bytes) -> None:
        with pytest.raises(ModelError):
            parse_plan(content)
