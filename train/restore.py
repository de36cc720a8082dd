"""A checkpoint -> a quantised network to train on: the inverse of `train.export`."""

import math
from pathlib import Path

import torch

from hwgen.frontend import pt
from hwgen.spec import Kind, Layer, ModelError, Network

from . import state
from .errors import TrainError
from .models import SpikingNetwork
from .quantise import QuantLayer


def read_start(path: Path) -> dict[str, torch.Tensor] | Network:
    """What a run can start from: the network of a checkpoint, or floating-point weights (`train.state.read_weights`,
    with its errors)."""
    try:
        return pt.load(path)
    except ModelError:
        return state.read_weights(path)


@torch.no_grad()
def restore(model: SpikingNetwork, network: Network) -> None:
    """Give ``model``, of `QuantLayer`, the integers and decays of ``network``: both then compute the same.

    A checkpoint holds scales, not how each came about from a unit and a gain, and whole weights, not the real ones
    behind them. A step is chosen so that the weights have about the spread of fresh ones (`FloatLayer`), which
    learning rates are made for; every weight starts in the middle of its step, every gain at 1 or -1.

    Raises
    ------
    TrainError
        If the network has other layers, an average pool folded into a window, or other decays than the model.
    """
    stages = model.architecture.stages
    if (model.architecture.timesteps, [stage.name for stage in stages]) != (
            network.timesteps, [layer.name for layer in network.layers]):
        raise TrainError(f"the network to start from, '{network.name}', has other layers or timesteps",
                         "give the options that it was trained with")
    for layer, spec in zip(model.layers, network.layers):
        if tuple(layer.stage.weight_shape) != spec.weight.shape or layer.stage.average > 1:
            raise TrainError(f"layer '{spec.name}' of the network to start from has weights of shape "
                             f"{spec.weight.shape}, not {tuple(layer.stage.weight_shape)}, or an average pool",
                             "start from a network of the same layers, without average pools")
        _restore(layer, spec)


def _restore(layer: QuantLayer, spec: Layer) -> None:
    weight, scale = torch.from_numpy(spec.weight.astype("float32")), torch.from_numpy(spec.scale.copy()).float()
    if layer.stage.kind is Kind.READOUT:
        step = scale
    else:
        spread = weight.flatten(1).square().mean(dim=1).sqrt().clamp(min=0.5)
        step = math.sqrt(2 / weight[0].numel()) / spread
        layer.gain.copy_(torch.where(scale < 0, -1.0, 1.0))
    layer.unit.copy_(scale.abs())
    layer.step.copy_(step)
    layer.weight.copy_(weight * step[:, None, None, None])
    if layer.stage.join:
        layer.join_weight.copy_(torch.from_numpy(spec.skip.weight.astype("float32")) * step[:, None, None, None])
    layer.offset.copy_(torch.from_numpy(spec.offset.copy()).float())
    if spec.neuron.decay_fraction_bits != layer.decays.bits:
        raise TrainError(f"layer '{spec.name}' of the network to start from has decays of "
                         f"{spec.neuron.decay_fraction_bits} fraction bits, not {layer.decays.bits}",
                         f"give --decay-bits {spec.neuron.decay_fraction_bits}")
    try:
        layer.decays.set_fixed_point(spec.neuron.alpha, spec.neuron.beta)
    except ValueError as error:
        raise TrainError(f"layer '{spec.name}' of the network to start from has {error}",
                         "give --per-timestep") from error
