"""Surrogate gradients: what stands in for the derivative of the firing step in the backward pass.

The step ``spike = (distance >= 0)`` with ``distance = v_charged - v_threshold`` has no useful derivative.
Backpropagation through time (STBP: Wu et al., "Spatio-Temporal Backpropagation for Training
High-Performance Spiking Neural Networks", 2018, arXiv 1706.02609) uses one of these in its place; each
integrates to 1 over all distances. They take a float tensor of any shape and give a new one.
"""

import math
from collections.abc import Callable

import torch

Derivative = Callable[[torch.Tensor], torch.Tensor]


def triangle(distance: torch.Tensor) -> torch.Tensor:
    """``max(0, 1 - |distance|)`` (Esser et al., 2016, arXiv 1603.08270)."""
    return distance.abs().neg_().add_(1).clamp_(min=0)


def arctangent(distance: torch.Tensor) -> torch.Tensor:
    """``1 / (1 + (pi * distance)**2)``: the derivative of ``arctan(pi * distance) / pi``
    (Fang et al., 2021, arXiv 2007.05785, with width 2)."""
    return 1 / (1 + (math.pi * distance) ** 2)


def rectangle(distance: torch.Tensor) -> torch.Tensor:
    """``1 if |distance| < 1/2 else 0`` (Wu et al., 2018, h1 with width 1)."""
    return (distance.abs() < 0.5).to(distance.dtype)


def sigmoid(distance: torch.Tensor) -> torch.Tensor:
    """``4 * s * (1 - s)`` with ``s = sigmoid(4 * distance)``, the derivative of ``s`` (Wu et al., 2018, h3 with
    width 1/4)."""
    s = torch.sigmoid(4 * distance)
    return 4 * s * (1 - s)


#: The surrogates by name.
SURROGATES: dict[str, Derivative] = {"triangle": triangle, "arctangent": arctangent, "rectangle": rectangle,
                                     "sigmoid": sigmoid}
