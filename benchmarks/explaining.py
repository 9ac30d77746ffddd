"""Whether explanations show what the network goes by, and what they cost; results go to ``results/explaining.json``.

``python -m benchmarks.explaining [--data DIR] [--limit N]`` explains synthetic lines in held-out typefaces, clean and
degraded, until :data:`TARGETS` characters were read right, and all report and tune words of ``iiit5k_train`` with their
real character boxes. It needs the train extra and gathered typefaces (``$LUCIDOCR_RUNS/fonts``). What fails a sanity
check is written to ``src/lucidocr/explain/unsound.json``, from which every face takes its warning.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.boxed import PRINT, SYNTHETIC, WORDS, BoxedLine, scene_words, synthetic_lines
from benchmarks.examining import QUICK, SLOW, Examined, Task, examine, likeness, spread, stability
from benchmarks.explaining_figures import Figures, by_method, rows_of, set_figures
from benchmarks.explaining_time import Latency, latencies
from benchmarks.reading import RESULTS
from benchmarks.verdicts import verdict
from lucidocr import Reader
from lucidocr.correct.corrector import ALONE
from lucidocr.explain.attention import ATTENTION
from lucidocr.model import load_model
from lucidocr.threads import available_cores

TARGETS = {PRINT: 2000, SYNTHETIC: 1000}
"""Characters of synthetic lines that must have been read right."""

SLOW_LINES = 30
"""Lines of each set that LIME and SHAP are judged on."""

STABILITY_LINES = 100
"""Lines of each set that are moved by a pixel."""

CASCADE_LINES = 30
"""Lines of each set that are explained by shuffled networks."""

SLOW_CASCADE_LINES = 6
"""Of them, those for which LIME and SHAP explain the last network of the cascade, too."""

UNSOUND = Path(__file__).parent.parent / "src" / "lucidocr" / "explain" / "unsound.json"

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of both sets, and who explains them.

    Attributes:
        lines: by set.
        attention: whether the model has an attention head.
        pool: the processes.
    """

    lines: Mapping[str, Sequence[BoxedLine]]
    attention: bool
    pool: Executor

    def run(
        self,
        what: Callable[[Task], Found],
        methods: tuple[str, ...],
        most: int | None = None,
        model: Path | None = None,
    ) -> Iterator[Found]:
        """Do something with the lines of each set, or with so many of them."""
        chosen = [line for lines in self.lines.values() for line in (spread(lines, most) if most else lines)]
        return self.pool.map(what, [Task(line, methods, self.attention, model) for line in chosen], chunksize=4)


def gather(data: Path, limit: int | None) -> dict[str, list[BoxedLine]]:
    """The lines of all sets; synthetic ones until enough characters are read right, or ``limit`` of each."""
    reader = Reader(correcting=ALONE, preprocess="off")
    runs = Path(os.environ.get("LUCIDOCR_RUNS", "../runs"))
    gathered: dict[str, list[BoxedLine]] = {}
    for name, target in TARGETS.items():
        right, kept = 0, gathered.setdefault(name, [])
        for line in synthetic_lines(runs / "fonts", data / "text", reader.model.charset, plain=name == PRINT):
            kept.append(line)
            right += len(line.places(reader.read_lines([line.pixels])[0].text))
            if right >= target or len(kept) == limit:
                break
    words = list(scene_words(data / "lines" / WORDS))
    return {**gathered, WORDS: spread(words, limit) if limit else words}


def cascade(lines: Lines) -> dict[tuple[str, str], dict[str, float]]:
    """Correlation with the maps of networks shuffled from the top down: by set and method, then by step."""
    from benchmarks.shuffling import CASCADE, shuffled_models  # noqa: PLC0415 - needs the train extra

    found: dict[tuple[str, str], dict[str, float]] = {}
    last = CASCADE[-1][0]
    with tempfile.TemporaryDirectory() as folder:
        for step, model in shuffled_models(load_model(), Path(folder)):
            alike = by_method(lines.run(likeness, QUICK, CASCADE_LINES, model))
            if step == last:
                slow = by_method(lines.run(likeness, SLOW, SLOW_CASCADE_LINES, model))
                alike |= {key: value for key, value in slow.items() if key[1] in SLOW}
            for key, value in alike.items():
                found.setdefault(key, {})[step] = value
            _say(f"cascade: {step}")
    return found


def judged(lines: Lines) -> tuple[list[Examined], list[Figures]]:
    """Everything but the time: what was found on each line, and the table."""
    quick = list(lines.run(examine, QUICK))
    _say("gradient methods")
    slow = [
        replace(one, scored=tuple(entry for entry in one.scored if entry.method in SLOW))
        for one in lines.run(examine, SLOW, SLOW_LINES)
    ]
    _say("LIME and SHAP")
    stable = by_method(lines.run(stability, QUICK, STABILITY_LINES))
    _say("stability")
    shuffled = cascade(lines)
    rows = []
    for row in rows_of([*quick, *slow]):
        key = row.dataset, row.method
        steps = shuffled.get(key, {})
        last = [*steps.values()][-1] if steps else None
        rows.append(replace(row, stability=stable.get(key), likeness=last, cascade=steps))
    return quick, sorted(rows, key=lambda row: [*lines.lines].index(row.dataset))


def measure(data: Path, limit: int | None, workers: int) -> dict[str, Any]:
    """The whole record."""
    attention = ATTENTION in load_model()
    gathered = gather(data, limit)
    _say(", ".join(f"{len(lines)} lines of {name}" for name, lines in gathered.items()))
    times: list[Latency] = latencies(gathered[PRINT])
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        examined, rows = judged(Lines(gathered, attention, pool))
    sets = [set_figures(name, lines, examined, attention=attention) for name, lines in gathered.items()]
    table = [asdict(row) for row in rows]
    predicting = head_and_control() if attention else None
    return {
        "limit": limit,
        "sets": [asdict(one) for one in sets],
        "methods": table,
        "latency": [asdict(one) for one in times],
        "predicting": predicting,
        "unsound": verdict(table, predicting),
    }


def head_and_control() -> dict[str, float]:
    """How often the attention head and its control tell the network's answer, measured when the head was trained."""
    worth = json.loads((RESULTS / "attention.json").read_text(encoding="utf-8"))
    return {name: worth[name]["agreement"] for name in ("attention", "gaussian")}


def _say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", flush=True)


def main() -> None:
    """Measure, write the results and the list of unsound methods."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="holds lines/ and text/")
    parser.add_argument("--limit", type=int, help="most lines of each set; all when left out")
    parser.add_argument("--workers", type=int, default=available_cores())
    parser.add_argument("--times", action="store_true", help="measure only the times anew, and keep all else")
    given = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # of the processes: each has one core
    if given.times:
        record = json.loads((RESULTS / "explaining.json").read_text(encoding="utf-8"))
        record["latency"] = [asdict(one) for one in latencies(gather(given.data, given.limit)[PRINT])]
    else:
        record = measure(given.data, given.limit, given.workers)
    (RESULTS / "explaining.json").write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    UNSOUND.write_text(json.dumps(record["unsound"], indent=2) + "\n", encoding="utf-8")
    print(json.dumps({key: record[key] for key in ("sets", "latency", "unsound")}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
