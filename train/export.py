"""A quantised network -> `hwgen.spec.Network` -> checkpoint file."""

from pathlib import Path

import numpy as np
import torch

from hwgen.spec import Network, to_state

from .files import save
from .models import SpikingNetwork


def to_network(model: SpikingNetwork, metadata: dict | None = None) -> Network:
    """The trained network as plain, validated data."""
    architecture = model.architecture
    return Network(name=architecture.name, timesteps=architecture.timesteps, input=architecture.input,
                   layers=tuple(layer.to_spec() for layer in model.layers), metadata=metadata or {})


def write(network: Network, path: Path) -> None:
    """Write a checkpoint (format: ``docs/checkpoint.md``), complete or not at all.

    Raises
    ------
    TrainError
        If the place cannot be written.
    """
    save(_tensors(to_state(network)), Path(path))


def _tensors(value):
    """The same nested value with tensors in place of numpy arrays."""
    if isinstance(value, np.ndarray):
        return torch.from_numpy(value.copy())
    if isinstance(value, dict):
        return {key: _tensors(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_tensors(entry) for entry in value]
    return value
