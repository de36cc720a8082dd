"""What keeps a decay in its range: a parameter of any size -> a value within ``low`` to ``high``."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

#: How near to an end of its range a value comes, as a share of the range, where the end itself is infinitely far.
NEAR = 1 / 2048


class _Clip(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, low, high):
        ctx.save_for_backward(x)
        ctx.range = low, high
        return x.clamp(low, high)

    @staticmethod
    def backward(ctx, gradient):
        (x,), (low, high) = ctx.saved_tensors, ctx.range
        outwards = (x < low) & (gradient > 0) | (x > high) & (gradient < 0)
        return gradient.masked_fill(outwards, 0), None, None


def clip(x: torch.Tensor, low: float, high: float) -> torch.Tensor:
    """``x.clamp(low, high)``, whose gradient is passed straight through, unless a step down it leads further out."""
    return _Clip.apply(x, low, high)


@dataclass(frozen=True)
class Activation:
    """``value(parameter, low, high)``, and ``parameter(value, low, high)``, its inverse within the range; tensors of
    any shape."""

    value: Callable[[torch.Tensor, float, float], torch.Tensor]
    parameter: Callable[[torch.Tensor, float, float], torch.Tensor]


#: The activations by name. ``tanh`` is the one of DA-LIF's authors (arXiv 2502.10422), scaled to the end of the range
#: and clipped at its start, since hardware knows no negative decay.
ACTIVATIONS = {
    "sigmoid": Activation(
        lambda parameter, low, high: low + (high - low) * torch.sigmoid(parameter),
        lambda value, low, high: torch.logit(((value - low) / (high - low)).clamp(NEAR, 1 - NEAR))),
    "tanh": Activation(
        lambda parameter, low, high: clip(high * torch.tanh(parameter), low, high),
        lambda value, low, high: torch.atanh((value / high).clamp(max=1 - NEAR))),
    "clamp": Activation(clip, lambda value, low, high: value.clamp(low, high)),
}
