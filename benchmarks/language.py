"""What a language model is worth, and what it harms; results go to ``results/language.json``.

``python -m benchmarks.language DATA --kept DIR --masked FILE --peers PYTHON`` chooses among the recogniser's texts of
tune lines and of drawn codes with the bundled model and with a transformer on the same texts
(``python -m lucidocr_training masked``), and times both beside the libraries of :mod:`benchmarks.language_peers`, which
PYTHON has. DATA holds ``lines/`` and ``text/``; DIR keeps the texts from one run to the next. Run it on one quiet core.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.language_choosing import CHOSEN_BY, compare, judge
from benchmarks.language_lines import COUNT, REAL, Choice, read_choices
from benchmarks.reading import RESULTS
from lucidocr.beam import beam_search
from lucidocr.correct.folding import BEGIN, CHARACTER_COST, fold
from lucidocr.correct.language import LanguageModel, load_language_model
from lucidocr.correct.ngrams import MOST_BACKOFF, STEP, NgramModel, join
from lucidocr.evaluate import load_dataset
from lucidocr.io import load
from lucidocr.model import load_model
from lucidocr.recognise import Recogniser
from lucidocr.types import Frames
from lucidocr_training.masked import Masked, masked_scores
from lucidocr_training.masked import load as load_masked
from lucidocr_training.sources import standard_source

Floats = NDArray[np.float64]
Scorer = Callable[[Sequence[str]], Floats]

NGRAMS: Final = "n-grams"
UNCAPPED: Final = "without a cap"
TRANSFORMER: Final = "transformer"

_DECODED: Final = 40
_SLOWER: Final = 12
"""One line in so many is scored by what takes long only to be timed."""

_IMPOSSIBLE: Final = -30.0


def transformer_scorer(network: Masked, model: LanguageModel) -> Scorer:
    """A transformer in the place of the n-grams of symbols; words, codes and sizes of classes are the model's."""

    def score(texts: Sequence[str]) -> Floats:
        folded = fold([" ".join(text.split()) for text in texts])
        classes = [model.classes.encode(line) for line in folded.symbols.split("\n")[:-1]]
        values = np.array(masked_scores(network, [one.tolist() for one in classes], model.most), dtype=np.float64)
        values -= np.array([model.classes.log_sizes[one].sum() for one in classes])
        owners = np.array([token.text for token in folded.tokens], dtype=np.int64)
        said = np.array(model.words.log_probs(folded.tokens), dtype=np.float64)
        values += np.bincount(owners, weights=said, minlength=len(texts))
        return np.asarray(values + CHARACTER_COST * np.array([len(" ".join(text.split())) for text in texts]))

    return score


def uncapped_scorer(model: LanguageModel) -> Scorer:
    """The bundled model where nothing bounds what a symbol costs."""

    def score(texts: Sequence[str]) -> Floats:
        return model.score(texts) + CHARACTER_COST * np.array([len(" ".join(text.split())) for text in texts])

    return score


def rerank(choices: Mapping[str, Sequence[Choice]], scorer: Scorer) -> dict[str, Any]:
    """How a scorer chooses, and how long it takes for a line's texts."""
    began = time.perf_counter()
    scores = {name: [scorer(choice.texts) for choice in lines] for name, lines in choices.items()}
    seconds = time.perf_counter() - began
    judged = {name: judge(lines, scores[name], name) for name, lines in choices.items()}
    records, weights = compare(judged, used=CHOSEN_BY)
    return {
        "ms": 1000 * seconds / sum(map(len, choices.values())),
        "weights": [round(float(one[1]), 3) for one in weights],
        "sets": records,
    }


def write_arpa(model: NgramModel, path: Path) -> None:
    """A model in the ARPA format, its classes as numbers."""
    names = [str(number) for number in range(model.classes)]
    names[BEGIN] = "<s>"
    with path.open("w", encoding="ascii") as file:
        file.write("\\data\\\n")
        counts = [len(order.keys) for order in model.orders]
        counts[0] += 2  # the end and the unknown, which no sequence has
        file.writelines(f"ngram {number}={count}\n" for number, count in enumerate(counts, start=1))
        for number, order in enumerate(model.orders, start=1):
            file.write(f"\n\\{number}-grams:\n")
            if number == 1:
                file.write("-99\t</s>\n-99\t<unk>\t0\n")
            mask = (1 << model.bits) - 1
            for key, cost, code in zip(order.keys.tolist(), order.costs.tolist(), order.backoffs.tolist(), strict=True):
                words = " ".join(names[(key >> (model.bits * place)) & mask] for place in reversed(range(number)))
                backoff = f"\t{(MOST_BACKOFF - STEP * code) / math.log(10):.5f}" if number < len(counts) else ""
                file.write(f"{-STEP * cost / math.log(10):.5f}\t{words}{backoff}\n")
        file.write("\n\\end\\\n")


