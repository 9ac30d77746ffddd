"""The doubtful lines of a page as a table for people: what was compared, what spoke for each text, and what won."""

from __future__ import annotations

from collections.abc import Iterator

from lucidocr.types import Correction, Hypothesis, Page

_COLUMNS = ("score", "recogniser", "language", "lexicon", "opinion", "share")


def corrections_text(page: Page) -> Iterator[str]:
    """The lines of a page whose readings were compared, each with its candidates, best first.

    Terms are natural logs; a dash stands for a source that was not asked, ``*`` for what the recogniser read by itself.
    """
    for number, line in enumerate(page.lines, start=1):
        if line.correction is not None:
            yield _head(page, number, line.correction)
            yield "  " + "".join(name.rjust(11) for name in _COLUMNS) + "\n"
            for one in line.correction.hypotheses:
                yield _row(one, line.correction)


def _head(page: Page, number: int, correction: Correction) -> str:
    verdict = f"{correction.before} -> {correction.after}" if correction.changed else f"{correction.after} (as read)"
    sure = f"{correction.confidence_before:.1%} -> {correction.confidence:.1%}"
    asked = f", {correction.asked} was asked" if correction.asked else ""
    return f"{page.source}, page {page.number}, line {number}: {verdict}, {sure}{asked}\n"


def _row(one: Hypothesis, correction: Correction) -> str:
    terms = (one.terms.recogniser, one.terms.language, one.terms.lexicon, one.terms.opinion)
    figures = [
        f"{one.score:.2f}",
        *("-" if term is None else f"{term:.2f}" for term in terms),
        f"{one.probability:.3f}",
    ]
    mark = "*" if one.text == correction.before else " "
    return f"{mark} " + "".join(figure.rjust(11) for figure in figures) + f"  {one.text}  ({', '.join(one.origins)})\n"
