"""Libraries that the language model is compared with: ``python -P benchmarks/language_peers.py NAME FOLDER``.

It runs in an environment that has them, and imports nothing of the project. NAME is a key of :data:`PEERS`; the folder
holds what :mod:`benchmarks.language` puts into it. The answer on stdout is a JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Answer = dict[str, Any]

_BEAM = 24


def kenlm(folder: Path) -> Answer:
    """Our n-grams in KenLM's hands: ``symbols.arpa``, and groups of sequences to score in ``sequences.json``."""
    import kenlm as library  # noqa: PLC0415 - every library is imported where it is used

    model: Any = library.Model(str(folder / "symbols.arpa"))
    lines = json.loads((folder / "sequences.json").read_text(encoding="utf-8"))
    began = time.perf_counter()
    scores = [[model.score(text, bos=True, eos=False) for text in texts] for texts in lines]
    return {"ms": 1000 * (time.perf_counter() - began) / len(lines), "scores": scores}


def pyctcdecode(folder: Path) -> Answer:
    """The beam search of pyctcdecode without a language model."""
    from pyctcdecode import build_ctcdecoder  # noqa: PLC0415

    return _decode(build_ctcdecoder, folder)


def ctc_beam_decoder(folder: Path) -> Answer:
    """The same in C++."""
    from ctc_beam_decoder import build_ctcdecoder  # noqa: PLC0415

    return _decode(build_ctcdecoder, folder)


def _decode(build: Callable[[list[str]], Any], folder: Path) -> Answer:
    import numpy as np  # noqa: PLC0415

    decoder = build(json.loads((folder / "labels.json").read_text(encoding="utf-8")))
    with np.load(folder / "frames.npz") as stored:
        lines = [stored[name] for name in stored.files]
    began = time.perf_counter()
    found = [decoder.decode_beams(line, beam_width=_BEAM) for line in lines]
    return {"ms": 1000 * (time.perf_counter() - began) / len(lines), "texts": [beams[0][0] for beams in found]}


PEERS: dict[str, Callable[[Path], Answer]] = {
    "kenlm": kenlm,
    "pyctcdecode": pyctcdecode,
    "ctc-beam-decoder": ctc_beam_decoder,
}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(PEERS[sys.argv[1]](Path(sys.argv[2]))))
