"""What a plain ``pip install .`` brings."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.system
def test_the_wheel_holds_everything_that_the_checkout_has(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for package in (ROOT / "src" / "lucidocr", ROOT / "training" / "lucidocr_training"):
        files = (path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        assert {str(path.relative_to(package.parent)) for path in files} <= names
    assert "lucidocr/py.typed" in names
    assert not {name for name in names if name.startswith(("tests/", "benchmarks/"))}
