"""Networks: the architectures by data set, and the module that runs one."""

import torch
from torch import nn

from hwgen.spec import Encoding, Input

from .architecture import Architecture, chain
from .layer import FloatLayer, LayerRun
from .networks.small import scaled, tiny_up5k
from .quantise import QuantLayer


def mnist(**options) -> Architecture:
    """Three convolutions and a readout for 28 x 28 grey digits of 4-bit pixels."""
    return tiny_up5k(Input(shape=(1, 28, 28), bits=4), 10, name="mnist", **options)


def bars(width: float = 1.0, **options) -> Architecture:
    """One convolution and a readout for 8 x 8 grey bars of 4-bit pixels."""
    return chain(Input(shape=(1, 8, 8), bits=4), 4, [dict(out_channels=scaled(8, width), kernel=(3, 3), stride=2)],
                 name="bars", **options)


def cifar10(**options) -> Architecture:
    """Six convolutions and a readout for 32 x 32 colour pictures of 4-bit pixels."""
    return tiny_up5k(Input(shape=(3, 32, 32), bits=4), 10, name="cifar10", **options)


#: Builders of `Architecture` by data set; options are its fields, and ``width``, a factor on the channels.
ARCHITECTURES = {"mnist": mnist, "cifar10": cifar10, "bars": bars}


class SpikingNetwork(nn.Module):
    """The layers of an `Architecture`, all in floating point (`FloatLayer`) or all quantised (`QuantLayer`).

    ``timesteps`` is how many timesteps a forward pass runs: all, or in floating point the first few of them. With
    ``graded``, in floating point, all of them run at once (`train.graded`).
    """

    def __init__(self, architecture: Architecture, layer: type = FloatLayer):
        super().__init__()
        self.architecture, self.timesteps = architecture, architecture.timesteps
        self.graded = False
        self.layers = nn.ModuleList(layer(stage, architecture) for stage in architecture.stages)

    def quantised(self) -> "SpikingNetwork":
        """A copy of this floating-point network with batch norm folded and weights ready to round."""
        network = SpikingNetwork(self.architecture, QuantLayer)
        network.layers = nn.ModuleList(QuantLayer.from_float(layer) for layer in self.layers)
        return network

    def forward(self, samples: torch.Tensor) -> list[LayerRun]:
        """A `LayerRun` a layer; the last one's ``output[-1, :, :, 0, 0]`` holds the scores.

        ``samples``: uint8 pixels [N, C, H, W] under analog input, 0 or 1 [N, T, C, H, W] under spikes.
        """
        if self.architecture.input.encoding is Encoding.ANALOG:
            x = samples.contiguous(memory_format=torch.channels_last)       # twice as fast on a CPU
            x = (x >> (8 - self.architecture.input.bits)).float()[None]
        else:
            x = samples.movedim(1, 0)[:self.timesteps].float()
            x = x.mean(dim=0, keepdim=True) if self.graded else x
        graded = {"levels": self.timesteps} if self.graded else {}
        runs = {}
        for layer in self.layers:
            join = layer.stage.join
            run = layer(x, self.timesteps, runs[join.source].output if join else None, **graded)
            runs[layer.stage.name], x = run, run.output
        return list(runs.values())
