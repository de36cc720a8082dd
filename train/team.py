"""Several processes of one machine that train a network together.

Each takes its share of every batch, and the gradients are averaged once a step; so the processes wait for each other
once a step, where the threads of one process wait hundreds of times, which costs most of the time on a busy machine.
"""

import os
import signal
import tempfile
from pathlib import Path

import torch
import torch.distributed as dist

from .errors import TrainError


class Team:
    """A context: ``size`` processes enter the block, copies of this one, and the first alone leaves it.

    Parameters
    ----------
    size
        Number of processes, each on one thread; with 1 there is no other, and PyTorch's threads stay as they are.

    Members
    -------
    rank
        0 in the first process, which reports and writes files; 1, 2, ... in the others.
    """

    def __init__(self, size: int = 1):
        self.size, self.rank = size, 0
        self._others: list[int] = []
        if size > 1:
            torch.set_num_threads(1)                                    # before any: threads do not survive a fork

    def __enter__(self) -> "Team":
        if self.size == 1:
            return self
        folder = tempfile.TemporaryDirectory()
        for rank in range(1, self.size):
            process = os.fork()
            if process == 0:
                self.rank, self._others = rank, []
                os.setsid()                         # an interrupt is for the first process, which ends the others
                break
            self._others.append(process)
        store = dist.FileStore(str(Path(folder.name) / "store"), self.size)
        dist.init_process_group("gloo", store=store, rank=self.rank, world_size=self.size)
        dist.barrier()
        if self.rank == 0:
            folder.cleanup()
        return self

    def __exit__(self, *_) -> None:
        if self.size == 1:
            return
        if self.rank > 0:
            os._exit(0)
        for process in self._others:
            os.kill(process, signal.SIGTERM)
            os.waitpid(process, 0)
        dist.destroy_process_group()

    def share(self, batch: torch.Tensor) -> torch.Tensor:
        """This process's entries of a batch, every ``size``-th."""
        return batch[self.rank::self.size]

    def average(self, parameters: list[torch.nn.Parameter]) -> None:
        """Replace each gradient by its mean over the processes, the same in all of them.

        Raises
        ------
        TrainError
            If another process is gone.
        """
        if self.size == 1:
            return
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients]) / self.size
        try:
            dist.all_reduce(flat)
        except RuntimeError as error:
            raise TrainError("a process of the training is gone", "go on with --resume") from error
        for gradient, mean in zip(gradients, flat.split([gradient.numel() for gradient in gradients])):
            gradient.copy_(mean.view_as(gradient))
