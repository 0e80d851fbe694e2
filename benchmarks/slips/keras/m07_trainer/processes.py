"""Several processes that train one model: torchrun starts them, PyTorch's DDP joins them.

Each reads its own share of a step's micro-batches; DDP averages their gradients.
"""

import os
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel


def rank_and_world() -> tuple[int, int]:  # given
    """Which of the processes this is, and how many there are: (0, 1) for one alone."""
    if not distributed.is_initialized():
        return 0, 1
    return distributed.get_rank(), distributed.get_world_size()


def join_others(device: torch.device) -> torch.device:  # given
    """Meet the other processes, where torchrun has started several; the device of this one."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return device
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return device


def leave_others() -> None:  # given
    """The opposite of join_others: from here on each process is alone."""
    if distributed.is_initialized():
        distributed.destroy_process_group()


def agree(value: Any) -> Any:  # given
    """The first process's value, in every process."""
    values = [value]
    if distributed.is_initialized():
        distributed.broadcast_object_list(values)
    return values[0]


def anywhere(here: bool) -> bool:  # given
    """Whether it is so in any of the processes: they have to stop together."""
    if not distributed.is_initialized():
        return here
    answers = [False] * distributed.get_world_size()
    distributed.all_gather_object(answers, here)
    return any(answers)


class Replica(DistributedDataParallel):
    """A model that averages its gradients with the others'; its checkpoint is a single model's."""

    def state_dict(self, *args: Any, **kwargs: Any) -> dict[str, Any]:  # given
        return self.module.state_dict(*args, **kwargs)

    def load_state_dict(self, *args: Any, **kwargs: Any) -> Any:  # given
        return self.module.load_state_dict(*args, **kwargs)


def on_first(  # given
    callbacks: Sequence[Callable[[dict[str, Any]], object]], device: torch.device
) -> Callable[[dict[str, Any]], None]:
    """One callback for every process: those given, called by the first, with the mean loss."""
    rank, world = rank_and_world()

    def callback(record: dict[str, Any]) -> None:
        if world > 1:
            loss = torch.tensor(record["loss"], dtype=torch.float64, device=device)
            distributed.all_reduce(loss)
            record = record | {"loss": loss.item() / world, "tokens": record["tokens"] * world}
        if rank == 0:
            for one in callbacks:
                one(record)

    return callback
