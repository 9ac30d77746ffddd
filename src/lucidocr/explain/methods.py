"""The ways to explain a character, as the faces name them, and what is known against some of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Final

ATTENTION: Final = "attention"
"""Name under which the weights of the attention head are shown beside the heat maps."""


@dataclass(frozen=True, slots=True)
class Method:
    """One way to make heat maps, for people.

    Attributes:
        name: as in :class:`lucidocr.types.HeatMap`.
        title: its proper name.
        says: what its heat is, half a sentence.
        slow: whether it reads the line many times over.
    """

    name: str
    title: str
    says: str
    slow: bool = False


METHODS: Final = (
    Method("hirescam", "HiResCAM", "gradient times activation, place by place"),
    Method("layercam", "LayerCAM", "gradients that speak for the character, times activation"),
    Method("gradcam", "Grad-CAM", "activation weighted by gradients averaged over the whole line"),
    Method("ink", "HiResCAM on the strokes", "HiResCAM where there is ink, nothing elsewhere"),
    Method("lime", "LIME", "a linear model of what happens when strokes are erased", slow=True),
    Method("shap", "SHAP", "each stroke's fair share (Shapley value) in the character's lead", slow=True),
)
METHOD_NAMES: Final = tuple(method.name for method in METHODS)
DEFAULT_METHODS: Final = ("hirescam",)


def unsound_methods() -> Mapping[str, str]:
    """Methods that fail a sanity check, and why, in a sentence: every face that shows their heat says so too.

    The one list is ``unsound.json`` beside this module; a name in it is that of a method or ``"attention"``.
    """
    text = (resources.files("lucidocr.explain") / "unsound.json").read_text(encoding="utf-8")
    return MappingProxyType(json.loads(text))
