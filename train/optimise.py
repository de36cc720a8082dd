"""Optimisers and schedules by name."""

import math
from collections.abc import Callable

import torch

from .models import SpikingNetwork
from .muon import Muon

#: ``(parameter groups, weight decay) -> optimiser``; learning rates are set before every step.
OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adam": lambda groups, decay: torch.optim.Adam(groups, weight_decay=decay, fused=True),
    "adamw": lambda groups, decay: torch.optim.AdamW(groups, weight_decay=decay, fused=True),
    "sgd": lambda groups, decay: torch.optim.SGD(groups, lr=0.1, momentum=0.9, nesterov=True, weight_decay=decay),
    "muon": lambda groups, decay: torch.optim.Adam(groups, betas=(0.9, 0.99), fused=True),     # all but the weights
}
#: Factor on the learning rate for the weights that `Muon` trains beside Adam: its steps are of another kind.
MUON_RATE = 15.0

#: ``done``, the share of a phase that is over -> the share of the way from ``last_rate`` to ``rate``.
SCHEDULES: dict[str, Callable[[float], float]] = {
    "cosine": lambda done: 0.5 * (1 + math.cos(math.pi * done)),
    "linear": lambda done: 1 - done,
    "constant": lambda done: 1.0,
}


class Optimizers:
    """The optimisers of a model, as one: ``name`` of all its trainable parameters, but `Muon` of its weights where that
    is the name.

    Each group has a ``factor`` on the learning rate: ``decay_rate`` for alpha and beta, which have no weight decay, and
    1 for all others, but for `Muon`'s (`MUON_RATE`).
    """

    def __init__(self, name: str, model: SpikingNetwork, decay_rate: float, weight_decay: float):
        trainable = [(path, parameter) for path, parameter in model.named_parameters() if parameter.requires_grad]
        decays = [parameter for path, parameter in trainable if ".decays." in path]
        others = [parameter for path, parameter in trainable if ".decays." not in path]
        weights = []
        if name == "muon":
            weights = [parameter for parameter in others if parameter.ndim == 4]
            others = [parameter for parameter in others if parameter.ndim != 4]
        groups = [{"params": others, "factor": 1.0}, {"params": decays, "factor": decay_rate, "weight_decay": 0.0}]
        self.each = [OPTIMIZERS[name]([group for group in groups if group["params"]], weight_decay)]
        if weights:
            self.each.append(Muon([{"params": weights, "factor": MUON_RATE}], weight_decay=weight_decay))

    @property
    def param_groups(self) -> list[dict]:
        """Of all of them."""
        return [group for optimizer in self.each for group in optimizer.param_groups]

    def set_rate(self, rate: float) -> None:
        """Set the learning rate of each group: ``rate`` times its factor."""
        for group in self.param_groups:
            group["lr"] = rate * group["factor"]

    def zero_grad(self) -> None:
        for optimizer in self.each:
            optimizer.zero_grad()

    def step(self) -> None:
        for optimizer in self.each:
            optimizer.step()

    def state_dict(self) -> list[dict]:
        return [optimizer.state_dict() for optimizer in self.each]

    def load_state_dict(self, states: list[dict]) -> None:
        for optimizer, state in zip(self.each, states, strict=True):
            optimizer.load_state_dict(state)
