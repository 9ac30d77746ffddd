"""Train the attention head on frozen feature maps, see what it is worth, and add it to a model folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

import torch
from torch import Tensor, nn

from lucidocr.align import SPACE
from lucidocr.charset import Charset
from lucidocr.explain.attention import ATTENTION
from lucidocr.model import RECOGNISE
from lucidocr_training.attention import AttentionHead, Sight, Views, energy_in_box, views_of
from lucidocr_training.attention_graph import attention_graph
from lucidocr_training.batches import Source
from lucidocr_training.glimpses import Glimpses, Scene, collect, real_scene, shuffled, synthetic_scene
from lucidocr_training.network import Network
from lucidocr_training.parts import add_part
from lucidocr_training.real import RealMixture
from lucidocr_training.synthesis import Synthesiser

TRAIN_SEED: Final = 8_201
"""Seed of the synthetic lines that the head learns from."""

REPORT_SEED: Final = 8_202
"""Seed of those, in faces never trained on, that it is judged by."""

_SURE: Final = 1e-4
"""Added to the energy in a box before its logarithm is taken."""

_TOGETHER: Final = 512


@dataclass(frozen=True, slots=True)
class Lesson:
    """How the head is trained.

    Attributes:
        epochs: passes over all characters.
        batch: characters in a step.
        rate: highest learning rate; it falls to zero as a cosine does.
        box: weight of the loss that keeps the attention in the true box.
        strangers: classes drawn at random that each step's answers are told apart from, besides their rivals.
        seed: of the order and the strangers.
    """

    epochs: int = 10
    batch: int = 512
    rate: float = 3e-3
    box: float = 0.3
    strangers: int = 1024
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Amounts:
    """How many lines are used.

    Attributes:
        synthetic: to learn from, with boxes.
        real: to learn from, without.
        judged: synthetic ones in faces never trained on, to be judged by.
    """

    synthetic: int = 16_000
    real: int = 2_500
    judged: int = 1_500


@dataclass(frozen=True, slots=True)
class Worth:
    """What a head does on characters; spaces do not count.

    Attributes:
        characters: how many.
        agreement: share of them of which the head reads what the CTC reads.
        agreement_right: the same, of those that the CTC reads right.
        energy: mean share of the attention in the true box, of the latter.
        drift: mean distance from the attention's middle to the CTC's place, in widths of the true box.
    """

    characters: int
    agreement: float
    agreement_right: float
    energy: float
    drift: float


def train(head: AttentionHead, classes: nn.Linear, glimpses: Glimpses, lesson: Lesson) -> None:
    """Teach a head to answer as the CTC does, its errors included; its class layer stays as it is.

    Args:
        head: changed in place.
        classes: the recogniser's class layer.
        glimpses: what to learn from.
        lesson: how.
    """
    torch.manual_seed(lesson.seed)
    rng = Random(lesson.seed)
    optimiser = torch.optim.Adam(head.parameters(), lr=lesson.rate)
    steps = lesson.epochs * -(-len(glimpses) // lesson.batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(lesson.epochs):
        for chosen in shuffled(len(glimpses), lesson.batch, rng):
            optimiser.zero_grad()
            _loss(head, classes, glimpses, chosen, lesson).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()


def _loss(head: AttentionHead, classes: nn.Linear, glimpses: Glimpses, chosen: Tensor, lesson: Lesson) -> Tensor:
    views = views_of(glimpses, chosen)
    answer = head(views)
    rivals, shares = glimpses.rivals[chosen], glimpses.shares[chosen]
    strangers = torch.randint(classes.out_features, (lesson.strangers,))
    told, numbers = torch.unique(torch.cat([rivals.flatten(), strangers]), return_inverse=True)
    logits = torch.nn.functional.linear(answer.bottleneck, classes.weight[told].detach(), classes.bias[told].detach())
    said = logits.log_softmax(1).gather(1, numbers[: rivals.numel()].view_as(rivals))
    mimic = -(shares * said).sum(1).mean()
    return mimic + lesson.box * _outside(answer.weights.mean(1), views, glimpses, chosen)


def _outside(weights: Tensor, views: Views, glimpses: Glimpses, chosen: Tensor) -> Tensor:
    """Mean of minus the log of the energy in the boxes that are known; 0 where none is."""
    box = glimpses.box[chosen]
    known = ~box[:, 0].isnan()
    inside = energy_in_box(weights[known], views.distance[known], box[known], glimpses.centre[chosen][known])
    return -(inside + _SURE).log().sum() / max(int(known.sum()), 1)


@torch.no_grad()
def worth_of(
    head: AttentionHead, classes: nn.Linear, glimpses: Glimpses, space: int | None, *, even: bool = False
) -> Worth:
    """Judge a head.

    Args:
        head: ready to look.
        classes: the recogniser's class layer.
        glimpses: characters that it has not learnt from.
        space: class of the space, which is not judged.
        even: give every cell in reach the same attention, as a control.
    """
    agrees, inside, drift = [], [], []
    judged = torch.arange(len(glimpses))[glimpses.read != (-1 if space is None else space)]
    for start in range(0, len(judged), _TOGETHER):
        chosen = judged[start : start + _TOGETHER]
        views = views_of(glimpses, chosen)
        eyes = evenly(views, head.eyes) if even else head.attend(views)
        weights = eyes.mean(1)
        said = classes(head.read(views, eyes)).argmax(1)
        box = glimpses.box[chosen]
        middle = (weights.sum(2) * views.distance).sum(1)
        agrees.append(said == glimpses.read[chosen])
        inside.append(energy_in_box(weights, views.distance, box, glimpses.centre[chosen]))
        drift.append(middle.abs() / (box[:, 2] - box[:, 0]))
    agreement, energy = torch.cat(agrees).float(), torch.cat(inside)
    known = ~energy.isnan()
    return Worth(
        characters=len(agreement),
        agreement=_mean(agreement),
        agreement_right=_mean(agreement[known]),
        energy=_mean(energy[known]),
        drift=_mean(torch.cat(drift)[known]),
    )


def _mean(values: Tensor) -> float:
    return round(float(values.mean()), 4)


def evenly(views: Views, eyes: int) -> Tensor:
    """float32 [N, E, S, 4], the same attention for every cell in reach."""
    seen = views.seen[:, None, :, None].float().expand(-1, eyes, -1, views.cells.shape[2])
    return seen / seen.sum((2, 3), keepdim=True)


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """What heads learn and are judged with.

    Attributes:
        network: whose maps they look at.
        charset: its alphabet.
        learnt: characters to learn from.
        judged: characters to be judged by.
        lesson: how they are trained.
    """

    network: Network
    charset: Charset
    learnt: Glimpses
    judged: Glimpses
    lesson: Lesson = field(default_factory=Lesson)

    def head(self, sight: Sight = "maps") -> AttentionHead:
        """A trained head."""
        torch.manual_seed(self.lesson.seed)
        config = self.network.config
        head = AttentionHead(config.channels[2], config.bottleneck, sight=sight)
        train(head, self.network.classes, self.learnt, self.lesson)
        return head.eval()

    def worth(self, head: AttentionHead, *, even: bool = False) -> Worth:
        """What a head is worth on the characters that it is judged by."""
        space = self.charset.encode(SPACE)[0] if SPACE in self.charset else None
        return worth_of(head, self.network.classes, self.judged, space, even=even)


def gather(network: Network, charset: Charset, source: Source, amounts: Amounts, lesson: Lesson) -> Study:
    """Make the lines, run the network over them and keep what heads need."""
    learnt = collect(network, charset, _scenes(source, charset, amounts))
    judged = collect(network, charset, _synthetic(source, charset, REPORT_SEED, amounts.judged, held_out=True))
    return Study(network, charset, learnt, judged, lesson)


def _scenes(source: Source, charset: Charset, amounts: Amounts) -> Iterator[Scene]:
    yield from _synthetic(source, charset, TRAIN_SEED, amounts.synthetic, held_out=False)
    if amounts.real:
        mixture, rng = RealMixture.load(charset, source.real_sets), Random(TRAIN_SEED)
        for _ in range(amounts.real):
            yield real_scene(mixture.draw(rng))


def _synthetic(source: Source, charset: Charset, seed: int, count: int, *, held_out: bool) -> Iterator[Scene]:
    synthesiser = Synthesiser.load(source.fonts, source.texts, charset, seed, held_out=held_out, taught=source.taught)
    for index in range(count):
        yield synthetic_scene(synthesiser.line(index))


def attend(folder: Path, study: Study) -> dict[str, Any]:
    """Train the head and its controls, and add the head to a model folder.

    Args:
        folder: of the model whose network is looked at; an older head is replaced.
        study: what to learn.

    Returns:
        What the head is worth, and its controls: eyes that follow their habit alone, a plain Gaussian at the centre
        (both trained alike) and the head with even attention.
    """
    head = study.head()
    graph = attention_graph(head, study.network.classes, study.charset)
    add_part(folder, ATTENTION, graph.SerializeToString(), [RECOGNISE, "explain.onnx"])
    return {
        "parameters": sum(weight.numel() for weight in head.parameters()),
        "learnt_from": len(study.learnt),
        "attention": asdict(study.worth(head)),
        "habit": asdict(study.worth(study.head("habit"))),
        "gaussian": asdict(study.worth(study.head("centre"))),
        "even": asdict(study.worth(head, even=True)),
    }
