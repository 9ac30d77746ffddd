"""Fit a model to the labelled lines of a folder, and write a whole model folder: ``lucidocr finetune``."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import torch

from lucidocr.calibration import CALIBRATION
from lucidocr.charset import Charset
from lucidocr.errors import OptionError
from lucidocr.metrics import Rule, Tally
from lucidocr.model import RECOGNISE, Model, load_model
from lucidocr.preprocess import normalise_line
from lucidocr.threads import available_cores
from lucidocr_training.calibrate import PRECISIONS, JudgedLine, Question, describe, judge_readings, open_recogniser
from lucidocr_training.checkpoint import pack
from lucidocr_training.export import compact_state, write_folder
from lucidocr_training.lessons import (
    Alphabet,
    Lessons,
    choose_alphabet,
    labels_of,
    load_lessons,
    varied_batches,
)
from lucidocr_training.network import Network
from lucidocr_training.parts import DESCRIPTION, add_part, write_description
from lucidocr_training.quantise import quantise_folder
from lucidocr_training.real import RealMixture
from lucidocr_training.restore import restore_network, with_alphabet
from lucidocr_training.tuning import COLUMNS, Tuning, blended, least_share, read_set
from lucidocr_training.validate import ValidationSet

Item = TypeVar("Item")

MOST_HELD_OUT: Final = 400
"""Held-out lines that are read at each look."""

RANGED: Final = 120
"""Lines on which the ranges of the eight-bit network are measured."""

KEPT_SHARE: Final = 0.3
"""Share of the lines that is drawn from the sets to be kept in mind, where there are any."""

WORKPLACE: Final = ".finetune"
"""Folder, in the model folder to make, that holds the state of a run; it is gone when the model is there."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What to fit, and how.

    Attributes:
        folder: labelled lines; see :mod:`lucidocr.evaluate`.
        out: the model folder to make.
        model: the model folder to start from; the bundled one when None.
        keep: further sets of labelled lines, to be kept in mind.
        alphabet: of the new model.
        characters: that must be in it whatever the labels say.
        rule: how readings are compared with labels.
        minutes: time to train at most; measuring before and after comes on top.
        threads: to train with; all that are allowed when None.
        seed: of everything drawn.
        quiet: show no progress bar.
    """

    folder: Path
    out: Path
    model: Path | None = None
    keep: tuple[Path, ...] = ()
    alphabet: Alphabet = "extended"
    characters: str = ""
    rule: Rule = "exact"
    minutes: float = 10.0
    threads: int | None = None
    seed: int = 1
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Readings of the held-out lines of a set by the old model and by the new one."""

    name: str
    before: Tally
    after: Tally


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run.

    Attributes:
        sets: the folder's held-out lines, then those of the sets to be kept in mind.
        seconds: spent training.
        lines: learnt from, each drawing counted.
        share: part of the way from the old weights to the new ones that was taken.
        new: characters that the old model could not read.
        left_out: labelled lines that could not be used.
    """

    sets: tuple[Comparison, ...]
    seconds: float
    lines: int
    share: float
    new: str
    left_out: int


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """All that a run needs, read and checked.

    Attributes:
        model: to start from.
        old: its network.
        charset: the new alphabet.
        lessons: the folder's, then those to be kept in mind.
        held_out: their held-out lines.
        key: what tells this task from others.
    """

    model: Model
    old: Network
    charset: Charset
    lessons: tuple[Lessons, ...]
    held_out: tuple[ValidationSet, ...]
    key: str


def finetune(settings: Settings) -> Outcome:
    """Make a model folder that reads lines like those of a data set, or go on making it.

    Sets the number of threads that torch uses in this process.

    Raises:
        DatasetError: a data set is broken or too small.
        InputError: a picture cannot be used.
        ModelError: the model to start from is altered or cannot be trained on.
        OptionError: there is a model in the folder to make already, or another run was begun there.
    """
    workplace = settings.out / WORKPLACE
    if (settings.out / DESCRIPTION).exists() and not workplace.exists():
        raise OptionError(f"there is a model in {str(settings.out)!r} already", remedy="Give another folder.")
    torch.set_num_threads(settings.threads or available_cores())
    task = _prepare(settings)
    run = _open_run(task, settings)
    mixture = mixture_of(task.lessons)
    batches = varied_batches(mixture, columns=COLUMNS, seed=settings.seed, start=run.progress.lines)
    run.tune(batches, task.held_out[0], quiet=settings.quiet)
    outcome = _conclude(run, task, settings)
    _write_model(run, task, settings, outcome)
    shutil.rmtree(workplace)
    return outcome


def _prepare(settings: Settings) -> _Task:
    model = load_model(settings.model)
    old = restore_network(model)
    labels = labels_of(settings.folder)
    charset = choose_alphabet(settings.alphabet, model.charset, labels, settings.characters)
    lessons = tuple(load_lessons(folder, charset) for folder in (settings.folder, *settings.keep))
    texts = [[line.text for line in (*one.fit, *one.held_out)] for one in lessons]
    stated = [model.parts[RECOGNISE], charset.chars, texts, settings.rule, settings.seed]
    key = hashlib.sha256(json.dumps(stated).encode("utf-8")).hexdigest()
    held_out = tuple(held_out_set(one, settings.rule) for one in lessons)
    return _Task(model, old, charset, lessons, held_out, key)


def _open_run(task: _Task, settings: Settings) -> Tuning:
    """The run as far as it has come."""
    return Tuning(
        settings.out / WORKPLACE,
        with_alphabet(task.old, task.model.charset, task.charset),
        task.charset,
        lines_before=int(task.model.training.get("lines", 0)),
        task=task.key,
        seconds=60 * settings.minutes,
    )


def held_out_set(lessons: Lessons, rule: Rule) -> ValidationSet:
    """The held-out lines of a folder, at most ``MOST_HELD_OUT`` of them, spread evenly."""
    chosen = spread(lessons.held_out, MOST_HELD_OUT)
    images = tuple(normalise_line(line.pixels) for line in chosen)
    return ValidationSet(lessons.name, rule, images, tuple(line.text for line in chosen))


def spread(lines: Sequence[Item], most: int) -> list[Item]:
    """At most so many of some lines, spread evenly over all: the same ones every time."""
    count = min(len(lines), most)
    return [lines[number * len(lines) // count] for number in range(count)]


def mixture_of(lessons: Sequence[Lessons]) -> RealMixture:
    """The lines of the first set, and a share of those to be kept in mind; among these by the root of their number."""
    roots = [len(one.fit) ** 0.5 for one in lessons[1:]]
    weights = [1 - KEPT_SHARE, *(KEPT_SHARE * root / sum(roots) for root in roots)]
    return RealMixture(tuple(one.fit for one in lessons), tuple(weights))


def _conclude(run: Tuning, task: _Task, settings: Settings) -> Outcome:
    """Choose the weights of a run that is over, leave them as its average, and compare them with the old ones."""
    share = 1.0
    if settings.alphabet != "own":  # which forgets all other characters anyhow
        old = dict(task.old.state_dict())
        share = least_share(run.averaged(), old, run.best, task.charset, task.held_out[0])
        run.average = blended(old, run.best, share)
    else:
        run.average = run.best
    new = run.averaged()
    sets = tuple(
        Comparison(one.name, read_set(task.old, task.model.charset, one), read_set(new, task.charset, one))
        for one in task.held_out
    )
    return Outcome(
        sets=sets,
        seconds=run.watch.seconds,
        lines=run.progress.lines,
        share=share,
        new="".join(sorted(set(task.charset.chars) - set(task.model.charset.chars))),
        left_out=task.lessons[0].left_out,
    )


def _write_model(run: Tuning, task: _Task, settings: Settings, outcome: Outcome) -> None:
    """Write the model folder: its networks, how they were made, and its calibration."""
    folder = settings.out.resolve()
    after = {one.name: _figures(one.after) for one in outcome.sets}
    state = compact_state(pack(run.network, run.average, run.charset, run.progress), after)
    write_folder(state, folder)
    described = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    described["direction"] = task.model.direction
    described["training"]["finetuned"] = _account(task, settings, outcome)
    write_description(folder, described)
    own = task.lessons[0]
    quantise_folder(state, folder, [normalise_line(line.pixels) for line in spread(own.fit, RANGED)])
    _calibrate(folder, own, settings.rule)


def _figures(found: Tally) -> dict[str, float]:
    return {"lines": round(found.line_accuracy, 4), "cer": round(found.cer, 4)}


def _account(task: _Task, settings: Settings, outcome: Outcome) -> Mapping[str, Any]:
    """What ``model.json`` says about a run."""
    return {
        "from": {"name": task.model.name, RECOGNISE: task.model.parts[RECOGNISE]},
        "alphabet": settings.alphabet,
        "new_characters": outcome.new,
        "minutes": round(outcome.seconds / 60, 2),
        "lines": outcome.lines,
        "share": outcome.share,
        "rule": settings.rule,
        "held_out": [
            {"set": one.name, "n": one.after.lines, "before": _figures(one.before), "after": _figures(one.after)}
            for one in outcome.sets
        ],
    }


def _calibrate(folder: Path, lessons: Lessons, rule: Rule) -> None:
    """Fit the confidences of a new model, in each of its precisions, to the held-out lines."""
    model = load_model(folder)
    questions = [Question(line.pixels, line.text, lessons.name, rule) for line in lessons.held_out]
    present: dict[str, str] = {precision: part for precision, part in PRECISIONS.items() if part in model}
    judged: dict[str, list[JudgedLine]] = {
        precision: list(judge_readings(open_recogniser(model, precision), model.charset, questions))
        for precision in PRECISIONS
        if precision in present
    }
    if all(any(line.characters for line in lines) for lines in judged.values()):
        content = json.dumps(describe(judged), indent=1) + "\n"
        add_part(folder, CALIBRATION, content.encode("utf-8"), present.values())
