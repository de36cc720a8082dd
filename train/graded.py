"""Graded neurons: all timesteps of a neuron in one pass, as the number of its spikes.

A neuron that forgets nothing (``beta = 1``), is reset by subtraction and gets the same input ``x`` at each of T
timesteps spikes ``min(max(floor(T * alpha * x / v_threshold), 0), T)`` times. A network of such numbers, as shares of T,
is about what a network of T timesteps computes, for the cost of one; a network that learned it needs few epochs to learn
the rest: when the spikes come, and what is forgotten. (A staircase as in Bu et al., 2022, "Optimal ANN-SNN conversion",
ICLR, arXiv 2303.04347, without its shift of half a step, which batch norm learns.)
"""

import torch


class _Staircase(torch.autograd.Function):
    @staticmethod
    def forward(ctx, v, levels):
        ctx.save_for_backward(v)
        ctx.edge = 0.5 / levels
        return v.mul(levels).floor_().clamp_(0, levels).div_(levels)

    @staticmethod
    def backward(ctx, gradient):
        (v,) = ctx.saved_tensors
        return gradient * ((v > -ctx.edge) & (v < 1 + ctx.edge)), None


def staircase(v: torch.Tensor, levels: int) -> torch.Tensor:
    """``min(max(floor(levels * v), 0), levels) / levels`` of a float tensor of any shape, ``v`` in units of the
    threshold. The gradient is that of ``v`` from half a step below 0 to half a step above 1, and 0 elsewhere."""
    return _Staircase.apply(v, levels)
