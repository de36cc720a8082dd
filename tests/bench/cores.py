"""What the tests of the benches share: a core emitted from a random network, and where two golden runs part."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from hwgen.emit.verilog import generate_component
from hwgen.gateware.array import CoreArray
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


def random_cores(case: Case) -> tuple[CorePlan, ...]:
    """One to four cores for the case, no residual join across two of them; all drawn from its seed."""
    rng = np.random.default_rng(case.seed)
    network = case.network
    joins = [(network.skip_source(index), index) for index, layer in enumerate(network.layers) if layer.skip]
    cuts = [cut for cut in range(1, len(network.layers))
            if not any(source < cut - 1 and reader >= cut for source, reader in joins)]
    count = min(int(rng.integers(1, 5)), len(cuts) + 1)
    if count == 1:
        return (random_plan(case),)
    ends = [*sorted(int(cut) for cut in rng.choice(cuts, count - 1, replace=False)), len(network.layers)]
    # Two cores hand on whole elements, or cut them alike.
    time_parallel = int(rng.choice([n for n in (1, 2, 4, 8, 16) if n >= network.timesteps / 2.5]))
    wider = [n for n in (1, 2, 4, 8, 16) if n >= network.timesteps]
    choices = wider if time_parallel in wider else [time_parallel]
    return tuple(
        CorePlan(network=network, lanes=int(rng.choice([4, 8, 16])), time_parallel=int(rng.choice(choices)),
                 word_elements=int(rng.choice([4, 8])), first=first, count=end - first, buffers=2)
        for first, end in zip([0, *ends], ends))


def emit(core: CorePlan, folder: Path) -> Path:
    """The Verilog of the core alone."""
    return emit_array((core,), folder)


def emit_array(cores: tuple[CorePlan, ...], folder: Path) -> Path:
    """The Verilog of one core, or of an array of them, alone."""
    folder.mkdir(parents=True, exist_ok=True)
    component = Core(plan=cores[0]) if len(cores) == 1 else CoreArray(plans=cores)
    return folder / generate_component(component, "core", folder).verilog


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
