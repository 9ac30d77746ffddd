"""Readers of whole pages, for ``benchmarks/beside.py``: ``python -P benchmarks/page_peers.py NAME SCRIPT THREADS``.

The names are those of :data:`PEERS`, the script is ``zh`` or ``en``. Paths of pictures come on stdin, one a line, and
each is answered on stdout before the next is read, so that several readers can take turns: a JSON object ``{"lines",
"seconds", "parts"}``, each line ``{"box", "text"}``, parts seconds by their name. The first answer is ``{"ready"}`` or
``{"missing"}``, which says why the reader cannot be run here. This file imports nothing of the project.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Answer = dict[str, Any]
ReadPage = Callable[[Path], Answer]

_TESSERACT = {"en": "eng", "zh": "chi_sim+eng"}


class MissingPeerError(Exception):
    """A reader cannot be run here; the message says why."""


def rapidocr(_: str, threads: int) -> ReadPage:
    """RapidOCR with its bundled models and its own settings."""
    import numpy as np  # noqa: PLC0415 - every reader is imported where it is used
    from PIL import Image  # noqa: PLC0415
    from rapidocr import RapidOCR  # noqa: PLC0415

    given = {
        "EngineConfig.onnxruntime.intra_op_num_threads": threads,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }
    engine: Any = RapidOCR(params={"Global.log_level": "critical", **given})

    def read(path: Path) -> Answer:
        with Image.open(path) as picture:
            pixels = np.asarray(picture.convert("RGB"))[:, :, ::-1].copy()
        began = time.perf_counter()
        found = engine(pixels)
        seconds = time.perf_counter() - began
        boxes = [] if found.boxes is None else found.boxes.tolist()
        detection, direction, recognition = (part or 0.0 for part in (found.elapse_list or (0.0, 0.0, 0.0)))
        return {
            "lines": [{"box": box, "text": text} for box, text in zip(boxes, found.txts or (), strict=True)],
            "seconds": seconds,
            "parts": {"detection": detection, "recognition": direction + recognition},
        }

    return read


def faster_paddle(size: str, threads: int) -> ReadPage:
    """PP-OCRv6 in Rust; decoding the picture is part of its time."""
    from faster_paddle import OcrEngine  # noqa: PLC0415

    engine = OcrEngine(model_size=size, threads=threads)

    def read(path: Path) -> Answer:
        content = path.read_bytes()
        began = time.perf_counter()
        found = engine.ocr(content)["bounds"]
        seconds = time.perf_counter() - began
        lines = [
            {"box": _rectangle(*one["topLeftCoord"], *one["bottomRightCoord"]), "text": one["text"]}
            for _, one in sorted(found.items())
        ]
        return {"lines": lines, "seconds": seconds, "parts": {}}

    return read


def tesseract(script: str, threads: int) -> ReadPage:
    """Tesseract's program, with its own analysis of the page; its start is part of its time."""
    program = shutil.which("tesseract")
    if program is None:
        raise MissingPeerError("there is no program tesseract")
    environment = os.environ | {"OMP_THREAD_LIMIT": str(threads)}

    def read(path: Path) -> Answer:
        command = [program, str(path), "-", "--psm", "3", "-l", _TESSERACT[script], "tsv"]
        began = time.perf_counter()
        done = subprocess.run(command, capture_output=True, check=True, env=environment)  # noqa: S603 - fixed program
        seconds = time.perf_counter() - began
        return {"lines": tesseract_lines(done.stdout.decode("utf-8", "replace")), "seconds": seconds, "parts": {}}

    return read


def tesseract_lines(table: str) -> list[Answer]:
    """The lines of Tesseract's TSV: rows of level 4, and the words of level 5 that belong to them."""
    lines: dict[tuple[str, ...], Answer] = {}
    for row in csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
        key = tuple(row[name] for name in ("page_num", "block_num", "par_num", "line_num"))
        left, top, width, height = (int(row[name]) for name in ("left", "top", "width", "height"))
        if row["level"] == "4":
            lines[key] = {"box": _rectangle(left, top, left + width, top + height), "text": ""}
        elif row["level"] == "5":
            lines[key]["text"] = f"{lines[key]['text']} {row['text']}".strip()
    return [line for line in lines.values() if line["text"]]


PEERS: dict[str, Callable[[str, int], ReadPage]] = {
    "RapidOCR": rapidocr,
    "faster-paddle tiny": lambda _, threads: faster_paddle("tiny", threads),
    "faster-paddle small": lambda _, threads: faster_paddle("small", threads),
    "Tesseract": tesseract,
}


def _rectangle(left: float, top: float, right: float, bottom: float) -> list[list[float]]:
    return [[left, top], [right, top], [right, bottom], [left, bottom]]


def main() -> None:
    """Answer for every picture named on stdin."""
    name, script, threads = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the readers themselves print is no answer

    def answer(content: Answer) -> None:
        answers.write(json.dumps(content) + "\n")
        answers.flush()

    try:
        read = PEERS[name](script, int(threads))
    except (ImportError, MissingPeerError) as error:
        answer({"missing": str(error)})
        return
    answer({"ready": name})
    for line in sys.stdin:
        answer(read(Path(line.rstrip("\n"))))


if __name__ == "__main__":
    main()
