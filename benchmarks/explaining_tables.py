"""Tables of ``results/explaining.json`` for the documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Record = Mapping[str, Any]

_TITLES = {
    "hirescam": "HiResCAM",
    "layercam": "LayerCAM",
    "gradcam": "Grad-CAM",
    "ink": "HiResCAM on the strokes",
    "lime": "LIME",
    "shap": "SHAP",
    "attention": "attention head",
}


def markdown(record: Record) -> str:
    """All tables, one after the other.

    Args:
        record: see ``measure`` in :mod:`benchmarks.explaining`.
    """
    parts = [
        _goals(record),
        _sets(record["sets"]),
        *(_methods(record["methods"], one["dataset"]) for one in record["sets"]),
        _misreads(record["methods"]),
        _sanity(record["methods"]),
        _cascade(record["methods"]),
        _latency(record["latency"]),
    ]
    text = "\n".join("".join(f"{line}\n" for line in part) for part in parts)
    return f"A trial on {record['limit']} lines of each set.\n\n{text}" if record["limit"] else text


def _table(columns: Sequence[str], rows: Iterator[Sequence[str]], names: int = 1) -> Iterator[str]:
    """Lines of a table whose first columns hold names and whose others hold numbers."""
    yield f"| {' | '.join(columns)} |"
    yield "|" + "---|" * names + "--:|" * (len(columns) - names)
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _sets(sets: Sequence[Record]) -> Iterator[str]:
    columns = (
        "set", "lines", "from", "characters read", "right", "interval IoU, Han", "interval IoU, Latin and digits",
        "energy of the box on the maps' grid", "head agrees",
    )  # fmt: skip
    yield from _table(
        columns,
        (
            (
                one["dataset"], str(one["lines"]), f"{len(one['sources'])} {_kind(one)}", str(one["characters"]),
                str(one["right"]), _overlap(one, "han"), _overlap(one, "latin"), f"{one['ceiling']:.3f}",
                _number(one["agreement"], 3),
            )
            for one in sets
        ),
    )  # fmt: skip


def _goals(record: Record) -> Iterator[str]:
    """What was aimed at, and what was reached on each set."""
    yield from _table(
        ("aim", "of", "measured", "verdict"),
        (
            (aim, of, f"{found:.3g}", "reached" if (found >= bound if least else found <= bound) else "missed")
            for aim, of, found, bound, least in _aims(record)
        ),
        names=2,
    )


def _aims(record: Record) -> Iterator[tuple[str, str, float, float, bool]]:
    """The aim in words, what it is of, what was measured, the bound, and whether it is the least or the most."""
    for one in record["sets"]:
        for script, least in (("han", 0.93), ("latin", 0.88)):
            if script in one["iou"]:
                yield f"interval IoU, {script}, at least {least}", one["dataset"], one["iou"][script], least, True
    for row in record["methods"]:
        of = f"{_title(row)}, {row['dataset']}"
        if row["method"] == "hirescam":
            yield "pointing at least 0.97", of, row["pointing"], 0.97, True
            yield "energy in box at least 0.70", of, row["energy"], 0.70, True
            yield "deletion at least 5 times that elsewhere", of, row["ratio"] or 0.0, 5.0, True
            yield "correlation with shuffled weights at most 0.2", of, row["likeness"] or 0.0, 0.2, False
        if row["method"] == "attention":
            yield "energy in box at least 0.80", of, row["energy"], 0.80, True
            (plain,) = (
                other["deletion"]
                for other in record["methods"]
                if (other["dataset"], other["method"]) == (row["dataset"], "Gaussian")
            )
            yield f"deletion above a Gaussian's ({plain:.3g})", of, row["deletion"], plain, True
    if record["predicting"]:
        plain = record["predicting"]["gaussian"]
        of = "attention head, held-out typefaces"
        yield (
            f"tells the answer more often than a Gaussian ({plain:.3g})",
            of,
            record["predicting"]["attention"],
            plain,
            True,
        )
    for one in record["latency"]:
        most = {"alignment with alternatives": 5, "all gradient maps": 100, "SHAP": 1500}.get(one["what"])
        if most:
            yield f"at most {most} ms", f"{one['what']}, 12 characters", one["milliseconds"], most, False


def _kind(one: Record) -> str:
    return "typefaces" if one["dataset"] == "synthetic" else "parts"


def _overlap(one: Record, script: str) -> str:
    return f"{one['iou'][script]:.3f} (n={one['counted'][script]})" if script in one["iou"] else "–"


def _methods(rows: Sequence[Record], dataset: str) -> Iterator[str]:
    columns = (
        dataset, "characters", "pointing", "energy in box", "deletion", "elsewhere", "ratio", "insertion",
        "selectivity",
    )  # fmt: skip
    yield from _table(
        columns,
        (
            (
                _title(row), str(row["characters"]), f"{row['pointing']:.3f}", f"{row['energy']:.3f}",
                f"{row['deletion']:.2f}", f"{row['elsewhere']:.2f}", _number(row["ratio"], 1),
                f"{row['insertion']:.2f}", f"{row['selectivity']:.2f}",
            )
            for row in rows
            if row["dataset"] == dataset
        ),
    )  # fmt: skip


def _misreads(rows: Sequence[Record]) -> Iterator[str]:
    yield from _table(
        ("misread characters of", "method", "characters", "deletion", "elsewhere"),
        (
            (
                row["dataset"], _title(row), str(row["misread"]), _number(row["misread_deletion"], 2),
                _number(row["misread_elsewhere"], 2),
            )
            for row in rows
            if row["misread"]
        ),
        names=2,
    )  # fmt: skip


def _sanity(rows: Sequence[Record]) -> Iterator[str]:
    yield from _table(
        ("set", "method", "moved by a pixel", "weights shuffled"),
        (
            (row["dataset"], _title(row), _number(row["stability"], 3), _number(row["likeness"], 3))
            for row in rows
            if row["stability"] is not None or row["likeness"] is not None
        ),
        names=2,
    )


def _cascade(rows: Sequence[Record]) -> Iterator[str]:
    shown = [row for row in rows if len(row["cascade"]) > 1]
    steps = list(shown[0]["cascade"]) if shown else []
    yield from _table(
        ("shuffled from the top down to", *(f"{_title(row)}, {row['dataset']}" for row in shown)),
        ((step, *(_number(row["cascade"].get(step), 2) for row in shown)) for step in steps),
    )


def _latency(times: Sequence[Record]) -> Iterator[str]:
    yield from _table(
        ("12 characters, one thread", "ms", "readings"),
        ((one["what"], f"{one['milliseconds']:.1f}", f"{one['readings']:.1f}") for one in times),
    )


def _title(row: Record) -> str:
    method: str = row["method"]
    return _TITLES.get(method, f"*{method}*")


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
