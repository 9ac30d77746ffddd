"""`lucidocr keys`."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lucidocr import cli
from lucidocr.errors import ApiKeyError
from lucidocr.serve.keys import Keyring


def keys(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, ["keys", *arguments])


def test_keys_are_made_listed_and_withdrawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first, second = (keys("add", name).output.strip() for name in ("Ann", "安"))
    assert Keyring(Path("keys.json")).check(first).name == "Ann"
    listed = keys("list").output.splitlines()
    assert [line.split("  ")[2] for line in listed] == ["Ann", "安"]
    assert keys("remove", listed[0].split("  ")[0]).exit_code == 0
    ring = Keyring(Path("keys.json"))
    assert ring.check(second).name == "安"
    with pytest.raises(ApiKeyError):
        ring.check(first)


def test_what_goes_wrong(tmp_path: Path) -> None:
    file = str(tmp_path / "other.json")
    assert "lucidocr keys add" in keys("list", "--file", file).output
    assert keys("add", "Ann", "--file", file).exit_code == 0
    result = keys("remove", "0123", "--file", file)
    assert (result.exit_code, "there is no key '0123'" in result.output) == (2, True)
    assert keys("add", "Ann", "--file", str(tmp_path / "no" / "keys.json")).exit_code == 2
