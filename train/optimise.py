"""Optimisers and schedules by name."""

import math
from collections.abc import Callable

import torch

from .models import SpikingNetwork

#: ``(parameter groups, weight decay) -> optimiser``; learning rates are set before every step.
OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adam": lambda groups, decay: torch.optim.Adam(groups, weight_decay=decay, fused=True),
    "adamw": lambda groups, decay: torch.optim.AdamW(groups, weight_decay=decay, fused=True),
    "sgd": lambda groups, decay: torch.optim.SGD(groups, lr=0.1, momentum=0.9, nesterov=True, weight_decay=decay),
}

#: ``done``, the share of a phase that is over -> the share of the way from ``last_rate`` to ``rate``.
SCHEDULES: dict[str, Callable[[float], float]] = {
    "cosine": lambda done: 0.5 * (1 + math.cos(math.pi * done)),
    "linear": lambda done: 1 - done,
    "constant": lambda done: 1.0,
}


def optimizer(name: str, model: SpikingNetwork, decay_rate: float, weight_decay: float) -> torch.optim.Optimizer:
    """The optimiser ``name`` of a model's trainable parameters.

    Each group has a ``factor`` on the learning rate: ``decay_rate`` for alpha and beta, which have no weight decay, and
    1 for all others.
    """
    trainable = [(path, parameter) for path, parameter in model.named_parameters() if parameter.requires_grad]
    decays = [parameter for path, parameter in trainable if ".decays." in path]
    others = [parameter for path, parameter in trainable if ".decays." not in path]
    groups = [{"params": others, "factor": 1.0},
              {"params": decays, "factor": decay_rate, "weight_decay": 0.0}]
    return OPTIMIZERS[name]([group for group in groups if group["params"]], weight_decay)
