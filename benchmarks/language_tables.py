"""Tables of ``results/language.json``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def choosing(result: Mapping[str, Any]) -> str:
    """Lines right before and after choosing, by set and model."""
    models = result["models"]
    rows = [
        "| set | lines | right | possible | " + " | ".join(f"{name}: right | gained, lost" for name in models) + " |",
        "|---|--:|--:|--:|" + "--:|--:|" * len(models),
    ]
    for same in zip(*(found["sets"] for found in models.values()), strict=True):
        first = same[0]
        cells = " | ".join(f"{one['after']:.3f} | +{one['gained']} −{one['lost']}" for one in same)
        rows.append(
            f"| {first['dataset']} | {first['n']} | {first['before']:.3f} | {first['possible']:.3f} | {cells} |"
        )
    return "".join(f"{row}\n" for row in rows)


def costs(result: Mapping[str, Any]) -> str:
    """What the models and the libraries cost."""
    rows = ["| what | file, MB | ms a line |", "|---|--:|--:|"]
    for name, found in result["models"].items():
        size = found.get("bytes", result["model"]["bytes"])
        rows.append(f"| {name}, {result['texts']} texts a line | {size / 1e6:.1f} | {found['ms']:.2f} |")
    if "kenlm" in result:
        found = result["kenlm"]
        rows.append(f"| the n-grams of symbols alone | – | {found['own_ms']:.2f} |")
        rows.append(f"| the same by KenLM (values differ by {found['gap']:.4f} nats at most) | – | {found['ms']:.2f} |")
    if "decoders" in result:
        found = result["decoders"]
        rows.append(f"| beam search of lucidocr, every text scored exactly | – | {found['own_ms']:.1f} |")
        rows += [
            f"| {name}, same text on {found[name]['same']} of {found['lines']} lines | – | {found[name]['ms']:.1f} |"
            for name in ("pyctcdecode", "ctc-beam-decoder")
        ]
    return "".join(f"{row}\n" for row in rows)
