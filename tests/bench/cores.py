"""What the tests of the benches share: a core emitted from a random network, and where two golden runs part."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from hwgen.emit.verilog import generate_component
from hwgen.gateware.core import Core
from hwgen.plan import CorePlan
from hwgen.spec import Network
from sim.golden import forward
from tests.strategies import Case


def random_plan(case: Case) -> CorePlan:
    """A core for the case, with lanes, timesteps in parallel and words drawn from its seed."""
    rng = np.random.default_rng(case.seed)
    return CorePlan(network=case.network, lanes=int(rng.choice([4, 8, 16])),
                    time_parallel=int(rng.choice([1, 2, 4, 8])), word_elements=int(rng.choice([4, 8, 16])))


def emit(core: CorePlan, folder: Path) -> Path:
    """The Verilog of the core alone."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder / generate_component(Core(plan=core), "core", folder).verilog


def heavier(network: Network, layer: int, at: tuple[int, int, int, int]) -> Network:
    """The network with one weight of one layer changed by one step, towards zero if it can."""
    weight = np.array(network.layers[layer].weight)
    weight[at] += -1 if weight[at] > 0 else 1
    layers = list(network.layers)
    layers[layer] = replace(layers[layer], weight=weight)
    return replace(network, layers=tuple(layers))


def first_difference(expected: Network, other: Network, samples: np.ndarray):
    """``(sample, timestep, layer, neuron, expected, got)`` where two networks part, None if they do not:
    the earliest sample, then layer, then timestep, then neuron."""
    a, b = (forward(network, samples, keep_layers=True) for network in (expected, other))
    for sample in range(len(samples)):
        for layer, golden, changed in zip(expected.layers[:-1], a.layers, b.layers):
            for at in np.argwhere(golden.output[:, sample] != changed.output[:, sample]).tolist():
                t, *neuron = at
                bit = int(golden.output[t, sample][tuple(neuron)])
                return sample, t, layer.name, neuron, bit, 1 - bit
        for at in np.flatnonzero(a.scores[sample] != b.scores[sample]).tolist():
            return (sample, expected.timesteps - 1, expected.layers[-1].name, [at], int(a.scores[sample, at]),
                    int(b.scores[sample, at]))
    return None
