"""Backpropagation through time of the DA-LIF neuron: one backward pass for real numbers and for integers.

Forward, a function of the caller's computes the neurons' values at every timestep: by the equations of
`train.neuron.step`, or by the integer rule (`train.quantise`). Backward, from the last timestep to the first,
with ``d`` for the derivative of the loss and ``surrogate`` in place of the step's derivative::

    d v_charged[t]   = d spikes[t] * surrogate(v_charged[t] - v_threshold) + d v_reset[t] * kept[t]
    kept[t]          = 1 - spikes[t]    reset to zero,     1    reset by subtraction
    d x[t]           = d v_charged[t] * alpha[t]
    d alpha[t]       = sum(d v_charged[t] * x[t])
    d beta[t]        = sum(d v_charged[t] * v_reset[t-1])
    d v_reset[t-1]   = d v_charged[t] * beta[t]

No gradient flows through the spikes of the reset, which steadies training (Zenke and Vogels, 2021,
Neural Computation 33:899).
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from hwgen.spec import Reset

from .surrogate import Derivative


@dataclass(frozen=True)
class Course:
    """The values of a layer's neurons, a tensor [N, C, H, W] a timestep, float; ``v_reset`` follows from them."""

    v_charged: list[torch.Tensor]
    spikes: list[torch.Tensor]


class _Integrate(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, alpha, beta, compute, rule):
        course = compute(x, alpha, beta)
        ctx.save_for_backward(x, alpha, beta, *course.v_charged, *course.spikes)
        ctx.rule = rule
        return _stack(course.spikes if rule.fires else course.v_charged)

    @staticmethod
    def backward(ctx, gradient):
        x, alpha, beta, *values = ctx.saved_tensors
        rule, timesteps = ctx.rule, len(alpha)
        v_charged, spikes = values[:timesteps], values[timesteps:]
        d_x = [None] * len(x)
        d_alpha, d_beta = torch.zeros_like(alpha), torch.zeros_like(beta)
        d_v_reset = 0
        for t in reversed(range(timesteps)):
            entry = min(t, len(x) - 1)
            if rule.fires:
                kept = d_v_reset * (1 - spikes[t]) if rule.reset is Reset.ZERO else d_v_reset
                d_v = gradient[t] * rule.derivative(v_charged[t] - rule.v_threshold) + kept
            else:
                d_v = gradient[t] + d_v_reset
            if ctx.needs_input_grad[1]:
                d_alpha[t] = (d_v * x[entry]).sum(dtype=alpha.dtype)
            if t > 0 and ctx.needs_input_grad[2]:
                d_beta[t] = (d_v * rule.after_reset(v_charged[t - 1], spikes[t - 1])).sum(dtype=beta.dtype)
            d_x[entry] = d_v * alpha[t] if d_x[entry] is None else d_x[entry] + d_v * alpha[t]
            d_v_reset = d_v * beta[t]
        return _stack(d_x), d_alpha, d_beta, None, None


def _stack(maps: list[torch.Tensor]) -> torch.Tensor:
    """`torch.stack` that keeps maps [N, C, H, W] channels last in memory if they are."""
    return torch.cat(maps).unflatten(0, (len(maps), -1))


@dataclass(frozen=True)
class Rule:
    """What the backward pass must know of the neurons."""

    fires: bool
    reset: Reset
    v_threshold: float
    derivative: Derivative

    def after_reset(self, v_charged: torch.Tensor, spikes: torch.Tensor) -> torch.Tensor:
        """``v_reset``."""
        if not self.fires:
            return v_charged
        return v_charged * (1 - spikes) if self.reset is Reset.ZERO else v_charged - self.v_threshold * spikes


def integrate(x: torch.Tensor, alpha: torch.Tensor, beta: torch.Tensor,
              compute: Callable[[torch.Tensor, torch.Tensor, torch.Tensor], Course], rule: Rule) -> torch.Tensor:
    """All timesteps of a layer's neurons.

    Parameters
    ----------
    x
        Float [T, N, C, H, W], or [1, N, C, H, W] where every timestep has the same input.
    alpha, beta
        Float [T].
    compute
        The forward pass: ``(x, alpha, beta) -> Course`` of T timesteps, called without gradients.
    rule
        For the backward pass.

    Returns
    -------
    Tensor
        Float [T, N, C, H, W]: spikes, 0 or 1; of neurons that never fire ``v_charged``.
    """
    return _Integrate.apply(x, alpha, beta, compute, rule)
