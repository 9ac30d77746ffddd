"""How well and how fast lucidocr and its peers read folders of lines; results go to ``results/accuracy.json``.

``python -m benchmarks.accuracy FOLDER...`` takes data sets, or folders of them. All readers get the same pictures, one
line at a time on one thread, and all readings are compared under the same rule. A set's rule is that of
:data:`benchmarks.reading.SETS`; a set that is not named there counts as Chinese where a label holds a Han character.
A reader that cannot be run is named with the reason. See :mod:`benchmarks.peers`.

Peers may live in environments of their own: ``--peers`` and ``--easyocr`` name their interpreters.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from PIL import Image

from benchmarks.peers import PEERS, Script
from benchmarks.reading import RESULTS, SETS
from lucidocr.evaluate import Dataset, LabelledLine, Part, load_dataset
from lucidocr.io import load
from lucidocr.metrics import Rule, tally

LIMIT = 150
_SLOW = {"RapidOCR": 10, "faster-paddle small": 3}
"""Readers that take half a second or more for a line read every n-th line of a sample."""

_HAN = ("\u4e00", "\u9fff")
_PROGRAM = Path(__file__).parent / "peers.py"


@dataclass(frozen=True, slots=True)
class Score:
    """How one reader did on one set.

    Attributes:
        model: one of :data:`benchmarks.peers.PEERS`.
        dataset: name of the set.
        part: of its split; None for all lines.
        script: of the set, "zh" or "en".
        rule: how texts were made comparable.
        n: lines compared.
        line_accuracy: share of lines in [0, 1] read without any error.
        cer: edit distances by length of truth.
        ms: median milliseconds of wall clock for a line.
    """

    model: str
    dataset: str
    part: Part | None
    script: Script
    rule: Rule
    n: int
    line_accuracy: float
    cer: float
    ms: float


@dataclass(frozen=True, slots=True)
class Skipped:
    """A reader that could not be run on the sets of a script, and why."""

    model: str
    script: Script
    reason: str


def find_datasets(folder: Path, part: Part, limit: int) -> Iterator[Dataset]:
    """Samples of the data sets in a folder, or of the one that it is.

    Args:
        folder: of a data set or of several.
        part: what to read of a set that has a split; a set without lines in it is left out.
        limit: most lines of a set, spread evenly.
    """
    if not (folder / "labels.tsv").is_file():
        for table in sorted(folder.glob("*/labels.tsv")):
            yield from find_datasets(table.parent, part, limit)
    elif not (split := folder / "split.tsv").is_file():
        yield load_dataset(folder).sample(limit)
    elif any(row.endswith(f"\t{part}") for row in split.read_text(encoding="utf-8").splitlines()):
        yield load_dataset(folder, part).sample(limit)


def rule_of(dataset: Dataset) -> Rule:
    """The rule that a set's readings are compared under."""
    if dataset.name in SETS:
        return SETS[dataset.name]
    return "zh" if any(_HAN[0] <= char <= _HAN[1] for line in dataset.lines for char in line.text) else "alnum"


def copy_pictures(lines: Sequence[LabelledLine], folder: Path) -> list[Path]:
    """The pictures as PNG files, upright and opaque, so that all readers see the same pixels."""
    paths = [folder / f"{number}.png" for number in range(len(lines))]
    for line, path in zip(lines, paths, strict=True):
        Image.fromarray(load(line.path).pixels).save(path)
    return paths


def ask(model: str, script: Script, paths: Sequence[Path], python: str) -> list[tuple[str, float]] | str:
    """Readings and their milliseconds, or why there are none."""
    command = [python, "-P", str(_PROGRAM), model, script]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    given = "".join(f"{path}\n" for path in paths)
    try:
        done = subprocess.run(  # noqa: S603 - the interpreter is the user's choice
            command, input=given, capture_output=True, check=False, encoding="utf-8", env=environment
        )
    except OSError as error:
        return f"{python} cannot be run ({error.strerror})"
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    missing = next((str(answer["missing"]) for answer in answers if "missing" in answer), None)
    if missing is None and (done.returncode or len(answers) != len(paths)):
        missing = (done.stderr.strip().splitlines() or ["it gave up"])[-1]
    return missing or [(answer["text"], answer["ms"]) for answer in answers]


def measure(
    model: str, sets: Sequence[tuple[Dataset, Sequence[Path]]], script: Script, python: str
) -> list[Score] | Skipped:
    """One reader on all sets of a script.

    Args:
        model: one of :data:`benchmarks.peers.PEERS`.
        sets: and their pictures.
        script: of all of these sets.
        python: interpreter of the reader's environment.
    """
    step = _SLOW.get(model, 1)
    samples = [(one, one.lines[::step], paths[::step]) for one, paths in sets]
    answers = ask(model, script, [path for _, _, paths in samples for path in paths], python)
    if isinstance(answers, str):
        return Skipped(model, script, answers)
    scores, remaining = [], iter(answers)
    for one, lines, _ in samples:
        found = [next(remaining) for _ in lines]
        rule = rule_of(one)
        counts = tally(((text, line.text) for (text, _), line in zip(found, lines, strict=True)), rule)
        ms = statistics.median(taken for _, taken in found)
        scores.append(
            Score(model, one.name, one.part, script, rule, counts.lines, counts.line_accuracy, counts.cer, round(ms, 2))
        )
    return scores


def main() -> None:
    """Measure, print and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--part", default="report", choices=("train", "tune", "report"))
    parser.add_argument("--limit", type=int, default=LIMIT, help="most lines of a set")
    parser.add_argument("--models", nargs="+", default=list(PEERS), choices=PEERS, metavar="NAME")
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--easyocr", default=os.environ.get("LUCIDOCR_EASYOCR"), metavar="PYTHON")
    parser.add_argument("--output", type=Path, default=RESULTS / "accuracy.json")
    options = parser.parse_args()
    pythons = {model: sys.executable if model.startswith("lucidocr") else options.peers for model in PEERS}
    pythons["EasyOCR, recognition only"] = options.easyocr or options.peers
    sets = [one for folder in options.folders for one in find_datasets(folder, options.part, options.limit)]
    with tempfile.TemporaryDirectory() as folder:
        found = list(_measure_all(options.models, sets, pythons, Path(folder)))
    for one in found:
        print(json.dumps(asdict(one)))
    result = {
        "machine": platform.machine(),
        "scores": [asdict(one) for one in found if isinstance(one, Score)],
        "skipped": [asdict(one) for one in found if isinstance(one, Skipped)],
    }
    options.output.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def _measure_all(
    models: Sequence[str], sets: Sequence[Dataset], pythons: Mapping[str, str], folder: Path
) -> Iterator[Score | Skipped]:
    scripts: tuple[Script, ...] = ("zh", "en")
    for script in scripts:
        chosen = []
        for one in (one for one in sets if (rule_of(one) == "zh") == (script == "zh")):
            pictures = folder / one.name
            pictures.mkdir()
            chosen.append((one, copy_pictures(one.lines, pictures)))
        for model in models if chosen else ():
            result = measure(model, chosen, script, pythons[model])
            yield from [result] if isinstance(result, Skipped) else result


if __name__ == "__main__":
    main()
