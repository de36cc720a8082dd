"""The identity of a network, on the wire and elsewhere: a hash of everything that its answers depend on."""

import hashlib

import numpy as np

from .network import Network


def network_hash(network: Network) -> bytes:
    """First 8 bytes of the SHA-256 of the network's integers and geometry.

    Names and metadata do not count: two networks with the same hash compute the same scores.
    """
    digest = hashlib.sha256()

    def add(*values: object) -> None:
        for value in values:
            if isinstance(value, np.ndarray):
                value = f"{value.shape}" + ",".join(map(str, value.ravel().tolist()))
            digest.update(f"{value};".encode())

    add(network.timesteps, network.input.shape, network.input.encoding, network.input.bits)
    for index, (layer, integers) in enumerate(zip(network.layers, network.integers)):
        neuron = integers.neuron
        add(layer.kind, layer.stride, layer.padding, layer.pool, integers.weight, neuron.bias,
            neuron.threshold, neuron.betaf, neuron.reset, neuron.fires, neuron.fraction_bits,
            neuron.membrane_bits)
        if layer.skip:
            add(network.skip_source(index), layer.skip.stride, layer.skip.depthwise, integers.skip_weight)
    return digest.digest()[:8]
