"""A step of training as one launch: PyTorch's CUDA graphs.

A step of a small network is hundreds of kernels of a few microseconds each, and a GPU waits for the processor to launch
them. Recorded once, all of them are launched at once; they compute the same.
"""

from collections.abc import Callable

import torch

from .step import Step

#: Steps before the recording: convolutions are tried out and an optimiser's state is made.
WARM = 3


class Replay:
    """``replay(samples, targets)`` is ``step(samples, targets)``, and the steps are real ones, also the first.

    Parameters
    ----------
    step
        In floating point: a step on integers derives them on the processor.
    batch
        Samples of a full batch; others are computed launch by launch.
    """

    def __init__(self, step: Step, batch: int):
        self.step, self.batch = step, batch
        self._warm, self._graph = 0, None

    def __call__(self, samples: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        if len(samples) != self.batch:
            return self.step(samples, targets)
        if self._warm < WARM:
            self._warm += 1
            return beside(lambda: self.step(samples, targets))
        if self._graph is None:
            self._record(samples, targets)
        self._samples.copy_(samples)
        self._targets.copy_(targets)
        self._graph.replay()
        return self._found

    def _record(self, samples: torch.Tensor, targets: torch.Tensor) -> None:
        self._samples, self._targets = samples.clone(), targets.clone()
        self.step.optimizer.zero_grad()                                 # so that gradients lie in the graph's memory
        self._graph, self._found = recorded(lambda: self.step(self._samples, self._targets))


def beside(run: Callable[[], torch.Tensor]) -> torch.Tensor:
    """``run()`` in a stream of its own, as a recording is: what is to be recorded runs so `WARM` times before."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        found = run()
    torch.cuda.current_stream().wait_stream(stream)
    return found


def recorded(run: Callable[[], torch.Tensor]) -> tuple[torch.cuda.CUDAGraph, torch.Tensor]:
    """``run()`` recorded, not done: the graph, and where each replay of it leaves the result. The graph does not keep
    alive the tensors that it reads."""
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        found = run()
    return graph, found
