from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lucidocr.correct.lexicon import Lexicon
from lucidocr.errors import ImageSizeError
from lucidocr.model import load_model
from lucidocr.serve.cache import BESIDE, Cache, Outcome, described, identity_of, key_of
from lucidocr.serve.settings import Settings
from tests.toy import write_model


@dataclass
class Asked:
    """Computes records and counts how often."""

    times: int = 0
    failure: Exception | None = None

    def __call__(self) -> Mapping[str, Any]:
        self.times += 1
        if self.failure:
            raise self.failure
        return {"text": "发票", "number": self.times, "spans": (1, 2)}


@dataclass
class Shelf:
    """A store in a dictionary."""

    kept: dict[str, bytes] = field(default_factory=dict)

    def get(self, key: str) -> bytes | None:
        return self.kept.get(key)

    def put(self, key: str, value: bytes) -> None:
        self.kept[key] = value


def test_a_record_is_computed_once() -> None:
    seen: list[Outcome] = []
    cache, asked = Cache(10_000, observe=seen.append), Asked()
    first = cache.record("a", asked)
    assert first == cache.record("a", asked) == {"text": "发票", "number": 1, "spans": [1, 2]}
    assert cache.record("b", asked)["number"] == 2
    assert seen == ["computed", "memory", "computed"]


def test_what_a_caller_does_to_a_record_stays_with_it() -> None:
    cache, asked = Cache(10_000), Asked()
    cache.record("a", asked)["spans"].append(3)
    assert cache.record("a", asked)["spans"] == [1, 2]


def test_the_least_recently_used_go_first_and_bytes_are_bounded() -> None:
    asked = Asked()
    cache = Cache(1200)
    for key in ("a", "b", "c"):
        cache.record(key, asked)
    assert len(cache) == 3
    cache.record("a", asked)
    cache.record("d", asked)
    assert asked.times == 4
    assert 0 < cache.size <= 1200
    cache.record("a", asked)
    assert asked.times == 4
    cache.record("b", asked)
    assert asked.times == 5


def test_what_is_larger_than_the_cache_is_not_kept() -> None:
    cache = Cache(1000)
    assert cache.record("a", lambda: {"text": "x" * 2000})["text"] == "x" * 2000
    assert (len(cache), cache.size) == (0, 0)


def test_sizes_are_right_after_many_records() -> None:
    cache = Cache(5000)
    for number in range(300):
        cache.record(str(number % 37), lambda number=number: {"text": "x" * (number % 900)})  # type: ignore[misc]
    assert cache.size == sum(len(value) + 300 for value in cache._kept.values()) <= 5000


def test_no_memory_and_no_store_is_no_cache() -> None:
    cache, asked = Cache(0), Asked()
    assert [cache.record("a", asked)["number"] for _ in range(3)] == [1, 2, 3]


def test_many_that_ask_at_once_wait_for_one() -> None:
    begun, free = threading.Event(), threading.Event()
    asked = Asked()
    seen: list[Outcome] = []
    cache = Cache(10_000, observe=seen.append)

    def slow() -> Mapping[str, Any]:
        begun.set()
        assert free.wait(30)
        return asked()

    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(cache.record, "a", slow)
        assert begun.wait(30)
        others = [pool.submit(cache.record, "a", asked) for _ in range(8)]
        other = cache.record("b", Asked())
        free.set()
        assert {one.result()["number"] for one in (first, *others)} == {1}
    assert other["number"] == 1
    assert asked.times == 1
    assert seen.count("computed") == 2
    assert seen.count("joined") + seen.count("memory") == 8


def test_an_error_is_not_kept_and_reaches_nobody_else() -> None:
    begun, free = threading.Event(), threading.Event()
    cache = Cache(10_000)

    def failing() -> Mapping[str, Any]:
        begun.set()
        assert free.wait(30)
        raise ImageSizeError("the picture needs more memory than there is")

    asked = Asked()
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(cache.record, "a", failing)
        assert begun.wait(30)
        others = [pool.submit(cache.record, "a", asked) for _ in range(3)]
        free.set()
        with pytest.raises(ImageSizeError):
            first.result()
        assert all(one.result()["text"] == "发票" for one in others)
    assert asked.times >= 1
    assert cache.record("a", asked)["text"] == "发票"


