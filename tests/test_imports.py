"""What is loaded when: promises about imports, each checked in a fresh interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import metadata

import pytest


def loaded_by(program: str) -> set[str]:
    """Top-level modules that a program leaves in a new interpreter."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"{program}\nimport sys; print(*sorted(sys.modules))"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert not loaded_by("import lucidocr") & {"cv2", "flask", "numpy", "onnxruntime", "PIL", "rapidocr", "torch"}


def test_the_command_line_answers_without_the_engine() -> None:
    assert not loaded_by("import lucidocr.cli") & {"cv2", "flask", "onnxruntime", "rapidocr", "torch", "waitress"}


@pytest.mark.parametrize(
    "program",
    [
        "import lucidocr; lucidocr.Reader",
        "import lucidocr.serve.server",
        "import lucidocr.evaluate",
        "import lucidocr.cli",
    ],
)
def test_the_runtime_never_loads_what_is_for_training(program: str) -> None:
    assert not loaded_by(program) & {"lucidocr_training", "onnx", "onnxscript", "torch"}


def test_reading_without_a_page_needs_no_detector() -> None:
    assert "rapidocr" not in loaded_by("import lucidocr; lucidocr.Reader")


def test_a_batch_on_this_machine_needs_no_cluster() -> None:
    assert not loaded_by("import lucidocr.batch.local, lucidocr.batch.run") & {"onnxruntime", "pyarrow", "ray"}


def test_one_distribution_brings_opencv() -> None:
    """Two of them overwrite each other's files, and removing one breaks the other (docs/adr/0003)."""
    assert set(metadata.packages_distributions()["cv2"]) == {"opencv-python-headless"}


def test_an_unknown_name_is_an_attribute_error() -> None:
    import lucidocr

    with pytest.raises(AttributeError, match="no attribute 'Writer'"):
        lucidocr.Writer  # noqa: B018
    assert set(lucidocr.__all__) <= set(dir(lucidocr))
    for name in lucidocr.__all__:
        assert getattr(lucidocr, name) is not None
