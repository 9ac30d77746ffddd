"""What the API's description costs: size of its packages, and time of a start; results go to ``results/api_cost.json``.

``python -m benchmarks.api_cost`` adds up the files of the installed packages and starts fresh interpreters.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any, Final

RESULTS: Final = Path(__file__).parent / "results"
RUNS: Final = 11
PACKAGES: Final = (
    "flask-openapi3", "flask-openapi3-swagger", "pydantic", "pydantic-core", "annotated-types", "typing-inspection",
    "typing-extensions", "limits", "deprecated", "wrapt",
)  # fmt: skip
STARTS: Final = {
    "nothing": "pass",
    "flask": "import flask",
    "flask, pydantic, flask-openapi3": "import flask, pydantic, flask_openapi3.openapi, flask_openapi3.blueprint",
    "lucidocr --help": "from lucidocr import cli; cli.main(['--help'])",
    "lucidocr.serve": "import lucidocr.serve",
    "lucidocr.serve, and an application": (
        "from lucidocr.serve import Settings, create_app; create_app(Settings(), object())"
    ),
}


def megabytes(package: str) -> float:
    """Size of an installed package's files without byte code."""
    files = metadata.files(package) or []
    paths = [Path(str(file.locate())) for file in files if file.suffix != ".pyc"]
    return round(sum(path.stat().st_size for path in paths if path.is_file()) / 1e6, 2)


def milliseconds(code: str, runs: int) -> float:
    """Median time of a fresh interpreter that runs some code."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        times.append(1000 * (time.perf_counter() - began))
    return round(statistics.median(times), 0)


def table(result: dict[str, Any]) -> str:
    """Both as Markdown."""
    rows = ["| package | MB |", "|---|--:|"]
    rows += [f"| {name} | {size:.1f} |" for name, size in result["megabytes"].items()]
    rows += ["", "| started | ms |", "|---|--:|"]
    rows += [f"| {name} | {took:.0f} |" for name, took in result["milliseconds"].items()]
    return "".join(f"{row}\n" for row in rows)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=RUNS)
    runs = parser.parse_args().runs
    result = {
        "megabytes": {package: megabytes(package) for package in PACKAGES},
        "milliseconds": {name: milliseconds(code, runs) for name, code in STARTS.items()},
        "runs": runs,
    }
    text = json.dumps(result, indent=2) + "\n"
    (RESULTS / "api_cost.json").write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
