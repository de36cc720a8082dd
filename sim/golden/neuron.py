"""The integer rule of the DA-LIF neuron in numpy (see `hwgen.spec.neuron`)."""

import numpy as np

from hwgen.spec import BETAF_FRACTION_BITS, NeuronIntegers, Reset
from hwgen.spec.fixedpoint import round_shift, saturate


def step(g: np.ndarray, x: np.ndarray, neuron: NeuronIntegers, t: int):
    """One timestep: ``(U, S, G)`` from the membrane ``g`` after the last reset and the sums ``x``.

    ``g`` and ``x`` int64 [N, C, H, W]; U int64, S bool, G int64 of the same shape.
    """
    decayed = round_shift(neuron.betaf[t] * g, BETAF_FRACTION_BITS)
    bias = neuron.bias[:, None, None]
    u = saturate(decayed + ((x + bias) << neuron.fraction_bits), neuron.membrane_bits)
    if not neuron.fires:
        return u, np.zeros(u.shape, bool), u
    threshold = neuron.threshold[:, t, None, None]
    spikes = u >= threshold
    fired = 0 if neuron.reset is Reset.ZERO else u - threshold
    return u, spikes, np.where(spikes, fired, u)


def integrate(accumulator: np.ndarray, neuron: NeuronIntegers):
    """All timesteps: ``accumulator`` int64 [T or 1, N, C, H, W] -> ``(U, S)``, each [T, N, C, H, W].

    One entry in time (analog input) serves every timestep.
    """
    timesteps = len(neuron.betaf)
    g = np.zeros(accumulator.shape[1:], np.int64)
    membranes, spikes = [], []
    for t in range(timesteps):
        u, s, g = step(g, accumulator[min(t, len(accumulator) - 1)], neuron, t)
        membranes.append(u)
        spikes.append(s)
    return np.stack(membranes), np.stack(spikes)
