"""Fail when the bundled model reads a sample worse than it must.

``python -m benchmarks.floor DIR`` reads a sample of each set that ``results/floor.json`` names. The sample is of the
``tune`` parts: ``report`` is for reporting only. Time is not judged, because the machine may be busy.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.reading import RESULTS, measure
from lucidocr.evaluate import Evaluation, Part

PART: Part = "tune"


@dataclass(frozen=True, slots=True)
class Floor:
    """The least that one set must reach.

    Attributes:
        dataset: name of the set.
        limit: lines of the sample.
        line_accuracy: least share of lines read without any error.
        cer: highest character error rate.
    """

    dataset: str
    limit: int
    line_accuracy: float
    cer: float

    def verdict(self, found: Evaluation) -> str | None:
        """What is worse than it must be, or None."""
        if found.line_accuracy < self.line_accuracy:
            return f"{self.dataset}: {found.line_accuracy:.3f} of lines are right, {self.line_accuracy} are needed"
        if found.cer > self.cer:
            return f"{self.dataset}: CER is {found.cer:.3f}, {self.cer} is allowed"
        return None


def load_floors(path: Path = RESULTS / "floor.json") -> list[Floor]:
    """Read what must be reached; an unknown key is an error."""
    return [Floor(**record) for record in json.loads(path.read_text(encoding="utf-8"))]


def main() -> None:
    """Measure, print every set, exit with 1 where one is too bad."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    verdicts = []
    for floor in load_floors():
        (found,) = measure(folder, PART, [floor.dataset], limit=floor.limit)
        print(f"{found.dataset} ({PART}, {found.n} lines): {found.line_accuracy:.3f} right, CER {found.cer:.3f}")
        verdicts.append(floor.verdict(found))
    sys.exit("\n".join(verdict for verdict in verdicts if verdict) or 0)


if __name__ == "__main__":
    main()
