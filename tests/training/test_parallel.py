"""Two processes with half of the data each stay one network."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the train extra")

import torch
from torch import Tensor, nn

from lucidocr_training.parallel import average_gradients, join, leave, share

pytestmark = pytest.mark.torch
STEPS = 4
LINES = (6, 4)
"""Lines in a batch of each process."""


def make_network(seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    # No bias before the normalisation: its gradient is rounding noise, which AdamW would blow up to whole steps.
    network = nn.Sequential(nn.Conv2d(3, 5, 3, bias=False), nn.BatchNorm2d(5), nn.Flatten(), nn.Linear(20, 2))
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


def loss_of(network: nn.Sequential, rank: int, step: int) -> Tensor:
    generator = torch.Generator().manual_seed(100 * step + rank)
    images = torch.randn(LINES[rank], 3, 4, 4, generator=generator).contiguous(memory_format=torch.channels_last)
    loss: Tensor = (network(images) ** 2).mean()
    return loss


def work(folder: Path, rank: int) -> None:
    """What each process does; it begins with weights of its own."""
    join(folder / "meeting", rank, 2)
    network = make_network(rank)
    share(network)
    begun = {name: value.clone() for name, value in network.state_dict().items()}
    optimiser = torch.optim.AdamW(network.parameters(), lr=0.05)
    counts = []
    for step in range(STEPS):
        optimiser.zero_grad()
        loss_of(network, rank, step).backward()  # type: ignore[no-untyped-call]
        counts.append(average_gradients(network.parameters(), LINES[rank]))
        optimiser.step()
    weights = {name: weight.detach() for name, weight in network.named_parameters()}
    torch.save({"begun": begun, "weights": weights, "counts": counts}, folder / f"{rank}.pt")
    leave()


def alone() -> dict[str, Tensor]:
    """The same in one process: the mean of both gradients."""
    networks = [make_network(0), make_network(0)]
    optimiser = torch.optim.AdamW(networks[0].parameters(), lr=0.05)
    for step in range(STEPS):
        for rank, network in enumerate(networks):
            network.zero_grad()
            loss_of(network, rank, step).backward()  # type: ignore[no-untyped-call]
        for first, second in zip(networks[0].parameters(), networks[1].parameters(), strict=True):
            assert first.grad is not None
            first.grad = (first.grad + second.grad) / 2
        optimiser.step()
        networks[1].load_state_dict(networks[0].state_dict())
    return {name: weight.detach() for name, weight in networks[0].named_parameters()}


def test_two_processes_stay_one_network(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=work, args=(tmp_path, rank)) for rank in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0]
    first, second = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in range(2))
    assert first["counts"] == second["counts"] == [sum(LINES)] * STEPS
    initial = make_network(0).state_dict()
    for name, value in initial.items():
        assert torch.equal(first["begun"][name], value)
        assert torch.equal(second["begun"][name], value)
    expected = alone()
    for name, weight in first["weights"].items():
        assert torch.equal(weight, second["weights"][name])
        assert not torch.equal(weight, initial[name])
        assert torch.allclose(weight, expected[name], atol=1e-5)


def test_one_process_needs_nobody(tmp_path: Path) -> None:
    network = make_network(0)
    loss_of(network, 0, 0).backward()  # type: ignore[no-untyped-call]
    before = [weight.grad.clone() for weight in network.parameters() if weight.grad is not None]
    assert average_gradients(network.parameters(), 7) == 7
    share(network)
    assert all(
        torch.equal(grad, weight.grad)
        for grad, weight in zip(before, network.parameters(), strict=True)
        if weight.grad is not None
    )
