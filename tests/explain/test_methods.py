from __future__ import annotations

from lucidocr.explain.methods import ATTENTION, DEFAULT_METHODS, METHOD_NAMES, METHODS, unsound_methods


def test_names_are_told_apart() -> None:
    assert len(set(METHOD_NAMES)) == len(METHODS)
    assert set(DEFAULT_METHODS) <= set(METHOD_NAMES)


def test_only_known_methods_are_called_unsound_and_each_with_a_reason() -> None:
    unsound = unsound_methods()
    assert set(unsound) <= {*METHOD_NAMES, ATTENTION}
    assert all(reason.endswith(".") for reason in unsound.values())
    assert not set(DEFAULT_METHODS) & set(unsound)
