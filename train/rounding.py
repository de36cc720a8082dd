"""From floating point to integers: which way each weight is rounded, and the offset that goes with it.

The nearest whole steps are not the best ones. What the neurons get is a sum over inputs that go together: neighbouring
pixels most of all, and all pixels have a large mean. Errors that cancel out in such sums cost nothing, errors that add
up cost most of what the network knows. So the weights of a channel are rounded one after the other, each to what
makes good the errors of the others under the covariance of the layer's inputs, again and again until none changes;
what is left of the mean is taken off the channel's offset. (The measure is that of Nagel et al., 2020, "Up or down?
Adaptive rounding for post-training quantization", arXiv 2004.10568, the offset from their "Data-free quantization
through weight equalization and bias correction", arXiv 1906.04721; `docs/decisions/0114-which-way-weights-are-rounded.md`.)
"""

import torch
import torch.nn.functional as F

from hwgen.spec.fixedpoint import signed_max

from .architecture import Stage
from .models import SpikingNetwork
from .quantise import QuantLayer

#: At most so often each weight of a channel is looked at.
SWEEPS = 8
#: Added to the variance of every input, of their mean variance: what was not seen may still come.
RIDGE = 1e-3
#: Maps whose windows lie in memory at a time.
MAPS = 16
#: Samples by which weights are rounded: all at once, so fewer of a network with more potentials than so many.
SAMPLES, POTENTIALS = 512, 2**27


@torch.no_grad()
def adapt(model: SpikingNetwork, float_model: SpikingNetwork, samples: torch.Tensor) -> None:
    """Round the weights of ``model``, which is ``float_model`` quantised, by what the ``samples`` (as `SpikingNetwork`
    takes them) put into each layer, one layer after the other; and choose the offsets of those that fire so that the
    mean of each channel's input to its neurons is what batch norm makes it in ``float_model``.

    Depthwise layers keep the nearest weights.
    """
    def mend(layer: QuantLayer, floating):
        def hook(layer, inputs, run):
            x, timesteps, source = inputs
            if not layer.stage.depthwise and not (layer.stage.join and layer.stage.join.depthwise):
                _round(layer, covariance(x, layer.stage, source))
            if floating is not None:
                run = layer.forward(*inputs)
                scale = layer.scale.abs() / layer.stage.average**2
                mean = run.accumulator.float().mean(dim=(0, 1, 3, 4))
                layer.offset.copy_(floating.norm.bias - scale * mean)
            return layer.forward(*inputs)
        return layer.register_forward_hook(hook)

    hooks = [mend(layer, floating) for layer, floating in zip(model.layers, [*float_model.layers[:-1], None])]
    try:
        model(samples)
    finally:
        for hook in hooks:
            hook.remove()


@torch.no_grad()
def enough(model: SpikingNetwork, sample: torch.Tensor) -> int:
    """How many samples `adapt` should get, at least 1; ``sample`` is one of them."""
    largest = max(run.membrane.numel() for run in model(sample))
    return max(min(SAMPLES, POTENTIALS // largest), 1)


def covariance(x: torch.Tensor, stage: Stage, source: torch.Tensor | None = None) -> torch.Tensor:
    """Of what a layer's weights are multiplied with, in their order, those of a residual join behind: float [K, K], for
    ``x`` and ``source`` as `train.layer.FloatLayer` takes them."""
    maps, joined = x.flatten(0, 1).float(), None if source is None else source.flatten(0, 1).float()
    count, total, products = 0, 0.0, 0.0
    for first in range(0, len(maps), MAPS):
        part = maps[first:first + MAPS]
        part = F.avg_pool2d(part, stage.average) if stage.average > 1 else part
        windows = F.unfold(part, stage.kernel, padding=stage.padding, stride=stage.stride)      # [N, K, places]
        if joined is not None:
            stride = stage.join.stride
            windows = torch.cat([windows, joined[first:first + MAPS, :, ::stride, ::stride].flatten(2)], dim=1)
        windows = windows.transpose(0, 1).flatten(1)
        count, total, products = count + windows.shape[1], total + windows.sum(dim=1), products + windows @ windows.T
    mean = total / count
    return products / count - mean[:, None] * mean


def whole(rows: torch.Tensor, covariance: torch.Tensor, limit: int) -> torch.Tensor:
    """``rows`` float [R, K] as whole numbers of at most ``limit`` either way, float: no change of one of them alone makes
    ``error @ covariance @ error`` smaller, or `SWEEPS` are over."""
    variance = covariance.diagonal()
    covariance = covariance + torch.eye(len(variance)) * variance.mean().clamp(min=1e-12) * RIDGE
    variance = covariance.diagonal()
    wanted = rows.T.contiguous()                                        # one weight of all channels side by side
    found = wanted.round().clamp(-limit, limit)
    error = found - wanted
    for _ in range(SWEEPS):
        before = found.clone()
        for k in range(len(wanted)):
            others = covariance[k] @ error - error[k] * variance[k]
            found[k] = (wanted[k] - others / variance[k]).round().clamp(-limit, limit)
            error[k] = found[k] - wanted[k]
        if torch.equal(found, before):
            break
    return found.T


def _round(layer: QuantLayer, covariance: torch.Tensor) -> None:
    """Put a layer's weights, and those of its join, onto whole steps."""
    parts = [layer.weight, *([layer.join_weight] if layer.stage.join else [])]
    step = layer.step[:, None]
    rows = torch.cat([part.flatten(1) for part in parts], dim=1) / step
    found = whole(rows.cpu(), covariance.cpu(), signed_max(layer.architecture.weight_bits)).to(rows) * step
    for part, values in zip(parts, found.split([part[0].numel() for part in parts], dim=1)):
        part.copy_(values.reshape(part.shape))
