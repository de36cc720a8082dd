"""What spikes cost: the work that they cause in the layers behind them."""

import math

import torch

from .graded import any_spike
from .layer import LayerRun
from .models import SpikingNetwork


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
