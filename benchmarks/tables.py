"""Renew the tables of figures in the documents from the committed results.

A table stands between ``<!-- table:NAME -->`` and ``<!-- /table -->``; NAME is a key of :data:`TABLES`.
``python -m benchmarks.tables`` rewrites them; a test sees that they are up to date.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import (
    api_cost,
    batch_tables,
    comparison_tables,
    correcting_tables,
    diagnosis_tables,
    explaining_tables,
    finetuning_tables,
    fitted_tables,
    language_tables,
    lexicon_tables,
    page_tables,
    service_tables,
    serving_tables,
)
from benchmarks.reading import RESULTS

ROOT = Path(__file__).parent.parent
MODEL = ROOT / "src" / "lucidocr" / "weights" / "zh_en" / "model.json"
DOCUMENTS = (
    "docs/adr/0009-trimming-small-text.md",
    "README.md",
    "README.zh.md",
    "docs/guide.md",
    "docs/model-card.md",
    "docs/adr/0005-network-and-factorised-blank.md",
    "docs/calibration.md",
    "docs/correction.md",
    "docs/explanations.md",
    "docs/finetuning.md",
    "docs/benchmarks.md",
    "docs/comparison.md",
    "docs/deploy.md",
    "docs/scaling.md",
    "docs/preprocessing.md",
    "docs/diagnosis.md",
    "docs/api.md",
    "docs/settings.md",
    "docs/adr/0024-openapi.md",
    "docs/adr/0011-precision.md",
    "docs/adr/0014-direction-by-reading.md",
    "docs/adr/0017-how-closely-pages-are-looked-at.md",
    "docs/adr/0018-sheets-laid-flat.md",
    "docs/adr/0021-lexicons.md",
    "docs/adr/0020-language-model.md",
    "docs/adr/0026-micro-batches.md",
)

_REGION = re.compile(r"(<!-- table:(?P<name>\w+) -->\n).*?(<!-- /table -->)", re.DOTALL)


def _table(name: str, command: str, head: tuple[str, str], row: Callable[[Any], str]) -> str:
    """A Markdown table of a committed result, or the command that is still to be run.

    Args:
        name: of the file in ``results/``, without its ending; it holds an array.
        command: what writes it.
        head: the table's first two lines.
        row: one line of the table from one element of the array.
    """
    path = RESULTS / f"{name}.json"
    if not path.is_file():
        return f"Not measured yet: `{command}` does it.\n"
    rows = [*head, *map(row, json.loads(path.read_text(encoding="utf-8")))]
    return "".join(f"{line}\n" for line in rows)


def _reading() -> str:
    head = ("| set | part | compared by | lines | lines right | CER | ms a line |", "|---|---|---|--:|--:|--:|--:|")
    return _table(
        "reading",
        "make evaluate",
        head,
        lambda one: (
            f"| {one['dataset']} | {one['part']} | {one['rule']} | {one['n']} | {one['line_accuracy']:.3f} "
            f"| {one['cer']:.3f} | {one['ms_per_line']:.1f} |"
        ),
    )


def _skipping() -> str:
    head = (
        "| left out where P(not blank) < | frames that remain | mean loss, nats | largest loss | other texts | lines |",
        "|---|--:|--:|--:|--:|--:|",
    )
    return _table(
        "skipping",
        "python -m benchmarks.skipping",
        head,
        lambda one: (
            f"| {one['threshold']} | {one['active']:.3f} | {one['mean_nats']:.1e} | {one['worst_nats']:.1e} "
            f"| {one['changed']} | {one['lines']} |"
        ),
    )


def _training() -> str:
    """The tune table that travels with the weights."""
    described = json.loads(MODEL.read_text(encoding="utf-8"))["training"] if MODEL.is_file() else None
    if described is None:
        return "No weights are bundled.\n"
    rows = ["| set (tune part; synthetic: held-out faces) | lines right | CER |", "|---|--:|--:|"]
    rows += [f"| {name} | {row['lines']:.3f} | {row['cer']:.3f} |" for name, row in described["tune"].items()]
    summary = f"{described['lines']:,} lines seen, {described['parameters']:,} parameters.\n\n"
    return summary + "".join(f"{row}\n" for row in rows)


def _ingredients() -> str:
    path = RESULTS / "ingredients.json"
    if not path.is_file():
        return "Not measured yet: `python -m benchmarks.ingredients` does it.\n"
    arms = json.loads(path.read_text(encoding="utf-8"))
    rows = [
        "| set | " + " | ".join(f"without {arm['without']}" if arm["without"] else "with all" for arm in arms) + " |",
        "|---|" + "--:|" * len(arms),
    ]
    for name in arms[0]["table"]:
        cells = (f"{arm['table'][name]['lines']:.3f} / {arm['table'][name]['cer']:.3f}" for arm in arms)
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return "".join(f"{row}\n" for row in rows)


def _trimming() -> str:
    head = (
        "| set (tune) | lines | trimmed | right without | right with | CER without | CER with |",
        "|---|--:|--:|--:|--:|--:|--:|",
    )
    return _table(
        "trimming",
        "python -m benchmarks.trimming",
        head,
        lambda one: (
            f"| {one['dataset']} | {one['n']} | {one['trimmed']} | {one['without']['line_accuracy']:.3f} "
            f"| {one['with']['line_accuracy']:.3f} | {one['without']['cer']:.3f} | {one['with']['cer']:.3f} |"
        ),
    )


def _explaining() -> str:
    path = RESULTS / "explaining.json"
    if not path.is_file():
        return "Not measured yet: `python -m benchmarks.explaining` does it.\n"
    return explaining_tables.markdown(json.loads(path.read_text(encoding="utf-8")))


def _fitted(name: str, command: str, make: Callable[[Any], str]) -> str:
    """A table of what is fitted on the weights, or the command that is still to be run."""
    path = RESULTS / f"{name}.json"
    if not path.is_file():
        return f"Not measured yet: `{command}` does it.\n"
    return make(json.loads(path.read_text(encoding="utf-8")))


def _calibration(kind: str) -> str:
    command = "python -m benchmarks.calibration"
    return _fitted("calibration", command, lambda result: fitted_tables.calibration(result, kind))


def _finetuning(make: Callable[[Any], str]) -> str:
    return _fitted("finetuning", "python -m benchmarks.finetuning DIR", make)


def _detecting(make: Callable[[Any], str]) -> str:
    return _fitted("detecting", "python -m benchmarks.detecting DIR", make)


def _pages_beside(make: Callable[[Any], str]) -> str:
    return _fitted("beside", "python -m benchmarks.beside DIR --peers PYTHON", make)


def _correcting(make: Callable[[Any], str]) -> str:
    return _fitted("correcting", "python -m benchmarks.correcting DIR", make)


def _batch(make: Callable[[Any], str]) -> str:
    return _fitted("batch", "python -m benchmarks.batch", make)


def _million() -> str:
    def with_pages(batch: Any) -> str:
        return _fitted("pages", "python -m benchmarks.pages DIR", lambda pages: batch_tables.million(batch, pages))

    return _batch(with_pages)


def _latency(make: Callable[[Any], str]) -> str:
    return _fitted("latency", "make bench-latency", make)


def _language(make: Callable[[Any], str]) -> str:
    return _fitted("language", "python -m benchmarks.language DATA --kept DIR", make)


def _accuracy(make: Callable[[Any], str]) -> str:
    return _fitted("accuracy", "make bench-accuracy", make)


def _serving(make: Callable[[Any], str]) -> str:
    return _fitted("serving", "python -m benchmarks.serving", make)


def _preprocessing(make: Callable[[Any], str]) -> str:
    return _fitted("preprocessing", "python -m benchmarks.preprocessing DIR", make)


def _diagnosing(make: Callable[[Any], str]) -> str:
    return _fitted("diagnosing", "python -m benchmarks.diagnosing FONTS DIR", make)


TABLES: dict[str, Callable[[], str]] = {
    "accuracy": lambda: _accuracy(comparison_tables.accuracy),
    "asking": lambda: _correcting(correcting_tables.asking),
    "attention": lambda: _fitted("attention", "python -m lucidocr_training attend", fitted_tables.attention),
    "batch_kill": lambda: _batch(batch_tables.kill),
    "batch_listing": lambda: _batch(batch_tables.listing),
    "batch_speed": lambda: _batch(batch_tables.speed),
    "beside": lambda: _pages_beside(page_tables.beside),
    "beside_steps": lambda: _pages_beside(page_tables.steps),
    "calibration_characters": lambda: _calibration("characters"),
    "calibration_lines": lambda: _calibration("lines"),
    "cards": lambda: _fitted("cards", "python -m benchmarks.cards FONTS", diagnosis_tables.cards),
    "confidence": lambda: _fitted("confidence", "python -m benchmarks.confidence DATA", correcting_tables.confidences),
    "correcting": lambda: _correcting(correcting_tables.ways),
    "correcting_difference": lambda: _correcting(correcting_tables.differences),
    "correcting_summary": lambda: _correcting(correcting_tables.summary),
    "detecting": lambda: _detecting(page_tables.detecting),
    "detecting_areas": lambda: _detecting(page_tables.detecting_areas),
    "diagnosing": lambda: _diagnosing(diagnosis_tables.diagnosing),
    "diagnosing_causes": lambda: _diagnosing(diagnosis_tables.diagnosing_causes),
    "diagnosing_reliability": lambda: _diagnosing(diagnosis_tables.diagnosing_reliability),
    "explaining": _explaining,
    "finetuning_forgetting": lambda: _finetuning(finetuning_tables.forgetting),
    "finetuning_plates": lambda: _finetuning(finetuning_tables.plates),
    "flattening": lambda: _fitted("flattening", "python -m benchmarks.flattening DIR", page_tables.flattening),
    "huge": lambda: _fitted("huge", "python -m benchmarks.huge", page_tables.huge),
    "ingredients": _ingredients,
    "fuzzing": lambda: _fitted("fuzzing", "python -m benchmarks.fuzzing", service_tables.fuzzing),
    "language_choosing": lambda: _language(language_tables.choosing),
    "language_costs": lambda: _language(language_tables.costs),
    "latency": lambda: _latency(comparison_tables.latency),
    "lexicon_costs": lambda: _fitted("lexicons", lexicon_tables.TIMING, lexicon_tables.costs),
    "lexicon_effects": lambda: _fitted("lexicons", "python -m benchmarks.lexicons DIR", lexicon_tables.effects),
    "lexicon_patterns": lambda: _fitted("lexicons", lexicon_tables.TIMING, lexicon_tables.patterns),
    "lexicon_peers": lambda: _fitted("lexicon_peers", "python -m benchmarks.lexicon_peers DIR", lexicon_tables.peers),
    "microbatches": lambda: _fitted("microbatches", "python -m benchmarks.microbatches", serving_tables.microbatches),
    "api_cost": lambda: _fitted("api_cost", "python -m benchmarks.api_cost", api_cost.table),
    "million": _million,
    "pages": lambda: _fitted("pages", "python -m benchmarks.pages DIR", page_tables.markdown),
    "peers": lambda: _accuracy(comparison_tables.peers),
    "precision": lambda: _fitted("precision", "python -m benchmarks.precision DIR", comparison_tables.precision),
    "preprocess_bad": lambda: _preprocessing(diagnosis_tables.bad),
    "preprocess_costs": lambda: _preprocessing(diagnosis_tables.costs),
    "preprocess_real": lambda: _preprocessing(diagnosis_tables.real),
    "preprocess_steps": lambda: _preprocessing(diagnosis_tables.steps),
    "reading": _reading,
    "serving": lambda: _serving(serving_tables.rates),
    "serving_core": lambda: _serving(serving_tables.per_core),
    "serving_faults": lambda: _fitted("faults", "python -m benchmarks.faults", serving_tables.faults),
    "serving_memory": lambda: _serving(serving_tables.memory),
    "settings": service_tables.settings,
    "skewing": lambda: _fitted("skewing", "python -m benchmarks.skewing DIR", page_tables.skewing),
    "skipping": _skipping,
    "starts": lambda: _latency(comparison_tables.starts),
    "training": _training,
    "trimming": _trimming,
    "turning": lambda: _fitted("turning", "python -m benchmarks.turning DIR", page_tables.turning),
}


def renew(text: str) -> str:
    """A document with its tables made anew.

    Raises:
        KeyError: if it names a table that does not exist.
    """
    return _REGION.sub(lambda region: f"{region[1]}{TABLES[region['name']]()}{region[3]}", text)


def main() -> None:
    """Rewrite every document whose tables have changed."""
    for name in DOCUMENTS:
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        renewed = renew(text)
        if renewed != text:
            path.write_text(renewed, encoding="utf-8")
            print(f"renewed {name}")


if __name__ == "__main__":
    main()
