"""Graded neurons: all timesteps of a neuron in one pass, as the number of its spikes.

A neuron that forgets nothing (``beta = 1``), is reset by subtraction and gets the same input ``x`` at each of T
timesteps spikes ``min(max(floor(T * alpha * x / v_threshold), 0), T)`` times; of alphas that differ it is their mean. A
network of such numbers, as shares of T, is about what a network of T timesteps computes, for the cost of one; a network
that learned it needs few epochs to learn the rest: when the spikes come, and what is forgotten. (A staircase as in Bu
et al., 2022, "Optimal ANN-SNN conversion", ICLR, arXiv 2303.04347, without its shift of half a step, which batch norm
learns.)
"""

import torch

from .fused import fused
from .order import Order


class _Staircase(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, slope, levels):
        ctx.order, ctx.levels = Order(x), levels
        x = ctx.order.flat(x)
        ctx.save_for_backward(x, slope)
        return ctx.order.maps(_forward(x, slope, levels))

    @staticmethod
    def backward(ctx, gradient):
        x, slope = ctx.saved_tensors
        d_x, d_slope = _backward(ctx.order.flat(gradient), x, slope, 0.5 / ctx.levels)
        return ctx.order.maps(d_x), d_slope, None


@fused
def _forward(x, slope, levels):
    return (x * (slope * levels)).floor().clamp(0, levels) / levels


@fused
def _backward(gradient, x, slope, edge):
    v = x * slope
    d_v = torch.where((v > -edge) & (v < 1 + edge), gradient, 0)
    return d_v * slope, (d_v * x).sum(dtype=slope.dtype)


def staircase(x: torch.Tensor, slope: torch.Tensor, levels: int) -> torch.Tensor:
    """``min(max(floor(levels * v), 0), levels) / levels`` of ``v = slope * x``, potentials in units of the threshold:
    ``x`` float [1, N, C, H, W], ``slope`` float, a scalar. The gradient is that of ``v`` from half a step below 0 to
    half a step above 1, and 0 elsewhere."""
    return _Staircase.apply(x, slope, levels)
