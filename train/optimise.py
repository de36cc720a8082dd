"""Optimisers and schedules by name."""

import math
from collections.abc import Callable

import torch

from .models import SpikingNetwork
from .muon import Muon

#: Factor on the learning rate for what `Muon` trains: its steps are of another kind than Adam's.
MUON_RATE = 15.0

#: ``(groups of weights, of all else, weight decay, on a GPU) -> optimisers``. Learning rates are set before every step:
#: each group's is the recipe's times its ``factor``.
OPTIMIZERS: dict[str, Callable[[list[dict], list[dict], float, bool], list[torch.optim.Optimizer]]] = {
    "adam": lambda weights, others, decay, gpu: [
        torch.optim.Adam(weights + others, weight_decay=decay, fused=True, capturable=gpu)],
    "adamw": lambda weights, others, decay, gpu: [
        torch.optim.AdamW(weights + others, weight_decay=decay, fused=True, capturable=gpu)],
    "sgd": lambda weights, others, decay, gpu: [
        torch.optim.SGD(weights + others, lr=0.1, momentum=0.9, nesterov=True, weight_decay=decay, fused=True)],
    "muon": lambda weights, others, decay, gpu: [
        Muon([{**group, "factor": MUON_RATE * group["factor"]} for group in weights], weight_decay=decay),
        torch.optim.Adam(others, betas=(0.9, 0.99), fused=True, capturable=gpu)],
}

#: ``done``, the share of a phase that is over -> the share of the way from ``last_rate`` to ``rate``.
SCHEDULES: dict[str, Callable[[float], float]] = {
    "cosine": lambda done: 0.5 * (1 + math.cos(math.pi * done)),
    "linear": lambda done: 1 - done,
    "constant": lambda done: 1.0,
}


class Optimizers:
    """The optimisers called ``name`` of a model's trainable parameters, as one.

    Three groups, each with a ``factor`` on the learning rate: weights of convolutions; all else; alpha and beta, with
    ``decay_rate`` and without weight decay. On a GPU learning rates lie there, so that a recorded step
    (`train.replay`) finds them.
    """

    def __init__(self, name: str, model: SpikingNetwork, decay_rate: float, weight_decay: float, device: str = "cpu"):
        self.device, self.gpu = device, device != "cpu"
        trainable = [(path, parameter) for path, parameter in model.named_parameters() if parameter.requires_grad]
        decays = [parameter for path, parameter in trainable if ".decays." in path]
        others = [parameter for path, parameter in trainable if ".decays." not in path]
        weights = {"params": [parameter for parameter in others if parameter.ndim == 4], "factor": 1.0}
        rest = [{"params": [parameter for parameter in others if parameter.ndim != 4], "factor": 1.0},
                {"params": decays, "factor": decay_rate, "weight_decay": 0.0}]
        self.each = OPTIMIZERS[name]([weights], [group for group in rest if group["params"]], weight_decay,
                                     self.gpu)
        self._settle()

    @property
    def param_groups(self) -> list[dict]:
        """Of all of them."""
        return [group for optimizer in self.each for group in optimizer.param_groups]

    def set_rate(self, rate: float) -> None:
        """Set the learning rate of each group: ``rate`` times its factor."""
        for group in self.param_groups:
            if self.gpu:
                group["lr"].fill_(rate * group["factor"])
            else:
                group["lr"] = rate * group["factor"]

    def zero_grad(self) -> None:
        """Forget all gradients."""
        for optimizer in self.each:
            optimizer.zero_grad()

    def step(self) -> None:
        """A step of each."""
        for optimizer in self.each:
            optimizer.step()

    def state_dict(self) -> list[dict]:
        """A state for each."""
        return [optimizer.state_dict() for optimizer in self.each]

    def load_state_dict(self, states: list[dict]) -> None:
        """Take up what `state_dict` gave."""
        for optimizer, state in zip(self.each, states, strict=True):
            optimizer.load_state_dict(state)
        self._settle()

    def _settle(self) -> None:
        """Whatever device a state came from: what each group says of its own."""
        for group in self.param_groups:
            group["lr"] = torch.zeros((), device=self.device) if self.gpu else 0.0
            if "capturable" in group:
                group["capturable"] = self.gpu
