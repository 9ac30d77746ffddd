"""A small labelled set and its analysis by a stand-in for a reader."""

from __future__ import annotations

from pathlib import Path

from lucidocr.analysis.analyse import Analysis, analyse
from lucidocr.evaluate import load_dataset
from tests.fakes import FakeAnalyst, encoded, picture_of

READ = "发票 Invoice"
LABELS = (READ, "发票 lnvoice", "发票 Invoice 2", "mended", "</script><b>&", READ, "發票 Invoice", "元")


def write_set(folder: Path, labels: tuple[str, ...] = LABELS) -> Path:
    """Pictures and labels; the third picture is none."""
    (folder / "images").mkdir(parents=True)
    for number, label in enumerate(labels):
        content = b"none" if number == 2 else encoded(picture_of(label))
        (folder / "images" / f"{number}.png").write_bytes(content)
    rows = "".join(f"{number}.png\t{label}\n" for number, label in enumerate(labels))
    (folder / "labels.tsv").write_text(rows, encoding="utf-8")
    return folder


def analysis_of(folder: Path, reader: FakeAnalyst | None = None) -> Analysis:
    """What is read is always the same."""
    return analyse(reader or FakeAnalyst(texts=(READ,)), load_dataset(write_set(folder)), "zh")
