"""Several processes that train a network together, by PyTorch's own distributed data parallel.

Each takes its share of every batch, and PyTorch averages the gradients in one go while the backward pass runs; so the
processes wait for each other once a step, where the threads of one process wait hundreds of times, which costs most of
the time on a busy machine. Batch norm is of each process's own samples; at the end of an epoch all take over the first
one's running statistics.
"""

import gc
import os
import signal
import tempfile
import warnings
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist
from torch.multiprocessing.spawn import start_processes
from torch.nn.parallel import DistributedDataParallel

from .errors import TrainError

#: How long processes of one machine wait for each other: one that is gone is noticed at once, one may be stopped long.
PATIENCE = timedelta(days=30)


class Team:
    """The processes of a training run: those that ``torchrun`` started, or ``processes`` forks of this one.

    Parameters
    ----------
    processes
        Number of processes on this machine's CPU, each on one thread; with 1 there is no other, and PyTorch's threads
        stay as they are. Under ``torchrun``, 1: it has started them all.
    device
        ``cpu``, or ``cuda``: then each process has the GPU of its ``LOCAL_RANK``.

    Members
    -------
    size, rank
        How many there are; 0 in the first, which reports and writes files, 1, 2, ... in the others.
    device
        This process's: ``cpu``, ``cuda`` or ``cuda:1``.

    Raises
    ------
    TrainError
        If both ``torchrun`` and ``processes`` are to start processes.
    """

    def __init__(self, processes: int = 1, device: str = "cpu"):
        self.torchrun = "TORCHELASTIC_RUN_ID" in os.environ and "RANK" in os.environ
        if self.torchrun and processes > 1:
            raise TrainError("torchrun has started the processes already", "leave --processes away")
        self.size = int(os.environ["WORLD_SIZE"]) if self.torchrun else processes
        self.rank = int(os.environ["RANK"]) if self.torchrun else 0
        self.device = f"cuda:{os.environ['LOCAL_RANK']}" if self.torchrun and device == "cuda" else device
        self._others = None
        if processes > 1:
            torch.set_num_threads(1)                                    # before any: threads do not survive a fork

    def run(self, function: Callable):
        """``function()`` in all processes at once -> its value, in each that goes on afterwards: in the one that calls
        this, and under ``torchrun`` in all."""
        if self.size == 1:
            return function()
        if self.torchrun:
            if self.device != "cpu":
                torch.cuda.set_device(self.device)
            dist.init_process_group("gloo" if self.device == "cpu" else "nccl")
            try:
                return function()
            finally:
                gc.collect()        # a thread of Gloo's that ends as late as the interpreter aborts the process
                dist.destroy_process_group()
        with tempfile.TemporaryDirectory() as folder:
            store = Path(folder) / "store"
            self._others = start_processes(self._follow, (function, store), nprocs=self.size - 1, join=False,
                                           start_method="fork").processes
            try:
                self._meet(store)
                return function()
            finally:
                for process in self._others:
                    process.terminate()
                    process.join()
                if dist.is_initialized():
                    dist.destroy_process_group()

    def _follow(self, index: int, function: Callable, store: Path) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)                    # for the first, which ends the others
        self.rank = index + 1
        self._meet(store)
        function()

    def _meet(self, store: Path) -> None:
        dist.init_process_group("gloo", init_method=f"file://{store}", rank=self.rank, world_size=self.size,
                                timeout=PATIENCE)

    def wrap(self, model: torch.nn.Module) -> torch.nn.Module:
        """The model as `DistributedDataParallel`, which starts from the first process's values."""
        if self.size == 1:
            return model
        # Weights of 1 x 1 lie in memory both ways at once; a copy of a few kilobytes is all that it costs.
        warnings.filterwarnings("ignore", "Grad strides do not match bucket view strides")
        return DistributedDataParallel(model, forward_sync_buffers=False, gradient_as_bucket_view=True)

    def total(self, values: torch.Tensor) -> torch.Tensor:
        """The sum over the processes, the same in all of them."""
        if self.size > 1:
            values = values.to(self.device)
            dist.all_reduce(values)
        return values.cpu()

    def agree(self, model: torch.nn.Module) -> None:
        """All take over the first one's buffers: the running statistics of batch norm."""
        if self.size > 1:
            for buffer in model.buffers():
                dist.broadcast(buffer, 0)

    def complete(self) -> bool:
        """Whether all other processes on this machine still run, as far as this one knows."""
        return all(process.is_alive() for process in self._others or [])
