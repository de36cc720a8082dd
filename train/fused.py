"""Functions of tensors that PyTorch may compile into one pass over memory: `torch.compile`, where a run asks for it.

A pass a timestep and operation over maps of tens of megabytes is what a CPU spends most of its time with beside the
convolutions. Compiling takes up to a minute a process and a C++ compiler, so short runs are better off without. The
integers are the same either way; real numbers may differ in their last place.
"""

import functools
from collections.abc import Callable

import torch

_enabled = False


def enable(wanted: bool = True) -> None:
    """Whether calls from now on are compiled, in this process and those forked from it."""
    global _enabled
    _enabled = wanted
    if wanted:
        import torch._inductor.config as inductor
        inductor.compile_threads = 1                                    # workers of its own would not survive a fork


def fused(function: Callable) -> Callable:
    """Decorator of a pure function of tensors, plain numbers and frozen data, that is called without gradients."""
    @functools.cache
    def compiled():
        return torch.compile(function, fullgraph=True, dynamic=True)

    @functools.wraps(function)
    def call(*arguments):
        if not _enabled:
            return function(*arguments)
        return compiled()(*(one.detach() if isinstance(one, torch.Tensor) else one for one in arguments))
    return call
