"""The grid of whole steps that integer weights lie on: how long a step is, and weights put onto it."""

import functools

import torch

from hwgen.spec.fixedpoint import signed_max

from .straight_through import straight_through


def best_step(rows: torch.Tensor, limit: int) -> torch.Tensor:
    """For each row of float [R, K] the step, [R], whose whole multiples up to ``limit`` lie nearest in
    squared error, out of 60 between a quarter of the largest weight over ``limit`` and all of it."""
    largest = _largest_step(rows, limit)
    steps = largest[:, None] * torch.linspace(0.25, 1, 60, device=rows.device)      # [R, 60]
    scaled = rows[:, None] / steps[:, :, None]
    error = ((scaled.round().clamp(-limit, limit) - scaled) * steps[:, :, None]).square().sum(dim=2)
    return steps.gather(1, error.argmin(dim=1, keepdim=True))[:, 0]


def quick_step(rows: torch.Tensor, limit: int) -> torch.Tensor:
    """About the same, [R], for rows that change with every step of training: `best_step` of a normal distribution with
    the root of its fourth over its second moment in place of the deviation, since long tails want longer steps
    (`docs/decisions/0117-four-bits-while-epochs-are-cheap.md`)."""
    square = rows.square()
    tail = (square.square().mean(dim=1) / square.mean(dim=1).clamp(min=1e-16)).sqrt()
    return torch.minimum(_normal_step(limit) * tail, _largest_step(rows, limit)).clamp(min=1e-8)


def on_grid(weight: torch.Tensor, step: torch.Tensor, bits: int) -> torch.Tensor:
    """``weight`` float [R, ...] in whole ``step`` [R], float of ``bits`` within ``±(2**(bits-1) - 1)``,
    straight-through."""
    limit = signed_max(bits)
    steps = (weight / step.view(-1, *[1] * (weight.ndim - 1))).clamp(-limit, limit)
    return straight_through(steps, steps.round())


def _largest_step(rows: torch.Tensor, limit: int) -> torch.Tensor:
    return rows.abs().amax(dim=1).clamp(min=1e-8) / limit


@functools.cache
def _normal_step(limit: int) -> float:
    """In units of the root of fourth over second moment, which is the root of 3 deviations."""
    shares = (torch.arange(100_000) + 0.5) / 100_000
    return float(best_step(torch.special.ndtri(shares)[None], limit)) / 3**0.5
