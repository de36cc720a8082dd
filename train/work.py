"""What spikes cost: the work that they cause in the layers behind them."""

import math

import torch

from .fused import fused
from .layer import LayerRun
from .models import SpikingNetwork
from .order import Order


def work(runs: list[LayerRun], model: SpikingNetwork) -> torch.Tensor:
    """Weights fetched because an element of a map spikes at any timestep, a sample, as a share of what they
    would be if all spiked; differentiable. A core that runs all timesteps at once pays for just these.

    ``runs`` are those of the firing layers, all but the last.
    """
    stages, fetched, most = model.architecture.stages, 0.0, 0.0
    for run, stage, behind in zip(runs, stages, stages[1:]):
        fan_out = behind.fan_out + sum(other.join_fan_out for other in stages
                                       if other.join and other.join.source == stage.name)
        if model.graded:
            spiking = any_spike(run.output, model.timesteps)
        else:
            spiking = (1 - math.prod(1 - spikes for spikes in run.output)).sum(dtype=torch.float32)
        fetched = fetched + spiking / run.output.shape[1] * fan_out
        most += run.output[0, 0].numel() * fan_out
    return fetched / most


class _AnySpike(torch.autograd.Function):
    @staticmethod
    def forward(ctx, share, timesteps):
        ctx.order, ctx.timesteps = Order(share), timesteps
        share = ctx.order.flat(share)
        ctx.save_for_backward(share)
        return _any(share, timesteps)

    @staticmethod
    def backward(ctx, gradient):
        return ctx.order.maps(_any_backward(ctx.saved_tensors[0], gradient * ctx.timesteps, ctx.timesteps)), None


@fused
def _any(share, timesteps):
    return (1 - _power(1 - share, timesteps)).sum(dtype=torch.float32)


@fused
def _any_backward(share, gradient, timesteps):
    return (_power(1 - share, timesteps - 1) * gradient).to(share.dtype)


def _power(x, exponent: int):
    """By products: ten times faster than ``**`` where the exponent is known only when it runs."""
    power = torch.ones_like(x)
    for _ in range(exponent):
        power = power * x
    return power


def any_spike(share: torch.Tensor, timesteps: int) -> torch.Tensor:
    """How many neurons spike at any of the timesteps, a scalar: the sum of ``1 - (1 - share)**timesteps``, as if the
    spikes of each, a ``share`` [1, N, C, H, W] of the timesteps, fell independently."""
    return _AnySpike.apply(share, timesteps)
