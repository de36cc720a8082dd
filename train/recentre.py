"""From floating point to integers: the offsets with which rounded weights keep the means that batch norm has learned.

The errors of a channel's rounded weights add up where their inputs have a mean, and pixels have a large one: no mean is
subtracted from them. What they add up to is measured and taken off the channel's offset, layer by layer, each behind
those that are right already (bias correction: Nagel et al., 2019, "Data-free quantization through weight equalization
and bias correction", arXiv 1906.04721; `docs/decisions/0114-stronger-augmentation-first.md`).
"""

import torch

from .models import SpikingNetwork
from .quantise import QuantLayer


@torch.no_grad()
def recentre(model: SpikingNetwork, float_model: SpikingNetwork, samples: torch.Tensor) -> None:
    """Choose the offsets of the firing layers of ``model``, which is ``float_model`` quantised, so that over the
    ``samples`` the mean of each channel's input to its neurons is what batch norm makes it in ``float_model``."""
    def mend(layer: QuantLayer, wanted: torch.Tensor):
        def hook(layer, inputs, run):
            scale = (layer.gain * layer.step).abs() / layer.stage.average**2
            layer.offset.copy_(wanted - scale * run.accumulator.float().mean(dim=(0, 1, 3, 4)))
            return layer.forward(*inputs)
        return layer.register_forward_hook(hook)

    hooks = [mend(layer, floating.norm.bias) for layer, floating in zip(model.layers[:-1], float_model.layers)]
    try:
        model(samples)
    finally:
        for hook in hooks:
            hook.remove()