def beside_kenlm(choices: Mapping[str, Sequence[Choice]], model: LanguageModel, peers: str) -> dict[str, Any]:
    """The same n-grams scored by KenLM: how long it takes, and how far its values are from ours."""
    lines = [
        [model.classes.encode(text).tolist() for text in fold(choice.texts).symbols.split("\n")[:-1]]
        for name in REAL
        for choice in choices[name][::_SLOWER]
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_arpa(model.symbols, folder / "symbols.arpa")
        words = [[" ".join(map(str, text)) for text in texts] for texts in lines]
        (folder / "sequences.json").write_text(json.dumps(words), encoding="ascii")
        answer = _ask(peers, "kenlm", folder)
    began = time.perf_counter()
    own = [_symbol_scores(model.symbols, texts) for texts in lines]
    seconds = time.perf_counter() - began
    gaps = [
        np.abs(np.array(said) * math.log(10) - mine).max(initial=0.0)
        for said, mine in zip(answer["scores"], own, strict=True)
    ]
    return {"lines": len(lines), "ms": answer["ms"], "own_ms": 1000 * seconds / len(lines), "gap": max(gaps)}


def _symbol_scores(model: NgramModel, texts: Sequence[Sequence[int]]) -> Floats:
    joined = np.array([one for text in texts for one in (BEGIN, *text, 0)], dtype=np.uint16)
    counted = joined > BEGIN
    owners = np.cumsum(joined == 0)[counted]
    keys = join(joined, len(model.orders), model.bits)[counted]
    sums = np.bincount(owners, weights=model.log_probs(keys), minlength=len(texts))
    return np.asarray(sums, dtype=np.float64)


def beside_decoders(lines: Path, peers: str) -> dict[str, Any]:
    """Beam searches over the same frames: how long each takes for a line, and how often the best texts agree."""
    model = load_model()
    dataset = load_dataset(lines / "pdf_zh", "tune").sample(_DECODED)
    frames = Recogniser(model, threads=1).frames([load(line.path).pixels for line in dataset.lines])
    began = time.perf_counter()
    own = [beam_search(one, model.charset, count=COUNT, beam=COUNT)[0].text for one in frames]
    found: dict[str, Any] = {"lines": len(own), "own_ms": 1000 * (time.perf_counter() - began) / len(own)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "labels.json").write_text(json.dumps(["", *model.charset.chars]), encoding="utf-8")
        np.savez(folder / "frames.npz", *map(_dense, frames))
        for peer in ("pyctcdecode", "ctc-beam-decoder"):
            answer = _ask(peers, peer, folder)
            same = sum(one.strip() == other for one, other in zip(answer["texts"], own, strict=True))
            found[peer] = {"ms": answer["ms"], "same": same}
    return found


def _dense(frames: Frames) -> NDArray[np.float32]:
    """float32 [T, C + 1], log-probabilities of blank and of every character."""
    dense = np.full((len(frames), frames.log_chars.shape[1] + 1), _IMPOSSIBLE, dtype=np.float32)
    dense[:, 0] = frames.log_blank
    dense[frames.active, 1:] = np.maximum(frames.log_chars + frames.log_other[frames.active, None], _IMPOSSIBLE)
    return dense


def _ask(python: str, name: str, folder: Path) -> dict[str, Any]:
    script = str(Path(__file__).parent / "language_peers.py")
    done = subprocess.run([python, "-P", script, name, str(folder)], capture_output=True, check=True)  # noqa: S603 - ours
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--kept", type=Path, required=True, help="folder that keeps the texts of lines")
    parser.add_argument("--masked", type=Path, help="the transformer")
    parser.add_argument("--peers", help="Python that has the libraries")
    parser.add_argument("--limit", type=int, default=800, help="most lines of a set")
    parser.add_argument("--output", type=Path, default=RESULTS / "language.json")
    options = parser.parse_args()
    choices = read_choices(standard_source(options.data), options.kept, limit=options.limit)
    model = load_language_model()
    model.score([""])
    result: dict[str, Any] = {
        "model": dict(model.description),
        "texts": COUNT,
        "models": {NGRAMS: rerank(choices, model.advantage), UNCAPPED: rerank(choices, uncapped_scorer(model))},
    }
    if options.masked:
        network = load_masked(options.masked)
        scored = rerank(choices, transformer_scorer(network, model))
        result["models"][TRANSFORMER] = scored | {
            "parameters": sum(one.numel() for one in network.parameters()),
            "bytes": options.masked.stat().st_size,
        }
    if options.peers:
        result["kenlm"] = beside_kenlm(choices, model, options.peers)
        result["decoders"] = beside_decoders(options.data / "lines", options.peers)
    options.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    for name, found in result["models"].items():
        print(name, found["ms"], found["weights"])
        for row in found["sets"]:
            print(row)


if __name__ == "__main__":
    main()
