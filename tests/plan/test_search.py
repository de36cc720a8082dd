"""The designs that are looked at: where layers may be cut, and how many layers it copes with."""

import itertools
import time
from dataclasses import replace

import numpy as np
import pytest

import boards
from hwgen.plan import check
from hwgen.plan.search import CORES, PARTITIONS, partitions
from hwgen.spec import Dalif, Encoding, Input, Kind, Layer, Network, Skip
from tests.strategies import random_case


def deep_network(depth, joins=()):
    """Convolutions of 8 to 16 channels on 8 x 8, and a readout; a join of layer ``source`` into ``target`` for each
    pair of ``joins``."""
    layers, channels = [], 3
    for number in range(depth - 1):
        out = 8 + 8 * (number % 2)
        layers.append(Layer(
            name=f"conv{number}", kind=Kind.CONV, weight=np.ones((out, channels, 3, 3), np.int8), weight_bits=4,
            scale=np.ones(out), offset=np.zeros(out), padding=1, neuron=Dalif(alpha=(200,), beta=(100,))))
        channels = out
    for source, target in joins:
        weight = np.ones((layers[target].out_channels, layers[source].out_channels, 1, 1), np.int8)
        layers[target] = replace(layers[target], skip=Skip(source=f"conv{source}", weight=weight))
    layers.append(Layer(
        name="readout", kind=Kind.READOUT, weight=np.ones((10, channels, 8, 8), np.int8), weight_bits=4,
        scale=np.ones(10), offset=np.zeros(10), neuron=Dalif(alpha=(200,), beta=(100,), fires=False)))
    return Network(name="deep", timesteps=4, input=Input(shape=(3, 8, 8), encoding=Encoding.ANALOG),
                   layers=tuple(layers))


def work(network, cut):
    """The most that one core of a cut has to do, in weights times positions."""
    return max(sum(layer.weights * int(np.prod(layer.conv_shape(shape)[1:])) for layer, shape in zip(
        network.layers[first:end], network.shapes[first:end])) for first, end in zip(cut, cut[1:]))


@pytest.mark.parametrize("cores", [2, 3, 5, 8])
def test_the_most_even_cuts_are_found(cores):
    network = deep_network(9)
    possible = [(0, *places, 9) for places in itertools.combinations(range(1, 9), cores - 1)]
    expected = sorted(work(network, cut) for cut in possible)[:PARTITIONS]
    assert [work(network, cut) for cut in partitions(network, cores)] == expected


@pytest.mark.parametrize("joins", [(), ((0, 2),), ((0, 3), (2, 5)), ((0, 6),)], ids=str)
def test_joins_stay_on_one_core(joins):
    network = deep_network(8, joins)
    inside = [(0, *places, 8) for count in range(1, 8) for places in itertools.combinations(range(1, 8), count)
              if all(not any(source + 1 < place <= target for place in places) for source, target in joins)]
    found = partitions(network, None)
    assert set(found) <= set(inside)
    assert {len(cut) for cut in found} == {len(cut) for cut in inside if len(cut) - 1 in CORES}


def test_no_cut_of_a_single_layer():
    network = next(case.network for case in map(random_case, range(100)) if len(case.network.layers) == 1)
    assert partitions(network, None) == []


@pytest.mark.parametrize("name", ["icebreaker", "ulx3s_85f"])
def test_twenty_layers_take_seconds(name):
    started = time.process_time()
    assert check(deep_network(20, ((2, 4), (8, 10))), boards.find(name)).estimate.cycles
    assert time.process_time() - started < 60
