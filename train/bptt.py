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
    """Keeps ``x``, ``v_charged`` and its own output; what follows has to keep the latter as well, so it costs nothing."""

    @staticmethod
    def forward(ctx, x, alpha, beta, compute, rule):
        course = compute(x, alpha, beta)
        output = _stack(course.spikes if rule.fires else course.v_charged)
        ctx.save_for_backward(x, alpha, beta, output, *(course.v_charged if rule.fires else ()))
        ctx.rule = rule
        return output

    @staticmethod
    def backward(ctx, gradient):
        x, alpha, beta, output, *v_charged = ctx.saved_tensors
        rule, timesteps = ctx.rule, len(alpha)
        gradient = in_order_of(gradient.flatten(0, 1), output.flatten(0, 1)).view_as(gradient)
        d_x = torch.empty_like(x)
        d_alpha, d_beta = torch.zeros_like(alpha), torch.zeros_like(beta)
        d_v_reset = None
        for t in reversed(range(timesteps)):
            entry = min(t, len(x) - 1)
            if rule.fires:
                d_v = rule.derivative(v_charged[t] - rule.v_threshold).mul_(gradient[t])
            else:
                d_v = gradient[t].clone()
            if d_v_reset is not None:
                if rule.fires and rule.reset is Reset.ZERO:
                    d_v_reset.addcmul_(d_v_reset, output[t], value=-1)
                d_v.add_(d_v_reset)
            if ctx.needs_input_grad[1]:
                d_alpha[t] = (d_v * x[entry]).sum(dtype=alpha.dtype)
            if t > 0 and ctx.needs_input_grad[2]:
                v_reset = rule.after_reset(v_charged[t - 1], output[t - 1]) if rule.fires else output[t - 1]
                d_beta[t] = v_reset.mul(d_v).sum(dtype=beta.dtype)
            if t == timesteps - 1 or t < len(x) - 1:                    # the first to reach this entry
                torch.mul(d_v, alpha[t], out=d_x[entry])
            else:
                d_x[entry].add_(d_v * alpha[t])
            d_v_reset = d_v.mul_(beta[t])
        return d_x, d_alpha, d_beta, None, None


def in_order_of(gradient: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """``gradient`` [N, C, H, W] channels last in memory if ``like`` is, so that both are gone through in one order."""
    last = torch.channels_last
    return gradient.contiguous(memory_format=last) if like.is_contiguous(memory_format=last) else gradient


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
        """``v_reset`` of neurons that fire, in one pass over each map."""
        if self.reset is Reset.ZERO:
            return v_charged.addcmul(v_charged, spikes, value=-1)
        return v_charged.sub(spikes, alpha=self.v_threshold)


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
