"""Data-parallel training on the cores of one machine.

One process with one thread for each core, gradients averaged after every step. On a CPU this beats one process with
many threads: nothing waits at a barrier inside an operator, which matters most in the LSTM's long chain of small
products and whenever another program wants a core.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import torch
import torch.distributed as dist
from torch import Tensor, nn

ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
    "GLOO_SOCKET_IFNAME": "lo",
    # Buffers of a step are kept for the next instead of being given back to the system and faulted in again.
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "68719476736",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
"""What a training process must find in its environment when it starts."""


def join(meeting: Path, rank: int, size: int) -> None:
    """Become one of ``size`` processes that meet through a file.

    Args:
        meeting: a path that does not exist before the first of them comes.
        rank: number of this process.
        size: how many there are.
    """
    torch.set_num_threads(1)
    if size > 1:
        dist.init_process_group("gloo", init_method=f"file://{meeting.resolve()}", rank=rank, world_size=size)


def leave() -> NoReturn:
    """Take leave of the others and end this process, whose work is saved.

    The interpreter is not taken down: a thread of the group that still holds a tensor would abort it meanwhile.
    """
    if dist.is_initialized():
        dist.barrier()
        dist.destroy_process_group()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def share(module: nn.Module) -> None:
    """Give every process the weights and buffers of the first."""
    if dist.is_initialized():
        for value in module.state_dict().values():
            dist.broadcast(value, 0)


def average_gradients(weights: Iterable[nn.Parameter], count: int) -> int:
    """Replace gradients by their mean over all processes.

    Args:
        weights: parameters, each with a gradient.
        count: lines in this process's batch.

    Returns:
        Lines in all batches of this step.
    """
    if not dist.is_initialized():
        return count
    grads: list[Tensor] = [weight.grad for weight in weights if weight.grad is not None]
    flat = torch.cat([grad.reshape(-1) for grad in grads] + [torch.tensor([float(count)])])
    dist.all_reduce(flat)
    total = int(flat[-1])
    flat /= dist.get_world_size()
    start = 0
    for grad in grads:
        grad.copy_(flat[start : start + grad.numel()].view_as(grad))
        start += grad.numel()
    return total
