"""The values that flow from a picture to its reading.

``PageImage -> LineImage -> Frames -> Recognition -> Correction -> Line -> Page`` for reading, and ``Recognition ->
Alignment -> Explanation`` for the evidence: every step takes one of these and returns the next, all frozen, all made of
NumPy arrays and plain Python values. Pixel coordinates have their origin at the top left corner of the picture that the
user gave, x to the right and y down, and a pixel's centre lies at (x + 0.5, y + 0.5).
"""

from lucidocr.types.arrays import STRIDE, FloatArray, ImageArray, IntArray
from lucidocr.types.correction import Correction, Hypothesis, Origin, Terms
from lucidocr.types.diagnosis import (
    CAUSES,
    Cause,
    Counterfactual,
    DiagnosedLine,
    DiagnosedPage,
    Diagnosis,
    Finding,
    LookAlike,
    Measured,
    Resemblance,
)
from lucidocr.types.evidence import (
    Alignment,
    Alternative,
    Candidate,
    CharacterEvidence,
    ExplainedLine,
    ExplainedPage,
    Explanation,
    Faithfulness,
    Glance,
    HeatMap,
)
from lucidocr.types.preparation import Attempt, Preparation
from lucidocr.types.reading import (
    Block,
    Cell,
    Frames,
    Line,
    LineImage,
    Page,
    PageImage,
    Recognition,
    Span,
)

__all__ = [
    "CAUSES",
    "STRIDE",
    "Alignment",
    "Alternative",
    "Attempt",
    "Block",
    "Candidate",
    "Cause",
    "Cell",
    "CharacterEvidence",
    "Correction",
    "Counterfactual",
    "DiagnosedLine",
    "DiagnosedPage",
    "Diagnosis",
    "ExplainedLine",
    "ExplainedPage",
    "Explanation",
    "Faithfulness",
    "Finding",
    "FloatArray",
    "Frames",
    "Glance",
    "HeatMap",
    "Hypothesis",
    "ImageArray",
    "IntArray",
    "Line",
    "LineImage",
    "LookAlike",
    "Measured",
    "Origin",
    "Page",
    "PageImage",
    "Preparation",
    "Recognition",
    "Resemblance",
    "Span",
    "Terms",
]
