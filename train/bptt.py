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

from .fused import fused
from .order import Order
from .surrogate import Derivative


@dataclass(frozen=True)
class Course:
    """The values of a layer's neurons, float [T, A, C, B] as of `train.order.Order`; ``v_reset`` follows from them."""

    v_charged: torch.Tensor
    spikes: torch.Tensor


@dataclass(frozen=True)
class Rule:
    """What the backward pass must know of the neurons."""

    fires: bool
    reset: Reset
    v_threshold: float
    derivative: Derivative

    def after_reset(self, v_charged: torch.Tensor, spikes: torch.Tensor) -> torch.Tensor:
        """``v_reset`` of neurons that fire."""
        if self.reset is Reset.ZERO:
            return v_charged.addcmul(v_charged, spikes, value=-1)
        return v_charged.sub(spikes, alpha=self.v_threshold)


class _Integrate(torch.autograd.Function):
    """Keeps ``x``, ``v_charged`` and its own output, which what follows has to keep as well: it costs nothing."""

    @staticmethod
    def forward(ctx, x, alpha, beta, compute, rule):
        ctx.rule, ctx.order = rule, Order(x)
        x = ctx.order.flat(x)
        course = compute(x, alpha, beta)
        output = course.spikes if rule.fires else course.v_charged
        ctx.save_for_backward(x, alpha, beta, course.v_charged, output)
        return ctx.order.maps(output)

    @staticmethod
    def backward(ctx, gradient):
        gradient = ctx.order.flat(gradient)
        d_x, d_alpha, d_beta = _backward(gradient, *ctx.saved_tensors, ctx.rule, *ctx.needs_input_grad[1:3])
        return ctx.order.maps(d_x), d_alpha, d_beta, None, None


@fused
def _backward(gradient, x, alpha, beta, v_charged, spikes, rule, of_alpha, of_beta):
    """``(d_x, d_alpha, d_beta)``, the latter two None if they are not wanted."""
    timesteps, entries = len(alpha), len(x)
    d_x, d_alpha, d_beta, d_v_reset = [None] * entries, [], [], None
    for t in range(timesteps - 1, -1, -1):
        entry = min(t, entries - 1)
        d_v = rule.derivative(v_charged[t] - rule.v_threshold) * gradient[t] if rule.fires else gradient[t]
        if d_v_reset is not None:
            kept = d_v_reset * (1 - spikes[t]) if rule.fires and rule.reset is Reset.ZERO else d_v_reset
            d_v = d_v + kept
        if of_alpha:
            d_alpha.append((d_v * x[entry]).sum(dtype=alpha.dtype))
        if of_beta:
            before = torch.zeros_like(d_v) if t == 0 else v_charged[t - 1] if not rule.fires \
                else rule.after_reset(v_charged[t - 1], spikes[t - 1])
            d_beta.append((d_v * before).sum(dtype=beta.dtype))
        share = d_v * alpha[t]
        d_x[entry] = share if d_x[entry] is None else d_x[entry] + share
        d_v_reset = d_v * beta[t]
    return (torch.stack(d_x), torch.stack(d_alpha[::-1]) if of_alpha else None,
            torch.stack(d_beta[::-1]) if of_beta else None)


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
        The forward pass: ``(x, alpha, beta) -> Course`` of T timesteps, with ``x`` as of `train.order.Order`, called
        without gradients.
    rule
        For the backward pass.

    Returns
    -------
    Tensor
        Float [T, N, C, H, W]: spikes, 0 or 1; of neurons that never fire ``v_charged``.
    """
    return _Integrate.apply(x, alpha, beta, compute, rule)
