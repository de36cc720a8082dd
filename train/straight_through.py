"""The straight-through estimator: one tensor's values, another one's gradient."""

import torch


class _StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, shadow, value):
        return value.to(shadow.dtype).expand_as(shadow).clone()

    @staticmethod
    def backward(ctx, gradient):
        return gradient, None


def straight_through(shadow: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """``value`` exactly, in the shape and dtype of ``shadow``, with the gradient going to ``shadow``
    (Bengio et al., 2013, arXiv 1308.3432)."""
    return _StraightThrough.apply(shadow, value.detach())
