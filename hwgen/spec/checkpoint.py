"""The content of a checkpoint: a network as a dictionary of builtin values and numpy arrays, and back.

The format is described in ``docs/checkpoint.md``. This module knows nothing of files: the frontends read
them (``hwgen.frontend.pt``), training writes them (``train.export``).
"""

import numpy as np

from .errors import ModelError
from .layers import Kind, Layer, Skip
from .network import Encoding, Input, Network
from .neuron import Dalif, Reset

FORMAT = "hwgen-network"
VERSION = 1


def to_state(network: Network) -> dict:
    """The network as a dictionary: builtin values, and numpy arrays for weights, scales and offsets."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": network.name,
        "timesteps": network.timesteps,
        "input": {"shape": list(network.input.shape), "encoding": str(network.input.encoding),
                  "bits": network.input.bits},
        "layers": [{
            "name": layer.name,
            "kind": str(layer.kind),
            "weight": np.array(layer.weight),
            "weight_bits": layer.weight_bits,
            "scale": np.array(layer.scale),
            "offset": np.array(layer.offset),
            "stride": layer.stride,
            "padding": layer.padding,
            "pool": layer.pool,
            "depthwise": layer.depthwise,
            "skip": layer.skip and {
                "source": layer.skip.source, "weight": np.array(layer.skip.weight),
                "stride": layer.skip.stride, "depthwise": layer.skip.depthwise},
            "neuron": {
                "alpha": list(layer.neuron.alpha),
                "beta": list(layer.neuron.beta),
                "decay_fraction_bits": layer.neuron.decay_fraction_bits,
                "v_threshold": layer.neuron.v_threshold,
                "reset": str(layer.neuron.reset),
                "fires": layer.neuron.fires,
                "fraction_bits": layer.neuron.fraction_bits,
                "membrane_bits": layer.neuron.membrane_bits,
            },
        } for layer in network.layers],
        "metadata": network.metadata,
    }


def from_state(state: object) -> Network:
    """The network of a checkpoint's dictionary.

    Raises
    ------
    ModelError
        If it is not a checkpoint, has another version, lacks or adds a field, or breaks a rule of
        `Network`, `Layer` or `Dalif`.
    """
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise ModelError("the file is not an hwgen network", "write one with `python -m train`")
    if state.get("version") != VERSION:
        raise ModelError(f"the network has format version {state.get('version')!r}, this hwgen reads {VERSION}",
                         "export it again with this version of `python -m train`")
    try:
        return Network(
            name=state["name"],
            timesteps=state["timesteps"],
            input=_fields(Input, state["input"], "input", encoding=Encoding),
            layers=tuple(_layer(entry) for entry in state["layers"]),
            metadata=dict(state["metadata"]),
        )
    except KeyError as error:
        raise ModelError(f"the network lacks the field {error}", "export it again") from error
    except (TypeError, ValueError, OverflowError, AttributeError) as error:
        raise ModelError(f"a field of the network has a wrong value ({error})", "export it again") from error


def _layer(entry: dict) -> Layer:
    entry = dict(entry)
    name = entry.get("name")
    try:
        entry["neuron"] = _fields(Dalif, entry["neuron"], "neuron", reset=Reset)
        if entry.get("skip"):
            entry["skip"] = _fields(Skip, entry["skip"], "skip")
    except ModelError as error:
        raise ModelError(f"layer '{name}': {error.message}", error.hint) from error
    return _fields(Layer, entry, "layer", kind=Kind)


def _fields(cls, values: dict, what: str, **convert):
    known = cls.__dataclass_fields__
    for key in values:
        if key not in known:
            raise ModelError(f"{what} has an unknown field {key!r}", f"known are {', '.join(known)}")
    return cls(**{key: convert[key](value) if key in convert else value for key, value in values.items()})
