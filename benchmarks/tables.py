"""Renew the tables of figures in the documents from the committed results.

A table stands between ``<!-- table:NAME -->`` and ``<!-- /table -->``; NAME is a key of :data:`TABLES`.
``python -m benchmarks.tables`` rewrites them; a test sees that they are up to date.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from benchmarks.reading import RESULTS

ROOT = Path(__file__).parent.parent
MODEL = ROOT / "src" / "lucidocr" / "weights" / "zh_en" / "model.json"
DOCUMENTS = (
    "docs/adr/0009-trimming-small-text.md",
    "README.md",
    "docs/guide.md",
    "docs/model-card.md",
    "docs/adr/0005-network-and-factorised-blank.md",
)

_REGION = re.compile(r"(<!-- table:(?P<name>\w+) -->\n).*?(<!-- /table -->)", re.DOTALL)


def _reading() -> str:
    path = RESULTS / "reading.json"
    if not path.is_file():
        return "Not measured yet: `make evaluate` does it.\n"
    rows = ["| set | part | compared by | lines | lines right | CER | ms a line |", "|---|---|---|--:|--:|--:|--:|"]
    rows += [
        f"| {one['dataset']} | {one['part']} | {one['rule']} | {one['n']} | {one['line_accuracy']:.3f} "
        f"| {one['cer']:.3f} | {one['ms_per_line']:.1f} |"
        for one in json.loads(path.read_text(encoding="utf-8"))
    ]
    return "".join(f"{row}\n" for row in rows)


def _skipping() -> str:
    path = RESULTS / "skipping.json"
    if not path.is_file():
        return "Not measured yet: `python -m benchmarks.skipping` does it.\n"
    rows = [
        "| left out where P(not blank) < | frames that remain | mean loss, nats | largest loss | other texts | lines |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    rows += [
        f"| {one['threshold']} | {one['active']:.3f} | {one['mean_nats']:.1e} | {one['worst_nats']:.1e} "
        f"| {one['changed']} | {one['lines']} |"
        for one in json.loads(path.read_text(encoding="utf-8"))
    ]
    return "".join(f"{row}\n" for row in rows)


def _training() -> str:
    """The tune table that travels with the weights."""
    described = json.loads(MODEL.read_text(encoding="utf-8"))["training"] if MODEL.is_file() else None
    if described is None:
        return "No weights are bundled.\n"
    rows = ["| set (tune part; synthetic: held-out faces) | lines right | CER |", "|---|--:|--:|"]
    rows += [f"| {name} | {row['lines']:.3f} | {row['cer']:.3f} |" for name, row in described["tune"].items()]
    summary = f"{described['lines']:,} lines seen, {described['parameters']:,} parameters.\n\n"
    return summary + "".join(f"{row}\n" for row in rows)


def _trimming() -> str:
    path = RESULTS / "trimming.json"
    if not path.is_file():
        return "Not measured yet: `python -m benchmarks.trimming` does it.\n"
    rows = ["| set (tune) | lines | trimmed | right without | right with | CER without | CER with |"]
    rows += ["|---|--:|--:|--:|--:|--:|--:|"]
    rows += [
        f"| {one['dataset']} | {one['n']} | {one['trimmed']} | {one['without']['line_accuracy']:.3f} "
        f"| {one['with']['line_accuracy']:.3f} | {one['without']['cer']:.3f} | {one['with']['cer']:.3f} |"
        for one in json.loads(path.read_text(encoding="utf-8"))
    ]
    return "".join(f"{row}\n" for row in rows)


TABLES: dict[str, Callable[[], str]] = {
    "reading": _reading,
    "skipping": _skipping,
    "training": _training,
    "trimming": _trimming,
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
