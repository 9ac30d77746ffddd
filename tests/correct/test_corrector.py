"""Doubtful lines read again: who is asked, who wins, what is kept of it, and what happens where help is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from lucidocr.charset import Charset
from lucidocr.correct.corrector import ALONE, SHOWN, Correcting, Corrector, Doubt
from lucidocr.correct.fusion import UNFITTED, Fusion, FusionPlan, FusionWeights
from lucidocr.correct.lexicon import Lexicon
from lucidocr.correct.opinion import Opinion, StringOpinion
from lucidocr.decode import read_frames
from lucidocr.errors import MissingPartError, OptionError
from lucidocr.types import Frames, ImageArray, Recognition

ALPHABET = Charset("abc ")
PIXELS = np.full((32, 64), 255, np.uint8)


def frames_of(*said: dict[str, float]) -> Frames:
    """Frames with what each says; blank has the rest, and there is a blank frame between them."""
    rows = [row for one in said for row in (one, {})]
    blank = np.array([1 - sum(row.values()) for row in rows])
    chars = np.array([[max(row.get(char, 0.0), 1e-6) for char in ALPHABET.chars] for row in rows])
    return Frames(
        log_blank=np.log(np.maximum(blank, 1e-6)).astype(np.float32),
        log_other=np.log(np.maximum(1 - blank, 1e-6)).astype(np.float32),
        active=np.arange(len(rows)),
        log_chars=np.log(chars / chars.sum(axis=1, keepdims=True)).astype(np.float32),
        pixels_per_frame=64 / len(rows),
        width=64,
    )


def doubt_of(frames: Frames) -> Doubt:
    return Doubt(frames, PIXELS, read_frames(frames, ALPHABET, PIXELS))


UNSURE = doubt_of(frames_of({"a": 0.95}, {"b": 0.55, "c": 0.40}, {"a": 0.95}))
SURE = doubt_of(frames_of({"a": 0.999}, {"b": 0.999}))


@dataclass
class Engine:
    """Reads the same text in every line, and remembers how many it was asked about."""

    text: str = "aca"
    confidence: float = 0.99
    asked: list[int] = field(default_factory=list)
    name: str = "engine"

    def ask(self, lines: Sequence[ImageArray], readings: Sequence[str]) -> list[Opinion]:
        assert len(readings) == len(lines)
        self.asked.append(len(lines))
        return [StringOpinion(self.name, self.text, self.confidence) for _ in lines]


class Speech:
    """A language model that likes one text."""

    def __init__(self, liked: str = "", *, talks: bool = True) -> None:
        self.liked = liked
        self.talks = talks

    def advantage(self, texts: Sequence[str]) -> NDArray[np.float64]:
        return np.array([0.0 if text == self.liked else -5.0 for text in texts])

    def knows(self, text: str) -> bool:
        return self.talks

    def restore_spaces(self, text: str) -> Sequence[str]:
        return ["a ba"] if text == "aba" else []


def plan_of(weights: FusionWeights, *, ask: float = 0.8) -> FusionPlan:
    fusion = Fusion(weights, UNFITTED.calibration)
    return FusionPlan(fusion, fusion, 0.9, ask)


PLAN = plan_of(FusionWeights(recogniser=1.0, opinion=1.0, language=1.0))


def corrector_of(
    plan: FusionPlan | None = PLAN, *, engine: Engine | None = None, language: Speech | None = None
) -> Corrector:
    return Corrector(ALPHABET, plan, language=lambda: language or Speech(), engine=lambda: engine or Engine())


def correct(corrector: Corrector, options: Correcting, doubt: Doubt = UNSURE) -> Recognition:
    (found,) = corrector.correct([doubt], options)
    return found


def test_what_is_doubted() -> None:
    corrector = corrector_of()
    assert UNSURE.reading.text == "aba"
    assert UNSURE.reading.confidence < 0.8
    assert SURE.reading.confidence > 0.9
    assert corrector.doubts(UNSURE.reading, Correcting())
    assert not corrector.doubts(SURE.reading, Correcting())
    assert corrector.doubts(SURE.reading, Correcting(opinion="always"))
    assert corrector.doubts(SURE.reading, Correcting(lexicon=Lexicon.parse("a")))
    assert not corrector.doubts(UNSURE.reading, ALONE)
    assert not corrector_of(None).doubts(UNSURE.reading, Correcting(opinion="always"))


def test_a_sure_opinion_wins_over_a_doubtful_reading() -> None:
    found = correct(corrector_of(), Correcting(language=False))
    correction = found.correction
    assert correction is not None
    assert (found.text, correction.before, correction.after, correction.changed) == ("aca", "aba", "aca", True)
    assert correction.asked == "engine"
    assert correction.confidence_before == UNSURE.reading.confidence
    assert found.confidence == correction.confidence
    assert "".join(span.char for span in found.spans) == "aca"
    best = correction.hypotheses[0]
    assert best.origins == ("alternatives", "opinion")
    assert best.terms.opinion == pytest.approx(np.log(0.99))
    assert best.terms.language is None
    assert [one.score for one in correction.hypotheses] == sorted(
        (one.score for one in correction.hypotheses), reverse=True
    )
    assert any(one.text == "aba" for one in correction.hypotheses)


def test_an_unsure_opinion_does_not() -> None:
    found = correct(corrector_of(engine=Engine(confidence=0.01)), Correcting(language=False))
    assert found.text == "aba"
    assert found.correction is not None
    assert not found.correction.changed
    assert [span.left for span in found.spans] == [span.left for span in UNSURE.reading.spans]


def test_only_doubtful_lines_are_asked_about_and_all_at_once() -> None:
    engine = Engine()
    corrector = corrector_of(engine=engine)
    first, second, third = corrector.correct([UNSURE, SURE, UNSURE], Correcting())
    assert engine.asked == [2]
    assert [one.correction.asked for one in (first, second, third) if one.correction] == ["engine", "", "engine"]
    corrector.correct([SURE], Correcting(opinion="always"))
    corrector.correct([UNSURE], Correcting(opinion="off"))
    assert engine.asked == [2, 1]


def test_the_language_model_chooses_and_restores_spaces() -> None:
    options = Correcting(opinion="off")
    assert correct(corrector_of(language=Speech("aca")), options).text == "aca"
    spaced = correct(corrector_of(plan_of(FusionWeights(language=9.0)), language=Speech("a ba")), options)
    assert spaced.text == "a ba"
    assert spaced.correction is not None
    assert spaced.correction.hypotheses[0].origins == ("spaces",)
    assert correct(corrector_of(language=Speech("aca")), Correcting(language=False, opinion="off")).text == "aba"


def test_the_language_model_is_silent_where_there_is_no_language() -> None:
    options = Correcting(opinion="off")
    found = correct(corrector_of(language=Speech("aca", talks=False)), options)
    assert found.text == "aba"
    assert found.correction is not None
    assert {one.terms.language for one in found.correction.hypotheses} == {0.0}


def test_a_lexicon_helps_even_where_nothing_is_fitted() -> None:
    found = correct(corrector_of(None), Correcting(lexicon=Lexicon.parse("aca")))
    assert found.text == "aca"
    assert found.correction is not None
    preference = found.correction.hypotheses[0].terms.lexicon
    assert preference is not None
    assert preference > 0.4
    assert 0 < found.confidence < 1


def test_nothing_else_than_the_lexicon_is_read_where_it_is_to_be_so() -> None:
    only = partial(Correcting, language=False, opinion="off", lexicon_mode="only")
    assert correct(corrector_of(), only(lexicon=Lexicon.parse("aca\nbbb"))).text == "aca"
    assert correct(corrector_of(), only(lexicon=Lexicon.parse("/a[cb]a/"))).text == "aba"
    nothing = correct(corrector_of(), only(lexicon=Lexicon.parse("cccccccccccc")))
    assert (nothing.text, nothing.confidence, nothing.spans) == ("", 0.0, ())
    assert nothing.correction is not None
    assert nothing.correction.before == "aba"


def test_characters_outside_of_the_alphabet_are_placed() -> None:
    found = correct(
        corrector_of(plan_of(FusionWeights(opinion=9.0)), engine=Engine("a世a")), Correcting(language=False)
    )
    assert found.text == "a世a"
    assert [span.char for span in found.spans] == ["a", "世", "a"]
    assert found.spans[0].right <= found.spans[1].left <= found.spans[2].left


def test_help_that_cannot_be_had_is_done_without_and_noted() -> None:
    tries = []

    def load() -> Engine:
        tries.append(1)
        raise MissingPartError("there is no engine", remedy="Install one.")

    corrector = Corrector(ALPHABET, PLAN, language=Speech, engine=load)
    for _ in range(2):
        found = correct(corrector, Correcting())
        assert found.correction is not None
        assert found.correction.asked == ""
    assert len(tries) == 1
    assert len(corrector.notices) == 1
    assert "there is no engine" in corrector.notices[0]
    assert corrector_of().notices == ()


def test_few_hypotheses_are_kept_and_what_was_read_among_them() -> None:
    frames = frames_of(*[{"a": 0.4, "b": 0.35, "c": 0.2}] * 4)
    plan = plan_of(FusionWeights(kept=-50.0))
    found = correct(corrector_of(plan), Correcting(opinion="off"), doubt_of(frames))
    assert found.correction is not None
    assert len(found.correction.hypotheses) == SHOWN + 1
    assert found.correction.hypotheses[-1].text == found.correction.before


def test_an_empty_reading_may_turn_out_to_be_text() -> None:
    blank = doubt_of(frames_of({"a": 0.45}))
    assert blank.reading.text == ""
    found = correct(corrector_of(engine=Engine("a")), Correcting(language=False), blank)
    assert found.text == "a"


@pytest.mark.parametrize("options", [{"opinion": "sometimes"}, {"lexicon_mode": "never"}])
def test_unknown_choices_are_errors(options: dict[str, str]) -> None:
    with pytest.raises(OptionError, match="is not one of"):
        Correcting(**options)  # type: ignore[arg-type]
