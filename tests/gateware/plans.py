"""Core plans to test with: random ones from a seed, and small ones made to measure."""

import numpy as np
from hypothesis import strategies as st

from hwgen.plan import CorePlan
from hwgen.spec import Dalif, Encoding, Input, Kind, Layer, Network
from tests.strategies import random_case

#: Sweeps of the largest random plan that is worth its time in Amaranth's simulator.
MAX_SWEEPS = 700


def random_plan(seed: int, *, samples: int = 1, joins: bool = False):
    """``(plan, samples)``: the network of `random_case` on a core of random size."""
    case = random_case(seed, samples=samples, joins=joins)
    rng = np.random.default_rng([seed, 1])
    lanes, time_parallel, word_elements = (int(rng.choice(choices)) for choices in (
        (4, 8, 16), (1, 2, 4, 8), (4, 8, 16)))
    return CorePlan(network=case.network, lanes=lanes, time_parallel=time_parallel,
                    word_elements=word_elements), case.samples


def is_small(plan: CorePlan, sweeps: int = MAX_SWEEPS) -> bool:
    return sum(layer.sweeps for layer in plan.layers) <= sweeps


def plans(*, samples: int = 1):
    """Hypothesis strategy of small random plans, half of them with joins: ``(plan, samples)``."""
    return st.tuples(st.integers(0, 2**32 - 1), st.booleans()) \
        .map(lambda drawn: random_plan(drawn[0], samples=samples, joins=drawn[1])) \
        .filter(lambda pair: is_small(pair[0]))


def small_seeds(count: int, sweeps: int = MAX_SWEEPS, joins: bool = False) -> list[int]:
    """The first seeds whose plans have so few sweeps."""
    found, seed = [], 0
    while len(found) < count:
        if is_small(random_plan(seed, joins=joins)[0], sweeps):
            found.append(seed)
        seed += 1
    return found


def make_plan(shape, *convolutions, classes=3, bits=None, timesteps=2, lanes=4, time_parallel=2,
              word_elements=4, weight=None, weight_bits=4) -> CorePlan:
    """A plan made to measure.

    Each convolution is a dictionary ``{out, kernel, stride, padding, pool}``; a readout follows.
    ``bits`` of a pixel, or None for spikes. ``weight(shape, limit)`` makes the weights, at random if None.
    """
    rng = np.random.default_rng(0)
    weight = weight or (lambda size, limit: rng.integers(-limit, limit + 1, size))
    limit = (1 << weight_bits - 1) - 1

    def layer(name, kind, out, kernel, channels, **geometry):
        return Layer(
            name=name, kind=kind, weight=np.asarray(weight((out, channels, *kernel), limit), np.int8),
            weight_bits=weight_bits, scale=np.full(out, 0.1), offset=np.zeros(out),
            neuron=Dalif(alpha=(128,), beta=(192,), fires=kind is not Kind.READOUT), **geometry)

    layers, size = [], shape
    for number, wanted in enumerate(convolutions):
        wanted = dict(wanted)
        layers.append(layer(f"conv{number}", Kind.CONV, wanted.pop("out"), wanted.pop("kernel"), size[0],
                            **wanted))
        size = layers[-1].out_shape(size)
    layers.append(layer("readout", Kind.READOUT, classes, size[1:], size[0]))
    entry = Input(shape=shape, encoding=Encoding.SPIKES if bits is None else Encoding.ANALOG, bits=bits or 1)
    network = Network(name="made", timesteps=timesteps, input=entry, layers=tuple(layers))
    return CorePlan(network=network, lanes=lanes, time_parallel=time_parallel, word_elements=word_elements)