def test_a_store_is_asked_before_computing_and_told_afterwards() -> None:
    seen: list[Outcome] = []
    shelf, asked = Shelf(), Asked()
    one, other = Cache(10_000, shelf, observe=seen.append), Cache(0, shelf, observe=seen.append)
    assert one.record("a", asked) == other.record("a", asked) == other.record("a", asked)
    assert seen == ["computed", "shared", "shared"]
    assert asked.times == 1


@pytest.mark.parametrize("rubbish", [b"", b"\x80\x04N.", b"[1]", b"{", b"[" * 100_000])
def test_a_store_that_holds_something_else_does_no_harm(rubbish: bytes) -> None:
    shelf = Shelf({"a": rubbish})
    assert Cache(0, shelf).record("a", Asked())["text"] == "发票"
    assert shelf.kept["a"].startswith(b'{"text"')


OPTIONS: dict[str, object] = {"mode": "auto", "lm": True, "lexicon": None, "box": None}


def test_a_key_depends_on_everything() -> None:
    box = np.array([[0, 0], [9, 0], [9, 9], [0, 9]], np.float32)
    keys = [
        key_of("model", "ocr", b"picture", OPTIONS),
        key_of("other", "ocr", b"picture", OPTIONS),
        key_of("model", "explain", b"picture", OPTIONS),
        key_of("model", "ocr", b"picture2", OPTIONS),
        key_of("model", "ocr", b"picture", OPTIONS | {"mode": "line"}),
        key_of("model", "ocr", b"picture", OPTIONS | {"lm": False}),
        key_of("model", "ocr", b"picture", OPTIONS | {"lexicon": Lexicon.parse("Berlin")}),
        key_of("model", "ocr", b"picture", OPTIONS | {"lexicon": Lexicon.parse("Paris")}),
        key_of("model", "ocr", b"picture", OPTIONS | {"lexicon": Lexicon.parse("ab\ncd\nef")}),
        key_of("model", "ocr", b"picture", OPTIONS | {"lexicon": Lexicon.parse("ab\t9\ncd\nef")}),
        key_of("model", "ocr", b"picture", OPTIONS | {"lexicon": Lexicon.parse("/[0-9]{4}/")}),
        key_of("model", "ocr", b"picture", OPTIONS | {"lexicon": Lexicon.parse("/[0-9]{5}/")}),
        key_of("model", "ocr", b"picture", OPTIONS | {"box": box}),
        key_of("model", "ocr", b"picture", OPTIONS | {"box": box + 1}),
        key_of("model", "ocr", b"picture", OPTIONS | {"methods": ("ink",)}),
        key_of("model", "ocr", b"picture", OPTIONS | {"methods": ("ink", "lime")}),
    ]
    assert len(set(keys)) == len(keys)


def test_a_key_is_the_same_for_the_same_request() -> None:
    one, other = (OPTIONS | {"lexicon": Lexicon.parse("ab\ncd\nef")} for _ in range(2))
    backwards = dict(reversed(other.items()))
    assert key_of("model", "ocr", b"picture", one) == key_of("model", "ocr", b"picture", backwards)


def test_an_option_of_an_unknown_kind_has_no_key() -> None:
    with pytest.raises(TypeError, match="object cannot be part of a key"):
        described({"mode": object()})


def test_another_model_precision_or_limit_is_another_identity(toy_model: Path, tmp_path: Path) -> None:
    model, other = load_model(toy_model), load_model(write_model(tmp_path / "other", charset="abcdefg "))
    settings = Settings()
    known = {
        identity_of(model, "fp32", settings),
        identity_of(other, "fp32", settings),
        identity_of(model, "int8", settings),
        identity_of(model, "fp32", Settings(max_pixels=6)),
    }
    assert len(known) == 4
    assert identity_of(load_model(toy_model), "fp32", Settings(port=8080, workers=4)) in known


def test_settings_that_are_left_out_of_keys_are_such() -> None:
    assert set(Settings.model_fields) >= BESIDE
